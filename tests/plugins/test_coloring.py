"""Graph colouring: validator and search against plain references, the paper's counts, DIMACS as it is found."""

from __future__ import annotations

import csv
import sys
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.cli.main import run
from gramsolve.tasks import BadInput, View
from gramsolve_coloring import Coloring, check, data, from_networkx, render
from gramsolve_coloring.graph import EDGE, FIRST_COLOUR, NO_EDGE, PAD, Graph, encode, pairs, place, simple
from gramsolve_coloring.search import all_colourings, chromatic_number, colourings, matrix

TASK = Coloring()
SHARED = Path(__file__).parents[3] / "shared" / "data" / "coloring"


@st.composite
def graphs(draw: st.DrawFn, most: int = 6) -> Graph:
    n = draw(st.integers(1, most))
    every = [(a, b) for a in range(n) for b in range(a + 1, n)]
    edges = [edge for edge in every if draw(st.booleans())]
    return Graph(f"{most}v3c", vertices=n, edges=tuple(edges))


def reference(graph: Graph, colours: int) -> set[tuple[int, ...]]:
    """Every proper colouring, named by first occurrence."""
    found = set()
    for choice in product(range(colours), repeat=graph.vertices):
        if all(choice[a] != choice[b] for a, b in graph.edges):
            names: dict[int, int] = {}
            found.add(tuple(names.setdefault(c, len(names)) for c in choice))
    return found


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(2, 4))
def test_both_searches_find_every_colouring_once(graph: Graph, colours: int) -> None:
    expected = reference(graph, colours)
    found = colourings(graph, 6, colours, 10_000)
    assert found is not None and len(found) == len(expected)
    assert {tuple(row[: graph.vertices] - FIRST_COLOUR) for row in found.astype(int)} == expected
    assert not found[:, graph.vertices :].any()
    adjacency = np.zeros((1, 6, 6), np.bool_)
    adjacency[0, : graph.vertices, : graph.vertices] = matrix(graph)
    offsets, listed = all_colourings(adjacency, np.array([graph.vertices]), colours)
    assert offsets.tolist() == [0, len(expected)]
    assert {row.tobytes() for row in listed} == {row.tobytes() for row in found}


@settings(max_examples=80, deadline=None)
@given(graphs(), st.lists(st.integers(0, 7), min_size=6, max_size=6))
def test_validator_against_its_definition(graph: Graph, tokens: list[int]) -> None:
    outputs, inputs = np.array([tokens], np.uint8), encode(graph, 6)[None]
    coloured = [3 <= token <= 5 for token in tokens]
    wrong = [not coloured[v] for v in range(graph.vertices)] + [False] * (6 - graph.vertices)
    clashes = 0
    for a, b in graph.edges:
        same = tokens[a] == tokens[b]
        clashes += same or not (tokens[a] >= 3 and tokens[b] >= 3)
        wrong[a] |= same
        wrong[b] |= same
    found = check.check(inputs, outputs, 6, 3)
    assert found.violations[0].tolist() == wrong and found.valid[0] == (not any(wrong))
    assert check.conflicts(inputs, outputs, 6, 3)[0] == clashes


@pytest.mark.parametrize("count", [0, 1, 3, 200])
@pytest.mark.parametrize(("room", "colours"), [(2, 2), (5, 3), (8, 3), (10, 4), (11, 64), (12, 3)])
def test_validator_of_many_graphs_says_what_the_one_for_all_sizes_says(room: int, colours: int, count: int) -> None:
    rng = np.random.default_rng(room)
    first, second = pairs(room)
    sizes = rng.integers(1, room + 1, size=(count, 1))
    edges = rng.choice([NO_EDGE, EDGE], (count, len(first)), p=[0.8, 0.2])
    inputs = np.where(second < sizes, edges, PAD).astype(np.uint8)
    outputs = rng.integers(colours + 4, size=(count, room), dtype=np.uint8)
    outputs[::2] = np.arange(room) % colours + FIRST_COLOUR
    found = check.check(inputs, outputs, room, colours)
    valid, wrong, _ = check._check(inputs, outputs, room, colours)
    assert np.array_equal(found.valid, valid) and np.array_equal(found.violations, wrong)
    assert count < 100 or 0 < found.valid.sum() < count


@settings(max_examples=60, deadline=None)
@given(graphs(), st.permutations(range(3)))
def test_canonical_form_forgets_names_and_nothing_else(graph: Graph, names: list[int]) -> None:
    found = colourings(graph, 6, 3, 1000)
    assert found is not None
    inputs = np.repeat(encode(graph, 6)[None], len(found), axis=0)
    renamed = np.where(found >= FIRST_COLOUR, np.array([0, 0, 0, *(n + FIRST_COLOUR for n in names)])[found], 7)
    assert np.array_equal(check.canonical(inputs, renamed.astype(np.uint8), 6, 3), found)


def test_tokens_are_the_upper_triangle() -> None:
    graph = Graph("5v3c", vertices=4, edges=((0, 1), (2, 3)))
    assert encode(graph, 5).tolist() == [2, 1, 1, 0, 1, 1, 0, 2, 0, 0]
    assert place(2, 3, 5) == 7 and TASK.decode("5v3c", encode(graph, 5)) == graph


@pytest.mark.parametrize(("room", "counts"), [("8v3c", (7002, 255)), ("10v3c", (13465, 192))])
@pytest.mark.parametrize("protocol", data.PROTOCOLS)
def test_the_sizes_of_the_paper(room: str, counts: tuple[int, int], protocol: str) -> None:
    found = TASK.dataset(room, protocol)
    whole = (found.train.inputs != 0).all(axis=1)
    assert (int(whole.sum()), len(found.test)) == counts
    assert whole.all() == (protocol == "paper")


def test_no_test_graph_is_a_relabelled_training_graph() -> None:
    found = TASK.dataset("8v3c", "isomorphism")
    buckets: dict[tuple[int, ...], list[nx.Graph]] = {}

    def graph_of(tokens: np.ndarray) -> nx.Graph:
        puzzle = TASK.decode("8v3c", tokens)
        graph = nx.Graph(puzzle.edges)
        graph.add_nodes_from(range(puzzle.vertices))
        return graph

    for tokens in found.test.inputs:
        graph = graph_of(tokens)
        buckets.setdefault(tuple(sorted(d for _, d in graph.degree)), []).append(graph)
    for tokens in found.train.inputs[:2500]:
        graph = graph_of(tokens)
        for other in buckets.get(tuple(sorted(d for _, d in graph.degree)), []):
            assert not nx.faster_could_be_isomorphic(graph, other) or not nx.is_isomorphic(graph, other)


def test_invariants_do_not_see_labels() -> None:
    rng = np.random.default_rng(0)
    graphs = data.distinct(8, 3, 50, rng)
    order = rng.permutation(8)
    assert np.array_equal(data.invariants(graphs), data.invariants(graphs[:, order][:, :, order]))
    assert len(np.unique(data.invariants(graphs))) > 40


def test_chromatic_numbers_of_the_dimacs_index() -> None:
    if not SHARED.exists():
        pytest.skip("the shared data is not here")
    known = 0
    for row in csv.DictReader((SHARED / "index.csv").read_text().splitlines()):
        if int(row["vertices"]) > 200:
            continue
        graph = TASK.parse((SHARED / "clean" / f"{row['name']}.col").read_text())[0]
        assert isinstance(graph, Graph) and graph.vertices == int(row["vertices"])
        assert len(graph.edges) == int(row["edges"])
        found = chromatic_number(graph, 200_000)
        assert found in (None, int(row["chromatic_number"]))
        known += found is not None
    assert known >= 20


def test_published_files_are_their_clean_forms() -> None:
    if not SHARED.exists():
        pytest.skip("the shared data is not here")
    for path in (SHARED / "original").glob("*.col"):
        original, clean = (TASK.parse(p.read_text())[0] for p in (path, SHARED / "clean" / path.name))
        assert isinstance(original, Graph) and isinstance(clean, Graph)
        assert (original.vertices, original.edges) == (clean.vertices, clean.edges)


TRIANGLE = ((0, 1), (0, 2), (1, 2))


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("c hello\np edge 3 3\ne 1 2\ne 1 3\ne 2 3\n", TRIANGLE),
        ("p col 3 6 17\r\ne 1 2\r\ne 2 1\r\ne 1 3\r\ne 3 1\r\ne 2 3\r\ne 3 2\r\n", TRIANGLE),
        ("\ufeffp edge 3 3\ne 0 1\ne 0 2\ne 1 2\ne 1 1", TRIANGLE),
        ("e 1 2\ne 1 3\ne 2 3", TRIANGLE),
        ("1 2\n1 3\n2 3", TRIANGLE),
        ("a-b\na -> c\nb,c", TRIANGLE),
        ("# comment\n10 20 0.5\n10 30 1.5\n20 30 2", TRIANGLE),
        ("0 1 1\n1 0 1\n1 1 0", TRIANGLE),
        ("011\n101\n110", TRIANGLE),
        ("Bw", TRIANGLE),
        ("x\ny\nx y", ((0, 1),)),
    ],
)
def test_forms_that_are_understood(text: str, edges: tuple[tuple[int, int], ...]) -> None:
    (graph,) = TASK.parse(text)
    assert isinstance(graph, Graph) and graph.edges == edges


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p edge 3 1\ne 1 4", "line 2: vertex 4 in a graph of 3"),
        ("p edge x 1", "line 1"),
        ("p edge 3 1\ne 1", "line 2"),
        ("p edge 3 1\nq 1 2", "line 2: unknown line"),
        ("011\n001\n110", "line 1: the matrix is not symmetric"),
        ("c colors 99\n1 2", "line 1: 99 colours"),
        ("1 2\n3 4 5 6 7", "line 2"),
        ("p edge 5000 0", "5000 vertices"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        TASK.parse(text)


def test_several_graphs_and_the_number_of_colours() -> None:
    found = TASK.parse("c colors 4\np edge 2 1\ne 1 2\nc colors 2\np edge 3 1\ne 1 3\n")
    assert [graph.variant for graph in found] == ["8v4c", "8v2c"]
    assert TASK.to_variant(found[0], "10v5c").variant == "10v5c"
    with pytest.raises(BadInput, match="room for 2"):
        TASK.to_variant(found[1], "2v2c")


def test_networkx_graphs_and_answers() -> None:
    graph = from_networkx(nx.petersen_graph())
    assert graph.variant == "10v3c" and chromatic_number(graph) == 3
    solutions = TASK.enumerate(graph, 1000)
    assert solutions is not None and len(solutions) == 20  # 120 colourings, six names for each
    text = TASK.answers([graph, graph], [[solutions[0]], []])
    assert text.startswith("c graph, 10 vertices\ns col 3\nl 0 1\n") and text.endswith("vertices\n")
    assert TASK.answer(graph, np.zeros(10, np.uint8)) == " ".join("?" * 10)
    assert simple([(2, 1), (1, 2), (3, 3)]) == ((1, 2),)


def test_shapes_and_tokens_are_checked() -> None:
    good = np.ones((2, 28), np.uint8), np.full((2, 8), 3, np.uint8)
    for wrong in (
        (good[0][:, :5], good[1]),
        (good[0], good[1][:1]),
        (good[0].astype(int), good[1]),
        (good[0] * 3, good[1]),
    ):
        with pytest.raises(ValueError):
            TASK.check("8v3c", *wrong)


def test_conflicts_are_crossed_in_drawings() -> None:
    graph = TASK.parse("1 2\n2 3")[0]
    tokens = np.array([3, 3, 4, 0, 0, 0, 0, 0], np.uint8)
    found = TASK.check("8v3c", TASK.encode(graph)[None], tokens[None])
    drawn = [cell for row in TASK.render(graph, View(tokens, violations=found.violations[0])).rows for cell in row]
    assert any(cell.text == "×" and cell.violated for cell in drawn)
    assert {cell.text for cell in drawn if cell.role == "guess" and cell.text.isalpha()} == {"A", "B"}
    assert EDGE in TASK.encode(graph)


@pytest.mark.parametrize("room", [(3, 7), (4, 10), (5, 14), (9, 24), (28, 64)])
def test_a_drawing_shows_every_vertex_and_marks_what_is_wrong_at_any_size(room: tuple[int, int]) -> None:
    for graph in (puzzle for puzzle in TASK.generate("8v3c", 4, 5, "hard") if isinstance(puzzle, Graph)):
        tokens = np.full(8, FIRST_COLOUR, np.uint8)
        found = TASK.check(graph.variant, TASK.encode(graph)[None], tokens[None])
        grid = TASK.render(graph, View(tokens, violations=found.violations[0], room=room))
        assert grid.shape == room
        vertices = [cell for row in grid.rows for cell in row if cell.role == "guess" and cell.text not in "<> "]
        assert len(vertices) == graph.vertices
        marks = sum(cell.text in "✗<" for row in grid.rows for cell in row if cell.role == "guess")
        assert marks == found.violations[0].sum()


def test_vertices_are_said_by_their_names() -> None:
    task = Coloring()
    graph = task.parse("a b\nb c\nd\n")[0]
    assert task.describe(graph, None)[:4] == [
        "vertex a: next to b",
        "vertex b: next to a, c",
        "vertex c: next to b",
        "vertex d: without neighbours",
    ]
    colours = np.array([3, 3, 3, 4, 0, 0, 0, 0], np.uint8)
    said = task.describe(graph, colours)
    assert said[:4] == ["vertex a: A like b", "vertex b: A like a and c", "vertex c: A like b", "vertex d: B"]
    assert said[4:] == [""] * 4
    assert task.describe(graph, np.zeros(8, np.uint8))[0] == "vertex a: no colour"


def test_a_large_drawing_of_the_puzzle_has_the_names_of_its_vertices() -> None:
    task = Coloring()
    graph = task.parse("a bc\nbc longer\n")[0]

    def drawn(room: tuple[int, int], tokens: np.ndarray | None = None) -> str:
        rows = task.render(graph, View(tokens=tokens, room=room)).rows
        return "".join(cell.text for row in rows for cell in row if cell.role in ("given", "guess")).replace(" ", "")

    assert sorted(drawn((17, 38))) == sorted("abco")
    assert drawn((3, 7)) == "ooo"
    assert drawn((17, 38), np.array([3, 4, 3, 0, 0, 0, 0, 0], np.uint8)).count("A") == 2


@pytest.mark.parametrize("vertices", [499, 500, 561, 1000])
def test_a_graph_of_any_size_is_drawn_without_scipy(vertices: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setattr(render, "layout", render.layout.__wrapped__)
    rng = np.random.default_rng(vertices)
    edges = simple([(int(a), int(b)) for a, b in rng.integers(vertices, size=(2 * vertices, 2))])
    graph = Graph(f"{vertices}v13c", "big", vertices, edges)
    places = np.array(render.layout(vertices, edges))
    assert places.shape == (vertices, 2) and places.min() == 0 and places.max() == 1
    assert len(np.unique(places, axis=0)) == vertices
    assert TASK.render(graph, View(room=(40, 120))).shape == (40, 120)
    assert TASK.image(graph, View(), 200).size == (200, 200)


def test_a_large_graph_is_solved_exactly_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path of 561 vertices has one colouring in two colours; its board is drawn without scipy."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    path = tmp_path / "big.col"
    path.write_text("p edge 561 560\n" + "".join(f"e {i} {i + 1}\n" for i in range(1, 561)))
    assert run(["solve", "coloring", str(path), "--variant", "561v2c", "--engine", "exact"]) == 0
    assert "1 solution" in capsys.readouterr().out
