"""No file is longer than a reader can hold, unless it says why."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST = 350
REASON = "Longer than 350 lines"
"""Begins a sentence with the reason, in the first lines of a longer file."""
LONG = [
    (path, lines)
    for folder in ("gramsolve", "plugins")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if len(lines := path.read_text(encoding="utf-8").splitlines()) > MOST
]


def test_files_are_looked_at() -> None:
    assert len(list((ROOT / "gramsolve").rglob("*.py"))) > 150


@pytest.mark.parametrize(("path", "lines"), LONG, ids=[str(path.relative_to(ROOT)) for path, _ in LONG])
def test_a_long_file_gives_its_reason(path: Path, lines: list[str]) -> None:
    assert REASON in " ".join(lines[:12]), f"{path.relative_to(ROOT)} has {len(lines)} lines"
