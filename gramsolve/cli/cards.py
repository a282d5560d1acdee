"""Figures into the model card of a checkpoint, with the command that gives them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gramsolve.cli import common
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.evaluation.protocol import EvalReport


def update(report: EvalReport, checkpoint: str | None, limit: int | None, asked: Mapping[str, Any]) -> None:
    """Put the figures into the card of the checkpoint named; ``asked`` is what ``api.evaluation`` was."""
    from gramsolve import files
    from gramsolve.checkpoints import store
    from gramsolve.evaluation import card

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
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else f"# {report.checkpoint}\n"
        files.write_bytes(path, card.insert(text, report, " ".join(words)).encode())
        if report.halt == "never":
            store.note(path.parent, card.summary(report))
    except OSError as error:
        raise BadInput(f"cannot write the card {path}: {error.strerror}") from error
    common.note(f"wrote {path}")
