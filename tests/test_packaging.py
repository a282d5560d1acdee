"""What ships: every bundled checkpoint is whole, small enough in its parts, and named for the wheel."""

import tomllib
from pathlib import Path

import pytest

from gramsolve.checkpoints import store

ROOT = Path(__file__).parents[1]
BUNDLED = sorted(path for path in (ROOT / "checkpoints").iterdir() if path.is_dir())


def test_the_wheel_carries_every_checkpoint() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    assert listed == {f"share/gramsolve/checkpoints/{path.name}": [f"checkpoints/{path.name}/*"] for path in BUNDLED}


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_a_bundled_checkpoint_is_whole_and_has_small_files(path: Path) -> None:
    assert store.verify(path) == []
    assert all(file.stat().st_size <= 16 * 1024 * 1024 for file in path.iterdir())
    assert "gramsolve train" in (path / "README.md").read_text()
