"""Tables of our own: puzzles, pictures and unconditional samples, by depth, width and number of solutions."""

from __future__ import annotations

from collections.abc import Sequence

from tables.reports import Result, at_width
from tables.text import NOT_RUN, markdown, percent, with_error


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
    note = "Accuracy and coverage by supervision steps and by number of trajectories."
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


def unconditional(results: Sequence[Result]) -> list[str]:
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
    return ["## Unconditional samples", note, text]


def digits(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        if r.report["kind"] != "quality":
            continue
        real = {"depth": "real images", **r.report["real"]}
        for row in (*r.rows, real):
            cells = [f"{r.report['boards']:,}", str(row["depth"]), f"{row['score']:.2f}", f"{row['distance']:.2f}"]
            ends = f"{100 * row['rarest']:.1f} to {100 * row['commonest']:.1f}"
            rows.append([f"{r.name} {r.link}", *cells, ends, f"{row['nearest']:.0f}", f"{row['copies']:,}"])
    titles = ["", "digits", "steps", "classifier score", "Frechet classifier distance"]
    note = (
        "Unconditional samples, by a classifier of ours that is right on 99.2 % of real ones: no Inception score "
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


def diversities(results: Sequence[Result]) -> list[str]:
    rows = []
    for r in results:
        for row in r.rows if r.report["kind"] == "diversity" else ():
            if row["depth"] & (row["depth"] - 1) == 0:
                cells = [percent(row, "relative"), with_error(row, "boards", "{:.2f}"), percent(row, "plane")]
                rows.append([f"{r.name} {r.link}", str(r.report["width"]), str(row["depth"]), *cells])
    titles = ["", "trajectories", "step", "distance, % of the length of h", "distinct boards", "in one plane, %"]
    note = (
        "How far trajectories of one puzzle are apart (the paper's D.6): mean distance of pairs in the whole of h, "
        "distinct boards among them, and the share of their variance along two principal components."
    )
    return ["## Diversity of trajectories", note, markdown(titles, rows) if rows else f"{NOT_RUN.capitalize()}."]
