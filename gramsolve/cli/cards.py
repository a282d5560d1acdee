"""Figures into the model card of a checkpoint, with the command that gives them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramsolve.cli import common
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.evaluation.accuracy import AccuracyReport


def update(report: AccuracyReport, checkpoint: str | None, limit: int | None, asked: Mapping[str, Any]) -> None:
    """Put the figures into the card of the checkpoint named; ``asked`` is what ``api.evaluation`` was."""
    from gramsolve import files
    from gramsolve.checkpoints import store
    from gramsolve.evaluation import model_card

    path = store.find(report.task, report.variant, checkpoint).path / "README.md"
    words = [f"gramsolve eval {report.task} --checkpoint {report.checkpoint} --protocol {report.protocol}"]
    words += [f"--{name} {','.join(map(str, asked[f'{name}s']))}" for name in ("width", "depth")]
    if limit is not None:
        words.append(f"--limit {limit}")
    if report.augment > 1:
        words.append(f"--augment {report.augment}")
    if report.halt != "never":
        words.append(f"--halt {report.halt}")
    words.append(f"--seed {report.seed}")
    with _writing(path):
        files.write_bytes(path, model_card.insert(_text(path, report.checkpoint), report, " ".join(words)).encode())
        if report.halt == "never":
            store.note(path.parent, model_card.summary(report))


def update_drawn(report: Mapping[str, Any], checkpoint: str | None) -> None:
    """The same for a stored report of boards or digits out of nothing."""
    from gramsolve import files
    from gramsolve.checkpoints import store
    from gramsolve.evaluation import model_card

    path = store.find(report["task"], report["variant"], checkpoint).path / "README.md"
    with _writing(path):
        files.write_bytes(path, model_card.insert_drawn(_text(path, report["checkpoint"]), report).encode())


def _text(path: Path, name: str) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else f"# {name}\n"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Says where the card is once it is written, or why it could not be."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"cannot write the card {path}: {error.strerror}") from error
    common.note(f"wrote {path}")
