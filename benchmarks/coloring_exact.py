"""All canonical 3-colourings of small random graphs: ours against CP-SAT.

    python benchmarks/coloring_exact.py

ortools is optional: pip install 'gramsolve[bench]'.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import harness
import numpy as np

from gramsolve_coloring.data import Matrices, distinct
from gramsolve_coloring.search import all_colourings

GRAPHS, SLOW, COLOURS = 4000, 40, 3


def cp_sat() -> Callable[[Matrices], list[int]]:
    """All colourings by OR-tools' CP-SAT, colours in order of first occurrence."""
    from ortools.sat.python import cp_model

    class Counter(cp_model.CpSolverSolutionCallback):
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def on_solution_callback(self) -> None:
            self.count += 1

    def one(adjacency: np.ndarray) -> int:
        n = len(adjacency)
        model = cp_model.CpModel()
        colour = [model.new_int_var(0, min(i, COLOURS - 1), f"v{i}") for i in range(n)]
        most = [colour[0]]
        for i in range(1, n):
            model.add(colour[i] <= most[i - 1] + 1)
            top = model.new_int_var(0, COLOURS - 1, f"m{i}")
            model.add_max_equality(top, [most[i - 1], colour[i]])
            most.append(top)
        for i, j in zip(*np.nonzero(np.triu(adjacency)), strict=True):
            model.add(colour[i] != colour[j])
        solver = cp_model.CpSolver()
        solver.parameters.enumerate_all_solutions = True
        solver.parameters.num_workers = 1
        counter = Counter()
        solver.solve(model, counter)
        return counter.count

    return lambda graphs: [one(graph) for graph in graphs]


def main() -> None:
    options = harness.arguments("All canonical 3-colourings.").parse_args()
    rows: list[harness.Row] = []
    for n in (8, 10):
        graphs = distinct(n, COLOURS, GRAPHS, np.random.default_rng(0))
        sizes = np.full(len(graphs), n)
        offsets, _ = all_colourings(graphs, sizes, COLOURS)
        what = f"{n} vertices, all colourings"
        speed = harness.rate(partial(all_colourings, graphs, sizes, COLOURS), len(graphs))
        group = [harness.Row(what, "gramsolve", speed)]
        try:
            other = cp_sat()
        except ImportError:
            pass
        else:
            assert other(graphs[:SLOW]) == np.diff(offsets)[:SLOW].tolist(), "CP-SAT disagrees"
            group.append(harness.Row(what, "CP-SAT", harness.rate(partial(other, graphs[:SLOW]), SLOW, rounds=1)))
        rows += harness.versus(group, {"CP-SAT": "500 x"})
    harness.report("Graph colouring, exact", rows, as_json=options.json)


if __name__ == "__main__":
    main()
