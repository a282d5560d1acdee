"""A run as a file for people and programs: a contact sheet, a moving picture, JSON, or a recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gramsolve import files
from gramsolve.errors import BadInput
from gramsolve.inference.events import Candidate, Event, Finished, Started, Step
from gramsolve.inference.hint import cell_in_words
from gramsolve.inference.selection import Ballot
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import View
from gramsolve.tasks.task import Task

if TYPE_CHECKING:
    from PIL import Image

MAX_BOARDS = 24
"""Boards on one picture, unless particular ones are asked for."""

KINDS = (".gif", ".png", ".svg", ".json", ".npz")
"""A moving picture, a contact sheet of the last step in pixels or in vectors, the answers, a recording."""

ProgressCallback = Callable[[int, int], object]
"""Called with (pictures drawn, pictures in all)."""


def write(
    path: Path,
    task: Task,
    events: Sequence[Event],
    rows: Sequence[int] | None = None,
    on_progress: ProgressCallback | None = None,
) -> None:
    """Write a run in the form that the name's ending asks for. An existing file is replaced by a complete one only.

    Args:
        rows: trajectories to show on pictures, by default the first ``MAX_BOARDS``.

    Raises BadInput for an unknown ending, a run without steps, and a path that cannot be written.
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
        first = [step for step in steps if step.round == steps[0].round]
        save_animation(task, started.instance, first, path, rows, on_progress)
    elif kind == ".png":
        save_picture(sheet(task, started.instance, steps[-1], None, rows), path)
    elif kind == ".svg":
        save_text(vectors(task, started.instance, steps[-1], rows), path)
    else:
        final = next((e for e in events if isinstance(e, Finished)), None) or so_far(started, steps)
        save_text(json.dumps(document(task, started.instance, final), indent=2) + "\n", path)


def so_far(started: Started, steps: Sequence[Step]) -> Finished:
    """The result of a recorded run without an end: its last step, as if the run had ended there."""
    ballot, last = Ballot(), steps[-1]
    for row, tokens in enumerate(last.tokens):
        valid = None if last.valid is None else bool(last.valid[row])
        violations = None if last.violations is None else last.violations[row]
        trajectory = last.round * started.width + row
        assumed = None if last.assumed is None or not last.assumed[row].any() else last.assumed[row]
        ballot.vote(tokens, float(last.value[row]), valid, trajectory, last.number, violations, assumed)
    # A trajectory that has halted computes no more: it took part in a step if it ran after the one before.
    taken = sum(
        len(step.tokens) if step.number == 1 else int(before.running.sum())
        for before, step in zip([steps[0], *steps[:-1]], steps, strict=True)
    )
    return ballot.finish(
        ("valid", "vote", "lprm"), seconds=last.seconds, reason="unfinished", exact=started.exact, steps=taken
    )


def document(task: Task, instance: Instance, final: Finished) -> dict[str, Any]:
    """A result as JSON values."""

    def assumptions(assumed: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
        cells = np.flatnonzero(assumed).tolist()
        return [{"cell": c, "words": cell_in_words(task, instance, c, int(assumed[c]))} for c in cells]

    def board(candidate: Candidate) -> dict[str, Any]:
        return {
            "board": task.answer(instance, candidate.tokens),
            "valid": candidate.valid,
            "votes": candidate.votes,
            "value": round(candidate.value, 4),
            "trajectory": candidate.trajectory,
            "step": candidate.step,
            **({} if candidate.assumed is None else {"assumed": assumptions(candidate.assumed)}),
        }

    return {
        "task": task.name,
        "variant": instance.variant,
        "puzzle": task.format(instance),
        "solved": bool(final.best and final.best.valid is not False),
        **final.summary(),
        "candidates": [board(c) for c in final.candidates],
    }


# Pictures


def sheet(
    task: Task, instance: Instance, step: Step, before: Step | None, rows: Sequence[int] | None = None
) -> Image.Image:
    """All trajectories (or ``rows``) after one step as one picture, with the verdict on each as its caption."""
    from gramsolve.display import image

    chosen = _chosen(step, rows)
    size = 360 if len(chosen) == 1 else 150
    pictures = [task.image(instance, _view(step, before, row), size) for row in chosen]
    return image.contact_sheet(pictures, [_caption(step, row) for row in chosen], columns=_columns(chosen), gap=10)


def vectors(task: Task, instance: Instance, step: Step, rows: Sequence[int] | None = None) -> str:
    """``sheet`` as an SVG document. Boards drawn with characters become the task's own pictures, which look better."""
    from gramsolve.display import vector

    chosen = _chosen(step, rows)
    views = [_view(step, None, row) for row in chosen]
    grids = [task.render(instance, view) for view in views]
    boards: list[vector.Drawn] = [
        task.image(instance, view, 600) if grid.kind == "drawing" else grid
        for view, grid in zip(views, grids, strict=True)
    ]
    size = 360 if len(chosen) == 1 else 150
    return vector.sheet(boards, [_caption(step, row) for row in chosen], columns=_columns(chosen), size=size)


def _chosen(step: Step, rows: Sequence[int] | None) -> list[int]:
    return list(range(min(len(step.tokens), MAX_BOARDS))) if rows is None else list(rows)


def _columns(chosen: Sequence[int]) -> int | None:
    return 1 if len(chosen) == 1 else min(len(chosen), 5) if len(chosen) <= MAX_BOARDS else None


def _view(step: Step, before: Step | None, row: int) -> View:
    return View(
        step.tokens[row],
        step.confidence[row],
        None if step.violations is None else step.violations[row],
        None if before is None else before.tokens[row],
    )


def _caption(step: Step, row: int) -> str:
    if step.valid is not None and step.valid[row]:
        return "valid"
    if step.violations is not None:
        wrong = int(step.violations[row].sum())
        return f"{wrong} wrong" if wrong else "invalid"
    return f"{step.halt[row]:.0%} sure"


# Files


def save_animation(
    task: Task,
    instance: Instance,
    steps: Sequence[Step],
    path: Path,
    rows: Sequence[int] | None = None,
    on_progress: ProgressCallback | None = None,
) -> None:
    """Write a GIF with one frame for each supervision step."""
    from gramsolve.display import image

    frames = []
    for step, before in zip(steps, [None, *steps[:-1]], strict=True):
        frames.append(sheet(task, instance, step, before, rows))
        if on_progress is not None:
            on_progress(len(frames), len(steps))
    _save(path, lambda file: image.save_gif(frames, file))


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture as PNG."""
    _save(path, lambda file: picture.save(file, "PNG"))


def save_text(text: str, path: Path) -> None:
    _save(path, lambda file: file.write(text.encode()))


def _save(path: Path, save: Callable[[IO[bytes]], object]) -> None:
    """Write a file. An existing file is replaced once the new one is complete."""
    try:
        with files.replacing(path) as temporary, temporary.open("wb") as file:
            save(file)
    except OSError as error:
        # Pillow's own errors say nothing in ``strerror``.
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error
