"""A keyboard."""

from __future__ import annotations

import pytest

from gramsolve.cli.main import run
from tests.fakes.command_line import Result, RunCli


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str]) -> RunCli:
    """Run a command line in this process."""

    def go(*arguments: str) -> Result:
        capsys.readouterr()
        code = run(list(arguments))
        return Result(code, *capsys.readouterr())

    return go
