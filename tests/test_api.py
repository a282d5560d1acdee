"""The public names of ``gramsolve.api``: all are there, and none loads torch before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gramsolve import api


def test_every_public_name_is_there() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None
    assert set(api.ON_FIRST_USE) <= set(api.__all__)
    with pytest.raises(AttributeError, match="Slover"):
        _ = api.Slover


def test_options_and_events_load_no_torch() -> None:
    used = "api.SolveOptions(), api.EvalOptions(), api.Finished"
    code = f"import sys; from gramsolve import api; {used}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
