"""A catalogue of stand-ins: two tasks, checkpoints that need no weights, and a plugin that does not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from gramsolve.checkpoints.checkpoint import CheckpointInfo, Provenance
from gramsolve.errors import Missing
from gramsolve.inference.events import Event, Finished, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance, TokenSpec, Variant
from gramsolve.tasks.capabilities import Capabilities
from gramsolve.tasks.drawing import Cell, Grid, View
from gramsolve.tasks.registry import PluginInfo
from gramsolve.tasks.task import Task
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.catalogue import Catalogue
from gramsolve.tui.runs.run_factory import RunFactory
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import QUEEN, Board, Queens

BROKEN = "plugin 'futoshiki' of futoshiki 1.0 does not work: ImportError: No module named 'ortools'"
SIDE = 28


class Rings(Queens):
    """Pictures that can only be sampled and that nobody can judge."""

    name: ClassVar[str] = "rings"
    title: ClassVar[str] = "Rings"
    description: ClassVar[str] = "Rings, unconditional."
    default_variant: ClassVar[str] = "28x28"
    capabilities: ClassVar[Capabilities] = Capabilities(conditional=False)

    def variants(self) -> Sequence[Variant]:
        return [self.variant("28x28")]

    def variant(self, name: str) -> Variant:
        return Variant(name, name, TokenSpec(2, 3, 1, SIDE * SIDE, (SIDE, SIDE)))

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        return [Board(variant)] * count

    def encode(self, instance: Instance) -> Tokens:
        return np.ones(1, np.uint8)

    def decode(self, variant: str, inputs: Tokens) -> Instance:
        return Board(variant)

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        return "\n".join("".join(".#"[int(t == QUEEN)] for t in row) for row in outputs.reshape(SIDE, SIDE))

    def format(self, instance: Instance) -> str:
        return "blank"

    def render(self, instance: Instance, view: View) -> Grid:
        shown = ring(9.0) if view.tokens is None else view.tokens
        on, off = Cell("█", "#", "guess", confidence=0.9), Cell(" ", " ", "empty")
        rows = tuple(tuple(on if t == QUEEN else off for t in row) for row in shown.reshape(SIDE, SIDE))
        return Grid(rows, kind="picture")

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        assert view.tokens is not None
        pixels = np.where(view.tokens.reshape(SIDE, SIDE) == QUEEN, 0, 255).astype(np.uint8)
        return Image.fromarray(pixels).convert("RGB").resize((size, size))


def ring(radius: float) -> Tokens:
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    return np.where(abs(np.hypot(x, y) - radius) < 1.5, QUEEN, 1).astype(np.uint8).ravel()


class ScriptedSampler:
    """Every sample goes from noise to one of three rings."""

    def run(
        self,
        instance: Instance,
        options: SolveOptions | None = None,
        *,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        options = options or SolveOptions()
        width, depth = options.width, options.depth
        yield Started(instance, "rings-28x28", width, depth, options.seed)
        rng = np.random.default_rng(options.seed)
        goal = np.stack([ring(5.0 + 3 * (row % 3)) for row in range(width)])
        for number in range(1, depth + 1):
            noisy = rng.random(goal.shape) < 0.4 * (1 - number / depth)
            half = np.full(width, 0.5, np.float32)
            yield Step(
                round=0,
                number=number,
                tokens=np.where(noisy, 3 - goal, goal).astype(np.uint8),
                confidence=np.full(goal.shape, 0.9, np.float32),
                halt=half,
                value=half,
                running=np.full(width, number < depth),
                valid=None,
                violations=None,
                latent=np.zeros((width, 2), np.float32),
                seconds=0.1 * number,
            )
        yield Finished((), width, None, 0, width * depth, 0.1 * depth, None, None, "depth")


def checkpoint(task: str, variant: str, **values: Any) -> CheckpointInfo:
    name = f"{task}-{variant}"
    return replace(CheckpointInfo(name, Path("/none") / name, "bundled", task, variant, 1000), **values)


TRAINED = (
    checkpoint("queens", "10x10", provenance=Provenance(held_out_accuracy=(0.5, 0.987))),
    checkpoint("queens", "8x8"),
    checkpoint("rings", "28x28"),
    checkpoint("queens", "6x6", problem="corrupt"),
)


def catalogue(trained: Sequence[CheckpointInfo] = TRAINED) -> Catalogue:
    tasks: Mapping[str, Task] = {"queens": Queens(), "rings": Rings()}

    def load(name: str) -> Task:
        if name not in tasks:
            raise Missing(BROKEN)
        return tasks[name]

    return Catalogue(
        names=lambda: ["futoshiki", "queens", "rings"],
        load=load,
        checkpoints=lambda: trained,
        listing=lambda: [PluginInfo("other@x", "x", "1", "broken", "other does not work: the name is taken")],
        known=("queens",),
    )


def run_factory(trained: Sequence[CheckpointInfo] = TRAINED) -> RunFactory:
    """Solvers that know the answers, for what ``trained`` names."""

    def find(task: str, variant: str | None, wanted: str | None) -> CheckpointInfo:
        for info in trained:
            if info.task == task and variant in (None, info.variant) and wanted in (None, str(info.path)):
                return info
        raise Missing(f"no checkpoint for {task} {variant}: train one")

    def load(task: str, variant: str | None, wanted: str | None) -> Any:
        find(task, variant, wanted)
        return ScriptedSampler() if task == "rings" else ScriptedQueensSolver(Queens(), variant or "8x8")

    return RunFactory(load, SolveOptions(width=6), find)


def application(trained: Sequence[CheckpointInfo] = TRAINED, **options: Any) -> GramsolveApp:
    """The application at home, over the stand-ins."""
    return GramsolveApp(catalogue=catalogue(trained), run_factory=run_factory(trained), **options)
