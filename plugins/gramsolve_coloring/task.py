"""Graph colouring: give the ends of every edge different colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from gramsolve.tasks import (
    NO_FILES,
    BadInput,
    Capabilities,
    Dataset,
    Grid,
    Instance,
    Preset,
    ProgressCallback,
    Structure,
    Task,
    Tokens,
    TokenSpec,
    Variant,
    Verdict,
    View,
    no_progress,
)
from gramsolve.tasks.forms import Form, Reading
from gramsolve_coloring import check, data, graph, notation, presets, render
from gramsolve_coloring.forms import FORMS, read
from gramsolve_coloring.graph import COLOURS, FIRST_COLOUR, LISTED, NO_EDGE, Graph, size_of
from gramsolve_coloring.search import colourings
from gramsolve_coloring.symmetry import Shuffle

DENSITIES = {"easy": 0.25, "medium": 0.4, "hard": 0.55}
"""Probability of an edge: denser graphs have fewer colourings."""


class Coloring(Task):
    """Graphs of up to N vertices in K colours; tokens see ``graph``."""

    name: ClassVar[str] = "coloring"
    title: ClassVar[str] = "Graph colouring"
    description: ClassVar[str] = "Colour the vertices of a graph so that no edge has two ends of one colour."
    forms: ClassVar[tuple[Form, ...]] = FORMS
    default_variant: ClassVar[str] = f"{LISTED[0]}v{COLOURS}c"
    api_version: ClassVar[int] = 2
    capabilities: ClassVar[Capabilities] = Capabilities(
        validator=True, conflicts=True, exact_solver=True, symmetries=True, structure=True, descriptions=True
    )
    protocols: ClassVar[tuple[str, ...]] = data.PROTOCOLS
    difficulties: ClassVar[tuple[str, ...]] = tuple(DENSITIES)
    example: ClassVar[str] = "1-2\n2-3\n3-4\n4-5\n5-1\n1-6\n3-6\n6-7\n7-8\n8-4"

    def variants(self) -> Sequence[Variant]:
        return [self.variant(f"{room}v{COLOURS}c") for room in LISTED]

    def variant(self, name: str) -> Variant:
        room, colours = size_of(name)
        spec = TokenSpec(3, FIRST_COLOUR + colours, room * (room - 1) // 2, room, grid=(1, room), blank=NO_EDGE)
        return Variant(name, f"up to {room} vertices in {colours} colours", spec)

    def structure(self, variant: str) -> Structure:
        """Colours can be renamed, and the input is a graph over the vertices."""
        return Structure(FIRST_COLOUR, size_of(variant)[1], pairs=True)

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return presets.presets()

    def parse(self, text: str, name: str = "") -> list[Instance]:
        return self.read(text, name).puzzles()

    def read(self, text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
        return read(text, name, form=form)

    def format(self, instance: Instance) -> str:
        return notation.format(_graph(instance))

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        return notation.answer(_graph(instance), outputs)

    def describe(self, instance: Instance, outputs: Tokens | None) -> list[str]:
        found = _graph(instance)
        return render.descriptions(found, outputs, size_of(found.variant)[0])

    def answers(self, instances: Sequence[Instance], ranked: Sequence[Sequence[Tokens]]) -> str:
        return notation.answers([_graph(instance) for instance in instances], ranked)

    def to_variant(self, instance: Instance, variant: str) -> Graph:
        return notation.to_variant(_graph(instance), variant)

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        """``difficulty`` may also be the probability of an edge, such as 0.3."""
        room, colours = size_of(variant)
        for what, value in (("count", count), ("seed", seed)):
            if value < 0:
                raise BadInput(f"{what} cannot be negative, not {value}")
        probability = _probability(difficulty)
        rng = np.random.default_rng([seed, room, colours, int(1000 * probability)])
        made: list[Instance] = []
        for number in range(1, count + 1):
            edges = graph.simple(data.planted(room, colours, probability, rng))
            made.append(Graph(variant, f"{difficulty or 'mixed'} {seed}-{number}", room, edges))
        return made

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        return data.dataset(*size_of(variant), protocol, seed)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Shuffle:
        room = size_of(variant)[0]
        return Shuffle(rng.permuted(np.tile(np.arange(room), (count, 1)), axis=1))

    def encode(self, instance: Instance) -> Tokens:
        found = _graph(instance)
        return graph.encode(found, size_of(found.variant)[0])

    def decode(self, variant: str, inputs: Tokens) -> Graph:
        return graph.decode(variant, inputs)

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        return check.canonical(inputs, outputs, *size_of(variant))

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict:
        return check.check(inputs, outputs, *size_of(variant))

    def conflicts(self, variant: str, inputs: Tokens, outputs: Tokens) -> npt.NDArray[np.int64]:
        return check.conflicts(inputs, outputs, *size_of(variant))

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        found = _graph(instance)
        return colourings(found, *size_of(found.variant), limit)

    def render(self, instance: Instance, view: View) -> Grid:
        return render.grid(_graph(instance), view)

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return render.image(_graph(instance), view, size)


def _probability(difficulty: str | None) -> float:
    if difficulty is None:
        return DENSITIES["medium"]
    if difficulty in DENSITIES:
        return DENSITIES[difficulty]
    try:
        value = float(difficulty)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadInput(
            f"unknown difficulty {difficulty!r}: choose from {', '.join(DENSITIES)}, or give the probability of an edge"
        )
    return value


def _graph(instance: Instance) -> Graph:
    if not isinstance(instance, Graph):
        raise TypeError(f"graph colouring draws and solves graphs, not {type(instance).__name__}")
    return instance
