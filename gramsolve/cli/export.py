"""``gramsolve export``: a recorded run as a picture, an animation, JSON, or another recording."""

from __future__ import annotations

from pathlib import Path

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import note
from gramsolve.errors import BadInput


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write; its ending decides the form.",
)
@click.option("--trajectory", type=int, help="Export this trajectory alone, counted from 0.")
def export(recording: Path, output: Path, trajectory: int | None) -> int:
    """Export RECORDING, written by solve --record or by key x of the TUI.

    The ending of --output decides the form: .png or .svg draws the boards of the last step, .gif draws all steps, .json
    lists the answers, .npz is a copy. Of an incomplete recording the complete steps are exported.
    """
    from gramsolve.inference import export as exports
    from gramsolve.inference import recording as recordings
    from gramsolve.inference.events import Step

    name, events = recordings.read(recording)
    task = inputs.load_task(name)
    rows = None
    if trajectory is not None:
        last = [e for e in events if isinstance(e, Step)][-1:]
        count = len(last[0].tokens) if last else 0
        if not 0 <= trajectory < count:
            raise BadInput(f"there is no trajectory {trajectory}: this run has 0 to {count - 1}")
        rows = [trajectory]
    exports.write(output, task, events, rows)
    note(f"wrote {output}")
    return 0
