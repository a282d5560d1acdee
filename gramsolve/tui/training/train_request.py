"""A training run that is asked for, and the command lines that start or resume it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from gramsolve.errors import BadInput
from gramsolve.tui.training.run_status import RunStatus

ROOT = Path("runs")


@dataclass(frozen=True)
class TrainRequest:
    """The fields of the dialog as text; ``gramsolve train`` validates them."""

    task: str
    variant: str = ""
    preset: str = "cpu"
    max_time: str = ""
    updates: str = ""
    seed: str = "0"
    settings: str = ""

    def arguments(self, run_dir: Path) -> list[str]:
        """The arguments of ``gramsolve``. Raises BadInput for settings with unbalanced quotes."""
        words = ["train", self.task, "--preset", self.preset, "--seed", self.seed or "0"]
        given = (("--variant", self.variant), ("--max-time", self.max_time), ("--max-updates", self.updates))
        words += [word for option, text in given if text for word in (option, text)]
        try:
            settings = shlex.split(self.settings.replace(",", " "))
        except ValueError as error:
            raise BadInput(f"settings: {str(error).lower()}") from None
        words += [word for setting in settings for word in ("--set", setting)]
        return [*words, "--run-dir", str(run_dir)]


def resume_arguments(status: RunStatus) -> list[str]:
    """The arguments of ``gramsolve`` that resume a run."""
    return ["train", status.task, "--run-dir", str(status.path), "--resume"]


def shell_command(words: list[str]) -> str:
    """The command line, quoted for a shell."""
    return shlex.join(["gramsolve", *words])


def new_directory(task: str, variant: str, preset: str, root: Path = ROOT) -> Path:
    """A run directory that does not exist yet."""
    name = "-".join(
        "".join(c if c.isalnum() or c in "._" else "_" for c in part) for part in (task, variant, preset) if part
    )
    found, number = root / name, 1
    while found.exists():
        number += 1
        found = root / f"{name}-{number}"
    return found
