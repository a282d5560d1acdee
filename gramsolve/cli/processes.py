"""Several processes that share one command's work: started here with --processes, or by torchrun.

The others run the very command of this one and write their parts into a folder; see ``gramsolve.work_sharing``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import common
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.work_sharing import WorkShare

FOLDER, LEADER = "GRAMSOLVE_PARTS_FOLDER", "GRAMSOLVE_PARTS_LEADER"
"""Set for the processes started here: where parts go, and the process without which there is no point in going on."""

processes_option = click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    help="Share the work between so many processes of this machine: one for each GPU.",
)


def threads(count: int | None, processes: int) -> int | None:
    """CPU threads of each process, where nobody says how many."""
    if count is not None or processes == 1:
        return count
    from gramsolve import device

    return max(1, device.cores() // processes)


@contextmanager
def sharing(
    processes: int, *, folder: Path | None = None, threads: int | None = None, until: float | None = None
) -> Iterator[WorkShare]:
    """This process's share.

    Args:
        processes: how many to start, this one included; under torchrun that is torchrun's to say.
        folder: where parts stay for another sitting; a folder that is removed at the end where there is none.
        threads: of each process started.
        until: the ``time.monotonic`` at which the work is to stop.
    """
    from gramsolve.work_sharing import WorkShare

    late = (lambda: False) if until is None else (lambda: time.monotonic() >= until)
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if size > 1:
        # Not asked for now where it is known: a process that has lost its parent is given another.
        parent, place = int(os.environ.get(LEADER, os.getppid())), folder or _folder_of_the_launcher()
        yield WorkShare(place, rank, size, lambda: False, lambda: late() or os.getppid() != parent)
        if rank == 0 and place != folder:
            shutil.rmtree(place, ignore_errors=True)
        return
    if processes == 1:
        yield WorkShare(folder, stop=late)
        return
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gramsolve-")))
        others = [_start(rank, processes, place, threads) for rank in range(1, processes)]
        stack.callback(_end, others)
        yield WorkShare(place, 0, processes, _watch(others), late)


def _folder_of_the_launcher() -> Path:
    """A folder that all processes of one launch know, on one machine."""
    if (place := os.environ.get(FOLDER)) is not None:
        return Path(place)
    if os.environ.get("GROUP_WORLD_SIZE", "1") != "1":
        raise BadInput("name a folder that all hosts see with --cache-dir")
    run = os.environ.get("TORCHELASTIC_RUN_ID", str(os.getppid()))
    return Path(tempfile.gettempdir()) / f"gramsolve-{os.getuid()}-{run}"


def _start(rank: int, size: int, folder: Path, threads: int | None) -> subprocess.Popen[bytes]:
    arguments: Sequence[str] = click.get_current_context().find_root().obj
    more = [] if threads is None else ["--threads", str(threads)]
    names: dict[str, object] = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
    names |= {FOLDER: folder, LEADER: os.getpid()}
    return subprocess.Popen(
        [sys.executable, "-m", "gramsolve", *arguments, *more],
        env={**os.environ, **{name: str(value) for name, value in names.items()}},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this process alone, which ends the others.
    )


def _watch(others: list[subprocess.Popen[bytes]]) -> Callable[[], bool]:
    """Says whether all have ended, and to people when one has failed."""
    told: set[int] = set()

    def alone() -> bool:
        for number, other in enumerate(others, start=2):
            if other.poll() and number not in told:
                told.add(number)
                common.note(
                    f"process {number} of {len(others) + 1} was lost (exit code {other.returncode}): "
                    f"its share is done by the first"
                )
        return all(other.poll() is not None for other in others)

    return alone


def _end(others: list[subprocess.Popen[bytes]]) -> None:
    for other in others:
        other.terminate()
    for other in others:
        try:
            other.wait(10)
        except subprocess.TimeoutExpired:
            other.kill()
            other.wait()
