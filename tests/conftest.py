"""No test reads or writes the user's own data, caches or settings."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

# Workers side by side, and all that they start, have a core each: two pools of threads on the same cores wait for each
# other most of the time.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts something in the background lets it ignore Ctrl-C, and all that it starts; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders of the session's own, for this process and those it starts."""
    base = tmp_path_factory.mktemp("home")
    names = {"GRAMSOLVE_DATA": "data", "GRAMSOLVE_CACHE": "cache", "GRAMSOLVE_CONFIG": "config"}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: str(base / folder) for name, folder in names.items()})
    yield base
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
