"""Figures in the model card of a checkpoint, each with the command that measures it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramsolve.cli.terminal import note
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.cli.eval import EvalCommand
    from gramsolve.evaluation.accuracy import AccuracyReport


def update(report: AccuracyReport, checkpoint: Path, command: EvalCommand) -> None:
    """Put accuracy and coverage into the card in the directory ``checkpoint``."""
    from gramsolve import files
    from gramsolve.checkpoints import store
    from gramsolve.evaluation import model_card

    words = [f"gramsolve eval {report.task} --checkpoint {report.checkpoint} --protocol {report.protocol}"]
    for name, numbers in (("width", command.widths), ("depth", command.depths)):
        words.append(f"--{name} {','.join(map(str, numbers))}")
    if command.limit is not None:
        words.append(f"--limit {command.limit}")
    if report.augment > 1:
        words.append(f"--augment {report.augment}")
    if report.halt != "never":
        words.append(f"--halt {report.halt}")
    words.append(f"--seed {report.seed}")
    with _writing(checkpoint) as card:
        text = model_card.insert(_text(card, report.checkpoint), report, " ".join(words))
        files.write_bytes(card, text.encode())
        if report.halt == "never":
            store.note(checkpoint, model_card.summary(report))


def update_unconditional(report: Mapping[str, Any], checkpoint: Path) -> None:
    """Put a report of unconditional samples, as JSON values, into the card in the directory ``checkpoint``."""
    from gramsolve import files
    from gramsolve.evaluation import model_card

    with _writing(checkpoint) as card:
        text = model_card.insert_unconditional(_text(card, report["checkpoint"]), report)
        files.write_bytes(card, text.encode())


def _text(card: Path, name: str) -> str:
    return card.read_text(encoding="utf-8") if card.exists() else f"# {name}\n"


@contextmanager
def _writing(checkpoint: Path) -> Iterator[Path]:
    """The path of the card; notes that it is written, and raises BadInput if it cannot be."""
    card = checkpoint / "README.md"
    try:
        yield card
    except OSError as error:
        raise BadInput(f"cannot write the card {card}: {error.strerror}") from error
    note(f"wrote {card}")
