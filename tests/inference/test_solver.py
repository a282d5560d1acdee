"""The solver's stream: what it promises about events, budgets, stopping and repeatability.

A freshly initialised network stands for a bad model, and a `tiny` one trained in seconds for a fair one.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gramsolve import api
from gramsolve import device as devices
from gramsolve.checkpoints.checkpoint import Checkpoint
from gramsolve.errors import BadInput, Missing
from gramsolve.inference.events import Event, Finished, Solution, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import rollout
from gramsolve.inference.solver import Solver
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import build_gram
from gramsolve.tasks import Capabilities, Instance, registry
from gramsolve.tasks.arrays import Tokens
from gramsolve.training.train_options import TrainOptions
from gramsolve_nqueens import NQueens


@pytest.fixture(scope="module")
def solver(tmp_path_factory: pytest.TempPathFactory) -> Solver:
    """6x6, trained for some seconds: sometimes right, sometimes wrong."""
    run = tmp_path_factory.mktemp("run") / "run"
    overrides = {"eval_every": "1000", "width": "48", "unconditional_share": "0.5"}
    options = TrainOptions(
        variant="6x6", preset="tiny", overrides=overrides, max_updates=200, run_dir=run, threads=1, device="cpu"
    )
    result = api.train("nqueens", options)
    return api.load("nqueens", checkpoint=str(result.checkpoint), device="cpu", threads=1)


def empty(solver: Solver) -> list[Event]:
    return list(solver.run(solver.task.blank("6x6"), SolveOptions(width=24, depth=8, halt="never", exact=True)))


def steps(events: list[Event]) -> list[Step]:
    return [event for event in events if isinstance(event, Step)]


def finish(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_a_round_goes_deeper_while_no_board_is_valid() -> None:
    solver = api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)
    options = SolveOptions(width=1, depth=1, max_depth=20, exact=True)
    puzzles = solver.task.generate("8x8", 12, 5)
    further = 0
    for index, puzzle in enumerate(puzzles):
        started, *events = solver.run(puzzle, options, index=index)
        assert isinstance(started, Started) and (started.depth, started.max_depth) == (1, 20)
        frames = steps(events)
        found = [s.valid is not None and bool(s.valid.any()) for s in frames]
        assert not any(found[:-1]) and (found[-1] or len(frames) == 20)
        same = steps(list(solver.run(puzzle, replace(options, depth=len(frames), max_depth=0), index=index)))
        assert all(np.array_equal(a.tokens, b.tokens) for a, b in zip(frames, same, strict=True)), "the same noise"
        further += len(frames) > 1
    assert further >= 3, "one step is right on every second board"
    hopeless = solver.task.parse("Q7/2Q5/8/8/8/8/8/8")[0]
    started, *events = solver.run(hopeless, options)
    assert len(steps(events)) == 1, "exact search says that nothing can come"
    assert isinstance(started, Started) and started.max_depth == 0
    assert len(steps(list(solver.run(hopeless, replace(options, exact=False))))) == 20
    with pytest.raises(BadInput, match="max_depth"):
        SolveOptions(max_depth=-1)


def test_the_stream_has_its_order_and_its_shapes(solver: Solver) -> None:
    events = empty(solver)
    assert isinstance(events[0], Started) and events[0].exact == 4
    frames = steps(events)
    assert [s.number for s in frames] == list(range(1, 9))
    for s in frames:
        assert s.tokens.shape == s.confidence.shape == (24, 36)
        assert s.valid is not None and s.violations is not None
        np.testing.assert_array_equal(s.valid, ~s.violations.any(axis=1))
        assert s.latent.shape == (24, 48)
        assert ((s.confidence >= 0) & (s.confidence <= 1)).all()
        with pytest.raises(ValueError, match="read-only"):
            s.tokens[0, 0] = 9
    final = finish(events)
    assert final.trajectories == 24 and final.steps == 24 * 8
    assert frames[-1].valid is not None
    assert final.valid == frames[-1].valid.sum()
    assert sum(c.votes for c in final.candidates) == 24


def test_it_learned_something_and_collects_each_solution_once(solver: Solver) -> None:
    events = empty(solver)
    found = [event for event in events if isinstance(event, Solution)]
    final = finish(events)
    assert final.solutions == len(found) > 0
    assert len({f.candidate.tokens.tobytes() for f in found}) == len(found)
    assert [f.count for f in found] == list(range(1, len(found) + 1))
    exact = {row.tobytes() for row in solver.task.enumerate(solver.task.blank("6x6"), 100)}
    assert {f.candidate.tokens.tobytes() for f in found} <= exact


def test_the_same_seed_gives_the_same_run_and_another_does_not(solver: Solver) -> None:
    a, b = empty(solver), empty(solver)
    for x, y in zip(steps(a), steps(b), strict=True):
        np.testing.assert_array_equal(x.latent, y.latent)
    other = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=24, depth=8, halt="never", seed=1)))
    assert not np.array_equal(steps(other)[-1].latent, steps(a)[-1].latent)


def test_a_wider_run_contains_the_narrower(solver: Solver) -> None:
    """Trajectory 3 is trajectory 3, whether 5 or 24 run."""
    narrow = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=5, depth=8, halt="never")))
    for x, y in zip(steps(narrow), steps(empty(solver)), strict=True):
        np.testing.assert_array_equal(x.tokens, y.tokens[:5])
        np.testing.assert_array_equal(x.latent, y.latent[:5])


def test_valid_boards_leave_at_once_with_halt_valid(solver: Solver) -> None:
    events = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=24, depth=8, halt="valid")))
    for s in steps(events):
        assert s.valid is not None
        np.testing.assert_array_equal(s.running, ~s.valid)
    assert finish(events).steps < 24 * 8


def test_until_valid_stops_at_the_first_valid_board(solver: Solver) -> None:
    events = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=4, depth=8, until="valid")))
    final = finish(events)
    assert final.reason == "valid" and final.best is not None and final.best.valid
    last = steps(events)[-1]
    assert last.valid is not None and last.valid.any()
    assert not any(s.valid.any() for s in steps(events)[:-1] if s.valid is not None)


def test_until_all_goes_on_until_little_is_unseen(solver: Solver) -> None:
    options = SolveOptions(width=16, depth=8, until="all", missing_mass=0.1, max_rounds=200, exact=True)
    final = finish(list(solver.run(solver.task.blank("6x6"), options)))
    assert final.reason == "all"
    assert final.missing_mass is not None and final.missing_mass <= 0.1
    assert final.trajectories % 16 == 0
    assert final.exact == 4 and final.solutions <= 4


def test_rounds_continue_the_numbering(solver: Solver) -> None:
    """Two rounds of 8 are the same trajectories as one of 16."""
    options = SolveOptions(width=8, depth=4, halt="never", until="all", missing_mass=1e-9, max_rounds=2)
    rounds = steps(list(solver.run(solver.task.blank("6x6"), options)))
    whole = steps(list(solver.run(solver.task.blank("6x6"), SolveOptions(width=16, depth=4, halt="never"))))
    np.testing.assert_array_equal(rounds[3].latent, whole[3].latent[:8])
    np.testing.assert_array_equal(rounds[7].latent, whole[3].latent[8:])


def test_a_budget_that_is_used_up_ends_the_run(solver: Solver) -> None:
    options = SolveOptions(width=8, depth=8, until="all", missing_mass=1e-9, max_seconds=0.3, max_rounds=10**6)
    assert finish(list(solver.run(solver.task.blank("6x6"), options))).reason == "time"


def test_stop_is_obeyed_at_the_next_step(solver: Solver) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 3

    events = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=8, depth=50), stop=stop))
    assert len(steps(events)) == 3 and finish(events).reason == "stopped"


def test_an_untrained_model_reports_failure_honestly() -> None:
    task = registry.load("nqueens")
    model = build_gram(ModelConfig.from_flat(3, 3, 64, 64, width=32))
    untrained = Checkpoint.unsaved("untrained", "nqueens", "8x8", model.config)
    solver = Solver(task, model, untrained, device=torch.device("cpu"))
    final = finish(list(solver.run(task.blank("8x8"), SolveOptions(width=8, depth=2))))
    assert final.valid == final.solutions == 0
    assert final.missing_mass is None and final.best is not None and not final.best.valid


def test_a_puzzle_of_another_size_is_refused(solver: Solver) -> None:
    with pytest.raises(BadInput, match=r"8x8.*6x6"):
        solver.run(solver.task.blank("8x8"))


def test_loading_says_what_is_wrong(solver: Solver, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no checkpoint"):
        api.load("nqueens", checkpoint="nowhere")
    with pytest.raises(BadInput, match=r"config\.json"):
        api.load("nqueens", checkpoint=str(tmp_path))
    with pytest.raises(Missing, match="train"):
        api.load("nqueens", variant="17x17")
    if not torch.cuda.is_available():
        with pytest.raises(Missing, match="cuda"):
            devices.choose("cuda")


def test_a_config_that_asks_for_too_much_is_refused_before_it_is_allocated(solver: Solver, tmp_path: Path) -> None:
    from gramsolve.checkpoints import store
    from gramsolve.checkpoints.checkpoint import CheckpointConfig

    weights = {key: value.clone() for key, value in solver.model.state_dict().items()}
    spec = solver.task.variant("6x6").spec.digest()
    config = CheckpointConfig("nqueens", "6x6", spec, model=solver.model.config.replace(width=300_000))
    store.write(tmp_path / "greedy", weights, config, "# Greedy\n")
    with pytest.raises(BadInput, match="do not fit"):
        api.load("nqueens", checkpoint=str(tmp_path / "greedy"))


class Chess(NQueens):
    """Puzzles named after the rule they belong to; queens below the first row count for nothing."""

    capabilities = Capabilities(symmetries=True, structure=True, given_cells=True, rule_ids=True)

    def rule_id(self, instance: Instance) -> str:
        return instance.name

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        tidy = outputs.copy()
        tidy[:, 6:] = 1
        return tidy


def test_a_rule_is_told_by_its_number_and_an_unknown_one_by_zero() -> None:
    config = ModelConfig.from_flat(3, 3, 36, 36, width=16, hidden=24, prefix=1, rule_ids=2)
    model = build_gram(config, 0)
    assert model.encoder.rule_embedding is not None
    with torch.no_grad():
        model.encoder.rule_embedding.weight.normal_(0, 3)
    rules = Checkpoint.unsaved("rules", "nqueens", "6x6", config, ("mate", "stalemate"))
    solver = Solver(Chess(), model, rules, device=devices.choose("cpu"))
    blank = solver.task.encode(solver.task.blank("6x6"))[None]
    assert [int(solver.inputs(blank, [name])[0, -1]) for name in ("mate", "stalemate", "draw", "")] == [1, 2, 0, 0]
    ends = []
    for name in ("mate", "stalemate"):
        instance = replace(solver.task.blank("6x6"), name=name)
        ends.append(steps(list(solver.run(instance, SolveOptions(width=4, depth=2))))[-1].latent)
    assert not np.allclose(ends[0], ends[1])


def test_answers_are_counted_in_canonical_form() -> None:
    model = build_gram(ModelConfig.from_flat(3, 3, 36, 36, width=16, hidden=24), 0)
    solver = Solver(
        Chess(), model, Checkpoint.unsaved("rules", "nqueens", "6x6", model.config), device=devices.choose("cpu")
    )
    events = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=12, depth=2)))
    for step in steps(events):
        assert (step.tokens[:, 6:] == 1).all()
    raw = rollout(model, torch.ones(12, 36, dtype=torch.long), torch.zeros(12).long(), torch.arange(12), depth=2)
    tokens = list(raw)[-1].tokens
    candidates = finish(events).candidates
    assert len(candidates) == len(np.unique(tokens[:, :6], axis=0)) < len(np.unique(tokens, axis=0))
    assert sum(candidate.votes for candidate in candidates) == 12
