"""What is remembered: across runs, through damage, and nowhere else than it should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.inference.options import MAX_DEPTH, SolveOptions
from gramsolve.tui import settings as remembered
from gramsolve.tui.runs.playback import SPEEDS
from gramsolve.tui.settings import MAX_RECENT, MAX_TEXT, Preferences, Recent, Settings, parse_settings


def recent(number: int) -> Recent:
    return Recent("puzzle", "queens", "8x8", f"puzzle {number}", f"no. {number}", "3/4")


def test_what_is_set_is_there_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tui.json"
    first = Preferences(path)
    first.set(theme="gramsolve-light", animation=False, width=50, depth=32, speed=1, task="queens")
    first.remember(recent(1))
    second = Preferences(path).settings
    assert second == Settings("gramsolve-light", False, 50, 32, 1, "queens", (recent(1),))


def test_going_deeper_is_a_habit_that_can_be_dropped(tmp_path: Path) -> None:
    path, others = tmp_path / "tui.json", SolveOptions(depth=99, halt="never")
    path.write_text('{"depth": 8}')
    preferences = Preferences(path)
    assert preferences.settings.options(others) == SolveOptions(depth=8, max_depth=MAX_DEPTH, halt="never")
    preferences.set(deepen=False)
    assert Preferences(path).settings.options(others) == SolveOptions(depth=8, halt="never")


def test_recent_things_are_few_and_named_once_the_newest_first(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "tui.json")
    for number in range(MAX_RECENT + 5):
        preferences.remember(recent(number))
    preferences.remember(recent(10))
    kept = Preferences(tmp_path / "tui.json").settings.recent
    assert len(kept) == MAX_RECENT and len({one.key for one in kept}) == MAX_RECENT
    assert [one.title for one in kept[:2]] == ["no. 10", f"no. {MAX_RECENT + 4}"]
    preferences.remember(Recent("puzzle", "queens", "8x8", "x" * (MAX_TEXT + 1)))
    assert preferences.settings.recent == kept


def test_two_windows_do_not_forget_each_others_puzzles(tmp_path: Path) -> None:
    one, other = Preferences(tmp_path / "tui.json"), Preferences(tmp_path / "tui.json")
    one.remember(recent(1))
    other.remember(recent(2))
    assert [r.title for r in Preferences(tmp_path / "tui.json").settings.recent] == ["no. 2", "no. 1"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"width": NaN}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "tui.json"
    path.write_bytes(damage)
    preferences = Preferences(path)
    assert preferences.settings == Settings()
    preferences.set(width=7)
    assert Preferences(path).settings.width == 7


def test_a_place_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    preferences = Preferences(tmp_path / "file" / "tui.json")
    preferences.set(width=7)
    assert preferences.settings.width == 7
    folder = tmp_path / "folder"
    folder.mkdir()
    Preferences(folder).set(width=7)
    assert list(folder.iterdir()) == []


def test_without_a_path_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    Preferences().remember(recent(1))
    assert list(tmp_path.rglob("*")) == []


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(remembered.FOLDER, str(tmp_path))
    assert remembered.folder() == tmp_path
    monkeypatch.delenv(remembered.FOLDER)
    assert remembered.folder().name == "gramsolve"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
names = st.sampled_from([*Settings.__dataclass_fields__, "other"])
entries = st.dictionaries(st.sampled_from([*Recent.__dataclass_fields__, "other"]), json_values | st.just("puzzle"))


@settings(deadline=None)
@given(st.dictionaries(names, json_values | st.lists(entries, max_size=30)) | json_values)
def test_whatever_a_file_holds_becomes_settings_that_can_be_used(values: object) -> None:
    found = parse_settings(values)
    usual = Settings()
    for name in ("theme", "animation", "width", "depth", "speed", "task", "recent", "deepen"):
        assert type(getattr(found, name)) is type(getattr(usual, name))
    assert found.width >= 1 and found.depth >= 1 and 0 <= found.speed < len(SPEEDS)
    assert len(found.recent) <= MAX_RECENT and all(one.task and one.text for one in found.recent)
    assert (
        parse_settings(json.loads(json.dumps({"recent": [vars(one) for one in found.recent]}))).recent == found.recent
    )
