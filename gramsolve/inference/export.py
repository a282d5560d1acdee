"""A run as a file for people and programs: a contact sheet, a moving picture, JSON, or a recording."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramsolve.errors import BadInput
from gramsolve.inference.events import Candidate, Event, Finished, Started, Step
from gramsolve.tasks.task import Instance, Task, View

if TYPE_CHECKING:
    from PIL import Image

MAX_BOARDS = 24
"""Boards on one picture, unless particular ones are asked for."""

KINDS = (".gif", ".png", ".json", ".npz")
"""A moving picture, a contact sheet of the last step, the answers, a recording."""


def write(path: Path, task: Task, events: Sequence[Event], rows: Sequence[int] | None = None) -> None:
    """Write a run in the form that the name's ending asks for.

    Args:
        rows: trajectories to show on pictures, by default the first ``MAX_BOARDS``.

    Raises BadInput for an unknown ending, a run that has not got far enough, and a place that cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise BadInput(f"cannot export to {path.name}: use a name that ends in {', '.join(KINDS)}")
    started = next((e for e in events if isinstance(e, Started)), None)
    steps = [e for e in events if isinstance(e, Step)]
    if started is None or not steps:
        raise BadInput("there are no steps to show")
    if kind == ".npz":
        from gramsolve.inference import recording

        recording.write(path, task, events)
    elif kind == ".gif":
        save_animation(task, started.instance, [s for s in steps if s.round == 0], path, rows)
    elif kind == ".png":
        save_picture(sheet(task, started.instance, steps[-1], None, rows), path)
    else:
        final = next((e for e in events if isinstance(e, Finished)), None)
        if final is None:
            raise BadInput("the run was cut off before its end: export it as .gif or .png")
        text = json.dumps(document(task, started.instance, final), indent=2)
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"cannot write {path}: {error.strerror}") from error


def document(task: Task, instance: Instance, final: Finished) -> dict[str, Any]:
    """A result as JSON values."""

    def board(candidate: Candidate) -> dict[str, Any]:
        return {
            "board": task.answer(instance, candidate.tokens),
            "valid": candidate.valid,
            "votes": candidate.votes,
            "value": round(candidate.value, 4),
            "trajectory": candidate.trajectory,
            "step": candidate.step,
        }

    return {
        "task": task.name,
        "variant": instance.variant,
        "puzzle": task.format(instance),
        "solved": bool(final.best and final.best.valid is not False),
        **final.summary(),
        "candidates": [board(c) for c in final.candidates],
    }


def sheet(
    task: Task, instance: Instance, step: Step, before: Step | None, rows: Sequence[int] | None = None
) -> Image.Image:
    """All trajectories (or ``rows``) after one step as one picture; captions say what became of each."""
    from gramsolve.display import image

    chosen = list(range(min(len(step.tokens), MAX_BOARDS))) if rows is None else list(rows)
    size = 360 if len(chosen) == 1 else 150
    pictures, captions = [], []
    for row in chosen:
        view = View(
            step.tokens[row],
            step.confidence[row],
            None if step.violations is None else step.violations[row],
            None if before is None else before.tokens[row],
        )
        pictures.append(task.image(instance, view, size))
        captions.append(_caption(step, row))
    columns = 1 if len(chosen) == 1 else min(len(chosen), 5) if len(chosen) <= MAX_BOARDS else None
    return image.contact_sheet(pictures, captions, columns=columns, gap=10)


def _caption(step: Step, row: int) -> str:
    if step.valid is not None and step.valid[row]:
        return "valid"
    if step.violations is not None:
        wrong = int(step.violations[row].sum())
        return f"{wrong} wrong" if wrong else "invalid"
    return f"{step.halt[row]:.0%} sure"


def save_animation(
    task: Task, instance: Instance, steps: Sequence[Step], path: Path, rows: Sequence[int] | None = None
) -> None:
    """A GIF with one frame a supervision step."""
    from gramsolve.display import image

    frames = [
        sheet(task, instance, step, before, rows) for step, before in zip(steps, [None, *steps[:-1]], strict=True)
    ]
    try:
        image.save_gif(frames, path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error


def save_picture(picture: Image.Image, path: Path) -> None:
    try:
        picture.save(path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
