"""Discovery against real distributions: dist-info folders put on the path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gramsolve.errors import BadInput, Missing
from gramsolve.tasks import Task, registry
from tests.fakes.waiting import PATIENCE

Install = Callable[..., None]

GOOD = """
from gramsolve_nqueens import NQueens
class Mini(NQueens):
    name = {name!r}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with one module of the same name; ``points`` are its entry points as text."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(registry.SWITCH, raising=False)

    def add(distribution: str, source: str, points: str) -> None:
        module = distribution.replace("-", "_").lower()
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[gramsolve.tasks]\n{points}\n")

    return add


def rows() -> dict[str, registry.PluginInfo]:
    return {info.name: info for info in registry.listing()}


def test_built_in() -> None:
    task = registry.load("nqueens")
    assert isinstance(task, Task) and task.name == "nqueens"
    assert registry.load("nqueens") is task
    assert "nqueens" in registry.names()
    info = rows()["nqueens"]
    assert (info.distribution, info.status, info.reason) == ("gramsolve", "ok", "")


def test_third_party(install: Install) -> None:
    install("Gramsolve_Third", GOOD.format(name="third"), "third = gramsolve_third:Mini")
    assert {"nqueens", "third"} <= set(registry.names())
    assert "gramsolve_third" not in sys.modules  # names come from metadata alone
    assert registry.load("third").name == "third"
    assert registry.load("third") is registry.load("third")
    assert rows()["third"] == registry.PluginInfo("third", "gramsolve-third", "1.2", "ok")


def test_unknown_name(install: Install) -> None:
    with pytest.raises(BadInput, match=r"^unknown task 'nqueen'; did you mean 'nqueens'\? there are: .*nqueens"):
        registry.load("nqueen")
    with pytest.raises(BadInput, match=r"^unknown task 'zzz'; there are: "):
        registry.load("zzz")
    assert BadInput.exit_code == 2


@pytest.mark.parametrize(
    "case, source, target, reason",
    [
        ("import", "import not_installed_anywhere", "Mini", "No module named 'not_installed_anywhere'"),
        ("syntax", "class Mini(:", "Mini", "SyntaxError: "),
        ("exit", "raise SystemExit('bye')", "Mini", "SystemExit: bye"),
        ("lines", "raise RuntimeError('two\\nlines \\x1b[31m')", "Mini", "RuntimeError: two lines [31m"),
        ("absent", "", "Mini", "has no attribute 'Mini'"),
        ("kind", "class Mini: pass", "Mini", "is not a subclass of gramsolve.tasks.Task"),
        ("number", "Mini = 3", "Mini", "is not a subclass of gramsolve.tasks.Task"),
        (
            "version",
            GOOD.format(name="version") + "    api_version = 99",
            "Mini",
            "it was written for version 99 of the task contract, and this gramsolve has 2",
        ),
        (
            "first",
            "from gramsolve.tasks import Task\nclass Mini(Task):\n    name = 'first'",
            "Mini",
            "it was written for version 1 of the task contract, and this gramsolve has 2",
        ),
        (
            "names",
            "from gramsolve.tasks import Check, Task\nclass Mini(Task):\n    name = 'names'",
            "Mini",
            "it imports 'Check', which belongs to version 1 of the task contract, and this gramsolve has 2",
        ),
        (
            "abstract",
            "from gramsolve.tasks import Task\nclass Mini(Task):\n    name = 'abstract'\n    api_version = 2",
            "Mini",
            "abstract class Mini",
        ),
        ("alias", GOOD.format(name="other"), "Mini", "it calls its task 'other', not 'alias'"),
        ("nothing", "", "", "has no attribute"),
    ],
)
def test_broken_plugin_disturbs_nothing(install: Install, case: str, source: str, target: str, reason: str) -> None:
    install(f"broken-{case}", source, f"{case} = broken_{case}:{target}")
    install(f"beside-{case}", GOOD.format(name=f"good{case}"), f"good{case} = beside_{case}:Mini")
    with pytest.raises(Missing) as caught:
        registry.load(case)
    message = str(caught.value)
    assert message.startswith(f"plugin '{case}' of broken-{case} 1.2 does not work: ")
    assert reason in message and message.isprintable()
    assert caught.value.exit_code == 3
    listed = rows()
    assert (listed[case].status, listed[case].reason) == ("broken", message)
    assert listed[f"good{case}"].status == listed["nqueens"].status == "ok"
    assert registry.load(f"good{case}").name == f"good{case}"


def test_unreadable_entry_points(install: Install) -> None:
    install("garbled", "", "this line has no equals sign\n[[[")
    install("beside-garbled", GOOD.format(name="fine"), "fine = beside_garbled:Mini")
    assert rows()["fine"].status == "ok" and rows()["nqueens"].status == "ok"
    assert "garbled" not in registry.names()


def test_names_already_taken(install: Install) -> None:
    install("usurper", GOOD.format(name="nqueens"), "nqueens = usurper:Mini")
    assert type(registry.load("nqueens")).__module__.startswith("gramsolve_nqueens")
    taken = rows()["nqueens@usurper"]
    assert taken.status == "broken" and "the name is taken by gramsolve" in taken.reason
    assert rows()["nqueens"].status == "ok"
    assert registry.names().count("nqueens") == 1


@pytest.mark.parametrize(
    "switch, on",
    [
        ("", set()),
        ("left", {"left"}),
        ("plug-left , right", {"left", "right"}),
        ("Plug_Right", {"right"}),
        ("no", set()),
    ],
)
def test_switch(install: Install, monkeypatch: pytest.MonkeyPatch, switch: str, on: set[str]) -> None:
    for name in ("left", "right"):
        install(f"plug-{name}", GOOD.format(name=name), f"{name} = plug_{name}:Mini")
    monkeypatch.setenv(registry.SWITCH, switch)
    assert set(registry.names()) & {"left", "right"} == on
    assert registry.load("nqueens").name == "nqueens"
    for name in ("left", "right"):
        assert rows()[name].status == ("ok" if name in on else "off")
        if name not in on:
            with pytest.raises(Missing, match=f"^plugin '{name}' of plug-{name} 1.2 is switched off"):
                registry.load(name)


def test_finding_imports_no_plugin() -> None:
    code = """
import sys
from gramsolve.tasks import registry
registry.names()
print([name for name in ("gramsolve_nqueens", "numba", "torch", "textual") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_without_an_installation_the_reason_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "OURS", "not-installed-anywhere")
    registry._built_in.cache_clear()
    try:
        with pytest.raises(Missing, match=r"gramsolve is not installed.* `pip install"):
            registry.load("nqueens")
    finally:
        registry._built_in.cache_clear()


def test_our_own_need_no_scan() -> None:
    code = """
import sys
from gramsolve.tasks import registry
def refuse(*args, **kwargs): raise RuntimeError("scanned")
import importlib.metadata
importlib.metadata.distributions = refuse
print(registry.load("nqueens").name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.strip(), done.returncode) == ("nqueens", 0), done.stderr
