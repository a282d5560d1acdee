"""The message_passing mixer: against its definition candidate by candidate, and exactly symmetric as it promises."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import one_hot_matmul
from gramsolve.model.message_passing import MessagePassingBlock, SymbolEmbedding
from gramsolve.model.mixer_config import MessagePassingConfig
from gramsolve.model.network import build_gram, expected_shapes
from gramsolve.tasks import registry
from tests.fakes.models import GRAPHS, randomised, require_right_gradient, run

ROWS, COLUMNS, BOXES = (
    (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
    (0, 1, 2, 3) * 4,
    (0, 0, 1, 1) * 2 + (2, 2, 3, 3) * 2,
)
SUDOKU = ModelConfig.from_flat(
    input_vocab=6,
    output_vocab=6,
    input_length=16,
    output_length=16,
    width=12,
    hidden=20,
    mixer="message_passing",
    low_updates=2,
    first_symbol=2,
    symbols=4,
    groups=(ROWS, COLUMNS, BOXES),
    group_types=(0, 0, 1),
)


def mixer_of(config: ModelConfig) -> MessagePassingConfig:
    assert isinstance(config.mixer, MessagePassingConfig)
    return config.mixer


def block_of(config: ModelConfig) -> MessagePassingBlock:
    return MessagePassingBlock(config, mixer_of(config))


def test_a_block_is_what_its_definition_says() -> None:
    block = block_of(SUDOKU)
    x = torch.randn(2, 64, 12)
    found = block(x)
    for b, position, symbol in ((0, 0, 0), (1, 6, 2), (1, 15, 3)):
        cell = x[b].reshape(16, 4, 12)
        inner = block.self_proj.weight @ cell[position, symbol]
        inner = inner + block.symbol_proj.weight @ (cell[position].sum(0) / math.sqrt(4))
        for family, kind in zip(mixer_of(SUDOKU).groups, mixer_of(SUDOKU).group_types, strict=True):
            peers = [p for p in range(16) if family[p] == family[position]]
            inner = inner + block.group_proj[kind].weight @ (cell[peers, symbol].sum(0) / math.sqrt(len(peers)))  # type: ignore[operator]
        gate, value = inner.chunk(2)
        out = cell[position, symbol] + block.down_proj.weight @ (F.silu(gate) * value)
        expected = out / out.square().mean().add(1e-5).sqrt()
        torch.testing.assert_close(found[b, position * 4 + symbol], expected, rtol=1e-4, atol=1e-5)


def test_a_blocks_gradient_is_that_of_its_output() -> None:
    require_right_gradient(block_of(SUDOKU.replace(width=4, hidden=3)), (1, 64, 4))


def test_a_token_is_this_symbol_another_or_none() -> None:
    embedding = SymbolEmbedding(6, SUDOKU, mixer_of(SUDOKU))
    meanings = embedding.role_embedding.weight
    cells = embedding(torch.tensor([[0, 1, 2, 4]])).reshape(4, 4, 12)
    torch.testing.assert_close(cells[0], meanings[2].expand(4, -1))
    torch.testing.assert_close(cells[1], meanings[3].expand(4, -1))
    torch.testing.assert_close(cells[2], torch.stack([meanings[0], *[meanings[1]] * 3]))
    torch.testing.assert_close(cells[3], torch.stack([*[meanings[1]] * 2, meanings[0], meanings[1]]))


@pytest.mark.parametrize("posterior", [False, True])
def test_renaming_symbols_renames_the_answer_and_changes_nothing_else(posterior: bool) -> None:
    model, rng = randomised(SUDOKU), np.random.default_rng(0)
    names = torch.tensor([0, 1, 4, 2, 5, 3])
    inputs, targets = torch.randint(1, 6, (3, 16)), torch.randint(2, 6, (3, 16))
    noise = torch.from_numpy(rng.normal(size=(2, 1, 3, 16, 4, 12)).astype(np.float32))
    renamed = torch.empty_like(noise)
    renamed[..., names[2:] - 2, :] = noise
    before = run(model, inputs, targets if posterior else None, noise.flatten(3, 4))
    after = run(model, names[inputs], names[targets] if posterior else None, renamed.flatten(3, 4))
    torch.testing.assert_close(after[..., names], before, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("posterior", [False, True])
def test_moving_groups_moves_the_answer(posterior: bool) -> None:
    model, rng = randomised(SUDOKU), np.random.default_rng(0)
    board = np.arange(16).reshape(4, 4)
    # Bands swapped, columns within a stack swapped, transposed: everything Sudoku allows.
    moved = torch.from_numpy(board[[2, 3, 0, 1]][:, [1, 0, 2, 3]].T.ravel().copy())
    inputs, targets = torch.randint(1, 6, (3, 16)), torch.randint(2, 6, (3, 16))
    noise = torch.from_numpy(rng.normal(size=(2, 1, 3, 16, 4, 12)).astype(np.float32))
    before = run(model, inputs, targets if posterior else None, noise.flatten(3, 4))
    there = noise[:, :, :, moved].flatten(3, 4)
    after = run(model, inputs[:, moved], targets[:, moved] if posterior else None, there)
    torch.testing.assert_close(after, before[:, moved], rtol=1e-4, atol=1e-4)
    wrong = torch.from_numpy(board[[1, 2, 0, 3]].ravel().copy())  # no symmetry: rows from different bands
    after = run(model, inputs[:, wrong], None, noise[:, :, :, wrong].flatten(3, 4))
    assert not torch.allclose(after, run(model, inputs, None, noise.flatten(3, 4))[:, wrong], atol=1e-2)


def test_queens_have_structure_too() -> None:
    structure = registry.load("nqueens").structure("6x6")
    assert structure is not None
    config = ModelConfig.from_flat(
        3, 3, 36, 36, width=12, hidden=20, mixer="message_passing", **dataclasses.asdict(structure)
    )
    model = randomised(config)
    board = np.arange(36).reshape(6, 6)
    inputs = torch.randint(1, 3, (2, 36))
    noise = torch.randn(2, 1, 2, 36, 12)
    before = run(model, inputs, None, noise)
    for turn in (board.T, board[::-1], np.rot90(board)):
        places = torch.from_numpy(turn.ravel().copy())
        torch.testing.assert_close(
            run(model, inputs[:, places], None, noise[:, :, :, places]), before[:, places], rtol=1e-4, atol=1e-4
        )


FIRST, SECOND = np.triu_indices(5, 1)


def test_a_candidate_hears_its_neighbours_by_kind_of_link() -> None:
    model, block = build_gram(GRAPHS), block_of(GRAPHS)
    tokens = torch.tensor([[2, 1, 2, 0, 1, 2, 0, 1, 0, 0]])  # Position 4 is absent.
    given, x = model.embed(tokens), torch.randn(1, 15, 12)
    found, cell = block(x, given.adjacency), x[0].reshape(5, 3, 12)
    for position, symbol in ((0, 0), (2, 1), (3, 2), (4, 0)):
        inner = block.self_proj.weight @ cell[position, symbol]
        inner = inner + block.symbol_proj.weight @ (cell[position].sum(0) / math.sqrt(3))
        for kind in (1, 2):
            ends = [(int(a), int(b)) for a, b, t in zip(FIRST, SECOND, tokens[0], strict=True) if t == kind]
            near = [b if a == position else a for a, b in ends if position in (a, b)]
            heard = cell[near, symbol].sum(0) / math.sqrt(max(1, len(near)))
            inner = inner + block.edge_proj[kind - 1].weight @ heard  # type: ignore[operator]
        gate, value = inner.chunk(2)
        out = cell[position, symbol] + block.down_proj.weight @ (F.silu(gate) * value)
        expected = out / out.square().mean().add(1e-5).sqrt()
        torch.testing.assert_close(found[0, position * 3 + symbol], expected, rtol=1e-4, atol=1e-5)
    present = given.x[0].reshape(5, 3, 12)
    assert torch.equal(present[0], present[3]) and not torch.equal(present[0], present[4])


@pytest.mark.parametrize("posterior", [False, True])
def test_renaming_vertices_and_colours_moves_the_answer_and_changes_nothing_else(posterior: bool) -> None:
    model, rng = randomised(GRAPHS), np.random.default_rng(0)
    order = rng.permutation(5)
    adjacency = np.zeros((3, 5, 5), np.int64)
    adjacency[:, FIRST, SECOND] = rng.integers(0, 3, size=(3, 10))
    adjacency += adjacency.transpose(0, 2, 1)
    moved = adjacency[:, order][:, :, order]
    inputs, there = (torch.from_numpy(a[:, FIRST, SECOND]) for a in (adjacency, moved))
    names = torch.tensor([0, 1, 2, 5, 3, 4])
    targets = torch.randint(3, 6, (3, 5))
    noise = torch.randn(2, 1, 3, 5, 3, 12)
    renamed = torch.empty_like(noise)
    renamed[..., names[3:] - 3, :] = noise[:, :, :, torch.from_numpy(order)]
    before = run(model, inputs, targets if posterior else None, noise.flatten(3, 4))
    after = run(model, there, names[targets[:, order]] if posterior else None, renamed.flatten(3, 4))
    torch.testing.assert_close(after[..., names], before[:, order], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("wrong", [{"input_length": 5}, {"mixer": "sequence"}, {"group_types": (0,)}])
def test_pairs_must_fit_the_positions(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ModelConfig.from_flat(**{**GRAPHS.flat(), **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"symbols": 0},
        {"symbols": 5},
        {"prefix": 1},
        {"group_types": (0, 0)},
        {"group_types": (0, 0, 2)},
        {"groups": ((0,) * 15, COLUMNS, BOXES)},
        {"input_length": 8},
    ],
)
def test_a_structure_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ModelConfig.from_flat(**{**SUDOKU.flat(), **wrong})


def test_settings_survive_json_and_weights_are_recognised() -> None:
    import json

    for config in (SUDOKU, GRAPHS):
        assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
        state = {name: tuple(value.shape) for name, value in build_gram(config).state_dict().items()}
        assert expected_shapes(config).items() <= state.items()


def test_a_product_with_the_table_is_what_looking_up_gives_and_learns_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(5, (3, 7), generator=generator)
    table = torch.nn.Embedding(5, 4)
    weights = torch.randn(3, 7, 4, generator=generator)
    gradients = []
    for rows in (one_hot_matmul(table, tokens), table(tokens)):
        torch.testing.assert_close(rows, table.weight[tokens])
        gradients.append(torch.autograd.grad((rows * weights).sum(), table.weight)[0])
    torch.testing.assert_close(*gradients)
