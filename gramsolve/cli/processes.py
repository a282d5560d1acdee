"""Several processes that share the work of one command: started here with --processes, or by torchrun.

Every process runs the command of the first and writes finished parts of the work into one folder; see
``gramsolve.work_sharing``.
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

from gramsolve.cli.terminal import note
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.work_sharing import WorkShare

FOLDER, LEADER = "GRAMSOLVE_PARTS_FOLDER", "GRAMSOLVE_PARTS_LEADER"
"""Environment of the processes started here: the folder of the parts, and the id of the first process. The other
processes end when the first one has ended."""

processes_option = click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Share the work between N processes of this machine, one for each GPU.",
)


def threads(count: int | None, processes: int) -> int | None:
    """CPU threads of each process: ``count`` if it is given, else an equal share of the cores."""
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
        processes: number of processes with this one; torchrun's number takes its place.
        folder: where finished parts are kept; None takes a temporary folder.
        threads: CPU threads of each process started here.
        until: the ``time.monotonic`` at which the work stops.
    """
    from gramsolve.work_sharing import WorkShare

    late = (lambda: False) if until is None else (lambda: time.monotonic() >= until)
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if size > 1:
        # From the environment if it is there: a process that has lost its parent is given another one.
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
    """The folder that all processes of one launch on one machine use."""
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
        start_new_session=True,  # Ctrl-C reaches only the first process, which ends the others.
    )


def _watch(others: list[subprocess.Popen[bytes]]) -> Callable[[], bool]:
    """Returns whether all processes have ended, and notes once when one has failed."""
    reported: set[int] = set()

    def all_ended() -> bool:
        for number, other in enumerate(others, start=2):
            if other.poll() and number not in reported:
                reported.add(number)
                note(
                    f"process {number} of {len(others) + 1} was lost (exit code {other.returncode}): "
                    f"the first does its share"
                )
        return all(other.poll() is not None for other in others)

    return all_ended


def _end(others: list[subprocess.Popen[bytes]]) -> None:
    for other in others:
        other.terminate()
    for other in others:
        try:
            other.wait(10)
        except subprocess.TimeoutExpired:
            other.kill()
            other.wait()
