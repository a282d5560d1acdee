"""Boards as text: grids of signs, or FEN-like rows between slashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gramsolve.tasks import BadInput
from gramsolve_nqueens.encode import EMPTY, LARGEST, QUEEN, SMALLEST, Boards, Queens, attack

QUEENS = "Qq1♛♕"
EMPTIES = "._-0·"
EITHER = "*xX"
"""Some write queens so and some empty squares: empty where the board has another sign for its queens."""

BAR = re.compile(r"[|│║]")
FEN_STATE = re.compile(r"\s[wb]\s+[KQkq-]+\s+\S+(\s+\d+\s+\d+)?\s*$")
"""What follows the board in a chess FEN, which says nothing here."""


class Sign(NamedTuple):
    """A character of a board and where it stands, counted from 1."""

    char: str
    line: int
    column: int


Row = list[Sign]


def is_border(line: str) -> bool:
    """Lines such as ``+---+---+`` say nothing; one of dashes alone is a row of empty squares."""
    signs = set(line) - {" "}
    if signs & set("─━═"):
        return signs <= set("─━═┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝│║")
    if line.count("|") > 2 and "--" in line:
        return signs <= set("|-:")  # the rule below the heading of a Markdown table
    return "+" in signs and signs <= set("+-=|")


def format(tokens: Boards, n: int) -> str:
    """Tokens uint8 [n * n] as n lines of '.' and 'Q'; anything else is '?', which is not read back."""
    signs = {EMPTY: ".", QUEEN: "Q"}
    text = "".join(signs.get(int(token), "?") for token in tokens)
    return "\n".join(text[i : i + n] for i in range(0, n * n, n))


def square_name(square: int, n: int) -> str:
    """Chess notation, or row and column where the alphabet is too short."""
    row, column = divmod(square, n)
    return f"{chr(ord('a') + column)}{n - row}" if n <= 26 else f"row {row + 1} column {column + 1}"


def row(line: str, number: int, start: int) -> Row:
    """The squares of one line of a grid; between two bars nothing is an empty square."""
    pieces = BAR.split(line)
    row: Row = []
    for index, piece in enumerate(pieces):
        if piece.strip():
            row += [Sign(char, number, start + i) for i, char in enumerate(piece) if not char.isspace()]
        elif 0 < index < len(pieces) - 1:
            row.append(Sign(".", number, start))
        start += len(piece) + 1
    return row


def slashed(line: str, number: int) -> list[Row]:
    """The squares of a board written in one line: a number is a run of empty squares."""
    rows, start = [], 1
    for part in FEN_STATE.sub("", line).split("/"):
        rows.append(row(part, number, start))
        start += len(part) + 1
    signs = {sign.char for row in rows for sign in row}
    if signs <= {"0", "1"} and all(len(row) == len(rows) for row in rows):
        return rows  # a grid of noughts and ones, where FEN would have longer runs
    return [_without_runs(row) for row in rows]


def _without_runs(row: Row) -> Row:
    result: Row = []
    run = ""
    for i, sign in enumerate(row):
        if sign.char not in "0123456789":
            result.append(sign)
            continue
        run += sign.char
        if i + 1 < len(row) and row[i + 1].char in "0123456789":
            continue
        if len(run) > 2 or int(run) > LARGEST:
            start = row[i + 1 - len(run)]
            raise BadInput(
                f"line {start.line}, column {start.column}: a run of {run[:9]} squares; {LARGEST} is the most"
            )
        result += [sign._replace(char=".")] * int(run)
        run = ""
    return result


def puzzle(rows: list[Row]) -> Queens:
    """Check the shape, read the signs and look for attacks."""
    line, n = next((sign.line for row in rows for sign in row), 1), len(rows)
    signs = {sign.char for row in rows for sign in row}
    queens = QUEENS if signs & set(QUEENS) else QUEENS + EITHER
    for sign in (sign for row in rows for sign in row):
        if sign.char not in QUEENS + EMPTIES + EITHER:
            raise BadInput(
                f"line {sign.line}, column {sign.column}: unknown character {sign.char!r}; "
                "use '.' for an empty square and 'Q' for a queen"
            )
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            where = row[0].line if row else line
            raise BadInput(
                f"line {where}: not a square board: row {number} has {len(row)} squares, row 1 has {len(rows[0])}"
            )
    if n != len(rows[0]):
        raise BadInput(f"line {line}: not a square board: {n} rows and {len(rows[0])} columns")
    flat = [sign.char for row in rows for sign in row]
    return board([i for i, char in enumerate(flat) if char in queens], n, line)


def board(squares: Sequence[int], n: int, line: int) -> Queens:
    """The puzzle with queens on these squares. Raises BadInput for a size that is none and for queens that attack."""
    if not SMALLEST <= n <= LARGEST:
        raise BadInput(f"line {line}: a {n}x{n} board; sizes from {SMALLEST} to {LARGEST} are supported")
    if len(squares) > n:
        raise BadInput(f"line {line}: {len(squares)} queens on a {n}x{n} board; {n} is the most")
    squares = sorted(squares)
    if pair := attack(squares, n):
        first, second = (square_name(square, n) for square in pair)
        raise BadInput(f"line {line}: the given queens on {first} and {second} attack each other")
    return Queens(f"{n}x{n}", queens=tuple(squares))
