"""All completions of N-Queens boards: our list and our search against CP-SAT and a SAT solver.

    python benchmarks/queens_exact.py

ortools and python-sat are optional: pip install 'gramsolve[bench]'.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import harness
import numpy as np

from gramsolve_nqueens.data import unique_givens, with_solutions
from gramsolve_nqueens.encode import boards_of
from gramsolve_nqueens.enumerate import Columns, all_solutions, completions

BOARDS = 2000
SLOW = 30
"""Boards for the solvers that take milliseconds for each."""

Solve = Callable[[Columns, int], int]


def cp_sat() -> Solve:
    """Completions by OR-tools' CP-SAT, all of them."""
    from ortools.sat.python import cp_model

    class Counter(cp_model.CpSolverSolutionCallback):
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def on_solution_callback(self) -> None:
            self.count += 1

    def solve(given: Columns, n: int) -> int:
        model = cp_model.CpModel()
        queens = [model.new_int_var(0, n - 1, f"q{r}") for r in range(n)]
        model.add_all_different(queens)
        model.add_all_different([queens[r] + r for r in range(n)])
        model.add_all_different([queens[r] - r for r in range(n)])
        for r in range(n):
            if given[r] >= 0:
                model.add(queens[r] == int(given[r]))
        solver = cp_model.CpSolver()
        solver.parameters.enumerate_all_solutions = True
        solver.parameters.num_workers = 1
        counter = Counter()
        solver.solve(model, counter)
        return counter.count

    return solve


def sat() -> Solve:
    """Completions by CaDiCaL through python-sat, blocking each that was found."""
    from pysat.card import CardEnc
    from pysat.solvers import Cadical153

    def solve(given: Columns, n: int) -> int:
        cell = lambda r, c: int(r * n + c + 1)  # noqa: E731
        lines = [[cell(r, c) for c in range(n)] for r in range(n)]
        lines += [[cell(r, c) for r in range(n)] for c in range(n)]
        diagonals = [[cell(r, c) for r in range(n) for c in range(n) if r - c == d] for d in range(1 - n, n)]
        diagonals += [[cell(r, c) for r in range(n) for c in range(n) if r + c == d] for d in range(2 * n - 1)]
        with Cadical153() as solver:
            for line in lines:
                solver.add_clause(line)
            for line in lines + diagonals:
                for clause in CardEnc.atmost(line, 1, encoding=0).clauses if len(line) > 1 else []:
                    solver.add_clause(clause)
            for r in range(n):
                if given[r] >= 0:
                    solver.add_clause([cell(r, given[r])])
            count = 0
            while solver.solve():
                count += 1
                solver.add_clause([-x for x in solver.get_model()[: n * n] if x > 0])
            return count

    return solve


def search(squares: list[tuple[int, ...]], n: int) -> list[int]:
    """Completions of boards with queens on these squares, by depth-first search."""
    found = [completions(queens, n, 10**6) for queens in squares]
    return [len(solutions) for solutions in found if solutions is not None]


def each(solve: Solve, boards: Columns, n: int) -> list[int]:
    return [solve(board, n) for board in boards]


def main() -> None:
    options = harness.arguments("All completions of N-Queens boards.").parse_args()
    rows: list[harness.Row] = []
    for n in (8, 10):
        solutions = all_solutions(n)
        givens = unique_givens(solutions)
        chosen = givens[np.random.default_rng(0).choice(len(givens), min(BOARDS, len(givens)), replace=False)]
        boards, pool = boards_of(chosen), boards_of(solutions)
        what = f"{n}x{n}, all completions"
        counts = np.diff(with_solutions(boards, pool).offsets)
        squares = [tuple(int(r * n + c) for r, c in enumerate(row) if c >= 0) for row in chosen]
        assert search(squares, n) == counts.tolist(), "the list and the search disagree"
        listed = harness.rate(partial(with_solutions, boards, pool), len(boards))
        searched = harness.rate(partial(search, squares, n), len(squares))
        group = [harness.Row(what, "gramsolve, list", listed), harness.Row(what, "gramsolve, search", searched)]
        for name, make in (("CP-SAT", cp_sat), ("CaDiCaL", sat)):
            try:
                solve = make()
            except ImportError:
                continue
            assert [solve(row, n) for row in chosen[:SLOW]] == counts[:SLOW].tolist(), f"{name} disagrees"
            group.append(harness.Row(what, name, harness.rate(partial(each, solve, chosen[:SLOW], n), SLOW, rounds=1)))
        rows += harness.versus(group, {"CP-SAT": "1,000 x"})
    harness.report("N-Queens, exact", rows, as_json=options.json)


if __name__ == "__main__":
    main()
