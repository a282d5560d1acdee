"""MNIST: handwritten digits of 28 x 28 pixels, black and white, sampled unconditionally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from gramsolve.tasks import (
    NO_FILES,
    BadInput,
    Capabilities,
    DataFile,
    Dataset,
    Grid,
    Instance,
    Preset,
    ProgressCallback,
    Task,
    Tokens,
    TokenSpec,
    Variant,
    View,
    no_progress,
)
from gramsolve_mnist import data, render
from gramsolve_mnist.data import BLANK, OFF, ON, PAD, PIXELS
from gramsolve_mnist.idx import SIDE
from gramsolve_mnist.presets import PRESETS

VARIANT = Variant("28x28", "28 x 28 pixels", TokenSpec(2, 3, 1, PIXELS, grid=(SIDE, SIDE), pad=PAD, blank=BLANK))


class Mnist(Task):
    """One input token that says nothing, 784 pixels out: 0 padding, 1 off, 2 on."""

    name: ClassVar[str] = "mnist"
    title: ClassVar[str] = "MNIST digits"
    description: ClassVar[str] = "Draw handwritten digits pixel by pixel, as in the MNIST database."
    default_variant: ClassVar[str] = VARIANT.name
    capabilities: ClassVar[Capabilities] = Capabilities(
        conditional=False, quality="gramsolve_mnist.quality:DigitQuality"
    )
    api_version: ClassVar[int] = 2
    protocols: ClassVar[tuple[str, ...]] = data.PROTOCOLS

    def variants(self) -> Sequence[Variant]:
        return [VARIANT]

    def variant(self, name: str) -> Variant:
        if name != VARIANT.name:
            raise BadInput(f"unknown variant {name!r}: there is only {VARIANT.name}")
        return VARIANT

    def presets(self, variant: str) -> Mapping[str, Preset]:
        self.variant(variant)
        return PRESETS

    def parse(self, text: str, name: str = "") -> list[Instance]:
        raise BadInput("digits are sampled unconditionally, there is no puzzle to read: use `gramsolve sample mnist`")

    def format(self, instance: Instance) -> str:
        return "blank"

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        """28 lines of '#' and '.'; whatever is not on is off."""
        rows = np.where(outputs.reshape(SIDE, SIDE) == ON, "#", ".")
        return "\n".join("".join(row) for row in rows)

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        if difficulty is not None:
            raise BadInput(f"unknown difficulty {difficulty!r}: digits have none")
        for what, value in (("count", count), ("seed", seed)):
            if value < 0:
                raise BadInput(f"{what} cannot be negative, not {value}")
        return [self.blank(variant)] * count

    def data_files(self) -> Sequence[DataFile]:
        return data.DATA_FILES

    def inspect(self, path: Path) -> str:
        return data.inspect(path)

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        """The data set's own split, whatever the seed."""
        self.variant(variant)
        return data.dataset(protocol, files, progress)

    def encode(self, instance: Instance) -> Tokens:
        return np.full(self.variant(instance.variant).spec.input_length, BLANK, np.uint8)

    def decode(self, variant: str, inputs: Tokens) -> Instance:
        if inputs.tolist() != [BLANK]:
            raise ValueError(f"the only input is [{BLANK}], not {inputs.tolist()}")
        return Instance(self.variant(variant).name)

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        """Padding is ground without ink."""
        return np.where(outputs == ON, np.uint8(ON), np.uint8(OFF))

    def render(self, instance: Instance, view: View) -> Grid:
        return render.grid(instance.name, view)

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return render.image(view, size)
