"""Validators in numpy, to measure ours against: plainly written, and as fast as we could make them.

Each takes inputs and outputs uint8 [B, cells] and says which boards are valid and which cells break a rule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.rules import Verdict

Boards = npt.NDArray[np.uint8]
Validator = Callable[[Boards, Boards], Verdict]
PART = 512
"""Boards that a tuned validator takes at a time, so that what it keeps of them fits into the cache."""


def queens_plain(n: int) -> Validator:
    """Queens counted on every line at once, as a product with the incidence matrix of lines and cells."""
    row, column = np.divmod(np.arange(n * n), n)
    names = np.stack([row, n + column, 2 * n + row + column, 4 * n + row - column + n])
    lines = np.unique(names, return_inverse=True)[1].reshape(4, -1)
    incidence = np.zeros((n * n, lines.max() + 1), np.float32)
    for kind in range(4):
        incidence[np.arange(n * n), lines[kind]] = 1

    def check(inputs: Boards, outputs: Boards) -> Verdict:
        queens = outputs == 2
        counts = queens.astype(np.float32) @ incidence
        attacked = ((counts > 1).astype(np.float32) @ incidence.T > 0) & queens
        empty_row = (counts[:, :n] == 0)[:, row]
        wrong = attacked | (~queens & ((inputs == 2) | empty_row)) | ((outputs != 1) & ~queens)
        return Verdict(~wrong.any(axis=1), wrong)

    return check


def queens_tuned(n: int) -> Validator:
    """8x8 boards packed into words of 64 bits; what queens see by shifts, all boards at once."""
    assert n == 8
    word, full = np.uint64, (1 << 64) - 1
    first = 0x0101010101010101
    not_first, not_last = full ^ first, full ^ (first << 7)

    def walk(step: int, open_: int, up: bool) -> list[tuple[np.uint64, np.uint64]]:
        masks, steps = [open_, open_], [step, step]
        for length in (step, 2 * step):
            masks.append(masks[-1] & ((masks[-1] << length if up else masks[-1] >> length) & full))
            steps.append(2 * length)
        return [(word(s), word(m)) for s, m in zip(steps, masks, strict=True)]

    ways = [(1, not_first, not_last), (8, full, full), (9, not_first, not_last), (7, not_last, not_first)]
    walks: list[tuple[np.ufunc, list[tuple[np.uint64, np.uint64]]]]
    walks = [(np.left_shift, walk(step, up, True)) for step, up, _ in ways]
    walks += [(np.right_shift, walk(step, down, False)) for step, _, down in ways]

    def pack(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
        return np.packbits(cells, axis=1, bitorder="little").view(np.uint64).ravel()

    def check(inputs: Boards, outputs: Boards) -> Verdict:
        queens, empty, given = pack(outputs == 2), pack(outputs == 1), pack(inputs == 2)
        seen, ray, far = np.zeros_like(queens), np.empty_like(queens), np.empty_like(queens)
        for shift, steps in walks:
            shift(queens, steps[0][0], out=ray)
            ray &= steps[0][1]
            for step, mask in steps[1:]:
                shift(ray, step, out=far)
                far &= mask
                ray |= far
            seen |= ray
        rows = (((queens & word(not_last)) + word(not_last)) | queens) & word(first << 7)
        rows = (rows >> word(7)) * word(255)
        wrong = (queens & seen) | (~queens & (given | ~rows)) | ~(queens | empty)
        bits = np.unpackbits(wrong.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
        return Verdict(wrong == 0, bits.view(np.bool_))

    return check


def sudoku_plain(n: int) -> Validator:
    """One cell, one digit, one bool; digits counted in every row, column and box."""
    side = int(n**0.5)

    def check(inputs: Boards, outputs: Boards) -> Verdict:
        hot = outputs[:, :, None] == np.arange(2, n + 2, dtype=np.uint8)
        board = hot.reshape(-1, n, n, n)
        boxes = board.reshape(-1, side, side, side, side, n)
        clash = board & (board.sum(axis=2, keepdims=True, dtype=np.uint8) > 1)
        clash |= board & (board.sum(axis=1, keepdims=True, dtype=np.uint8) > 1)
        crowded = boxes.sum(axis=(2, 4), keepdims=True, dtype=np.uint8) > 1
        clash |= (boxes & crowded).reshape(clash.shape)
        wrong = clash.any(axis=3).reshape(outputs.shape) | ~hot.any(axis=2) | ((inputs >= 2) & (inputs != outputs))
        return Verdict(~wrong.any(axis=1), wrong)

    return check


def sudoku_tuned(n: int) -> Validator:
    """Digits as bits, boards along the last axis, so that every operation runs over many boards."""
    side = int(n**0.5)
    table = np.zeros(256, np.uint16)
    table[2 : n + 2] = 1 << np.arange(n)

    def twice(unit: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
        once, more = unit[0].copy(), np.zeros_like(unit[0])
        for cell in unit[1:]:
            more |= once & cell
            once |= cell
        return more

    def part(inputs: Boards, outputs: Boards) -> Verdict:
        bits, count = table[outputs], len(outputs)
        board = np.ascontiguousarray(bits.T).reshape(n, n, count)
        boxes = board.reshape(side, side, side, side, count).transpose(1, 3, 0, 2, 4).reshape(n, side, side, count)
        clash = twice(board.transpose(1, 0, 2))[:, None] | twice(board)[None]
        clash = clash.reshape(side, side, side, side, count) | twice(boxes)[:, None, :, None]
        clashes = (clash.reshape(n * n, count) & board.reshape(n * n, count)) != 0
        wrong = clashes.T | (bits == 0) | ((inputs >= 2) & (inputs != outputs))
        return Verdict(~wrong.any(axis=1), wrong)

    return _in_parts(part)


def coloring_plain(n: int, colours: int) -> Validator:
    """Both ends of every possible edge, compared."""
    first, second = np.triu_indices(n, 1)
    ends = np.zeros((len(first), n), np.float32)
    ends[np.arange(len(first)), first] = ends[np.arange(len(first)), second] = 1

    def check(inputs: Boards, outputs: Boards) -> Verdict:
        clash = (inputs == 2) & (outputs[:, first] == outputs[:, second])
        wrong = (clash.astype(np.float32) @ ends > 0) | (outputs < 3) | (outputs >= 3 + colours)
        return Verdict(~wrong.any(axis=1), wrong)

    return check


def coloring_tuned(n: int, colours: int) -> Validator:
    """The same with graphs along the last axis and no matrix product: a vertex against all later ones."""

    def part(inputs: Boards, outputs: Boards) -> Verdict:
        colour, edges = np.ascontiguousarray(outputs.T), np.ascontiguousarray((inputs == 2).T)
        wrong = (colour < 3) | (colour >= 3 + colours)
        token = 0
        for vertex in range(n - 1):
            later = n - 1 - vertex
            clash = (colour[vertex] == colour[vertex + 1 :]) & edges[token : token + later]
            wrong[vertex + 1 :] |= clash
            wrong[vertex] |= clash.any(axis=0)
            token += later
        return Verdict(np.logical_not(wrong.any(axis=0)), np.ascontiguousarray(wrong.T))

    return part


def _in_parts(check: Validator) -> Validator:
    def whole(inputs: Boards, outputs: Boards) -> Verdict:
        parts = [check(inputs[i : i + PART], outputs[i : i + PART]) for i in range(0, len(outputs), PART)]
        return Verdict(np.concatenate([p.valid for p in parts]), np.concatenate([p.violations for p in parts]))

    return whole
