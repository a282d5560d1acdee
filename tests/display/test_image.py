"""Contact sheets and moving pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gramsolve.display.image import contact_sheet, save_gif


def pictures(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (80, 60), (40 * index % 256, 90, 160)) for index in range(count)]


def test_contact_sheet_holds_every_picture_and_caption() -> None:
    bare = contact_sheet(pictures(5), columns=3, gap=10)
    assert bare.size == (10 + 3 * 90, 10 + 2 * 70)
    captioned = contact_sheet(pictures(5), ["first", "a caption much too long for a picture"], columns=3, gap=10)
    assert captioned.width == bare.width and captioned.height > bare.height
    assert contact_sheet(pictures(1)).mode == "RGB"


def test_gif_has_a_frame_a_step_and_rests_on_the_last(tmp_path: Path) -> None:
    path = tmp_path / "run.gif"
    save_gif(pictures(4), path, seconds=0.3, hold=1.5)
    with Image.open(path) as image:
        assert image.n_frames == 4  # type: ignore[attr-defined]
        image.seek(3)
        assert image.info["duration"] == 1500


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])
