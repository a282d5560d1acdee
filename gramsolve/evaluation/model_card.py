"""The measured part of a model card: written by ``gramsolve eval --card``, replaced when measured again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from gramsolve.checkpoints.checkpoint import Measured
from gramsolve.evaluation import tables
from gramsolve.evaluation.accuracy import AccuracyReport


def section(report: AccuracyReport, command: str) -> str:
    """Markdown: the table of one report, with the command, seed, hardware and time that gave it."""
    counted = "conflicts_first" in report.rows[0]
    heading = (
        "| steps | trajectories | one trajectory | vote | LPRM | any valid | coverage | at most | uniform sampler |"
    )
    guessed = "two_guesses" in report.rows[0]
    heading += " conflicts, first answers | conflicts, most common answers |" if counted else ""
    heading += " two guesses |" if guessed else ""
    rows = [heading, "|" + " ---: |" * (9 + 2 * counted + guessed)]
    rows += [
        f"| {r['depth']} | {r['width']} | {r['accuracy']:.2%} ± {r['accuracy_error']:.2%} | {r['vote']:.2%} | "
        f"{r['lprm']:.2%} | {r['any_valid']:.2%} | {r['coverage']:.3f} ± {r['coverage_error']:.3f} | "
        f"{r['coverage_bound']:.3f} | {r['coverage_uniform']:.3f} |"
        + (f" {r['conflicts_first']} | {r['conflicts_vote']} |" if counted else "")
        + (f" {r['two_guesses']:.2%} |" if guessed else "")
        for r in report.rows
    ]
    how_many = "all" if report.instances == report.of else f"{report.instances} of"
    together = "" if report.processes == 1 else f" in all, shared by {report.processes} processes"
    halting = "" if report.halt == "never" else f", halting by the {report.halt}"
    return (
        f"{title(report)}\n\n"
        f"Prior rollouts on {how_many} {report.of} test inputs of the `{report.protocol}` split, "
        f"{report.trajectories:,} trajectories, seed {report.seed}{halting}; {report.seconds:.0f} s{together}, "
        f"on {report.device} ({platform.machine()}, {report.threads} threads). ± is half of a 95 % interval "
        "over inputs."
        + (" Transductive: demonstrations of the rules tested were trained on." if report.transductive else "")
        + "\n\n"
        + "\n".join(rows)
        + f"\n\nMeasure it again: `{command}`\n"
    )


def summary(report: AccuracyReport) -> Measured:
    """The row of the most steps and trajectories, for lists of checkpoints."""
    row = max(report.rows, key=lambda row: (row["depth"], row["width"]))
    names = ("accuracy", "accuracy_error", "coverage")
    accuracy, error, coverage = (None if row[name] != row[name] else float(row[name]) for name in names)  # NaN: none
    return Measured(
        report.protocol, report.instances, report.seed, row["depth"], row["width"], accuracy, error, coverage
    )


def title(report: AccuracyReport) -> str:
    suffix = "" if report.halt == "never" else f", halt {report.halt}"
    suffix += "" if report.augment == 1 else f", over {report.augment} symmetric copies"
    return f"## Measured on the {report.protocol} split{suffix}"


def insert(card: str, report: AccuracyReport, command: str) -> str:
    """The card with this report's section added, or put in the place of the one with the same title."""
    return placed(card, section(report, command))


def insert_unconditional(card: str, report: Mapping[str, Any]) -> str:
    """The card with the section of a stored report of unconditional samples."""
    return placed(card, f"## Unconditional samples\n\n{tables.as_markdown(report)}")


def placed(card: str, section: str) -> str:
    """The card with a section added, which begins with its title."""
    head = section.splitlines()[0].removeprefix("## ")
    parts = card.rstrip().split("\n## ")
    kept = [part for i, part in enumerate(parts) if i == 0 or part.splitlines()[0] != head]
    return "\n## ".join(kept).rstrip() + "\n\n" + section
