"""N-Queens in text: every way people write a board, and every way they get it wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput
from gramsolve_nqueens import NQueens

TASK = NQueens()

FOUR = "..Q.\n....\n....\n....\n"


@pytest.mark.parametrize(
    "text",
    [
        FOUR,
        ". . Q .\n. . . .\n. . . .\n. . . .",
        "__Q_\n____\n____\n____",
        "--q-\n----\n----\n----",
        "**Q*\n****\n****\n****",
        "xxQx\nxxxx\nxxxx\nxxxx",
        "..x.\n....\n....\n....",
        "--*-\n----\n----\n----",
        "0010\n0000\n0000\n0000",
        "0 0 1 0\r\n0 0 0 0\r\n0 0 0 0\r\n0 0 0 0\r\n",
        "··♛·\n····\n····\n····",
        "··♕·\n····\n····\n····",
        "|.|.|Q|.|\n|.|.|.|.|\n|.|.|.|.|\n|.|.|.|.|",
        "+---+---+---+---+\n|   |   | Q |   |\n+---+---+---+---+\n" + "|   |   |   |   |\n" * 3 + "+---+---+---+---+",
        "┌────┐\n│..Q.│\n│....│\n│....│\n│....│\n└────┘",
        "2Q1/4/4/4",
        "2Q1/4/4/4 w - - 0 1",
        "..Q./..../..../....",
        "0010/0000/0000/0000",
        "2Q./.3/4/1..1",
        "\ufeff# a comment\n..Q.\n# another\n....\n....\n....",
        "\n\n  ..Q.\n  ....\n  ....\n  ....\n\n\n",
    ],
)
def test_forms_of_one_board(text: str) -> None:
    (board,) = TASK.parse(text)
    assert (board.variant, board.queens) == ("4x4", (2,))  # type: ignore[attr-defined]


def test_several_boards() -> None:
    text = f"# mixed\n{FOUR}\n{FOUR}4/Q3/4/4\n8/8/8/8/8/8/8/7Q\n\n10/10/10/10/10/9Q/10/10/10/10\n{FOUR}"
    boards = TASK.parse(text)
    assert [(board.variant, board.queens) for board in boards] == [  # type: ignore[attr-defined]
        ("4x4", (2,)),
        ("4x4", (2,)),
        ("4x4", (4,)),
        ("8x8", (63,)),
        ("10x10", (59,)),
        ("4x4", (2,)),
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "",
            "there is no board in the text: write rows of '.' and 'Q', or FEN such as 8/3Q4/8/8/8/8/8/8",
        ),
        (
            "# only a comment\n",
            "there is no board in the text: write rows of '.' and 'Q', or FEN such as 8/3Q4/8/8/8/8/8/8",
        ),
        ("....\n....\n....", "line 1: not a square board: 3 rows and 4 columns"),
        (
            "# title\n....\n....\n...\n....",
            "line 4: not a square board: row 3 has 3 squares, row 1 has 4",
        ),
        ("8/8/8/8/8/8/8/7", "line 1: not a square board: row 8 has 7 squares, row 1 has 8"),
        ("8/8/8", "line 1: not a square board: 3 rows and 8 columns"),
        ("...\n...\n...", "line 1: a 3x3 board; sizes from 4 to 32 are supported"),
        (
            ("." * 33 + "\n") * 33,
            "line 1: a 33x33 board; sizes from 4 to 32 are supported",
        ),
        (
            "....\n..k.\n....\n....",
            "line 2, column 3: unknown character 'k'; use '.' for an empty square and 'Q' for a queen",
        ),
        (
            "4/4/1N2/4",
            "line 1, column 6: unknown character 'N'; use '.' for an empty square and 'Q' for a queen",
        ),
        (
            "| . | . | . | . |\n| . | \x1b | . | . |\n",
            "line 2, column 7: unknown character '\\x1b'; use '.' for an empty square and 'Q' for a queen",
        ),
        ("33/8/8", "line 1, column 1: a run of 33 squares; 32 is the most"),
        ("9" * 5000 + "/8", "line 1, column 1: a run of 999999999 squares; 32 is the most"),
        (
            FOUR + "\nQ...\n....\n....\n...Q",
            "line 6: the given queens on a4 and d1 attack each other",
        ),
        ("....\n.Q..\n....\n.Q..", "line 1: the given queens on b3 and b1 attack each other"),
        ("4/4/QQ2/4", "line 1: the given queens on a2 and b2 attack each other"),
        (
            "/".join(["28"] * 27 + ["27Q"]).replace("28", "Q27", 1),
            "line 1: the given queens on row 1 column 1 and row 28 column 28 attack each other",
        ),
        ("QQQQ\nQ...\n....\n....", "line 1: 5 queens on a 4x4 board; 4 is the most"),
        ("." * 1_000_001, "the text has 1,000,001 characters; 1,000,000 is the most that is read"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        TASK.parse(text)
    assert str(caught.value) == message


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("..QQ01*x_-|/+ \n#8k\t♛"), max_size=80) | st.text(max_size=60))
@example("+" * 200_000 + "x")
@example("/ w" + " " * 200_000)
@example("|" * 1000)
@example("/")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        boards = TASK.parse(text)
    except BadInput as error:
        assert str(error).isprintable()
    else:
        for board in boards:
            (again,) = TASK.parse(TASK.format(board))
            assert again == board


def test_written_board() -> None:
    (example,) = TASK.parse(TASK.example)
    assert TASK.format(example) == TASK.example
    found = TASK.enumerate(example, 100)
    assert found is not None and len(found) == 8
    golden = """\
..Q.....
.....Q..
.Q......
......Q.
....Q...
Q.......
.......Q
...Q...."""
    assert golden in {TASK.answer(TASK.blank("8x8"), tokens) for tokens in found}
    assert TASK.answer(TASK.blank("4x4"), np.zeros(16, np.uint8)) == "????\n????\n????\n????"
