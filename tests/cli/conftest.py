"""A keyboard."""

from __future__ import annotations

import pytest
from typist import Result, TypeIn

from gramsolve.cli.main import run


@pytest.fixture
def type_in(capsys: pytest.CaptureFixture[str]) -> TypeIn:
    """Run a command line in this process."""

    def go(*arguments: str) -> Result:
        capsys.readouterr()
        code = run(list(arguments))
        return Result(code, *capsys.readouterr())

    return go
