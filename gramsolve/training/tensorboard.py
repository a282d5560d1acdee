"""The metrics for TensorBoard, by torch's ``SummaryWriter``: ``pip install 'gramsolve[tensorboard]'``."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from gramsolve.errors import Missing
from gramsolve.training.metrics import TrainingMetrics

FOLDER = "tensorboard"


def require() -> None:
    """Raises Missing without the package."""
    try:
        import tensorboard.summary.writer.event_file_writer  # noqa: F401
    except ImportError as error:
        raise Missing("TensorBoard is not installed: pip install 'gramsolve[tensorboard]'") from error


class Curves:
    """Scalars of metrics in ``RUN/tensorboard``, one file a session.

    A full disk does not end a run for curves that metrics.jsonl holds too: what cannot be written is dropped, and the
    next metrics begin a new file.
    """

    def __init__(self, run_dir: Path, update: int) -> None:
        """TensorBoard drops what earlier sessions wrote for updates after ``update``, before they were killed."""
        require()
        _silence_writer_threads()
        self._directory, self._update = run_dir / FOLDER, update
        self._writer: Any = None
        self._open()

    def write(self, metrics: TrainingMetrics) -> None:
        """Append the scalars of one held-out check, and wait until they are written."""
        if self._writer is None:
            self._open()
        if self._writer is None:
            return
        try:
            for name, value in scalars(metrics).items():
                self._writer.add_scalar(name, value, metrics.update)
            self._writer.flush()
            self._update = metrics.update
        except OSError:
            self._writer = None

    def _open(self) -> None:
        from torch.utils.tensorboard import SummaryWriter

        try:
            self._writer = SummaryWriter(str(self._directory), purge_step=self._update + 1)
            self._writer.flush()
        except OSError:
            self._writer = None


def _silence_writer_threads() -> None:
    """Do not print tracebacks of OSErrors in TensorBoard's writer threads. The writer raises each of them again in the
    thread that calls ``add_scalar`` or ``flush``, where ``Curves`` handles it."""
    from tensorboard.summary.writer.event_file_writer import _AsyncWriterThread

    usual = threading.excepthook
    if getattr(usual, "silences_tensorboard", False):
        return

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if not (isinstance(arguments.thread, _AsyncWriterThread) and isinstance(arguments.exc_value, OSError)):
            usual(arguments)

    hook.silences_tensorboard = True  # type: ignore[attr-defined]
    threading.excepthook = hook


def scalars(metrics: TrainingMetrics) -> dict[str, float]:
    """The numbers of metrics by name. A figure of every supervision step appears under ``steps/NAME/STEP``, and its
    last value (for the KL the sum) under its own name."""
    found: dict[str, float] = {}
    for name, value in metrics.to_dict().items():
        if name in ("update", "updates", "warnings", "saved") or value is None:
            continue
        if not isinstance(value, tuple):
            found[name] = float(value)
        elif value:
            found[name] = sum(value) if name == "kl" else value[-1]
            found |= {f"steps/{name}/{step:02}": number for step, number in enumerate(value, start=1)}
    return found
