"""Reports as people read them: headings, tables, CSV and Markdown. The input is what ``EvalReport.to_dict`` gives."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ReportValues = Mapping[str, Any]


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
    "elbo": "Nats a puzzle, one posterior rollout each; ± half of a 95 % interval over puzzles. "
    "Surrogate: what training minimises, averaged over steps.",
    "diversity": "Between trajectories of one puzzle; ± half of a 95 % interval over puzzles. Distance in the whole of "
    "h; in a plane: share of the variance along two principal components.",
}


def heading(report: ReportValues) -> str:
    """What was measured on what, in a line."""
    machine = f"{report['seconds']:.0f} s on {report['device']} with {report['threads']} threads"
    return f"{report['checkpoint']}{_MEASURED[report['kind']](report)}, {machine}"


def _unconditional(report: ReportValues) -> str:
    return f": {report['boards']:,} {report.get('noun', 'boards')} sampled unconditionally, seed {report['seed']}"


def _held_out(report: ReportValues) -> str:
    return f" on {report['instances']} of {report['of']} test puzzles ({report['protocol']} split)"


def _elbo(report: ReportValues) -> str:
    return f"{_held_out(report)}, seed {report['seed']}, beta {report['beta']:g}"


def _diversity(report: ReportValues) -> str:
    return f"{_held_out(report)}, {report['width']} trajectories each, seed {report['seed']}"


def _accuracy(report: ReportValues) -> str:
    copies = f" over {report['augment']} symmetric copies each" if report["augment"] > 1 else ""
    adapted = f", adapted to each task for {report['adapt']['budget']}" if report.get("adapt") else ""
    work = f"{report['trajectories']:,} trajectories{copies}, seed {report['seed']}, halt {report['halt']}"
    return f"{_held_out(report)}{adapted}, {work}"


_MEASURED: Mapping[str, Callable[[ReportValues], str]] = {
    "puzzles": _accuracy,
    "unconditional": _unconditional,
    "quality": _unconditional,
    "elbo": _elbo,
    "diversity": _diversity,
}
"""What was measured, by kind of report."""


def remarks(report: ReportValues) -> list[str]:
    """What the table does not say, in sentences."""
    kind = report["kind"]
    note = report["note"] if kind == "quality" else NOTES[kind]
    return [note, *(_REMARKS[kind](report) if kind in _REMARKS else ())]


def _unconditional_remarks(report: ReportValues) -> Iterator[str]:
    if report["possible"]:
        best = max(row["distinct_valid"] for row in report["rows"])
        yield f"{best:,} of the {report['possible']:,} boards that there are were found at the best depth."
    if report["training_boards"] is None:
        yield "Its training data is not on this machine, so the share of boards seen in training is unknown."


def _quality_remarks(report: ReportValues) -> Iterator[str]:
    yield report["remark"]


def _elbo_remarks(report: ReportValues) -> Iterator[str]:
    floor = report["floor"]
    yield f"A solution drawn from all of a puzzle's takes {floor:.3f} nats to name: no bound is lower on average."


def _diversity_remarks(report: ReportValues) -> Iterator[str]:
    if report["path_plane"] is not None:
        yield f"Of a puzzle's whole paths {report['path_plane']:.1%} of the variance lies in one plane."


def _accuracy_remarks(report: ReportValues) -> Iterator[str]:
    if adapt := report.get("adapt"):
        start = "the task's own embedding" if report["transductive"] else "a fresh embedding"
        what = f"Weights and {start} were" if adapt["weights"] else f"{start[0].upper()}{start[1:]} was"
        before = "had been trained on them already" if report["transductive"] else "had not been trained on them"
        yield (
            f"{what} fitted to the demonstrations of each task alone, in {adapt['updates']:.0f} updates on average; "
            f"the checkpoint {before}."
        )
    elif report.get("transductive"):
        yield "Transductive: demonstrations of the rules tested were trained on."


_REMARKS: Mapping[str, Callable[[ReportValues], Iterator[str]]] = {
    "puzzles": _accuracy_remarks,
    "unconditional": _unconditional_remarks,
    "quality": _quality_remarks,
    "elbo": _elbo_remarks,
    "diversity": _diversity_remarks,
}


def columns(report: ReportValues) -> Sequence[Column]:
    """The columns of a report; a quality measure brings its own."""
    if report["kind"] != "quality":
        return COLUMNS[report["kind"]]
    own = [(figure["name"], figure["title"], figure["form"]) for figure in report["figures"]]
    return [("depth", "depth", "{}"), *own]


def main_table(report: ReportValues) -> Table:
    """A line for each row of a report."""
    return table(columns(report), report["rows"])


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
    """The columns that any row has; unknown figures are dashes."""
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
    """The tables of a report with its heading, its remarks and the command that repeats it."""
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
