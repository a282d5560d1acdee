"""Self-correction targets of MNIST samples, and how close samples and targets are to real digits, by depth.

    python benchmarks/mnist_targets.py [--checkpoint mnist-28x28] [-n 500] [--depth 4,16,64] [--together 32]

Three ways to choose a target among 2,000 images: the one most similar to the sample, one from a balanced
assignment to 32 samples (``balanced_targets``; in training 8 of them have ended, 24 are running), and a random one.
Targets that are less varied than real images make the samples less varied.
"""

from __future__ import annotations

import argparse

import harness
import numpy as np

from gramsolve import api
from gramsolve.data import cache
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.arrays import Tokens
from gramsolve.training.sampler import AT_MOST
from gramsolve.training.targets import balanced_assignment, most_similar
from gramsolve_mnist import digit_classifier
from gramsolve_mnist.generative_metrics import classifier_score, frechet_distance
from gramsolve_mnist.quality import inked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="mnist-28x28")
    parser.add_argument("-n", "--number", type=int, default=500, help="drawings")
    parser.add_argument("--depth", default="4,16,64")
    parser.add_argument("--together", type=int, default=32, help="drawings that share images out")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    depths = [int(depth) for depth in options.depth.split(",")]
    solver = api.load("mnist", checkpoint=options.checkpoint, device="cpu", threads=1)
    data = cache.dataset(solver.task, solver.variant, solver.task.protocols[0])
    asked, images = digit_classifier.load(), data.train.outputs
    like = digit_classifier.classify(asked, inked(data.test.outputs)).features

    def tell(depth: int, what: str, tokens: Tokens, boards: Tokens) -> None:
        said = digit_classifier.classify(asked, inked(tokens))
        score, distance = classifier_score(said.probabilities), frechet_distance(said.features, like)
        counts = np.bincount(said.probabilities.argmax(axis=1), minlength=digit_classifier.CLASSES)
        pixels = (tokens != boards).sum(axis=1).mean()
        print(f"{depth:5}  {what:8}  {score:5.2f}  {distance:8.1f}  {pixels:6.0f}  {' '.join(map(str, counts))}")

    print("depth  what      score  distance  pixels  of each digit")
    search = SolveOptions(width=options.number, depth=depths[-1], halt="never", seed=options.seed, exact=False)
    for frame in solver.steps(solver.task.blank(solver.variant), search, 0, options.number):
        if frame.number not in depths:
            continue
        rng, boards = np.random.default_rng(options.seed), frame.tokens
        chosen: dict[str, list[Tokens]] = {"most_similar": [], "evenly": [], "any": []}
        for first in range(0, len(boards), options.together):
            some, mine = images[rng.integers(len(images), size=AT_MOST)], boards[first : first + options.together]
            chosen["most_similar"].append(some[most_similar(some, mine)])
            chosen["evenly"].append(some[balanced_assignment(some, mine, rng)])
            chosen["any"].append(some[: len(mine)])
        tell(frame.number, "drawings", boards, boards)
        for name, parts in chosen.items():
            tell(frame.number, name, np.concatenate(parts), boards)


if __name__ == "__main__":
    harness.run(main)
