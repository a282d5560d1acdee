"""Write docs/reproduction.md: the paper's tables with our figures beside them.

    python docs/make_reproduction.py            # after eval -o docs/results/ARCHITECTURE-TASK-VARIANT.json
    python docs/make_reproduction.py --check    # says whether the page is that of the stored results

Ours come from docs/results/*.json alone, each written by ``gramsolve eval -o``; a cell without a file says "not run".
A name may go on after the variant (``gram-sudoku-4x4-elbo.json``). The paper's figures are in docs/paper.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tables import others
from tables.paper import beside
from tables.reports import runs, stored
from tables.small import small_tasks

HERE = Path(__file__).parent
PAGE, RESULTS, PAPER = HERE / "reproduction.md", HERE / "results", HERE / "paper.json"


def page(folder: Path = RESULTS) -> str:
    """The whole page as Markdown."""
    results, paper = stored(folder), json.loads(PAPER.read_text(encoding="utf-8"))
    parts = [HEAD.strip()]
    parts += [section for table in paper.values() for section in beside(table, results)]
    for section in (
        *(others.pictures, others.hard_sudokus, others.unconditional, small_tasks, others.depth_and_width),
        *(others.by_solutions, others.digits, others.bounds, others.diversities, runs),
    ):
        parts += section(results)
    return "\n\n".join(parts) + "\n"


HEAD = """
# Reproduction

The figures of *Generative Recursive Reasoning* ([arXiv 2605.19376](https://arxiv.org/abs/2605.19376)) with ours beside
them. Our cells come from the reports in [results](results), each written by the `gramsolve eval` command in the list of
[runs](#runs); "not run" means that there is no such report. A number that is a link names a run. This page is written
by `python docs/make_reproduction.py`, and a test fails when it is not that of the stored reports.

The paper's figures are quoted from its text, some of its Tables 2 and 3 from public summaries; its ± are its own.
Ours are of small models on two CPU cores unless a run says otherwise: compare sizes before you compare figures. Our ±
is half of a 95 % interval: Wilson's for shares of puzzles or boards, else that of a mean over puzzles, where ± 0.00
beside 100 says no more than that nothing was missed. "Ours" is a checkpoint that ships, "small and equal" a model made
only to compare architectures with each other, by equal updates and parameters: see [below](#on-two-cpu-cores).
"""


def main(arguments: Sequence[str]) -> int:
    try:
        made = page()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" in arguments:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == made
        print("up to date" if same else f"{PAGE} is stale: python docs/make_reproduction.py", file=sys.stderr)
        return 0 if same else 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
