"""SVG sheets: every task's boards become documents that hold what the board says, whatever its text is."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gramsolve.display import vector
from gramsolve.display.screenshot import screenshot
from gramsolve.errors import Missing
from gramsolve.tasks import registry
from gramsolve.tasks.drawing import Cell, Grid, View

SVG = "{http://www.w3.org/2000/svg}"


def elements(document: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(document).iter(SVG + name))


@pytest.mark.parametrize("name", registry.built_in())
def test_every_task_has_boards_in_vectors(name: str) -> None:
    task = registry.load(name)
    variant = task.default_variant
    puzzle = task.generate(variant, 1, 0)[0] if task.capabilities.conditional else task.blank(variant)
    spec = task.variant(variant).spec
    tokens = np.random.default_rng(0).integers(0, spec.output_vocab, spec.output_length).astype(np.uint8)
    grid = task.render(puzzle, View(tokens, np.linspace(0, 1, len(tokens), dtype=np.float32)))
    document = vector.sheet([grid, grid], ["one", "two"])
    assert len(elements(document, "svg")) == 3
    assert [text.text for text in elements(document, "text")][-1] == "two"
    letters = [cell.text for row in grid.rows for cell in row if cell.role in ("given", "guess") and cell.text.strip()]
    if grid.kind == "board":
        assert letters and all(f">{letter}<" in document for letter in letters if letter.isalnum())


def test_what_befell_a_cell_has_a_shape() -> None:
    def drawn(cell: Cell) -> str:
        return vector.sheet([Grid(((cell,),))], [""])

    plain = drawn(Cell("5", "5", "guess"))
    assert len(elements(drawn(Cell("5", "5", "guess", violated=True)), "circle")) == 1
    assert len(elements(drawn(Cell(" ", " ", "empty", violated=True)), "path")) == 1
    assert len(elements(drawn(Cell("5", "5", "guess", changed=True)), "path")) == 1
    assert not elements(plain, "circle") and not elements(plain, "path")
    sure, unsure = (elements(drawn(Cell("5", "5", "guess", confidence=c)), "rect")[-1] for c in (1.0, 0.25))
    assert int(sure.attrib["width"]) == 4 * int(unsure.attrib["width"])


def test_text_of_plugins_is_text() -> None:
    evil = '<script>alert("&")</script>'
    document = vector.sheet([Grid(((Cell(evil, "?", "guess"), Cell("\x00\x1b", "?", "guess")),))], [f"\x07{evil}"])
    assert not elements(document, "script")
    assert evil in [text.text for text in elements(document, "text")]


def test_pictures_go_in_as_they_are_and_pixels_are_merged() -> None:
    document = vector.sheet([Image.new("RGB", (30, 20), "red")], ["x"])
    assert elements(document, "image")[0].attrib["href"].startswith("data:image/png;base64,")
    on = Cell("█", "#", "guess")
    assert len(elements(vector.sheet([Grid(((on,) * 28,) * 28, kind="picture")], [""]), "rect")) == 1 + 28


def test_a_screen_becomes_a_picture() -> None:
    from rich.segment import Segment
    from rich.style import Style

    segments = [Segment("█ ", Style.parse("red on blue")), Segment("\n"), Segment("▀▌", Style.parse("reverse"))]
    try:
        picture = screenshot(segments, 2, 2, scale=2)
    except Missing as error:
        pytest.skip(str(error))
    assert picture.size == (40, 76)
    red, blue = picture.getpixel((5, 5)), picture.getpixel((30, 5))
    assert isinstance(red, tuple) and isinstance(blue, tuple)
    assert red[0] > red[2] and blue[2] > blue[0]
    assert picture.getpixel((5, 40)) != picture.getpixel((5, 70))
