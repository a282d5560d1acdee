"""Hard Sudokus solved to the proof that there is one solution: ours against CP-SAT, a SAT solver and tdoku.

    python benchmarks/sudoku_solver.py [--data FOLDER] [--tdoku BINARY]

FOLDER holds lists as `gramsolve data` keeps or publishes them; without it, and always, puzzles of our own generator
are solved. ortools and python-sat are optional (pip install 'gramsolve[bench]'). BINARY is tdoku's `run_benchmark`,
which is given each list as lines.
"""

from __future__ import annotations

import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import harness
import numpy as np

from gramsolve.tasks import read_data
from gramsolve_sudoku.generator import puzzles
from gramsolve_sudoku.geometry import Boards, geometry_of, units
from gramsolve_sudoku.listing import read_boards
from gramsolve_sudoku.search import solve

NINE = geometry_of("9x9")
MANY, SLOW = 4000, 20
GOALS = {"CP-SAT, any solution": "30 x", "CaDiCaL": "10 x", "tdoku": "0.2 x"}
LISTS = ("17_clue", "magictour_top1465", "forum_hardest_1905_11plus", "forum_hardest_1106")


def cp_sat() -> Callable[[Boards], list[int]]:
    """A solution by OR-tools' CP-SAT, not even its uniqueness."""
    from ortools.sat.python import cp_model

    def one(board: list[int]) -> int:
        model = cp_model.CpModel()
        cells = [model.new_int_var(d or 1, d or 9, f"c{i}") for i, d in enumerate(board)]
        for unit in units(NINE):
            for group in range(9):
                model.add_all_different([cells[i] for i in np.flatnonzero(unit == group)])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        return int(solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE))

    return lambda boards: [one(board.tolist()) for board in boards]


def sat() -> Callable[[Boards], list[int]]:
    """Uniqueness by CaDiCaL through python-sat, a fresh solver for each puzzle."""
    from pysat.solvers import Cadical153

    clauses = []
    for digit in range(9):
        for unit in units(NINE):
            for group in range(9):
                line = [int(cell) * 9 + digit + 1 for cell in np.flatnonzero(unit == group)]
                clauses.append(line)
                clauses += [[-a, -b] for i, a in enumerate(line) for b in line[:i]]
    for cell in range(81):
        clauses.append([cell * 9 + digit + 1 for digit in range(9)])

    def one(board: list[int]) -> int:
        with Cadical153(bootstrap_with=clauses) as solver:
            for cell, digit in enumerate(board):
                if digit:
                    solver.add_clause([cell * 9 + digit])
            if not solver.solve():
                return 0
            solver.add_clause([-x for x in solver.get_model()[:729] if x > 0])
            return 1 + int(solver.solve())

    return lambda boards: [one(board.tolist()) for board in boards]


def tdoku(binary: str, boards: Boards) -> float:
    """Puzzles a second as tdoku's own benchmark reports them, for the share of the clock in which it had a core: it
    takes one mean over seconds, whereas ours is the best of some rounds."""
    lines = ["".join(map(str, board)).replace("0", ".") for board in boards.tolist()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_text("\n".join(lines) + "\n")
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            # These puzzles as they are: by default it samples a hundred thousand copies, turned at random.
            [binary, "-s", "tdoku", "-t5", "-w2", f"-n{len(lines)}", "-r0", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    share = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / wall
    rates = re.findall(r"\|tdoku[^|]*\|\s*([\d.,]+)\s*\|", done.stdout)
    return float(rates[-1].replace(",", "")) / min(1.0, share)


def main() -> None:
    parser = harness.arguments("Hard Sudokus, one solution proved.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/sudoku"))
    parser.add_argument("--tdoku", help="path of tdoku's run_benchmark")
    options = parser.parse_args()
    sets = {"our own, expert": puzzles(NINE, 300, np.random.default_rng(0), "expert")}
    if options.data.is_dir():
        for name in LISTS:
            for path in sorted(options.data.glob(f"{name}*"))[:1]:
                sets[name] = read_boards(read_data(path), NINE)[:MANY]
    rows: list[harness.Row] = []
    for name, boards in sets.items():
        assert (solve(boards, NINE)[1] == 1).all()
        group = [harness.Row(name, "gramsolve", harness.rate(partial(solve, boards, NINE), len(boards)))]
        for who, make in (("CP-SAT, any solution", cp_sat), ("CaDiCaL", sat)):
            try:
                other = make()
            except ImportError:
                continue
            speed = harness.rate(partial(other, boards[:SLOW]), SLOW, rounds=1)
            group.append(harness.Row(name, who, speed))
        if options.tdoku:
            group.append(harness.Row(name, "tdoku", tdoku(options.tdoku, boards)))
        rows += harness.versus(group, GOALS)
    harness.report("Sudoku, one solution proved", rows, as_json=options.json)


if __name__ == "__main__":
    main()
