"""Start-up stays light: what is imported, and that no entry points are scanned, before a command needs it."""

import json
import os
import subprocess
import sys

import pytest

from gramsolve.cli.main import COMMANDS

HEAVY = {"torch", "numba", "numpy", "textual", "networkx", "PIL", "safetensors", "rich"}
SCAN, OURS = "entry_points.txt", "gramsolve/entry_points.txt"

REPORT = """
import atexit, json, sys
scanned = set()
def listen(event, arguments):
    if event == "open" and str(arguments[0]).endswith("entry_points.txt"):
        ours = str(arguments[0]).split("/")[-2].startswith("gramsolve")
        scanned.add("gramsolve/entry_points.txt" if ours else "entry_points.txt")
sys.addaudithook(listen)
atexit.register(lambda: print(json.dumps(sorted({*sys.modules, *scanned})), file=sys.__stderr__))
"""


def modules_after(code: str, **environment: str) -> set[str]:
    """Names of all modules a fresh interpreter has imported when it ends; SCAN and OURS if it has read entry points of
    other distributions and of gramsolve."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT + code], capture_output=True, text=True, env={**os.environ, **environment}
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_probe_sees_what_is_imported() -> None:
    loaded = modules_after("from gramsolve.tasks import registry; registry.names()")
    assert "numpy" in loaded and SCAN in loaded


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["-h"], ["--version"], ["slove"], *([n, "-h"] for n in COMMANDS)]
)
def test_help_version_and_typing_errors_import_nothing_heavy(arguments: list[str]) -> None:
    loaded = modules_after(f"from gramsolve.cli.main import main; main({arguments!r})")
    assert "gramsolve.cli.main" in loaded
    assert not loaded & {*HEAVY, SCAN, OURS}


@pytest.mark.parametrize("words", ["", "so", "solve --wi", "checkpoints ", "checkpoints li", "train nqueens --pre"])
def test_completion_imports_nothing_heavy(words: str) -> None:
    loaded = modules_after(
        "from gramsolve.cli.main import main; main([])",
        _GRAMSOLVE_COMPLETE="bash_complete",
        COMP_WORDS=f"gramsolve {words}",
        COMP_CWORD=str(len(f"gramsolve {words}".split(" ")) - 1),
    )
    assert "click.shell_completion" in loaded
    assert not loaded & {*HEAVY, SCAN, OURS}


def test_bare_packages_are_light() -> None:
    for module in ("gramsolve", "gramsolve.cli.main", "gramsolve.errors", "gramsolve.inference.options"):
        assert not modules_after(f"import {module}") & HEAVY


def test_a_plugin_loads_its_classifier_on_demand() -> None:
    loaded = modules_after("from gramsolve.tasks import registry; registry.load('mnist')")
    assert "gramsolve_mnist" in loaded and not loaded & {"torch", "gramsolve_mnist.quality"}
    measured = "from gramsolve.tasks import quality, registry; quality.load(registry.load('mnist'), '28x28')"
    assert "torch" in modules_after(measured)


def test_our_own_task_loads_without_a_scan_and_without_the_engine() -> None:
    loaded = modules_after("from gramsolve.tasks import registry; registry.load('nqueens')")
    assert "gramsolve_nqueens" in loaded and OURS in loaded
    assert not loaded & {"torch", "textual", SCAN}
