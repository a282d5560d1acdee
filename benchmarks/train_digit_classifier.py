"""Make the classifier that drawings of digits are measured with: plugins/gramsolve_mnist/digit-classifier.safetensors.

    gramsolve data fetch mnist train-labels t10k-labels
    python benchmarks/train_digit_classifier.py

Trains on the 60,000 binarized training images and prints the accuracy on the 10,000 others. The same seed gives the
same weights on one platform; their hash stands in plugins/gramsolve_mnist/digit_classifier.py.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from gramsolve.data import library
from gramsolve_mnist import data, digit_classifier

EPOCHS, SEED = 6, 0


def main() -> None:
    torch.set_num_threads(1)

    files = library.paths("mnist")
    train_labels, test_labels = data.labels(files)
    ink = data.packaged() == data.ON
    began = time.perf_counter()
    made = digit_classifier.train(
        ink[: data.TRAIN],
        train_labels,
        epochs=EPOCHS,
        seed=SEED,
        on_epoch=lambda epoch, loss: print(f"epoch {epoch} of {EPOCHS}: {loss:.4f} nats", file=sys.stderr),
    )
    said = digit_classifier.classify(made, ink[data.TRAIN :]).probabilities.argmax(axis=1)
    packed = save({name: tensor.contiguous() for name, tensor in made.state_dict().items()})
    path = Path(digit_classifier.__file__).parent / digit_classifier.WEIGHTS
    path.write_bytes(packed)
    print(f"{np.mean(said == test_labels):.2%} of the test images, {time.perf_counter() - began:.0f} s, one thread")
    print(f"{path.name}: {len(packed):,} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()}")


if __name__ == "__main__":
    main()
