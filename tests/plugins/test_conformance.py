"""Our own plugins keep the contract, and the kit notices plugins that do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gramsolve.tasks import Cell, Grid, Relabelling, Verdict
from gramsolve.tasks.registry import built_in, load
from gramsolve.tasks.testing import CHECKS, check_task
from gramsolve_nqueens import NQueens
from gramsolve_sudoku import Sudoku


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("task, variant", [(name, v.name) for name in built_in() for v in load(name).variants()])
def test_contract(task: str, variant: str, check: str) -> None:
    CHECKS[check](load(task), variant)


@pytest.mark.parametrize("variant", ["4x4", "5x5", "7x7"])
def test_unlisted_sizes(variant: str) -> None:
    check_task(NQueens(), variant)


class OldContract(NQueens):
    api_version = 0


class TransposedGrid(NQueens):
    def variant(self, name):
        variant = super().variant(name)
        return replace(variant, spec=replace(variant.spec, grid=(variant.spec.grid[0], 1)))


class NoPaperPreset(NQueens):
    def presets(self, variant):
        return {name: preset for name, preset in super().presets(variant).items() if name != "paper"}


class ForgetsAQueen(NQueens):
    def decode(self, variant, inputs):
        board = super().decode(variant, inputs)
        return replace(board, queens=board.queens[1:])


class WritesUpsideDown(NQueens):
    def format(self, instance):
        return "\n".join(reversed(super().format(instance).splitlines()))


class GivesEmptyBoards(NQueens):
    def generate(self, variant, count, seed, difficulty=None):
        return [self.blank(variant) for _ in range(count)]


class TestsOnTraining(NQueens):
    def dataset(self, variant, protocol, seed=0, **options):
        data = super().dataset(variant, protocol, seed, **options)
        return replace(data, test=data.train)


class WrongSolutions(NQueens):
    def dataset(self, variant, protocol, seed=0, **options):
        data = super().dataset(variant, protocol, seed, **options)
        return replace(data, test=replace(data.test, members=data.test.members[::-1].copy()))


class AcceptsAnything(NQueens):
    def check(self, variant, inputs, outputs):
        return Verdict(np.ones(len(outputs), np.bool_), np.zeros(outputs.shape, np.bool_))


class ForgetsTheGivens(NQueens):
    def check(self, variant, inputs, outputs):
        return super().check(variant, np.ones_like(inputs), outputs)


class HidesViolations(NQueens):
    def check(self, variant, inputs, outputs):
        found = super().check(variant, inputs, outputs)
        return replace(found, violations=np.zeros_like(found.violations))


class RepeatsSolutions(NQueens):
    def enumerate(self, instance, limit):
        found = super().enumerate(instance, limit)
        return np.concatenate([found, found])[:limit]


class IgnoresLimit(NQueens):
    def enumerate(self, instance, limit):
        return super().enumerate(instance, 1000)


class NearestForAnotherPuzzle(Sudoku):
    def nearest_solution(self, variant, inputs, outputs, rng):
        return super().nearest_solution(variant, np.ones_like(inputs), outputs, rng)


class NearestChangesASolution(Sudoku):
    def nearest_solution(self, variant, inputs, outputs, rng):
        return super().nearest_solution(variant, inputs, np.ones_like(outputs), rng)


class NearestByChance(Sudoku):
    def nearest_solution(self, variant, inputs, outputs, rng):
        return super().nearest_solution(variant, inputs, outputs, np.random.default_rng())


class ShiftsTheBoard(NQueens):
    def symmetries(self, variant, count, rng):
        positions = np.tile(np.roll(np.arange(64), 1), (count, 1))
        return Relabelling(positions, np.tile(np.arange(3, dtype=np.uint8), (count, 1)))


class EverythingIsAlike(NQueens):
    def structure(self, variant):
        return replace(super().structure(variant), first_symbol=1, symbols=2)


class SaysHalf(NQueens):
    capabilities = replace(NQueens.capabilities, descriptions=True)

    def describe(self, instance, outputs):
        return ["row 1: queen"]


class FallsSilent(NQueens):
    capabilities = replace(NQueens.capabilities, descriptions=True)

    def describe(self, instance, outputs):
        return [""] * 64 if outputs is None else ["square"] * 64


class DeclaresAnEmptyMethod(NQueens):
    capabilities = replace(NQueens.capabilities, conflicts=True)


class HidesItsValidator(NQueens):
    capabilities = replace(NQueens.capabilities, validator=False)


class ChangesGivens(NQueens):
    def enumerate(self, instance, limit):
        return super().enumerate(self.blank(instance.variant), limit)


class NamesNoRules(NQueens):
    capabilities = replace(NQueens.capabilities, rule_ids=True)

    def rule_id(self, instance):
        return "queens"


class GivesUpAlways(NQueens):
    def enumerate(self, instance, limit):
        return None


class NamesNoQuality(NQueens):
    capabilities = replace(NQueens.capabilities, quality="gramsolve_nqueens:NQueens")


class DrawsEmoji(NQueens):
    def render(self, instance, view):
        return Grid(((Cell("👑👑", "Q"),),))


class SmallPictures(NQueens):
    def image(self, instance, view, size):
        return super().image(instance, view, size - 1)


@pytest.mark.parametrize(
    "broken, check",
    [
        (OldContract, "names"),
        (TransposedGrid, "layout"),
        (NoPaperPreset, "presets"),
        (ForgetsAQueen, "tokens"),
        (WritesUpsideDown, "text"),
        (GivesEmptyBoards, "generate"),
        (SaysHalf, "descriptions"),
        (FallsSilent, "descriptions"),
        (DeclaresAnEmptyMethod, "capabilities"),
        (HidesItsValidator, "capabilities"),
        (ChangesGivens, "given_cells"),
        (NamesNoRules, "dataset"),
        (GivesUpAlways, "enumeration"),
        (NamesNoQuality, "quality"),
        (TestsOnTraining, "dataset"),
        (WrongSolutions, "dataset"),
        (AcceptsAnything, "validator"),
        (HidesViolations, "validator"),
        (ForgetsTheGivens, "validator"),
        (RepeatsSolutions, "enumeration"),
        (IgnoresLimit, "enumeration"),
        (NearestForAnotherPuzzle, "nearest_solution"),
        (NearestChangesASolution, "nearest_solution"),
        (NearestByChance, "nearest_solution"),
        (ShiftsTheBoard, "symmetries"),
        (EverythingIsAlike, "structure"),
        (DrawsEmoji, "render"),
        (SmallPictures, "image"),
    ],
)
def test_kit_notices(broken: type[NQueens] | type[Sudoku], check: str) -> None:
    variant = "8x8" if issubclass(broken, NQueens) else "4x4"
    with pytest.raises(AssertionError) as caught:
        CHECKS[check](broken(), variant)
    with pytest.raises(AssertionError, match=rf"(?m)^{check}: "):
        check_task(broken(), variant)
    assert str(caught.value)
