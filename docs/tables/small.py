"""Every architecture on tasks that two cores can train."""

from __future__ import annotations

from collections.abc import Sequence

from tables.reports import EQUAL, WIDTH, Result, at_width
from tables.text import NOT_RUN, count, markdown, percent, with_error

SMALL = (
    ("sudoku-4x4", "Sudoku 4x4"),
    ("sudoku-6x6", "Sudoku 6x6"),
    ("coloring-8v3c", "Graph colouring, 8 vertices"),
    ("nqueens-8x8", "8 queens"),
)
ARCHITECTURES = ("gram", "trm", "hrm", "looped", "universal", "direct", "autoregressive", "diffusion")
"""Those that always have a row among the small tasks; others have one where there is a result."""
RIVALS = {
    "the best architecture without guidance": ("trm", "hrm", "looped", "universal", "direct", "gram-none"),
    "guidance without noise": ("gram-mean",),
    "guidance without hierarchy": ("gram-flat",),
    "the best token baseline": ("autoregressive", "diffusion"),
}
"""The first two give one answer to a puzzle however often they are asked, the others another each time."""
TOKEN_BASELINES = ("autoregressive", "diffusion")
"""They decide cells once, one a step: their depth is the number of cells, and nothing to compare."""


def small_tasks(results: Sequence[Result]) -> list[str]:
    """All architectures on tasks that two cores can train, a table each."""
    parts = [
        "## On two CPU cores",
        f"Small models of every architecture on the same held-out puzzles: prior rollouts, the deepest row of each "
        f"report, {WIDTH} trajectories a puzzle, no validator. An architecture without noise says the same {WIDTH} "
        "times. All are trained and measured by `python benchmarks/architectures.py` with the same optimizer, batch, "
        "number of updates and seed, 64 channels and, where an architecture does not name its own, the sequence mixer; "
        "the hidden size of each is fitted to GRAM's number of parameters. These settings were fixed before any of "
        "them had been measured, and "
        "no better ones were looked for, for any architecture: the checkpoints that ship use others. Fitted so, "
        "`gram-none` is `hrm`, trained once where it has no row. An update of `gram-final`, which learns at the end of "
        "a trajectory alone, is a whole trajectory of four steps and costs four times as much: by equal updates it had "
        "more work done for it.",
    ]
    contests = [
        (title, {r.architecture: r for r in results if r.puzzle == f"{puzzle}-{EQUAL}"}) for puzzle, title in SMALL
    ]
    parts += across(contests)
    for title, here in contests:
        others = sorted(set(here) - set(ARCHITECTURES))
        rows = [small_row(architecture, here.get(architecture)) for architecture in (*ARCHITECTURES, *others)]
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
            named = what if len(names) == 1 else f"{what}: {best.architecture}"
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
    """Whether noise beats determinism: GRAM against architectures that have none, at one answer and at many."""
    gram, said = here.get("gram"), []
    for what, names in RIVALS.items():
        others = [here[name] for name in names if name in here]
        if gram is not None and others:
            best = max(others, key=lambda r: float(at_width(r)["accuracy"]))
            said.append(f"GRAM against {what} ({best.architecture}): {', '.join(differences(gram, best))}.")
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


def small_row(architecture: str, result: Result | None) -> list[str]:
    if result is None:
        return [architecture, *["-"] * 3, NOT_RUN, *["-"] * 5]
    row = at_width(result)
    shares = [percent(row, name) for name in ("accuracy", "vote", "any_valid")]
    covered = with_error(row, "coverage", "{:.3f}")
    sizes = [f"{result.model['parameters']:,}", count(result.model["updates"]), str(row["depth"])]
    return [architecture, *sizes, *shares, covered, f"{row['coverage_uniform']:.3f}", result.link]


def fairness(here: Sequence[Result]) -> str:
    """Whether the architectures of a table had the same chance, as far as the reports tell."""
    if len(here) < 2:
        return ""
    unequal = []
    for name, of_one in (
        ("updates", lambda r: r.model["updates"]),
        ("batch sizes", lambda r: r.model["batch"]),
        ("test puzzles", lambda r: (r.report["protocol"], r.report["instances"], r.report["seed"])),
        ("numbers of trajectories", lambda r: at_width(r)["width"]),
        ("depths", lambda r: None if r.architecture in TOKEN_BASELINES else at_width(r)["depth"]),
    ):
        if len({value for r in here if (value := of_one(r)) is not None}) > 1:
            unequal.append(name)
    sizes = [r.model["parameters"] for r in here]
    if max(sizes) > 1.1 * min(sizes):
        unequal.append(f"parameters ({min(sizes):,} to {max(sizes):,})")
    if unequal:
        return f"**Not equal** among these: {', '.join(unequal)}."
    return "Equal among these: updates, batch sizes, test puzzles, depth, and parameters within a tenth."
