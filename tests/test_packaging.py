"""What ships: checkpoints are whole, in small files and named for the wheel; dependencies are the packages imported."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from gramsolve.checkpoints import store

ROOT = Path(__file__).parents[1]
BROUGHT = {"llvmlite": "numba", "aiohttp": "textual-serve"}
"""Packages imported as part of another, which pins their version."""
BUNDLED = sorted(path for path in (ROOT / "checkpoints").iterdir() if path.is_dir())


def test_the_wheel_carries_every_checkpoint() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    assert listed == {f"share/gramsolve/checkpoints/{path.name}": [f"checkpoints/{path.name}/*"] for path in BUNDLED}


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_a_bundled_checkpoint_is_whole_and_has_small_files(path: Path) -> None:
    assert store.verify(path) == []
    assert all(file.stat().st_size <= 16 * 1024 * 1024 for file in path.iterdir())
    assert "gramsolve train" in (path / "README.md").read_text()


def imported(folder: Path) -> set[str]:
    """Top-level names of every import below a folder, wherever in its files it stands."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found


def test_the_dependencies_are_the_packages_that_are_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[^\w.-]", line)[0] for line in project["dependencies"]}
    optional = {
        re.split(r"[^\w.-]", line)[0]
        for extra in ("images", "web", "tensorboard")
        for line in project["optional-dependencies"][extra]
    }
    names = imported(ROOT / "gramsolve") | imported(ROOT / "plugins")
    outside = {name for name in names - sys.stdlib_module_names if not name.startswith("gramsolve")}
    packages = {name.lower() for module in outside for name in metadata.packages_distributions().get(module, [module])}
    assert needed <= packages, f"declared and never imported: {needed - packages}"
    packages = {BROUGHT.get(name, name) for name in packages}
    assert packages <= needed | optional, f"imported and not declared: {packages - needed - optional}"
