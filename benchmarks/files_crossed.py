"""How many of our files one solve crosses: a call trace from the command line to the printed board.

A file counts when one of its functions is called. What runs while a module is imported does not count: module bodies,
decorators, and tables that are made once. A reader who follows one puzzle opens these files and no others.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from harness import arguments

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (str(ROOT / "gramsolve") + "/", str(ROOT / "plugins") + "/")
PUZZLE = "8/8/3Q4/8/8/8/8/8"
COMMAND = ("solve", "nqueens", PUZZLE, "-n", "1", "--depth", "1", "--threads", "1", "--device", "cpu")
GOAL = 20
"""Files at most; 37 before the search, the checkpoint and the command line had one place each."""


@dataclass
class Trace:
    """Calls of our functions, by file and function, in order of first entry; ``switches`` counts changes of file."""

    calls: dict[str, Counter[str]] = field(default_factory=dict)
    switches: int = 0
    _importing: int = 0
    _last: str = ""

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """A profile function, see ``sys.setprofile``."""
        code = frame.f_code
        if code.co_name == "<module>" and event in ("call", "return"):
            self._importing += 1 if event == "call" else -1
        if event != "call" or self._importing or not code.co_filename.startswith(ROOMS):
            return
        name = code.co_filename.removeprefix(f"{ROOT}/")
        self.calls.setdefault(name, Counter())[code.co_qualname] += 1
        self.switches += name != self._last
        self._last = name


def trace(command: tuple[str, ...] = COMMAND) -> Trace:
    """Run one command with its output discarded. Raises RuntimeError when it fails."""
    from gramsolve.cli import main

    found, errors = Trace(), io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        sys.setprofile(found)
        try:
            code = main.run(list(command))
        finally:
            sys.setprofile(None)
    if code not in (0, 1):
        raise RuntimeError(errors.getvalue().strip())
    return found


def main() -> None:
    asked = arguments(__doc__.partition("\n")[0]).parse_args()
    found = trace()
    if asked.json:
        print(json.dumps({"files": {name: dict(calls) for name, calls in found.calls.items()}, "goal": GOAL}))
        return
    for number, (name, calls) in enumerate(found.calls.items(), start=1):
        print(f"{number:3}  {name:45} {len(calls):3} functions {calls.total():6,} calls")
    functions = sum(map(len, found.calls.values()))
    print(f"{len(found.calls)} files (goal: at most {GOAL}), {functions} functions, {found.switches:,} changes of file")


if __name__ == "__main__":
    main()
