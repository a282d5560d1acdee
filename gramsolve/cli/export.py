"""``gramsolve export``: a recorded run as a picture, a moving picture or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import common, show
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from PIL import Image

    from gramsolve.inference.events import Step
    from gramsolve.tasks.task import Instance, Task

MAX_BOARDS = 24


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help=".gif, .png or .json")
@click.option("--trajectory", type=int, help="One trajectory alone, counted from 0.")
def export(recording: Path, output: Path, trajectory: int | None) -> int:
    """Turn RECORDING (from solve --record) into a GIF of the steps, a PNG of the last one, or JSON."""
    from gramsolve.inference import recording as recordings
    from gramsolve.inference.events import Finished, Started, Step

    name, events = recordings.read(recording)
    task = common.load_task(name)
    started = next((e for e in events if isinstance(e, Started)), None)
    steps = [e for e in events if isinstance(e, Step)]
    if started is None or not steps:
        raise BadInput(f"{recording} holds no steps to show")
    rows = None
    if trajectory is not None:
        count = len(steps[-1].tokens)
        if not 0 <= trajectory < count:
            raise BadInput(f"there is no trajectory {trajectory}: this run has 0 to {count - 1}")
        rows = [trajectory]
    kind = output.suffix.lower()
    if kind == ".gif":
        save_animation(task, started.instance, [s for s in steps if s.round == 0], output, rows)
    elif kind == ".png":
        _save(sheet(task, started.instance, steps[-1], None, rows), output)
    elif kind == ".json":
        final = next((e for e in events if isinstance(e, Finished)), None)
        if final is None:
            raise BadInput(f"{recording} was cut off before its end: export it as .gif or .png")
        text = json.dumps(show.document(task, started.instance, final), indent=2)
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"cannot write {output}: {error.strerror}") from error
    else:
        raise BadInput(f"cannot export to {output.name}: use a name that ends in .gif, .png or .json")
    common.note(f"wrote {output}")
    return 0


def sheet(
    task: Task, instance: Instance, step: Step, before: Step | None, rows: Sequence[int] | None = None
) -> Image.Image:
    """All trajectories (or ``rows``) after one step as one picture; captions say what became of each."""
    from gramsolve.display import image
    from gramsolve.tasks.task import View

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
    columns = min(len(chosen), 5) if len(chosen) > 1 else 1
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


def _save(picture: Image.Image, path: Path) -> None:
    try:
        picture.save(path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
