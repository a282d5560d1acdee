"""Reports as people read them: plain values, headings, tables, CSV and Markdown. Works on what ``to_dict`` gives."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ReportValues = Mapping[str, Any]


def plain(value: Any) -> Any:
    """JSON values: lists for tuples, and None for what is not a number, such as the error of one puzzle's mean."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@dataclass(frozen=True)
class Table:
    """Titles and cells, all right-aligned text."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""


Column = tuple[str, str, str]
"""Name of a figure, title, and how it is written."""

_FIGURES: tuple[Column, ...] = (
    ("accuracy", "one trajectory", "{:.2%}"),
    ("accuracy_error", "±", "{:.2%}"),
    ("vote", "vote", "{:.1%}"),
    ("two_guesses", "two guesses", "{:.1%}"),
    ("two_guesses_error", "±", "{:.1%}"),
    ("lprm", "LPRM", "{:.1%}"),
    ("any_valid", "any valid", "{:.1%}"),
    ("coverage", "coverage", "{:.3f}"),
    ("coverage_error", "±", "{:.3f}"),
    ("coverage_bound", "bound", "{:.3f}"),
    ("coverage_uniform", "uniform", "{:.3f}"),
)
_CONFLICTS: tuple[Column, ...] = (("conflicts_first", "conflicts, first", "{}"), ("conflicts_vote", "vote", "{}"))
_PLACE: tuple[Column, ...] = (("depth", "depth", "{}"), ("width", "width", "{}"))

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "puzzles": (*_PLACE, *_FIGURES, ("mean_steps", "steps", "{:.1f}"), *_CONFLICTS),
    "buckets": (*_PLACE, ("solutions", "solutions", "{}"), ("puzzles", "puzzles", "{}"), *_FIGURES, *_CONFLICTS),
    "unconditional": (
        ("depth", "depth", "{}"),
        ("valid", "valid", "{:.2%}"),
        ("valid_low", "from", "{:.2%}"),
        ("valid_high", "to", "{:.2%}"),
        ("distinct", "distinct", "{:,}"),
        ("distinct_valid", "distinct and valid", "{:,}"),
        ("distinct_share", "of the valid", "{:.2%}"),
        ("found_share", "of all boards", "{:.1%}"),
        ("in_training", "seen in training", "{:.2%}"),
    ),
    "digits": (
        ("depth", "depth", "{}"),
        ("score", "score", "{:.2f}"),
        ("distance", "distance", "{:.2f}"),
        ("classes", "digits drawn", "{}"),
        ("rarest", "rarest", "{:.1%}"),
        ("commonest", "commonest", "{:.1%}"),
        ("nearest", "pixels to a copy", "{:.0f}"),
        ("copies", "copies", "{}"),
    ),
    "elbo": (
        ("depth", "depth", "{}"),
        ("ce", "cross-entropy", "{:.3f}"),
        ("ce_error", "±", "{:.3f}"),
        ("kl", "KL", "{:.3f}"),
        ("kl_error", "±", "{:.3f}"),
        ("bound", "negative ELBO", "{:.3f}"),
        ("bound_error", "±", "{:.3f}"),
        ("surrogate", "surrogate", "{:.3f}"),
        ("surrogate_error", "±", "{:.3f}"),
    ),
    "diversity": (
        ("depth", "step", "{}"),
        ("distance", "distance", "{:.3f}"),
        ("distance_error", "±", "{:.3f}"),
        ("relative", "of |h|", "{:.1%}"),
        ("boards", "boards", "{:.2f}"),
        ("boards_error", "±", "{:.2f}"),
        ("plane", "in a plane", "{:.1%}"),
        ("plane_error", "±", "{:.1%}"),
    ),
}

NOTES: Mapping[str, str] = {
    "puzzles": "± half of a 95 % interval over puzzles. bound: the most this width can cover; "
    "uniform: a perfect sampler.",
    "unconditional": "From ... to: 95 % Wilson interval over boards.",
    "digits": "Score: classifier score, 10 at most; distance: Frechet classifier distance to the test images, not the "
    "FID of other papers. Pixels to a copy: median number of pixels in which the nearest training image differs.",
    "elbo": "Nats a puzzle, one posterior rollout each; ± half of a 95 % interval over puzzles. "
    "Surrogate: what training minimises, averaged over steps.",
    "diversity": "Between trajectories of one puzzle; ± half of a 95 % interval over puzzles. Distance in the whole of "
    "h; in a plane: share of the variance along two principal components.",
}


def heading(report: ReportValues) -> str:
    """What was measured on what, in a line."""
    machine = f"{report['seconds']:.0f} s on {report['device']} with {report['threads']} threads"
    name, kind = report["checkpoint"], report["kind"]
    if kind in ("unconditional", "digits"):
        drawn = "digits" if kind == "digits" else "boards"
        return f"{name}: {report['boards']:,} {drawn} out of nothing, seed {report['seed']}, {machine}"
    puzzles = f"{name} on {report['instances']} of {report['of']} test puzzles ({report['protocol']} split)"
    if kind == "elbo":
        return f"{puzzles}, seed {report['seed']}, beta {report['beta']:g}, {machine}"
    if kind == "diversity":
        return f"{puzzles}, {report['width']} trajectories each, seed {report['seed']}, {machine}"
    guises = f" over {report['augment']} symmetric copies each" if report["augment"] > 1 else ""
    work = f"{report['trajectories']:,} trajectories{guises}, seed {report['seed']}, halt {report['halt']}"
    adapted = f", adapted to each task for {report['adapt']['budget']}" if report.get("adapt") else ""
    return f"{puzzles}{adapted}, {work}, {machine}"


def remarks(report: ReportValues) -> list[str]:
    """What the table cannot say, in sentences."""
    found = [NOTES[report["kind"]]]
    if report["kind"] == "unconditional" and report["possible"]:
        best = max(row["distinct_valid"] for row in report["rows"])
        found.append(f"{best:,} of the {report['possible']:,} boards that there are were found at the best depth.")
    if report["kind"] == "unconditional" and report["training_boards"] is None:
        found.append("Its training data is not at hand, so nobody can say what it has seen.")
    if report["kind"] == "digits":
        real = report["real"]
        found.append(
            f"As many real training images: score {real['score']:.2f}, distance {real['distance']:.2f}, rarest "
            f"{real['rarest']:.1%}, commonest {real['commonest']:.1%}; real test images are {real['nearest']:.0f} "
            "pixels from the nearest training image."
        )
    if report["kind"] == "elbo":
        floor = report["floor"]
        found.append(
            f"A solution drawn from all of a puzzle's takes {floor:.3f} nats to name: no bound is lower on average."
        )
    if report["kind"] == "diversity" and report["path_plane"] is not None:
        found.append(f"Of a puzzle's whole paths {report['path_plane']:.1%} of the variance lies in one plane.")
    if adapt := report.get("adapt"):
        start = "the task's own embedding" if report["transductive"] else "a fresh embedding"
        what = f"Weights and {start} were" if adapt["weights"] else f"{start[0].upper()}{start[1:]} was"
        before = "had been trained on them already" if report["transductive"] else "had not been trained on them"
        found.append(
            f"{what} fitted to the demonstrations of each task alone, in {adapt['updates']:.0f} updates on average; "
            f"the checkpoint {before}."
        )
    elif report.get("transductive"):
        found.append("Transductive: demonstrations of the rules tested were trained on.")
    return found


def main_table(report: ReportValues) -> Table:
    """A line for each row of a report."""
    return table(COLUMNS[report["kind"]], report["rows"])


def bucket_table(report: ReportValues) -> Table | None:
    """A line for each bucket of each row, or None where all puzzles are in one."""
    rows = [
        {"depth": row["depth"], "width": row["width"], **bucket}
        for row in report["rows"]
        for bucket in row.get("buckets", ())
    ]
    if len(rows) <= len(report["rows"]):
        return None
    return table(COLUMNS["buckets"], rows, "By number of solutions")


def table(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], title: str = "") -> Table:
    """The columns that any row has; what is not known is a dash."""
    there = [column for column in columns if any(row.get(column[0]) is not None for row in rows)]
    cells = [["-" if row.get(name) is None else form.format(row[name]) for name, _, form in there] for row in rows]
    return Table([title for _, title, _ in there], cells, title)


def flat(report: ReportValues) -> Iterator[dict[str, Any]]:
    """One dict for each row of a report and each of its buckets; ``solutions`` is ``all`` where rows have buckets."""
    for row in report["rows"]:
        figures = {name: value for name, value in row.items() if not isinstance(value, list)}
        if "buckets" not in row:
            yield figures
            continue
        place = {name: row[name] for name in ("depth", "width")}
        yield {**place, "solutions": "all", "puzzles": report["instances"], **figures}
        yield from ({**place, **bucket} for bucket in row["buckets"])


def as_csv(report: ReportValues) -> str:
    """All figures of a report, a line each row, columns in the order they appear in."""
    rows = list(flat(report))
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_markdown(report: ReportValues) -> str:
    """The tables of a report with what they are about and the command that gives them again."""
    parts = [heading(report), markdown(main_table(report))]
    if (buckets := bucket_table(report)) is not None:
        parts += [f"{buckets.title}:", markdown(buckets)]
    parts.append(" ".join(remarks(report)))
    if command := report.get("provenance", {}).get("command"):
        parts.append(f"Measure it again: `{command}`")
    return "\n\n".join(parts) + "\n"


def markdown(table: Table) -> str:
    """A table, without a line end at its end."""
    lines = [f"| {' | '.join(table.titles)} |", f"|{' ---: |' * len(table.titles)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in table.rows])
