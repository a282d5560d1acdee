"""What the benchmarks share: a steady clock, the machine's name, one table. Figures are ratios within one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gramsolve.errors import GramsolveError

# One core for everybody, and before numpy and numba are imported.
for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@dataclass(frozen=True)
class Row:
    """One contestant: how many things a second, and how many times as fast as ``against``, its rival."""

    what: str
    who: str
    rate: float
    against: str = ""
    ratio: float | None = None
    goal: str = ""


def rate(
    work: Callable[[], Any],
    things: int,
    *,
    seconds: float = 1.0,
    rounds: int = 10,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Things a second of this process's own time, or of another ``clock``: the best of some rounds, so that a busy
    neighbour counts for little; the first call is free."""
    work()
    best = 0.0
    for _ in range(rounds):
        calls, started = 0, clock()
        while clock() - started < seconds / rounds or calls == 0:
            work()
            calls += 1
        best = max(best, calls * things / (clock() - started))
    return best


def versus(rows: Sequence[Row], goals: Mapping[str, str]) -> list[Row]:
    """The first row compared with every other; ``goals`` by rival."""
    ours, *others = rows
    result = []
    for other in others:
        goal = goals.get(other.who, "")
        result.append(Row(ours.what, ours.who, ours.rate, other.who, ours.rate / other.rate, goal))
    return [*result, *others] if result else list(rows)


def machine() -> dict[str, Any]:
    """The machine in words."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def run(main: Callable[[], None]) -> None:
    """A script's whole work; what its user can cause ends in one line."""
    try:
        main()
    except GramsolveError as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def report(title: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Print all rows as a table, or as one JSON document."""
    about = machine()
    if as_json:
        print(json.dumps({"title": title, "machine": about, "rows": [row.__dict__ for row in rows]}))
        return
    print(f"{title}  ({about['cpu']}, one core of {about['cores']}, Python {about['python']})\n")
    print(f"{'what':34} {'who':26} {'per second':>14}   ratio")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.{1 if row.ratio >= 1 else 2}f} x {row.against}"
        goal = f"   (goal {row.goal})" if row.goal else ""
        print(f"{row.what:34} {row.who:26} {row.rate:>14,.0f}   {ratio}{goal}")
