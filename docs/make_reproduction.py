"""Write docs/reproduction.md: the paper's tables with our figures beside them.

    python docs/make_reproduction.py            # after gramsolve eval ... -o docs/results/SYSTEM-TASK-VARIANT.json
    python docs/make_reproduction.py --check    # says whether the page is that of the stored results

Ours come from docs/results/*.json alone, each written by ``gramsolve eval -o``; a cell without a file says "not run".
A name may go on after the variant (``gram-sudoku-4x4-elbo.json``). The paper's figures are in docs/paper.json.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE, RESULTS, PAPER = HERE / "reproduction.md", HERE / "results", HERE / "paper.json"
NOT_RUN = "not run"
WIDTH = 20
SMALL = (
    ("sudoku-4x4", "Sudoku 4x4"),
    ("sudoku-6x6", "Sudoku 6x6"),
    ("coloring-8v3c", "Graph colouring, 8 vertices"),
    ("nqueens-8x8", "8 queens"),
)
EQUAL = "equal"
"""What the names of their results end in: ``gram-sudoku-4x4-equal.json``, made by benchmarks/systems.py."""
SYSTEMS = ("gram", "trm", "hrm", "looped", "universal", "direct", "autoregressive", "diffusion")
"""Those that always have a row among the small tasks; others have one where there is a result."""
RIVALS = {
    "the best system without guidance": ("trm", "hrm", "looped", "universal", "direct", "gram-none"),
    "guidance without noise": ("gram-mean",),
}
"""Systems that give one answer to a puzzle however often they are asked."""
SAME = {"gram-none": "hrm"}
"""Two names of one system where the sizes are fitted to GRAM's: one of them is enough."""
WRITERS = ("autoregressive", "diffusion")
"""They decide cells once, one a step: their depth is the number of cells, and nothing to compare."""


@dataclass(frozen=True)
class Result:
    """A stored report: ``system`` and ``puzzle`` (task, variant and what follows) are its name, ``number`` its place
    in the list of runs."""

    name: str
    system: str
    puzzle: str
    number: int
    report: dict[str, Any]

    @property
    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = self.report["provenance"]["model"]
        return model

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.report["rows"]
        return rows

    def best(self) -> dict[str, Any]:
        """The row of the largest depth and width."""
        return max(self.rows, key=lambda row: (row["depth"], row.get("width", 0)))

    @property
    def link(self) -> str:
        return f"[{self.number}](#runs)"


def stored(folder: Path) -> list[Result]:
    """All results of a folder by name. Raises ValueError for one that is not what its name says."""
    found = []
    for number, path in enumerate(sorted(folder.glob("*.json")), start=1):
        report = json.loads(path.read_text(encoding="utf-8"))
        puzzle = f"{report['task']}-{report['variant']}"
        match = re.fullmatch(rf"(.+?)-({re.escape(puzzle)}(-.+)?)", path.stem)
        if match is None or "provenance" not in report:
            raise ValueError(f"{path} is not SYSTEM-{puzzle}.json as `gramsolve eval -o` writes it")
        found.append(Result(path.stem, match[1], match[2], number, report))
    return found


def page(folder: Path = RESULTS) -> str:
    """The whole page as Markdown."""
    results, paper = stored(folder), json.loads(PAPER.read_text(encoding="utf-8"))
    parts = [HEAD.strip()]
    parts += [section for table in paper.values() for section in beside(table, results)]
    parts += pictures(results) + hard_sudokus(results) + out_of_nothing(results) + small_tasks(results)
    parts += depth_and_width(results) + by_solutions(results)
    parts += digits(results) + bounds(results) + spreads(results) + runs(results)
    return "\n\n".join(parts) + "\n"


HEAD = """
# Reproduction

The figures of *Generative Recursive Reasoning* ([arXiv 2605.19376](https://arxiv.org/abs/2605.19376)) with ours beside
them. Our cells come from the reports in [results](results), each written by the `gramsolve eval` command in the list of
[runs](#runs); "not run" means that there is no such report. A number that is a link names a run. This page is written
by `python docs/make_reproduction.py`, and a test fails when it is not that of the stored reports.

The paper's figures are quoted from its text and from public summaries, which also gave the numbers of its tables. What
its Tables 8 and 9 hold could not be established; [depth and width](#depth-and-width) below are figures of our own.
Ours are of small models on two CPU cores unless a run says otherwise: compare sizes before you compare figures.
± is half of a 95 % interval: Wilson's for shares of puzzles or boards, else that of a mean over puzzles, where ± 0.00
beside 100 says no more than that nothing was missed. "Ours" is a checkpoint that ships, "small and equal" a model made
only to compare systems with each other, by equal updates and parameters: see [below](#on-two-cpu-cores).
"""


def beside(table: dict[str, Any], results: Sequence[Result]) -> list[str]:
    """One of the paper's tables, each system in two lines, and a third of those made to compare where there are any."""
    files = {(r.system, r.puzzle): r for r in results}
    rows = []

    def cells_of(found: Sequence[Result | None]) -> list[str]:
        pairs = zip(table["columns"], found, strict=True)
        return [NOT_RUN if result is None else f"{cell_of(result, column)} {result.link}" for column, result in pairs]

    for system, name, cells in table["rows"]:
        rows.append([name, "paper", *("-" if cell is None else cell for cell in cells)])
        ours = [files.get((system, column["file"])) for column in table["columns"]]
        names = (system, SAME.get(system, system))
        equal = [
            next((found for name in names if (found := files.get((name, f"{column['file']}-{EQUAL}")))), None)
            for column in table["columns"]
        ]
        if any(ours) or not any(equal):
            rows.append(["", "ours", *cells_of(ours)])
        if any(equal):
            rows.append(["", "ours, small and equal", *cells_of(equal)])
    return [f"## {table['title']}", table["note"], markdown(["", "", *(c["title"] for c in table["columns"])], rows)]


def cell_of(result: Result, column: dict[str, Any]) -> str:
    """A figure of the deepest and widest row, in the paper's units, with its error; before it that of the paper's
    ``depth``, where that is another."""
    row, name, depth = result.best(), column["figure"], column.get("depth")
    if depth is not None and row["depth"] != depth:
        same = next((one for one in result.rows if one["depth"] == depth), None)
        shallow = NOT_RUN if same is None else figure(same, name, column)
        return f"{shallow}; {figure(row, name, column)} after {row['depth']}"
    return figure(row, name, column)


def figure(row: dict[str, Any], name: str, column: dict[str, Any]) -> str:
    value = row.get(name)
    if value is None:
        return NOT_RUN
    if not column.get("percent"):
        return str(value)
    error = row.get(f"{name}_error")
    if f"{name}_low" in row:
        error = (row[f"{name}_high"] - row[f"{name}_low"]) / 2
    return f"{100 * value:.2f}" + ("" if error is None else f" ± {100 * error:.2f}")


def hard_sudokus(results: Sequence[Result]) -> list[str]:
    """The published lists, one by one."""
    rows = []
    for r in results:
        if not r.puzzle.startswith("sudoku-9x9") or r.report["kind"] != "puzzles":
            continue
        for depth in sorted({row["depth"] for row in r.rows}):
            row = max((row for row in r.rows if row["depth"] == depth), key=lambda row: row["width"])
            shares = [percent(row, name) for name in ("accuracy", "vote", "lprm", "any_valid")]
            cells = [f"{r.report['instances']:,} of {r.report['of']:,}", str(row["width"]), str(depth), *shares]
            rows.append([f"{r.report['protocol']} {r.link}", *cells])
    titles = ["", "puzzles", "trajectories", "steps", "one trajectory", "vote", "LPRM", "any of them"]
    note = (
        "9x9, per cent of held-out puzzles: lists of the hardest known ones, split by symmetry class of the solution "
        "grid. Any of them: what the validator picks out, which is how `gramsolve solve` works."
    )
    return ["## Hard Sudokus", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]


def pictures(results: Sequence[Result]) -> list[str]:
    """ARC on the canvases that have been trained."""
    rows = []
    for r in results:
        if not r.puzzle.startswith("arc-") or r.report["kind"] != "puzzles":
            continue
        row, told = at_width(r), r.report
        shares = [percent(row, name) for name in ("two_guesses", "vote", "any_valid", "accuracy")]
        adapted = told.get("adapt", {}).get("budget", "no")
        cells = [f"{told['instances']:,} of {told['of']:,}", str(row["width"]), str(told["augment"]), str(row["depth"])]
        rows.append([f"{told['variant']}, {told['protocol']} {r.link}", *cells, adapted, *shares])
    titles = ["", "tests", "trajectories", "copies", "steps", "adapted", "two guesses", "vote", "any of them"]
    note = (
        "Per cent of the tests of evaluation tasks that fit the canvas, whose demonstrations were trained on. Copies: "
        "symmetric ones of a task, over which trajectories are spread and which vote together. Adapted: fitted to the "
        "demonstrations of each task before its test, and how long."
    )
    text = markdown([*titles, "one trajectory"], rows) if rows else f"{NOT_RUN.capitalize()}."
    return ["## ARC on small canvases", note, text]


def small_tasks(results: Sequence[Result]) -> list[str]:
    """All systems on tasks that two cores can train, a table each."""
    parts = [
        "## On two CPU cores",
        f"Small models of every system on the same held-out puzzles: prior rollouts, the deepest row of each report, "
        f"{WIDTH} trajectories a puzzle, no validator. A system without noise says the same {WIDTH} times. All are "
        "trained and measured by `python benchmarks/systems.py` with the same optimizer, batch, number of updates and "
        "seed, 64 channels and, where a system does not name its own, the sequence mixer; the hidden size of each is "
        "fitted to GRAM's number of parameters. These settings were fixed before any of them had been measured, and "
        "nobody has looked for better ones for any system: the checkpoints that ship use others. Fitted so, "
        "`gram-none` is `hrm`, trained once where it has no row. An update of `gram-final`, which learns at the end of "
        "a trajectory alone, costs as much as 16 of the others.",
    ]
    contests = [(title, {r.system: r for r in results if r.puzzle == f"{puzzle}-{EQUAL}"}) for puzzle, title in SMALL]
    parts += across(contests)
    for title, here in contests:
        others = sorted(set(here) - set(SYSTEMS))
        rows = [small_row(system, here.get(system)) for system in (*SYSTEMS, *others)]
        titles = ["", "parameters", "updates", "steps", "one trajectory", "vote", "any of them", "coverage"]
        parts += [f"### {title}", markdown([*titles, "uniform sampler", "run"], rows)]
        parts += [fairness(list(here.values())), verdict(here)]
    return [part for part in parts if part]


def across(contests: Sequence[tuple[str, dict[str, Result]]]) -> list[str]:
    """One table over all tasks: any of 1, 5 and 20 trajectories of GRAM, and the best of each kind of rival."""
    rows = []
    for title, here in contests:
        for what, names in (("GRAM", ("gram",)), *RIVALS.items()):
            found = [here[name] for name in names if name in here]
            if not found:
                rows.append([title, what, *[NOT_RUN] * 4])
                continue
            best = max(found, key=lambda r: float(at_width(r)["accuracy"]))
            named = what if len(names) == 1 else f"{what}: {best.system}"
            deepest = sorted(
                (row for row in best.rows if row["depth"] == best.best()["depth"] and row["width"] <= WIDTH),
                key=lambda row: row["width"],
            )
            widths = {row["width"]: row for row in deepest}
            figures = [percent(widths[w], "any_valid") if w in widths else "-" for w in (5, WIDTH)]
            last = at_width(best)
            rows.append([title, named, percent(last, "accuracy"), *figures, with_error(last, "coverage", "{:.3f}")])
    note = (
        "What guidance is worth at what width: per cent of puzzles that one trajectory answers, or any of five or of "
        f"{WIDTH}, and the share of all solutions that {WIDTH} find."
    )
    titles = ["", "", "one trajectory", "any of 5", f"any of {WIDTH}", "coverage"]
    return ["### In one table", note, markdown(titles, rows)]


def verdict(here: dict[str, Result]) -> str:
    """Whether noise beats determinism: GRAM against systems that have none, at one answer and at many."""
    gram, said = here.get("gram"), []
    for what, names in RIVALS.items():
        others = [here[name] for name in names if name in here]
        if gram is not None and others:
            best = max(others, key=lambda r: float(at_width(r)["accuracy"]))
            said.append(f"GRAM against {what} ({best.system}): {', '.join(differences(gram, best))}.")
    return "  \n".join(said)


def differences(gram: Result, other: Result) -> list[str]:
    told = []
    for what, name in (("one trajectory", "accuracy"), (f"any of {WIDTH}", "any_valid"), ("coverage", "coverage")):
        ours, theirs = at_width(gram), at_width(other)
        apart = 100 * (ours[name] - theirs[name])
        # Half intervals of two figures add at most; a difference below that is not claimed.
        sure = abs(apart) > 100 * sum(row.get(f"{name}_error") or 0.0 for row in (ours, theirs))
        told.append(f"{what} {apart:+.1f} points" + ("" if sure else " (within the intervals: no difference is shown)"))
    return told


def small_row(system: str, result: Result | None) -> list[str]:
    if result is None:
        return [system, *["-"] * 3, NOT_RUN, *["-"] * 5]
    row = at_width(result)
    shares = [percent(row, name) for name in ("accuracy", "vote", "any_valid")]
    covered = with_error(row, "coverage", "{:.3f}")
    sizes = [f"{result.model['parameters']:,}", count(result.model["updates"]), str(row["depth"])]
    return [system, *sizes, *shares, covered, f"{row['coverage_uniform']:.3f}", result.link]


def at_width(result: Result) -> dict[str, Any]:
    """The deepest row of ``WIDTH`` trajectories, or of the most there are below."""
    deepest = max(row["depth"] for row in result.rows)
    return max(
        (row for row in result.rows if row["depth"] == deepest),
        key=lambda row: (row["width"] <= WIDTH, row["width"] if row["width"] <= WIDTH else -row["width"]),
    )


def fairness(here: Sequence[Result]) -> str:
    """Whether the systems of a table had the same chance, as far as the reports tell."""
    if len(here) < 2:
        return ""
    unequal = []
    for name, of_one in (
        ("updates", lambda r: r.model["updates"]),
        ("batch sizes", lambda r: r.model["batch"]),
        ("test puzzles", lambda r: (r.report["protocol"], r.report["instances"], r.report["seed"])),
        ("numbers of trajectories", lambda r: at_width(r)["width"]),
        ("depths", lambda r: None if r.system in WRITERS else at_width(r)["depth"]),
    ):
        if len({value for r in here if (value := of_one(r)) is not None}) > 1:
            unequal.append(name)
    sizes = [r.model["parameters"] for r in here]
    if max(sizes) > 1.1 * min(sizes):
        unequal.append(f"parameters ({min(sizes):,} to {max(sizes):,})")
    if unequal:
        return f"**Not equal** among these: {', '.join(unequal)}."
    return "Equal among these: updates, batch sizes, test puzzles, depth, and parameters within a tenth."


def depth_and_width(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        if r.report["kind"] != "puzzles":
            continue
        for depth in sorted({row["depth"] for row in r.rows}):
            here = sorted((row for row in r.rows if row["depth"] == depth), key=lambda row: row["width"])
            widths = " / ".join(str(row["width"]) for row in here)
            votes = " / ".join(f"{100 * row['vote']:.1f}" for row in here)
            covered = " / ".join(f"{row['coverage']:.3f}" for row in here)
            rows.append([f"{r.name} {r.link}", str(depth), percent(here[-1], "accuracy"), widths, votes, covered])
    titles = ["", "steps", "one trajectory", "trajectories", "right by vote, %", "coverage"]
    note = "Accuracy and coverage as trajectories grow longer, and as more of them are asked."
    return ["## Depth and width", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]


def by_solutions(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        buckets = at_width(r).get("buckets", []) if r.report["kind"] == "puzzles" else []
        for bucket in buckets if len(buckets) > 1 else ():
            covered = with_error(bucket, "coverage", "{:.3f}")
            cells = [bucket["solutions"], str(bucket["puzzles"]), percent(bucket, "accuracy"), covered]
            rows.append([f"{r.name} {r.link}", *cells, f"{bucket['coverage_uniform']:.3f}"])
    titles = ["", "solutions", "puzzles", "one trajectory", "coverage", "uniform sampler"]
    note = "Puzzles by how many solutions they have, at the largest depth."
    return ["## By number of solutions", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]


def out_of_nothing(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        for row in r.rows if r.report["kind"] == "unconditional" else ():
            interval = f"{100 * row['valid']:.2f} ({100 * row['valid_low']:.2f} to {100 * row['valid_high']:.2f})"
            shares = ["-" if row[n] is None else f"{100 * row[n]:.2f}" for n in ("distinct_share", "in_training")]
            found = f"{row['distinct_valid']:,}"
            if r.report["possible"]:
                found += f" of {r.report['possible']:,}"
            cells = [f"{r.report['boards']:,}", str(row["depth"]), interval, found, *shares]
            rows.append([f"{r.name} {r.link}", *cells])
    titles = ["", "boards", "steps", "valid, %", "distinct valid boards", "distinct, % of the valid"]
    note = "Boards drawn from an empty input; the last column is the share of valid ones that solve a training puzzle."
    text = markdown([*titles, "seen in training, %"], rows) if rows else f"{NOT_RUN.capitalize()}."
    return ["## Boards out of nothing", note, text]


def digits(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        if r.report["kind"] != "digits":
            continue
        real = {"depth": "real images", **r.report["real"]}
        for row in (*r.rows, real):
            cells = [f"{r.report['boards']:,}", str(row["depth"]), f"{row['score']:.2f}", f"{row['distance']:.2f}"]
            ends = f"{100 * row['rarest']:.1f} to {100 * row['commonest']:.1f}"
            rows.append([f"{r.name} {r.link}", *cells, ends, f"{row['nearest']:.0f}", f"{row['copies']:,}"])
    titles = ["", "digits", "steps", "classifier score", "Frechet classifier distance"]
    note = (
        "Digits drawn out of nothing, by a classifier of ours that is right on 99.2 % of real ones: no Inception score "
        "and no FID. The score is 10 at most; the distance is to the test images. Real images are as many of those "
        "trained on, which no drawing can be expected to beat. Nearest: the median number of pixels, of 784, between a "
        "drawing and the training image nearest to it (for real images: of test images to those)."
    )
    text = markdown([*titles, "rarest to commonest digit, %", "nearest", "copies"], rows) if rows else ""
    return ["## Digits", note, text or f"{NOT_RUN.capitalize()}."]


def bounds(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        for row in r.rows if r.report["kind"] == "elbo" else ():
            figures = [with_error(row, name, "{:.2f}") for name in ("ce", "kl", "bound", "surrogate")]
            rows.append([f"{r.name} {r.link}", str(row["depth"]), *figures, f"{r.report['floor']:.2f}"])
    titles = ["", "steps", "cross-entropy", "KL", "negative ELBO", "surrogate", "least possible"]
    note = (
        "The whole bound of posterior trajectories beside the surrogate that training minimises (the paper's A.3), in "
        "nats a puzzle, on held-out puzzles. Least possible: the mean logarithm of the number of solutions."
    )
    return ["## The bound", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]


def spreads(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        for row in r.rows if r.report["kind"] == "spread" else ():
            if row["depth"] & (row["depth"] - 1) == 0:
                cells = [percent(row, "relative"), with_error(row, "boards", "{:.2f}"), percent(row, "plane")]
                rows.append([f"{r.name} {r.link}", str(r.report["width"]), str(row["depth"]), *cells])
    titles = ["", "trajectories", "step", "distance, % of the length of h", "distinct boards", "in one plane, %"]
    note = (
        "How far trajectories of one puzzle are apart (the paper's D.6): mean distance of pairs in the whole of h, "
        "distinct boards among them, and the share of their variance along two principal components."
    )
    return ["## Spread of trajectories", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]


def runs(results: Sequence[Result]) -> list[str]:
    """Command, hardware, time and seed of everything above."""
    parts = ["## Runs"]
    for r in results:
        told, model = r.report["provenance"], r.model
        machine = f"{told['hardware']['machine']}, {r.report['threads']} of {told['hardware']['cores']} cores"
        machine = told["hardware"].get("accelerator", machine)
        drawn = "digits" if r.report["kind"] == "digits" else "boards"
        what = f"{r.report['boards']:,} {drawn}" if "boards" in r.report else ""
        what = what or f"{r.report['instances']:,} of {r.report['of']:,} test puzzles, `{r.report['protocol']}` split"
        lines = [
            f"**{r.number}. {r.name}**: {what}; seed {r.report['seed']}; {duration(r.report['seconds'])} on "
            f"{machine}; {told['date']}, gramsolve {told['gramsolve']}, torch {told['torch']}.",
            f"`{told['command']}`",
            f"Weights `{model['checkpoint']}` ({model['arch']}): {model['parameters']:,} parameters, "
            f"{count(model['updates'])} updates of {count(model['batch'])}, seed {model['seed']}, "
            f"{duration(model['training_seconds'])} on {model['training_device']} ({model['training_machine']}, "
            f"{model['training_threads']} threads).",
        ]
        if model["training_command"]:
            lines.append(f"`{model['training_command']}`")
        parts.append("  \n".join(lines))
    return parts if results else [*parts, f"{NOT_RUN.capitalize()}."]


def percent(row: dict[str, Any], name: str) -> str:
    """A share in per cent with its error."""
    scaled = {key: None if row.get(key) is None else 100 * row[key] for key in (name, f"{name}_error")}
    return with_error(scaled, name, "{:.2f}")


def with_error(row: dict[str, Any], name: str, form: str) -> str:
    value, error = row.get(name), row.get(f"{name}_error")
    if value is None:
        return "-"
    return form.format(value) + ("" if error is None else f" ± {form.format(error)}")


def count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "an unknown time"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(titles)} |", f"| --- |{' ---: |' * (len(titles) - 1)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


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
