"""What training sees, and the two failures it must call by name."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gramsolve.config.training import TrainingConfig
from gramsolve.tasks import registry
from gramsolve.training.metrics import ValidationMetrics
from gramsolve.training.prepare import prepare
from gramsolve.training.sampler import AT_MOST, Sampler
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import Trajectories
from gramsolve.training.validation import warnings
from tests.fakes.trainers import advance, entering

TASK = registry.load("nqueens")


@pytest.mark.parametrize("augment", [False, True])
def test_every_pair_is_a_puzzle_with_one_of_its_solutions(augment: bool) -> None:
    train = TASK.dataset("6x6", "symmetry").train
    inputs, targets, _ = Sampler(TASK, "6x6", train, seed=1, unconditional_share=0.2, augment=augment).draw(3, 500)
    assert inputs.dtype == targets.dtype == torch.int64
    checked = TASK.check("6x6", inputs.numpy().astype(np.uint8), targets.numpy().astype(np.uint8))
    assert checked is not None and checked.valid.all()
    blank = (inputs == 1).all(1).float().mean().item()
    assert 0.1 < blank < 0.3


def test_solutions_of_one_input_are_drawn_evenly() -> None:
    train = TASK.dataset("8x8", "paper").train
    counts = np.diff(train.offsets)
    index = int(counts.argmax())
    one = type(train)(
        train.inputs[[index]],
        train.outputs,
        np.array([0, counts[index]]),
        train.members[train.offsets[index] : train.offsets[index + 1]],
    )
    _, targets, _ = Sampler(TASK, "8x8", one, seed=0, unconditional_share=0.0, augment=False).draw(0, 4000)
    drawn = np.unique(targets.numpy(), axis=0, return_counts=True)[1]
    assert len(drawn) == counts[index] > 10
    expected = 4000 / len(drawn)
    assert np.abs(drawn - expected).max() < 5 * np.sqrt(expected)


def test_draws_depend_on_seed_and_update_alone() -> None:
    train = TASK.dataset("6x6", "paper").train

    def draw(seed: int, update: int) -> torch.Tensor:
        return torch.cat(
            Sampler(TASK, "6x6", train, seed=seed, unconditional_share=0.1, augment=True).draw(update, 50)[:2], dim=1
        )

    assert torch.equal(draw(0, 7), draw(0, 7))
    assert not torch.equal(draw(0, 7), draw(0, 8))
    assert not torch.equal(draw(0, 7), draw(1, 7))


def test_augmented_training_never_shows_a_copy_of_a_test_input() -> None:
    data = TASK.dataset("8x8", "symmetry")
    inputs, *_ = Sampler(TASK, "8x8", data.train, seed=0, unconditional_share=0.0, augment=True).draw(0, 20_000)
    seen = {row.tobytes() for row in inputs.numpy().astype(np.uint8)}
    square = np.arange(64).reshape(8, 8)
    for turned in (square, np.fliplr(square)):
        for k in range(4):
            copies = data.test.inputs[:, np.rot90(turned, k).ravel()]
            assert not seen & {row.tobytes() for row in copies}


HEALTHY = ValidationMetrics((1.0,), (5.0,), (0.95,), (0.4, 0.9), (2.0,), 0.5)
LEAKY = ValidationMetrics((0.1,), (30.0,), (0.99,), (0.0, 0.02), (40.0,), 0.9)
COLLAPSED = ValidationMetrics((9.0,), (0.1,), (0.3,), (0.3,), (9.0,), 0.0)


@pytest.mark.parametrize(
    ("findings", "update", "names"),
    [
        (HEALTHY, 500, []),
        (LEAKY, 500, ["private channel"]),
        (COLLAPSED, 500, ["posterior collapse"]),
        (LEAKY, 50, []),
    ],
)
def test_failures_are_named_after_a_tenth_of_the_plan(
    findings: ValidationMetrics, update: int, names: list[str]
) -> None:
    found = warnings(findings, TrainingConfig.from_flat(updates=1000), update=update, length=64)
    assert [text.split(":")[0] for text in found] == names


def test_inputs_of_several_rules_carry_the_number_of_theirs() -> None:
    train = TASK.dataset("6x6", "symmetry").train
    numbers = np.arange(len(train), dtype=np.int32) + 1000
    ruled = type(train)(train.inputs, train.outputs, train.offsets, train.members, numbers)
    inputs, *_ = Sampler(TASK, "6x6", ruled, seed=0, unconditional_share=0.0, augment=False).draw(0, 200)
    assert inputs.shape == (200, 37)
    for row in inputs.numpy():
        assert np.array_equal(train.inputs[row[-1] - 1000], row[:-1])


def test_the_nearest_solution_is_that_of_trying_all() -> None:
    """Graph colouring with free names: every solution under every renaming, by brute force."""
    task = registry.load("coloring")
    train = task.dataset("5v3c", "isomorphism").train
    sampler = Sampler(task, "5v3c", train, seed=0, unconditional_share=0.0, augment=False, rename=True)
    rng = np.random.default_rng(0)
    rows = rng.integers(len(train), size=60)
    inputs, boards = train.inputs[rows], rng.integers(3, 6, size=(60, 5)).astype(np.uint8)
    found, known = sampler.nearest(0, inputs, boards, boards)
    checked = task.check("5v3c", inputs, found)
    assert known.all() and checked is not None and checked.valid.all()
    slack = 0
    for row, board, target in zip(rows, boards, found, strict=True):
        best = 0
        for names in itertools.permutations((3, 4, 5)):
            table = np.array([0, 1, 2, *names], np.uint8)
            best = max(best, int((table[train.solutions(row)] == board).sum(axis=1).max()))
        agreed = int((target == board).sum())
        assert agreed <= best
        slack += best - agreed
    assert slack <= 6, "renaming pair by pair is no longer near the best"


def test_the_nearest_solution_keeps_names_that_the_puzzle_gives() -> None:
    train = TASK.dataset("8x8", "paper").train
    sampler = Sampler(TASK, "8x8", train, seed=0, unconditional_share=0.0, augment=False)
    index = int(np.diff(train.offsets).argmax())
    for solution in train.solutions(index):
        spoiled = solution.copy()
        spoiled[:3] = 1
        found, known = sampler.nearest(0, train.inputs[[index]], spoiled[None], spoiled[None])
        distance = (train.solutions(index) != spoiled).sum(axis=1)
        assert known[0] and (found[0] != spoiled).sum() == distance.min()
    made_up = np.full((1, 64), 2, np.uint8)
    assert not sampler.nearest(0, made_up, made_up, made_up)[1][0]


def test_the_blank_input_has_every_solution_under_every_name() -> None:
    """Sudoku 4x4, where all 288 grids can be tried."""
    task = registry.load("sudoku")
    train = task.dataset("4x4", "generated").train
    blank = task.encode(task.blank("4x4"))
    sampler = Sampler(task, "4x4", train, seed=0, unconditional_share=0.5, augment=False, rename=True)
    grids = {tuple(grid) for grid in train.outputs}
    named = [np.array([0, 1, *names], np.uint8) for names in itertools.permutations((2, 3, 4, 5))]
    every = np.unique(np.array([table[list(grid)] for grid in grids for table in named]), axis=0)
    assert len(every) == 288
    boards = np.random.default_rng(0).integers(2, 6, size=(60, 16)).astype(np.uint8)
    inputs = np.repeat(blank[None], 60, axis=0)
    found, known = sampler.nearest(0, inputs, boards, boards)
    checked = task.check("4x4", inputs, found)
    assert known.all() and checked is not None and checked.valid.all()
    best = (boards[:, None] == every).sum(axis=2).max(axis=1)
    slack = best - (boards == found).sum(axis=1)
    assert (slack >= 0).all() and slack.sum() <= 30, "renaming pair by pair is no longer near the best"
    # A model that tells digits apart is given a grid as it stands.
    plain = Sampler(task, "4x4", train, seed=0, unconditional_share=0.5, augment=False)
    assert grids >= {tuple(grid) for grid in plain.nearest(0, inputs, boards, boards)[0]}
    # Of very many solutions none is near, but the task finds one.
    nine = task.dataset("9x9", "generated").train
    assert len(nine.outputs) > AT_MOST
    many = Sampler(task, "9x9", nine, seed=0, unconditional_share=0.5, augment=False, rename=True)
    empty = np.repeat(task.encode(task.blank("9x9"))[None], 20, axis=0)
    boards = nine.outputs[:20].copy()
    boards[:, :5] = 2
    found, known = many.nearest(0, empty, boards, boards)
    checked = task.check("9x9", empty, found)
    assert known.all() and checked is not None and checked.valid.all()
    assert ((found != boards).sum(axis=1) < 20).all()


def test_where_puzzles_have_one_solution_that_of_a_copy_is_at_hand_too(tmp_path: Path) -> None:
    """ARC: inputs are turned and recoloured at every visit, and another task may have the same input."""
    overrides = {"self_correction": "1.0", "prior_share": "0.5", "batch": "16", "precision": "fp32"}
    options = TrainOptions(preset="tiny", overrides=overrides, threads=1, run_dir=tmp_path / "run")
    run = prepare(registry.load("arc"), options)
    state, _ = advance(run.trainer, run.state, 4)
    before = {name: tensor.clone() for name, tensor in state.trajectories.tensors().items()}
    run.trainer.refill(state.model, state.update, state.trajectories, *entering(run.trainer, state))  # type: ignore[arg-type, attr-defined]
    after = state.trajectories.tensors()
    ended = slice(0, 8, 4)
    for name in ("inputs", "targets"):
        assert torch.equal(after[name][ended], before[name][ended]), name
    assert torch.equal(after["h"][ended], before["prior_h"][ended]), "from where the rollouts stopped"
    assert not torch.equal(after["inputs"][8:16:4], before["inputs"][8:16:4]), "others get another puzzle"


def test_of_very_many_solutions_a_few_are_drawn_by_seed_and_update() -> None:
    """MNIST: every image is a solution of the one input."""
    task = registry.load("mnist")
    train = task.dataset("28x28", "binarized").train
    sampler = Sampler(task, "28x28", train, seed=0, unconditional_share=0.0, augment=False)
    inputs, boards = np.repeat(train.inputs, 6, axis=0), train.outputs[:6]
    found, known = sampler.nearest(3, inputs, boards, boards)
    assert known.all() and len(train.outputs) > AT_MOST
    assert np.array_equal(found, sampler.nearest(3, inputs, boards, boards)[0])
    assert not np.array_equal(found, sampler.nearest(4, inputs, boards, boards)[0])
    kept = {image.tobytes() for image in train.outputs}
    assert all(image.tobytes() in kept for image in found)
    # Nearer to its board than an image drawn at random, which differs in about 150 pixels.
    assert ((found != boards).sum(axis=1) < 130).all()


def test_repairs_begin_where_rollouts_end(tmp_path: Path) -> None:
    overrides = {
        "self_correction": "1.0",
        "prior_share": "0.5",
        "batch": "16",
        "unconditional_share": "0",
        "precision": "fp32",
    }
    options = TrainOptions(variant="6x6", preset="tiny", overrides=overrides, threads=1, run_dir=tmp_path / "run")
    run = prepare(TASK, options)
    state, _ = advance(run.trainer, run.state, 4)
    t = state.trajectories
    inputs, prior = t.inputs.clone(), t.prior.h.clone()
    run.trainer.refill(state.model, state.update, t, *entering(run.trainer, state))  # type: ignore[arg-type, attr-defined]
    assert torch.equal(t.inputs[:8:4], inputs[:8:4]), "the same puzzles"
    assert torch.equal(t.posterior.h[:8:4], prior[:8:4]), "from where the rollouts stopped"
    assert torch.equal(t.posterior.h[8::4], state.model.z0_h.expand(2, -1, -1)), "others start afresh"  # type: ignore[operator]
    solved = TASK.check("6x6", *(part[:8:4].numpy().astype(np.uint8) for part in (t.inputs, t.targets)))
    assert solved is not None and solved.valid.all()


def test_solved_boards_are_left_alone_where_only_wrong_ones_are_repaired(tmp_path: Path) -> None:
    overrides = {
        "self_correction": "1",
        "keep_correct": "0",
        "prior_share": "1",
        "batch": "16",
        "unconditional_share": "0",
        "updates": "50",
    }
    options = TrainOptions(variant="6x6", preset="tiny", overrides=overrides, threads=1, run_dir=tmp_path / "run")
    run = prepare(TASK, options)
    state, _ = advance(run.trainer, run.state, 4)
    correct = np.array([True, False, True, False])
    tensors = state.trajectories.tensors()
    tensors["correct"][::4, -1] = torch.from_numpy(correct).float()
    t = Trajectories.from_tensors(tensors)
    state, inputs = replace(state, trajectories=t), t.inputs.clone()
    run.trainer.refill(state.model, state.update, t, *entering(run.trainer, state))  # type: ignore[arg-type, attr-defined]
    kept = (t.inputs[::4] == inputs[::4]).all(dim=1)
    assert np.array_equal(kept.numpy(), ~correct)
