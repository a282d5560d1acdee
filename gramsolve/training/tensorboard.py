"""The metrics log once more, as TensorBoard reads it: ``pip install 'gramsolve[tensorboard]'``."""

from __future__ import annotations

import io
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gramsolve import files
from gramsolve.errors import Missing
from gramsolve.training.heartbeat import HOST
from gramsolve.training.metrics import TrainingMetrics

FOLDER = "tensorboard"


def require() -> None:
    """Raises Missing without the package."""
    try:
        import tensorboard.summary.writer.record_writer  # noqa: F401
    except ImportError as error:
        raise Missing("TensorBoard is not installed: pip install 'gramsolve[tensorboard]'") from error


class Board:
    """Scalars of reports in ``RUN/tensorboard``, one file a sitting.

    Its records are written here and now: TensorBoard's own writer does it in a thread, which on a full disk prints a
    traceback into the progress and takes the run with it.
    """

    def __init__(self, run_dir: Path, done: int) -> None:
        """``done``: whatever was written for later updates, before a kill, is taken back."""
        require()
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._events, self._summaries, self._records = event_pb2, summary_pb2, RecordWriter
        self._path = run_dir / FOLDER / f"events.out.tfevents.{int(time.time()):010}.{HOST}.{os.getpid()}"
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        self._append(
            event_pb2.Event(file_version="brain.Event:2", wall_time=time.time()),
            event_pb2.Event(session_log=start, step=done + 1, wall_time=time.time()),
        )

    def write(self, report: TrainingMetrics) -> None:
        """Append one report."""
        values = [self._summaries.Summary.Value(tag=k, simple_value=v) for k, v in scalars(report).items()]
        summary = self._summaries.Summary(value=values)
        self._append(self._events.Event(summary=summary, step=report.update, wall_time=time.time()))

    def _append(self, *events: Any) -> None:
        records = io.BytesIO()
        for event in events:
            self._records(records).write(event.SerializeToString())
        with suppress(OSError):  # A full disk does not end a run for curves that metrics.jsonl holds too.
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.append(self._path, records.getvalue())


def scalars(report: TrainingMetrics) -> dict[str, float]:
    """The numbers of a report by name. Of a figure that has one a supervision step the last stands under its own name
    (of the KL the sum), and all under ``steps/``."""
    found: dict[str, float] = {}
    for name, value in report.to_dict().items():
        if name in ("update", "updates", "warnings", "saved") or value is None:
            continue
        if not isinstance(value, tuple):
            found[name] = float(value)
        elif value:
            found[name] = sum(value) if name == "kl" else value[-1]
            found |= {f"steps/{name}/{step:02}": number for step, number in enumerate(value, start=1)}
    return found
