"""ARC: find the rule that a few pairs of coloured grids show, and apply it to another grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    Demonstrations,
    Grid,
    Instance,
    Preset,
    ProgressCallback,
    Structure,
    Task,
    Tokens,
    TokenSpec,
    Variant,
    View,
    no_progress,
)
from gramsolve.tasks.forms import Form, Reading
from gramsolve_arc import canvas, data, formats, generator, notation, picture, render
from gramsolve_arc.collection import label
from gramsolve_arc.forms import FORMS, read
from gramsolve_arc.presets import presets
from gramsolve_arc.puzzle import COLOURS, FIRST_COLOUR, SIDES, ArcPuzzle, ArcTask, side_of, smallest_canvas
from gramsolve_arc.strict import read_json
from gramsolve_arc.symmetry import ArcSymmetry, random_symmetries


class Arc(Task):
    """Grids of up to 30x30 cells in ten colours on canvases of 10x10, 20x20 and 30x30; tokens see ``canvas``."""

    name: ClassVar[str] = "arc"
    title: ClassVar[str] = "ARC grids"
    description: ClassVar[str] = "Find the rule that a few pairs of coloured grids show, and apply it to another grid."
    forms: ClassVar[tuple[Form, ...]] = FORMS
    default_variant: ClassVar[str] = "10x10"
    api_version: ClassVar[int] = 2
    capabilities: ClassVar[Capabilities] = Capabilities(
        symmetries=True, structure=True, context=True, rule_ids=True, demonstrations=True
    )
    protocols: ClassVar[tuple[str, ...]] = data.PROTOCOLS
    difficulties: ClassVar[tuple[str, ...]] = generator.DIFFICULTIES
    example: ClassVar[str] = "3c9b0459"
    """Turn the grid by half a turn: an ARC-AGI-1 training task on 3x3 grids."""

    def variants(self) -> Sequence[Variant]:
        return [self.variant(f"{side}x{side}") for side in SIDES]

    def variant(self, name: str) -> Variant:
        side = side_of(name)
        area = side * side
        spec = TokenSpec(
            canvas.INPUT_VOCAB, canvas.OUTPUT_VOCAB, area + canvas.HEADER, area, grid=(side, side), blank=canvas.PAD
        )
        return Variant(name, f"grids of up to {side} x {side} cells", spec)

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return presets(side_of(variant))

    def parse(self, text: str, name: str = "") -> list[Instance]:
        return self.read(text, name).puzzles()

    def read(self, text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
        return read(text, name, form=form)

    def format(self, instance: Instance) -> str:
        return notation.format(_puzzle(instance))

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        return notation.answer(_puzzle(instance), outputs)

    def answers(self, instances: Sequence[Instance], ranked: Sequence[Sequence[Tokens]]) -> str:
        return notation.answers([_puzzle(instance) for instance in instances], ranked)

    def to_variant(self, instance: Instance, variant: str) -> ArcPuzzle:
        puzzle = _puzzle(instance)
        if puzzle.task.side > side_of(variant):
            raise BadInput(
                f"{label(puzzle.task.name)} has a grid with a side of {puzzle.task.side} cells, too large for "
                f"{variant}: use {smallest_canvas(puzzle.task.side)}"
            )
        return replace(puzzle, variant=variant)

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        return list(generator.generate(variant, side_of(variant), count, seed, difficulty))

    def data_files(self) -> Sequence[DataFile]:
        return data.DATA_FILES

    def inspect(self, path: Path) -> str:
        value = read_json(path)
        try:
            return formats.description(value)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        """The splits are those of the authors: ``seed`` changes nothing."""
        return data.dataset(side_of(variant), protocol, files, progress)

    def structure(self, variant: str) -> Structure:
        return Structure(FIRST_COLOUR, COLOURS)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> ArcSymmetry:
        return random_symmetries(side_of(variant), count, rng)

    def encode(self, instance: Instance) -> Tokens:
        puzzle = _puzzle(instance)
        grid = canvas.canvas_of(puzzle.question, side_of(puzzle.variant))
        return np.concatenate((grid, np.frombuffer(puzzle.header, np.uint8)))

    def decode(self, variant: str, inputs: Tokens) -> ArcPuzzle:
        """A puzzle without demonstrations or name. Raises ValueError for tokens that no puzzle has."""
        side = side_of(variant)
        if inputs.shape != (side * side + canvas.HEADER,):
            raise ValueError(f"a puzzle on {variant} has tokens [{side * side + canvas.HEADER}], not {inputs.shape}")
        grid = canvas.grid_of(inputs[: side * side], side)
        if not np.array_equal(canvas.canvas_of(grid, side), inputs[: side * side]):
            raise ValueError("these tokens are not those of a grid on its canvas")
        return ArcPuzzle(variant, task=ArcTask("", (), (grid,)), header=inputs[side * side :].tobytes())

    def rule_id(self, instance: Instance) -> str:
        return _puzzle(instance).task.name

    def demonstrations(self, instance: Instance) -> Demonstrations:
        puzzle = _puzzle(instance)
        return data.demonstrations(puzzle.task, side_of(puzzle.variant))

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        return canvas.canonical(outputs, side_of(variant))

    def render(self, instance: Instance, view: View) -> Grid:
        return render.grid(_puzzle(instance), view)

    def context(self, instance: Instance) -> Grid | None:
        return render.context(_puzzle(instance))

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return picture.image(_puzzle(instance), view, size)


def _puzzle(instance: Instance) -> ArcPuzzle:
    if not isinstance(instance, ArcPuzzle):
        raise TypeError(f"ARC draws and solves its own grids, not {type(instance).__name__}")
    return instance
