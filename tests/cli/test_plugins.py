"""A new plugin passes the contract at once, and check names what one of them breaks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gramsolve.cli.main import run


@pytest.fixture(autouse=True)
def path_as_before() -> Iterator[None]:
    before, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if name.startswith("gramsolve_"):
            del sys.modules[name]


def test_a_new_plugin_passes_every_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    assert run(["plugins", "new", "futoshiki", "--directory", str(folder)]) == 0
    assert f"gramsolve plugins check {folder}" in capsys.readouterr().out
    assert "@" not in (folder / "pyproject.toml").read_text() + (folder / "README.md").read_text()
    assert run(["plugins", "check", str(folder), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 20 and all(row["ok"] for row in rows)
    assert {row["variant"] for row in rows} == {"3x3", "4x4"}


def test_what_is_broken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    assert run(["plugins", "new", "broken_squares", "--directory", str(folder)]) == 0
    source = folder / "gramsolve_broken_squares" / "task.py"
    source.write_text(source.read_text().replace("bad |= outputs[b, other] == token", "bad |= False"))
    assert run(["plugins", "check", str(folder), "--variant", "3x3"]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  3x3        validator    check: accepts what is no solution" in printed


@pytest.mark.parametrize("name", ["Upper", "two words", "../up", "nqueens", "1st", "_x"])
def test_names_that_are_none_are_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "new", name, "--directory", str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "x").exists()


def test_a_folder_in_use_or_without_a_plugin_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["plugins", "new", "mine", "--directory", str(tmp_path)]) == 2
    assert run(["plugins", "check", str(tmp_path)]) == 2
    assert "names no entry point" in capsys.readouterr().err


def test_our_own_tasks_can_be_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "check", "mnist"]) == 0
    assert "checks passed" in capsys.readouterr().out


def test_what_tasks_can_do_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "info", "sudoku"]) == 0
    printed = capsys.readouterr().out
    assert "17_clue" in printed and "validator, exact solver, nearest solution" in printed
    assert run(["plugins", "list", "--json"]) == 0
    listed = {row["name"]: row["capabilities"] for row in json.loads(capsys.readouterr().out)}
    assert listed["mnist"] == ["unconditional", "quality"] and "demonstrations" in listed["arc"]
