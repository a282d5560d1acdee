"""A small classifier of binarized digits, with which drawings of digits are measured.

Its weights and their hash are part of this package; ``benchmarks/train_digit_classifier.py`` made them. What is
measured with it is called classifier score and Frechet classifier distance: they are no Inception scores and no FID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.tasks import Missing

WEIGHTS = "digit-classifier.safetensors"
SHA256 = "4a2b77bb69ef56615381b61d9a5a3ac4853b1fe5099f6f2bc820786228a9cfdb"
SIDE, CLASSES, FEATURES = 28, 10, 64
AT_ONCE = 1000


class DigitClassifier(nn.Module):
    """Ink [B, 28, 28] -> (features [B, 64], logits [B, 10])."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 16, 5, padding=2)
        self.second = nn.Conv2d(16, 32, 5, padding=2)
        self.features = nn.Linear(32 * (SIDE // 4) ** 2, FEATURES)
        self.classes = nn.Linear(FEATURES, CLASSES)

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        x = F.max_pool2d(F.relu(self.first(ink[:, None])), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        features = F.relu(self.features(x.flatten(1)))
        return features, self.classes(features)


@dataclass(frozen=True)
class Classified:
    """What the classifier says of N drawings: ``features`` float64 [N, 64], ``probabilities`` float64 [N, 10]."""

    features: npt.NDArray[np.float64]
    probabilities: npt.NDArray[np.float64]


@torch.no_grad()
def classify(classifier: DigitClassifier, ink: npt.NDArray[np.bool_]) -> Classified:
    """What the classifier says of drawings, bool [N, 784]."""
    features, probabilities = [], []
    for start in range(0, len(ink), AT_ONCE):
        found, logits = classifier(as_ink(ink[start : start + AT_ONCE]))
        features.append(found)
        probabilities.append(logits.softmax(-1))
    return Classified(torch.cat(features).double().numpy(), torch.cat(probabilities).double().numpy())


def as_ink(ink: npt.NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(ink.reshape(-1, SIDE, SIDE).astype(np.float32))


def load() -> DigitClassifier:
    """The classifier of this package. Raises Missing where its weights are not there or not what was published."""
    from safetensors.torch import load as read

    try:
        packed = (resources.files("gramsolve_mnist") / WEIGHTS).read_bytes()
    except OSError as error:
        raise Missing(f"{WEIGHTS} of this package cannot be read: {error.strerror}; install gramsolve again") from error
    if hashlib.sha256(packed).hexdigest() != SHA256:
        raise Missing(f"{WEIGHTS} of this package is damaged; install gramsolve again")
    classifier = DigitClassifier()
    classifier.load_state_dict(read(packed))
    return classifier.eval()


def train(
    ink: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.uint8],
    *,
    epochs: int,
    seed: int,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> DigitClassifier:
    """A classifier of drawings bool [N, 784] with their digits uint8 [N]; each image is moved by up to two pixels."""
    torch.manual_seed(seed)
    classifier, images, classes = DigitClassifier(), as_ink(ink), torch.from_numpy(labels.astype(np.int64))
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=2e-3, weight_decay=1e-2)
    batch = 128
    updates = epochs * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=updates)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(images))[: len(images) // batch * batch].split(batch):
            down, right = torch.randint(-2, 3, (2,)).tolist()
            _, logits = classifier(images[rows].roll((down, right), (1, 2)))
            loss = F.cross_entropy(logits, classes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        on_epoch(epoch + 1, total / len(images))
    return classifier.eval()
