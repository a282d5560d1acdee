"""The two sides of a comparison: their names and runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gramsolve.inference.options import SolveOptions
from gramsolve.tui.runs.source import LiveSource

COMPARED_OPTIONS = (
    ("width", "{} trajectories"),
    ("depth", "{} steps"),
    ("max_depth", "on to {} steps"),
    ("temperature", "noise {:g}"),
    ("seed", "seed {}"),
    ("halt", "halt {}"),
    ("until", "until {}"),
    ("rank_by", "by {}"),
)
"""Settings that name a side when both differ in them, and how they are written."""


@dataclass(frozen=True)
class Side:
    """One side. ``checkpoint`` is empty while the side uses the checkpoint that both began with."""

    name: str
    source: LiveSource
    checkpoint: str = ""


def guidance_on_and_off(source: LiveSource) -> tuple[Side, Side]:
    """The run with the prior's noise, and without it, where all trajectories are equal."""
    options = replace(source.options, until="depth")
    lively = options if options.temperature > 0 else replace(options, temperature=1.0)
    return (
        Side("guidance on", replace(source, options=lively)),
        Side("guidance off", replace(source, options=replace(options, temperature=0.0))),
    )


def named_by_difference(left: Side, right: Side, usual: str = "") -> tuple[Side, Side]:
    """The sides, named by the settings in which they differ; ``usual`` is the checkpoint that both began with."""
    ours, theirs = left.source.options, right.source.options
    differing = [(name, form) for name, form in COMPARED_OPTIONS if getattr(ours, name) != getattr(theirs, name)]
    noise = {ours.temperature, theirs.temperature}
    guided = len(noise) == 2 and 0.0 in noise

    def called(side: Side, place: str) -> Side:
        facts = [side.checkpoint or usual] if left.checkpoint != right.checkpoint else []
        facts += [_fact(side.source.options, name, form, guided) for name, form in differing]
        return replace(side, name=", ".join(fact for fact in facts if fact) or place)

    return called(left, "left"), called(right, "right")


def _fact(options: SolveOptions, name: str, form: str, guided: bool) -> str:
    value = getattr(options, name)
    if name == "max_depth" and not value:
        return "no deeper"
    if name == "temperature" and guided:
        return "guidance off" if value == 0 else "guidance on" if value == 1 else f"guidance on, noise {value:g}"
    return form.format(",".join(value) if isinstance(value, tuple) else value)
