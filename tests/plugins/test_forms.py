"""Every form of text in which people have puzzles: a corpus of small files with their right readings, what is refused,
and properties that hold for every reader."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput, BadLine, Instance, Task
from gramsolve.tasks.forms import decode
from gramsolve_arc import Arc
from gramsolve_arc.puzzle import ArcPuzzle
from gramsolve_coloring import Coloring
from gramsolve_coloring.graph import Graph, size_of
from gramsolve_nqueens import NQueens
from gramsolve_nqueens.encode import Queens
from gramsolve_nqueens.notation import square_name
from gramsolve_sudoku import Sudoku
from gramsolve_sudoku.notation import Puzzle

FOLDER = Path(__file__).parent.parent / "data" / "forms"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
TASKS: dict[str, Task] = {"sudoku": Sudoku(), "nqueens": NQueens(), "coloring": Coloring(), "arc": Arc()}


def shown(task: Task, entry: Instance | BadLine) -> Any:
    """A puzzle as ``expected.json`` writes it."""
    if isinstance(entry, BadLine):
        return str(entry)
    if isinstance(entry, Graph):
        names = entry.labels or tuple(str(i + 1) for i in range(entry.vertices))
        edges = sorted(sorted((names[a], names[b])) for a, b in entry.edges)
        return {"colours": size_of(entry.variant)[1], "vertices": list(names), "edges": edges}
    if isinstance(entry, Queens):
        n = int(entry.variant.partition("x")[0])
        return " ".join([entry.variant, *sorted(square_name(square, n) for square in entry.queens)])
    if isinstance(entry, ArcPuzzle):
        return f"{entry.name}: {len(entry.task.demonstrations)} shown, {entry.task.side}x{entry.task.side}"
    return task.format(entry)


@pytest.mark.parametrize("file", EXPECTED)
def test_every_file_of_the_corpus_has_its_right_reading(file: str) -> None:
    path, wanted = FOLDER / file, EXPECTED[file]
    task = TASKS[path.parent.name]
    reading = task.read(decode(path.read_bytes(), file), path.name.partition(".")[0])
    assert [shown(task, entry) for entry in reading.entries] == wanted["reading"]
    assert reading.form == wanted["form"]
    assert wanted.get("says", "") in reading.sentence and reading.sentence.isprintable()


def test_every_file_is_expected_and_every_form_has_one() -> None:
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*") if path.name != "expected.json"}
    assert files == set(EXPECTED)
    for name, task in TASKS.items():
        used = {wanted["form"] for file, wanted in EXPECTED.items() if file.startswith(name)}
        assert used <= {form.name for form in task.forms}
        for form in task.forms:
            assert form.name.isprintable() and len(form.title) < 100 and "\n" not in form.title


@pytest.mark.parametrize("file", [file for file in EXPECTED if "bad_line" not in file])
def test_what_is_read_is_read_again_as_it_is_written(file: str) -> None:
    path = FOLDER / file
    task = TASKS[path.parent.name]
    for puzzle in task.parse(decode(path.read_bytes(), file)):
        (again,) = task.parse(task.format(puzzle))
        assert shown(task, again) == shown(task, puzzle)


def test_a_form_can_be_named() -> None:
    text = "3 2\n1 2\n1 3"
    counted, listed = (TASKS["coloring"].read(text, form=form).puzzles()[0] for form in (None, "neighbours"))
    assert isinstance(counted, Graph) and counted.edges == ((0, 1), (0, 2))
    assert isinstance(listed, Graph) and listed.edges == ((0, 1), (0, 2), (1, 2))
    (board,) = TASKS["nqueens"].read("[None, 3, 1, None]", form="columns0").puzzles()
    assert isinstance(board, Queens) and board.queens == (7, 9)
    with pytest.raises(BadInput, match="unknown format 'pdf': choose from xml, "):
        TASKS["sudoku"].read("1" * 81, form="pdf")


@pytest.mark.parametrize(
    ("text", "edges", "vertices"),
    [
        ("3 2\n1 2\n1 3", 2, 3),  # counts before edges
        ("3 3\n1 2\n1 3", 3, 3),  # an edge from 3 to itself says nothing: three lines of edges
        ("2 1\n1 2", 1, 2),
        ("4 1\n1 2\n3 4", 3, 4),  # a wrong count of edges is an edge
        ("9 2\n1 2\n1 3", 2, 9),  # six vertices without neighbours
        ("2 2\n1 2\n1 3", 2, 3),  # a vertex beyond the count
        ("c d\nd e", 2, 3),  # c is a vertex where nothing else is DIMACS
        ("source target\ntarget x", 2, 3),  # a vertex called target
        ("1 2 3\n2 3\n3", 3, 3),  # neighbours
        ("1 2 5\n2 3 7\n3 1 2", 3, 3),  # weights
    ],
)
def test_lines_that_look_like_counts_headings_and_weights(text: str, edges: int, vertices: int) -> None:
    (graph,) = TASKS["coloring"].parse(text)
    assert isinstance(graph, Graph)
    assert (len(graph.edges), graph.vertices) == (edges - (text == "3 3\n1 2\n1 3"), vertices)


def test_zero_is_a_digit_where_another_sign_marks_empty_cells() -> None:
    row = "0123456789ABCDEF"
    task = TASKS["sudoku"]

    def first(text: str) -> tuple[list[int], str]:
        (puzzle,) = task.parse(text)
        assert isinstance(puzzle, Puzzle)
        return list(puzzle.digits[:16]), puzzle.alphabet

    assert first(row + "." * 240) == (list(range(1, 17)), row)
    assert first(row.replace("F", ".") + "." * 240)[0][:3] == [1, 2, 3]
    assert first(row + "0" * 240) == (list(range(16)), "")
    assert first("0123456789ABCDEG" + "." * 240) == ([*range(15), 16], "")
    assert first("ABCDEFGHIJKLMNOP" + "0" * 240)[0] == list(range(1, 17))
    assert first("ABCDEFG" + "." * 249)[0][:7] == list(range(10, 17))
    (small,) = task.parse("0.1" + "." * 78)
    assert isinstance(small, Puzzle) and small.digits[:3] == b"\0\0\1"


def test_answers_come_in_the_alphabet_of_the_question() -> None:
    task = TASKS["sudoku"]
    text = decode((FOLDER / "sudoku" / "hexadecimal.txt").read_bytes(), "")
    (puzzle,) = task.parse(text)
    found = task.enumerate(puzzle, 1)
    assert found is not None and len(found) == 1
    answer = task.answer(puzzle, found[0])
    assert set(answer) == set("0123456789ABCDEF")
    (again,) = task.parse(answer)
    assert isinstance(again, Puzzle) and task.format(again) == answer and 0 not in again.digits


def test_boxes_of_the_variant_that_is_asked_for() -> None:
    task, text = TASKS["sudoku"], "1.....\n..1...\n" + "......\n" * 4
    (puzzle,) = task.read(text, variant="6x6-3x2").puzzles()
    assert puzzle.variant == "6x6-3x2"
    with pytest.raises(BadInput, match="contradict each other in boxes of 2 x 3; they do not in --variant 6x6-3x2"):
        task.parse(text)
    with pytest.raises(BadInput, match=r"in boxes of 3 x 2; they do not in --variant 6x6$"):
        task.read("1.....\n......\n.1....\n" + "......\n" * 3, variant="6x6-3x2")
    with pytest.raises(BadInput, match=r"r1c1 and r1c2 contradict each other$"):
        task.parse("11....\n" + "......\n" * 5)


REFUSED = [
    ("sudoku", "7" * 5000, "cells"),
    ("sudoku", "[" * 100_000, "line 1: brackets nested too deeply: 32 is the most"),
    ("sudoku", "<a>" * 1000, "more than 64 elements inside one another"),
    ("sudoku", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entity declarations"),
    ("sudoku", "[[1, 2], [3]]", "the brackets hold no board"),
    ("sudoku", "<opensudoku><game data='12'/></opensudoku>", "a game of 2 cells"),
    ("sudoku", "." * 80, "is no Sudoku"),
    ("sudoku", "5" + "." * 79, "is no Sudoku"),
    ("sudoku", "53" + "." * 78, "line 1: 80 cells; a board of 9x9 has 81"),
    ("nqueens", "[None, 3, None, 1]", "nothing tells whether these columns are counted from 0 or from 1"),
    ("nqueens", "i10", "write the size first"),
    ("nqueens", "[1, [2]]", "no board"),
    ("coloring", "a" + " " * 500 + "b" + " " * 500 + ">x", "is not an edge"),
    ("coloring", "p edge " + "1" * 5000 + " 3", "is not `p edge VERTICES EDGES`"),
    ("coloring", "e " + "1" * 5000 + " 3", "is not `e VERTEX VERTEX`"),
    ("coloring", "1" * 5000 + " 2", "a vertex name of 5,000 characters; 100 is the most"),
    ("coloring", "[[1,3],[0,2],[1,3],[0,2]]", "these pairs can be edges, or the neighbours of every vertex"),
    ("coloring", "1 2 3\n2 3\n3 4\n4 1 2", "these lines can be edges with weights, or vertices with their neighbours"),
    ("coloring", "graph { a -- }", "an edge without a vertex behind it"),
    ("coloring", "graph { a", "is not closed"),
    ("coloring", "graph [ " * 300 + "node", "nested too deeply"),
    ("coloring", "graph [\n node [ id 1 ]\n edge [ source 1 target " + "2" * 5000 + " ]\n]", "more than 18 digits"),
    ("coloring", '<!DOCTYPE a [<!ENTITY b "c">]><graphml>&b;</graphml>', "entity declarations"),
    ("coloring", "*Vertices 1000000\n*Edges\n1 2", "up to 1000 vertices"),
    ("coloring", "%%MatrixMarket matrix coordinate real general\n3 4 1\n1 1 1", "a square matrix"),
    ("coloring", "\n".join(f"{i} {i + 1}" for i in range(2000)), "more than 1000 vertices"),
    ("coloring", "one\ntwo", "neither an edge nor a graph in graph6 form"),
    ("coloring", "{" * 100_000, "nested too deeply"),
    ("coloring", '{"a": 1}', "the object holds no graph"),
    ("arc", '[{"input": [[1]], "output": [[2]]}, {"input": [[3]]}]', "a list of 2 pairs without a test"),
]


@pytest.mark.parametrize(("name", "text", "words"), REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(name: str, text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        TASKS[name].parse(text)
    assert words in str(caught.value)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 300


# Properties of every reader


def work_of(action: Callable[[], object]) -> int:
    """How many calls of functions, also built-in ones, an action makes: its work without a clock."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls


def outcome(task: Task, text: str) -> None:
    """Read a text: puzzles, or one printable line of refusal."""
    try:
        reading = task.read(text)
    except BadInput as error:
        assert str(error).isprintable()
    else:
        assert reading.sentence.isprintable()
        for bad in reading.bad:
            assert str(bad).isprintable()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(EXPECTED)), st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_damaged_files_are_read_or_refused(file: str, seed: int, changes: int) -> None:
    task, data, chance = TASKS[file.partition("/")[0]], bytearray((FOLDER / file).read_bytes()), random.Random(seed)
    for _ in range(changes):
        place = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            del data[place : place + chance.randrange(1, 20)]
        elif kind == 2:
            data[place:place] = chance.choice([b"\n", b"[", b"{", b'"', b" " * 40, b"9" * 30, b":", b"-", b"<", b"\0"])
        else:
            data[place:place] = data[place : place + chance.randrange(1, 60)]
        if not data:
            return
    try:
        text = decode(bytes(data), file)
    except BadInput as error:
        assert str(error).isprintable()
    else:
        outcome(task, text)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("begin", ["", "1 2\n", "graph {\n", "<a>", "53..7....\n"])
def test_the_work_grows_with_the_text_and_no_faster(name: str, begin: str) -> None:
    """Four times the text is at most some five times the work, whatever stands in it."""
    task = TASKS[name]
    pieces = ["[", "(1, 2)\n", "{'a': ['b']}\n", "1 2\n", "a: b\n", "<a>", "graph {", "5.3.\n", "\n", "| 1 | 2 |\n"]
    pieces += [
        '"',
        "1,2,3\n",
        "a" + " " * 50 + "b\n",
        "//",
        "/*",
        "*",
        "-",
        ":",
        "Q...\n",
        "e 1 2\n",
        "\\",
        "#",
        "%",
        "9",
    ]
    for piece in pieces:
        small, large = ((begin + piece * (count // len(piece))) for count in (1_500, 6_000))
        outcome(task, small)
        works = [work_of(lambda text=text: outcome(task, text)) for text in (small, large)]  # type: ignore[misc]
        assert works[1] < 6 * works[0] + 5_000, piece


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1), st.booleans(), st.randoms())
def test_edges_are_read_as_they_are_written(pairs: list[tuple[int, int]], named: bool, chance: random.Random) -> None:
    pairs = [(a, b) for a, b in pairs if a != b]
    if not pairs:
        return
    names = {i: f"n{i}" if named else str(i + 100) for i in range(12)}
    separator = chance.choice([" ", ",", "\t", "; ", " -- "])
    text = "\n".join(f"{names[a]}{separator}{names[b]}" for a, b in pairs)
    (graph,) = TASKS["coloring"].parse(text)
    assert isinstance(graph, Graph)
    found = {frozenset((graph.labels[a], graph.labels[b])) for a, b in graph.edges}
    assert found == {frozenset((names[a], names[b])) for a, b in pairs}
    (again,) = TASKS["coloring"].parse(TASKS["coloring"].format(graph))
    assert again == graph


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["4x4", "6x6", "9x9"]), st.integers(0, 7))
def test_boards_are_read_in_whatever_form_they_are_written(seed: int, variant: str, form: int) -> None:
    task, size = TASKS["sudoku"], int(variant[0])
    (puzzle,) = task.generate(variant, 1, seed % 1000)
    line = task.format(puzzle)
    rows = [line[i : i + size] for i in range(0, size * size, size)]
    text = [
        line,
        "\n".join(rows),
        "\n".join(" ".join(row) for row in rows),
        json.dumps([[0 if sign == "." else int(sign) for sign in row] for row in rows]),
        json.dumps(rows),
        "\n".join(",".join("" if sign == "." else sign for sign in row) for row in rows),
        "\n".join("|" + "|".join(row.replace(".", " ")) + "|" for row in rows),
        line.replace(".", "0") + "\n" + line,
    ][form]
    for found in task.parse(text):
        assert task.format(found) == line


@pytest.mark.parametrize("file", ["list.json", "games.opensudoku", "frame.txt", "spreadsheet.csv", "packed.txt.xz"])
def test_files_are_imported_by_the_reader_that_solves_them(file: str) -> None:
    count = len(EXPECTED[f"sudoku/{file}"]["reading"])
    words = f"{count} puzzle{'s' if count > 1 else ''} of 9x9, 0 of them with several solutions"
    assert TASKS["sudoku"].inspect(FOLDER / "sudoku" / file) == words


def test_vertices_keep_their_names_in_files_of_answers() -> None:
    task = TASKS["coloring"]
    (graph,) = task.parse("New York,Boston\nBoston,Rome")
    found = task.enumerate(graph, 1)
    assert found is not None
    text = task.answers([graph], [[found[0]]])
    assert text.splitlines()[1:] == ["s col 2", 'l "New York" 1', "l Boston 2", "l Rome 1"]
    assert task.describe(graph, found[0])[1] == "vertex Boston: B"
