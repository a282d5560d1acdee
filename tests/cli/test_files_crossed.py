"""The call trace of benchmarks/files_crossed.py: what it counts, and that the count does not grow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "files_crossed.py"
NOW = 57
"""Files of one solve. The goal is in the script; lower this number with every step towards it."""


def test_one_solve_crosses_no_more_files_than_now() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--json"], capture_output=True, text=True, check=True)
    files = json.loads(done.stdout)["files"]
    assert {"gramsolve/cli/main.py", "gramsolve/inference/search.py", "gramsolve/display/terminal.py"} <= set(files)
    assert not any("<module>" in calls for calls in files.values())
    assert len(files) <= NOW, sorted(files)
