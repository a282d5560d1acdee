"""A small variational autoencoder on binarized MNIST, as large as a checkpoint of ours and trained as long.

    python benchmarks/mnist_vae.py [--like checkpoints/mnist-28x28] [--seconds N] [-n 1000] [-o sheet.png]

One Gaussian latent, multilayer perceptrons in and out (Kingma and Welling 2014), on one CPU thread. Its samples are
the likelier value of every pixel, as ours are, and are measured as ``gramsolve eval mnist --unconditional`` measures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import harness
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from gramsolve.checkpoints import store
from gramsolve_mnist import data, digit_classifier
from gramsolve_mnist.generative_metrics import classifier_score, frechet_distance, nearest, packed

LATENT, BATCH, RATE = 32, 128, 1e-3
PIXELS = data.PIXELS


class Autoencoder(nn.Module):
    """Ink [B, 784] -> (logits [B, 784], mean and log variance of the latent [B, 32] each)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(PIXELS, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.latent = nn.Linear(hidden, 2 * LATENT)
        self.decoder = nn.Sequential(
            *(nn.Linear(LATENT, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, PIXELS))
        )

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.latent(self.encoder(ink)).chunk(2, dim=-1)
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return self.decoder(drawn), mean, log_variance


def as_large_as(parameters: int) -> Autoencoder:
    """The widest with no more parameters."""
    hidden = 8
    while sum(p.numel() for p in Autoencoder(hidden + 8).parameters()) <= parameters:
        hidden += 8
    return Autoencoder(hidden)


def train(vae: Autoencoder, images: Tensor, seconds: float) -> tuple[int, float]:
    """For so much processor time; the rate falls to zero over it. Returns (updates, last negative ELBO in nats)."""
    optimizer = torch.optim.Adam(vae.parameters(), lr=RATE)
    began, updates, recent = time.process_time(), 0, 0.0
    while (gone := time.process_time() - began) < seconds:
        optimizer.param_groups[0]["lr"] = RATE * (1 - gone / seconds)
        ink = images[torch.randint(len(images), (BATCH,))]
        logits, mean, log_variance = vae(ink)
        nats = F.binary_cross_entropy_with_logits(logits, ink, reduction="none").sum(1)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
        loss = (nats + kl).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        updates, recent = updates + 1, 0.99 * recent + 0.01 * float(loss.detach()) if updates else float(loss.detach())
    return updates, recent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--like", type=Path, default=Path(__file__).parents[1] / "checkpoints" / "mnist-28x28")
    parser.add_argument("--seconds", type=float, help="processor time, instead of the time that the checkpoint took")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-n", "--number", type=int, default=1000, help="drawings to measure")
    parser.add_argument("-o", "--output", type=Path, help="a sheet of the first hundred")
    options = parser.parse_args()
    config = store.read_config(options.like)
    seconds = options.seconds or config.provenance.seconds
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    ink = data.packaged() == data.ON
    vae = as_large_as(config.parameters)
    updates, nats = train(vae, torch.from_numpy(ink[: data.TRAIN].astype(np.float32)), seconds)
    with torch.no_grad():
        drawn = (vae.decoder(torch.randn(options.number, LATENT)) > 0).numpy()
    asked = digit_classifier.load()
    said, like = digit_classifier.classify(asked, drawn), digit_classifier.classify(asked, ink[data.TRAIN :])
    counts = np.bincount(said.probabilities.argmax(axis=1), minlength=digit_classifier.CLASSES)
    apart = nearest(packed(drawn), packed(ink[: data.TRAIN]))[0]
    told = {
        "parameters": sum(p.numel() for p in vae.parameters()),
        "seconds": seconds,
        "updates": updates,
        "negative_elbo": round(nats, 1),
        "boards": len(drawn),
        "score": round(classifier_score(said.probabilities), 3),
        "distance": round(frechet_distance(said.features, like.features), 3),
        "counts": counts.tolist(),
        "nearest": float(np.median(apart)),
        "seed": options.seed,
    }
    print(json.dumps(told))
    if options.output is not None:
        tiles = np.pad(~drawn[:100].reshape(10, 10, 28, 28), ((0, 0), (0, 0), (2, 2), (2, 2)), constant_values=True)
        sheet = Image.fromarray((tiles.transpose(0, 2, 1, 3).reshape(320, 320) * 255).astype(np.uint8))
        sheet.resize((960, 960), Image.Resampling.NEAREST).save(options.output)
        print(f"wrote {options.output}", file=sys.stderr)


if __name__ == "__main__":
    harness.run(main)
