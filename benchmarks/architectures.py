"""Every architecture of the comparison on small tasks, with equal updates and equal parameters, on one CPU thread.

    python benchmarks/architectures.py                                         # everything that is not there yet
    python benchmarks/architectures.py --task coloring --architecture trm    # one of them

Trains into runs/architectures, resumes interrupted runs, and stores what ``gramsolve eval`` measures on held-out
puzzles in docs/results, from which docs/reproduction.md is made. All architectures have the optimizer, batch, updates
and seed of GRAM; the hidden size is fitted so that all have its number of parameters.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gramsolve.model.architectures import ARCHITECTURES
from gramsolve.model.build import parameters
from gramsolve.tasks import registry
from gramsolve.training.resolve import resolve
from gramsolve.training.train_options import TrainOptions

ROOT = Path(__file__).parents[1]
RUNS, RESULTS = ROOT / "runs" / "architectures", ROOT / "docs" / "results"
STEPS = 16
SHARED = (
    "width=64",
    "hidden=128",
    "ema=0.995",
    "self_correction=0",
    "prior_share=0.25",
    "eval_inputs=16",
    "eval_every=500",
)


@dataclass(frozen=True)
class Contest:
    """A task that all architectures are trained on: ``settings`` hold for all, ``mixer`` for those that do not name
    their own; ``cells`` is L_out, the steps that the token baselines take; ``limit`` puzzles are measured."""

    task: str
    variant: str
    updates: int
    mixer: str
    cells: int
    limit: int | None = None
    settings: tuple[str, ...] = ()


SAME = {"gram-none": "hrm"}
"""Names of one architecture once the sizes are fitted: trained once, unless asked for by name."""

CONTESTS = (
    Contest("sudoku", "4x4", 1500, "sequence", 16, 300),
    Contest("sudoku", "6x6", 1000, "sequence", 36, 200),
    Contest("coloring", "8v3c", 2000, "sequence", 8),
    Contest("nqueens", "8x8", 1000, "sequence", 64, 200),
)


def overrides(contest: Contest, architecture: str) -> tuple[str, ...]:
    """What is set for an architecture: the mixer too, unless it is made of attention."""
    own = "mixer" in ARCHITECTURES[architecture].model
    return (*SHARED, *contest.settings, *(() if own else (f"mixer={contest.mixer}",)))


def size(contest: Contest) -> int:
    """Parameters of GRAM in this contest, which all have."""
    task = registry.load(contest.task)
    settings = dict(value.split("=", 1) for value in overrides(contest, "gram"))
    plan = resolve(task, TrainOptions(variant=contest.variant, architecture="gram", overrides=settings))
    return parameters(plan.model)


def commands(contest: Contest, architecture: str) -> tuple[list[str], list[str], Path]:
    """How to train it, how to measure it, and where that goes; from the root of the repository."""
    name = f"{architecture}-{contest.task}-{contest.variant}"
    run, result = RUNS.relative_to(ROOT) / name, RESULTS.relative_to(ROOT) / f"{name}-equal.json"
    train = [
        "train",
        contest.task,
        "--variant",
        contest.variant,
        "--architecture",
        architecture,
        "--seed",
        "0",
        "--threads",
        "1",
    ]
    train += ["--max-updates", str(contest.updates), "--run-dir", str(run)]
    train += [word for value in overrides(contest, architecture) for word in ("--set", value)]
    if architecture != "gram":
        train += ["--match-params", str(size(contest))]
    steps = contest.cells if architecture in ("autoregressive", "diffusion") else STEPS
    measure = ["eval", contest.task, "--checkpoint", str(run / "checkpoint"), "--width", "1,5,20", "--seed", "0"]
    measure += ["--depth", str(steps), "--threads", "1", "-o", str(result)]
    if contest.limit is not None:
        measure += ["--limit", str(contest.limit)]
    return train, measure, ROOT / result


def gramsolve(words: list[str]) -> None:
    print("gramsolve", *words, flush=True)
    subprocess.run([sys.executable, "-m", "gramsolve", *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", help="only this one")
    parser.add_argument("--architecture", choices=ARCHITECTURES, help="only this one")
    parser.add_argument("--train-only", action="store_true", help="measure nothing yet")
    parser.add_argument("--list", action="store_true", help="print the commands and do nothing")
    options = parser.parse_args()
    for contest in CONTESTS:
        for architecture in ARCHITECTURES:
            if options.task not in (None, contest.task) or options.architecture not in (None, architecture):
                continue
            if architecture in SAME and options.architecture is None:
                continue
            train, measure, result = commands(contest, architecture)
            if options.list:
                print("gramsolve", *train, "\ngramsolve", *measure)
            elif not result.exists():
                run = train[train.index("--run-dir") + 1]
                begun = (ROOT / run / "plan.json").exists()
                gramsolve(["train", contest.task, "--run-dir", run, "--resume"] if begun else train)
                if not options.train_only:
                    gramsolve(measure)


if __name__ == "__main__":
    main()
