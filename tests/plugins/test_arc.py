"""ARC puzzles as tokens, text and pictures, and the conformance kit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gramsolve.tasks import BadInput, View
from gramsolve.tasks.testing import CHECKS
from gramsolve_arc import Arc
from gramsolve_arc.canvas import canonical, canvas_of, grid_of
from gramsolve_arc.public import library
from gramsolve_arc.puzzle import ORIGINAL, ArcGrid, ArcPuzzle, ArcTask, puzzles_of
from gramsolve_arc.render import PALETTE

TASK = Arc()
VARIANTS = [variant.name for variant in TASK.variants()]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_contract(variant: str, check: str) -> None:
    CHECKS[check](TASK, variant)


# Puzzles


def test_all_tasks_survive_encoding() -> None:
    """All 800 tasks of ARC-AGI-1 on the largest canvas, and each as text."""
    for collection in library("arc1").collections:
        for number in range(len(collection)):
            task = collection.task(number)
            tokens = np.stack([TASK.encode(puzzle) for puzzle in puzzles_of(task, "30x30")])
            for puzzle, row in zip(puzzles_of(task, "30x30"), tokens, strict=True):
                decoded = TASK.decode("30x30", row)
                assert decoded.question == puzzle.question
                assert np.array_equal(TASK.encode(decoded), row)
            assert np.array_equal(TASK.canonical("30x30", tokens, tokens[:, :900].copy()), tokens[:, :900])
        outputs = collection.grids.canvases(collection.outputs, 30)
        assert np.array_equal(canonical(outputs, 30), outputs)
        assert grid_of(outputs[7], 30) == collection.grids[collection.outputs[7]]


def test_puzzles_of_known_tasks() -> None:
    (puzzle,) = TASK.parse("007bbfb7")
    assert puzzle.variant == "10x10"
    assert TASK.rule_id(puzzle) == puzzle.name == "007bbfb7"
    assert puzzle.question == (b"\7\0\7", b"\7\0\7", b"\7\7\0")  # type: ignore[attr-defined]
    assert len(puzzle.task.demonstrations) == 5  # type: ignore[attr-defined]
    read = TASK.parse(TASK.format(puzzle))
    assert read == [puzzle]
    first, second = TASK.parse("25ff71a9")
    assert (first.index, second.index) == (0, 1)  # type: ignore[attr-defined]
    assert first.task == second.task  # type: ignore[attr-defined]
    (again,) = TASK.parse(TASK.format(second))
    assert again.question == second.question  # type: ignore[attr-defined]
    assert TASK.rule_id(again) == "25ff71a9"
    assert "output" not in json.loads(TASK.format(second))["test"][0]
    several = TASK.parse("# two tasks\n007bbfb7, 3c9b0459\n\n" + TASK.format(second))
    assert [p.name for p in several] == ["007bbfb7", "3c9b0459", "25ff71a9"]
    assert TASK.parse("a64e4611")[0].variant == "30x30"


def test_puzzles_move_between_canvases_that_hold_them() -> None:
    (puzzle,) = TASK.parse("007bbfb7")
    larger = TASK.to_variant(puzzle, "20x20")
    assert larger.variant == "20x20"
    assert grid_of(TASK.encode(larger)[:400], 20) == puzzle.question  # type: ignore[attr-defined]
    assert TASK.to_variant(larger, "10x10") == puzzle
    (large,) = TASK.parse("a64e4611")
    with pytest.raises(BadInput, match="a64e4611 has a grid with a side of 30 cells, too large for 20x20: use 30x30"):
        TASK.to_variant(large, "20x20")


def test_decoded_puzzles_keep_their_header() -> None:
    (puzzle,) = TASK.parse("3c9b0459")
    inputs = TASK.symmetries("10x10", 1, np.random.default_rng(3)).inputs(TASK.encode(puzzle)[None])[0]
    decoded = TASK.decode("10x10", inputs)
    assert decoded.header != ORIGINAL
    assert decoded.task.demonstrations == ()
    assert TASK.rule_id(decoded) == ""
    assert np.array_equal(TASK.encode(decoded), inputs)
    with pytest.raises(ValueError, match="tokens"):
        TASK.decode("20x20", inputs)
    for place, token in ((0, 0), (99, 5), (3, 0), (0, 200)):
        wrong = inputs.copy()
        wrong[place] = token
        with pytest.raises(ValueError, match=r"tokens|colour"):
            TASK.decode("10x10", wrong)


def test_answers_are_rows_of_digits() -> None:
    puzzle = ArcPuzzle("10x10")
    output = canvas_of((b"\0\1\2", b"\3\4\5"), 10)
    assert TASK.answer(puzzle, output) == "012\n345"
    output[1] = 0
    assert TASK.answer(puzzle, output) == "0?2\n345"
    assert TASK.answer(puzzle, np.zeros(100, np.uint8)) == "?"


def test_generated_puzzles_come_from_tasks_that_fit() -> None:
    for variant, tests in (("10x10", 190), ("20x20", 357), ("30x30", 416)):
        made = TASK.generate(variant, tests, 5)
        assert len({(p.name, p.index) for p in made}) == tests  # type: ignore[attr-defined]
        assert all(p.task.side <= int(variant[:2]) and p.variant == variant for p in made)  # type: ignore[attr-defined]
        assert TASK.generate(variant, 3, 5) == made[:3]
        assert len(TASK.generate(variant, tests + 5, 5)) == tests + 5
    sizes = [max(p.task.side for p in TASK.generate("30x30", 100, 1, word)) for word in TASK.difficulties]  # type: ignore[attr-defined]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    with pytest.raises(BadInput, match="cannot be negative"):
        TASK.generate("10x10", -1, 0)


def test_presets_can_hold_identities() -> None:
    for variant in VARIANTS:
        for name, preset in TASK.presets(variant).items():
            assert preset.model["prefix"] >= 1 or preset.model["mixer"] == "grid_conv", name
            assert preset.training["augment"] is True
            assert preset.training["unconditional_share"] == 0.0


# Pictures


def puzzle_with(question: ArcGrid, demonstrations: int = 2, variant: str = "10x10") -> ArcPuzzle:
    pair = ((b"\1\2", b"\3\4"), (b"\5\6\7",))
    return ArcPuzzle(variant, "x", ArcTask("x", (pair,) * demonstrations, (question,)))


def test_boards_show_digits_and_their_colours() -> None:
    puzzle = puzzle_with((b"\1\2\3",))
    asked = TASK.render(puzzle, View())
    assert [(c.text, c.role, c.fill) for c in asked.rows[0]] == [(str(n), "given", PALETTE[n]) for n in (1, 2, 3)]
    before, now = canvas_of((b"\4\4", b"\4\4"), 10), canvas_of((b"\4\5",), 10)
    now[0] = 0
    shown = TASK.render(puzzle, View(now, previous=before))
    assert shown.shape == (2, 3)
    assert [c.text for c in shown.rows[0]] == ["?", "5", " "]
    assert [c.changed for c in shown.rows[0]] == [True, True, False]
    assert [c.role for c in shown.rows[1]] == ["blank"] * 3
    assert shown.rows[0][0].fill is None
    assert TASK.render(TASK.blank("10x10"), View()).shape == (10, 10)


def test_demonstrations_stand_beside_each_other() -> None:
    drawn = TASK.context(puzzle_with((b"\7",)))
    text = ["".join(cell.ascii for cell in row).rstrip() for row in drawn.rows]
    assert text == ["12 > 567  12 > 567  7  > ?", "34        34"]
    assert TASK.context(TASK.blank("10x10")) is None
    (largest,) = TASK.parse("a64e4611")
    assert TASK.context(largest).shape[1] == 30 + 3 + 30


def test_pictures_have_demonstrations_where_there_is_room() -> None:
    puzzle = puzzle_with((b"\7",))
    answer = View(canvas_of((b"\1",), 10))
    assert TASK.image(puzzle, answer, 399).size == (399, 399)
    assert TASK.image(puzzle, answer, 600).size == (600, 360)
    assert TASK.image(puzzle_with((b"\7",), 0), answer, 600).size == (600, 600)
    colours = {colour for _, colour in TASK.image(puzzle, answer, 600).getcolors(1 << 16)}
    for colour in range(1, 8):
        rgb = tuple(int(PALETTE[colour][i : i + 2], 16) for i in (1, 3, 5))
        assert rgb in colours, colour
    asked = TASK.image(puzzle, View(), 600)
    assert asked.size == (600, 360)
    with pytest.raises(ValueError, match="pixels"):
        TASK.image(puzzle, answer, 8)


def test_unsure_cells_look_unsure() -> None:
    puzzle, tokens = puzzle_with((b"\7",), 0), canvas_of((b"\1",), 10)
    counts = []
    for sure in (1.0, 0.8, 0.3):
        picture = TASK.image(puzzle, View(tokens, np.full(100, sure, np.float32)), 200)
        counts.append(dict((c, n) for n, c in picture.getcolors(1 << 16))[(0x00, 0x74, 0xD9)])
    assert counts[0] > counts[1] > counts[2] > 0
