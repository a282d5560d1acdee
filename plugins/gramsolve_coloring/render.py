"""Graphs drawn: vertices as letters of their colours, edges as lines, in characters and as a picture."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import networkx as nx
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gramsolve.tasks import Cell, Grid, View, mix
from gramsolve_coloring.graph import FIRST_COLOUR, Edge, Graph, size_of
from gramsolve_coloring.notation import label

HUES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#a6a6a6")
"""Colours that stay apart under every common colour blindness (Okabe and Ito); letters tell them too."""
ROOM = (17, 38)
CROWDED, AIRY = 6, 15
"""Characters a vertex below which a drawing shows no edges, which would hide the vertices, and from which a vertex is
three characters wide, with room for marks beside its letter."""
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
PAPER, INK, LINE, WRONG, CHANGED = "#fbfaf7", "#26241f", "#9a958a", "#c8431b", "#f0c419"
FINE = 3
LARGEST_SPRING = 499
"""Vertices up to which the layout is a spring model; networkx lays out more with scipy, which is not required."""
SMALLEST, LARGEST = 32, 8192

Place = tuple[float, float]
Spot = tuple[int, int]
"""Line and column of a character."""

BLANK = Cell(" ", " ", "blank")
CROSS = Cell("×", "x", "line", violated=True)


@lru_cache(maxsize=256)
def layout(vertices: int, edges: tuple[Edge, ...]) -> tuple[Place, ...]:
    """Places of the vertices in the unit square, the same for the same graph."""
    graph = nx.Graph()
    graph.add_nodes_from(range(vertices))
    graph.add_edges_from(edges)
    if vertices > LARGEST_SPRING:
        found = _spiral(graph)
    else:
        start = nx.circular_layout(graph)
        rounds = 150 if vertices <= 60 else 30
        found = nx.spring_layout(graph, pos=start, seed=0, iterations=rounds, k=1.6 / math.sqrt(vertices))
    places = np.array([found[v] for v in range(vertices)], float)
    low, high = places.min(axis=0), places.max(axis=0)
    scaled = (places - low) / np.where(high - low > 1e-9, high - low, 1)
    return tuple((float(x), float(y)) for x, y in np.where(high - low > 1e-9, scaled, 0.5))


def _spiral(graph: nx.Graph) -> dict[int, np.ndarray]:
    """The vertices at equal distances along a spiral, in an order that keeps most neighbours close."""
    spiral = nx.Graph()
    spiral.add_nodes_from(nx.utils.reverse_cuthill_mckee_ordering(graph))
    return nx.spiral_layout(spiral, equidistant=True)


def sign(token: int | None, colours: int) -> str:
    """The letter of a colour; ``o`` before there is one and ``?`` for a token that is none."""
    if token is None:
        return "o"
    number = token - FIRST_COLOUR
    if not 0 <= number < colours:
        return "?"
    return chr(ord("A") + number) if number < 26 else chr(ord("a") + number - 26) if number < 52 else "#"


def descriptions(graph: Graph, tokens: np.ndarray | None, room: int) -> list[str]:
    """Every vertex in words: its neighbours or, once there are colours, its own and the neighbours that share it."""
    colours = size_of(graph.variant)[1]
    near: list[list[int]] = [[] for _ in range(graph.vertices)]
    for a, b in graph.edges:
        near[a].append(b)
        near[b].append(a)

    def names(vertices: list[int], between: str) -> str:
        return between.join(label(graph, vertex) for vertex in sorted(vertices))

    texts = []
    for vertex, neighbours in enumerate(near):
        if tokens is None:
            words = f"next to {names(neighbours, ', ')}" if neighbours else "without neighbours"
        elif (letter := sign(int(tokens[vertex]), colours)) == "?":
            words = "no colour"
        else:
            same = [other for other in neighbours if tokens[other] == tokens[vertex]]
            words = f"{letter} like {names(same, ' and ')}" if same else letter
        texts.append(f"vertex {label(graph, vertex)}: {words}")
    return texts + [""] * (room - graph.vertices)


def _hue(token: int | None, colours: int) -> str | None:
    number = -1 if token is None else token - FIRST_COLOUR
    return HUES[number % len(HUES)] if 0 <= number < colours else None


def _conflicts(graph: Graph, view: View) -> set[Edge]:
    """Edges between vertices of one colour, where those are judged."""
    if view.tokens is None or view.violations is None:
        return set()
    tokens = view.tokens.tolist()
    return {(a, b) for a, b in graph.edges if tokens[a] == tokens[b]}


def grid(graph: Graph, view: View) -> Grid:
    """The drawing as lines of characters that fit the room there is; in a small one vertices are all there is room
    for, each where it would be in a large one.
    """
    height, width = view.room or ROOM
    height, width = max(3, min(height, 60)), max(5, min(width, 160))
    colours = size_of(graph.variant)[1]
    small = height * width < CROWDED * graph.vertices
    wide = 1 if height * width >= AIRY * graph.vertices and graph.vertices <= 40 else 0
    spots = _spots(layout(graph.vertices, graph.edges), height, width, wide)
    lines: dict[Spot, int] = {}
    crossed: list[Spot] = []
    wrong = _conflicts(graph, view)
    for edge in () if small else graph.edges:
        start, end = spots[edge[0]], spots[edge[1]]
        if edge in wrong:
            crossed += _crosses(start, end)
            continue
        for spot, dots in _line(start, end):
            lines[spot] = lines.get(spot, 0) | dots
    rows = [[BLANK] * width for _ in range(height)]
    for (y, x), dots in lines.items():
        rows[y][x] = _edge(dots)
    for y, x in crossed:
        rows[y][x] = CROSS
    for vertex, (cell, (y, x)) in enumerate(zip(_vertices(graph, view, colours), spots, strict=True)):
        name = _name(graph, vertex) if wide and view.tokens is None else ""
        for side, letter in enumerate(name, start=-wide):
            rows[y][x + side] = replace(cell, text=letter, ascii=letter)
        if name:
            continue
        # One character has no room for a mark beside the letter: the mark takes its place, the colour stays.
        rows[y][x] = replace(cell, text="✗", ascii="!") if not wide and cell.violated else cell
        for side in (-wide, wide) if wide else ():
            mark = ">" if side < 0 else "<"
            sign = mark if cell.violated else " "
            rows[y][x + side] = _cell(sign, sign, cell.role, 0, cell.confidence, cell.violated, False, cell.fill)
    return Grid(tuple(map(tuple, rows)), graph.name, "drawing")


@lru_cache(maxsize=256)
def _spots(places: tuple[Place, ...], height: int, width: int, wide: int) -> tuple[Spot, ...]:
    """The line and column of every vertex; where two would meet the later one takes the nearest that is free, as long
    as there is one."""
    spots: list[Spot] = []
    free = np.ones((height, width), np.bool_)
    free[:, :wide] = free[:, width - wide :] = False
    y, x = np.mgrid[:height, :width]
    for place in places:
        down, right = place[1] * (height - 1), wide + place[0] * (width - 1 - 2 * wide)
        # A character is about twice as high as it is wide.
        away = np.where(free, 4 * (y - round(down)) ** 2 + (x - round(right)) ** 2, np.inf)
        nearest = int(away.argmin()) if free.any() else round(down) * width + round(right)
        spots.append((nearest // width, nearest % width))
        free[spots[-1][0], max(0, spots[-1][1] - 2 * wide) : spots[-1][1] + 2 * wide + 1] = False
    return tuple(spots)


_cell = lru_cache(maxsize=4096)(Cell)
"""Few cells differ: sharing them makes many drawings a second cheap."""


def _name(graph: Graph, vertex: int) -> str:
    """What a vertex is called in the puzzle, in the middle of three characters, or nothing where that is longer."""
    name = label(graph, vertex)
    return name.center(3) if len(name) <= 3 and name.isascii() and name.isalnum() else ""


def _vertices(graph: Graph, view: View, colours: int) -> list[Cell]:
    facts = islice(view.facts(graph.vertices if view.tokens is None else len(view.tokens)), graph.vertices)
    return [_vertex(*fact, colours) for fact in facts]


def _vertex(token: int | None, sure: float | None, wrong: bool, changed: bool, colours: int) -> Cell:
    text = sign(token, colours)
    return _cell(text, text, "given" if token is None else "guess", 0, sure, wrong, changed, _hue(token, colours))


@lru_cache(maxsize=256)
def _edge(dots: int) -> Cell:
    return Cell(chr(0x2800 + dots), ".", "line")


@lru_cache(maxsize=4096)
def _line(start: Spot, end: Spot) -> tuple[tuple[Spot, int], ...]:
    """Braille dots from the middle of one character to the middle of another: the bits in every character."""
    (y0, x0), (y1, x1) = start, end
    top, left, bottom, right = 4 * y0 + 1.5, 2 * x0 + 0.5, 4 * y1 + 1.5, 2 * x1 + 0.5
    steps = int(max(abs(bottom - top), abs(right - left))) + 1
    dots: dict[Spot, int] = {}
    for t in np.linspace(0, 1, steps + 1).tolist():
        y, x = round(top + t * (bottom - top)), round(left + t * (right - left))
        spot = y // 4, x // 2
        dots[spot] = dots.get(spot, 0) | DOTS[y % 4][x % 2]
    return tuple(dots.items())


@lru_cache(maxsize=4096)
def _crosses(start: Spot, end: Spot) -> tuple[Spot, ...]:
    """The characters between two, for an edge that breaks the rule."""
    (y0, x0), (y1, x1) = start, end
    count = max(1, abs(y1 - y0), abs(x1 - x0))
    return tuple(
        (round(y0 + t * (y1 - y0)), round(x0 + t * (x1 - x0))) for t in (np.arange(count + 1) / count).tolist()
    )


def image(graph: Graph, view: View, size: int) -> Image.Image:
    """The drawing as an RGB picture of size x size pixels. Raises ValueError for sizes that make no picture.

    Colours are the deeper the surer; a vertex that breaks a rule has a ring, its edge is thick and broken, and one that
    has just changed has a yellow rim.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a picture has {SMALLEST} to {LARGEST} pixels, not {size}")
    fine = FINE if size <= 1024 else 1
    full = size * fine
    colours = size_of(graph.variant)[1]
    picture = Image.new("RGB", (full, full), PAPER)
    draw = ImageDraw.Draw(picture)
    radius = full * min(0.055, 0.4 / (2 + math.sqrt(graph.vertices)) / 1.6)
    margin = 1.8 * radius
    room = full - 2 * margin
    places = [(margin + x * room, margin + y * room) for x, y in layout(graph.vertices, graph.edges)]
    thin = max(1, round(radius / 7))
    wrong = _conflicts(graph, view)
    for a, b in (edge for edge in graph.edges if edge not in wrong):
        draw.line((*places[a], *places[b]), LINE, thin)
    for a, b in sorted(wrong):
        _broken(draw, places[a], places[b], 3 * thin)
    font = ImageFont.load_default(size=max(8, radius * 1.1))
    for vertex, (cell, (x, y)) in enumerate(zip(_vertices(graph, view, colours), places, strict=True)):
        fill = mix(
            "#ffffff", cell.fill or "#ffffff", 0.25 + 0.75 * (1.0 if cell.confidence is None else cell.confidence)
        )
        if cell.violated:
            draw.circle((x, y), 1.45 * radius, outline=WRONG, width=2 * thin)
        rim = CHANGED if cell.changed else INK
        draw.circle((x, y), radius, fill, rim, 2 * thin if cell.changed else thin)
        text = label(graph, vertex)[:3] if view.tokens is None else cell.text
        draw.text((x, y), text, INK, font, anchor="mm")
    return picture if fine == 1 else picture.resize((size, size), Image.Resampling.LANCZOS)


def _broken(draw: ImageDraw.ImageDraw, start: Place, end: Place, width: int) -> None:
    """A thick line of dashes."""
    length = math.dist(start, end)
    count = max(2, round(length / (5 * width)))
    for i in range(count):
        near, far = (i + 0.15) / count, (i + 0.85) / count
        points = [(start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])) for t in (near, far)]
        draw.line((*points[0], *points[1]), WRONG, width)
