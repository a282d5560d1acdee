"""Ranking of distinct answers and the estimate of what is still unseen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.errors import BadInput
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.selection import Ballot, missing_mass


def board(x: int) -> np.ndarray:
    return np.full(4, x, np.uint8)


def ballot() -> Ballot:
    """Board 1: three votes, invalid. 2: two, valid. 3: one, valid, best value. 4: seen in passing, valid."""
    votes = Ballot()
    for i, (tokens, value, valid) in enumerate(
        [(1, 0.2, False), (2, 0.6, True), (1, 0.3, False), (3, 0.9, True), (2, 0.5, True), (1, 0.1, False)]
    ):
        votes.vote(board(tokens), value, valid, i, 5)
    assert votes.see(board(4), 9, 3) is not None
    return votes


@pytest.mark.parametrize(
    ("rules", "order"),
    [
        (("valid", "vote", "lprm"), [2, 3, 4, 1]),
        (("vote", "lprm"), [1, 2, 3, 4]),
        (("lprm",), [3, 2, 1, 4]),
        (("valid", "lprm"), [3, 2, 4, 1]),
    ],
)
def test_rules_decide_in_turn(rules: tuple[str, ...], order: list[int]) -> None:
    assert [int(c.tokens[0]) for c in ballot().ranked(rules)] == order


def test_counts() -> None:
    votes = ballot()
    assert votes.solutions() == 3
    assert votes.missing_mass() == pytest.approx((1 + 1) / (3 + 1))
    assert votes.see(board(2), 20, 1) is None
    assert [c.votes for c in votes.ranked(("vote",))] == [3, 2, 1, 0]


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_unseen_mass_is_a_probability_and_falls_with_repeats(counts: list[int]) -> None:
    mass = missing_mass(counts)
    assert 0 < mass <= 1
    assert missing_mass([c + 1 for c in counts]) <= mass


def test_unseen_mass_is_calibrated_on_a_uniform_population() -> None:
    """Over many experiments the mean estimate is close to the mean true missing mass."""
    rng = np.random.default_rng(0)
    estimates, truths = [], []
    for _ in range(2000):
        drawn = rng.integers(12, size=30)
        counts = np.bincount(drawn, minlength=12)
        estimates.append(missing_mass(counts[counts > 0].tolist()))
        truths.append((counts == 0).mean())
    # The added one makes it conservative by at most 1 / (n + 1).
    assert np.mean(truths) <= np.mean(estimates) <= np.mean(truths) + 2 / 31


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("width", 0, "width"),
        ("depth", 0, "depth"),
        ("temperature", -1.0, "temperature"),
        ("temperature", float("nan"), "temperature"),
        ("missing_mass", 0.0, "missing_mass"),
        ("max_seconds", 0.0, "time budget"),
        ("halt", "soon", "halt"),
        ("until", "later", "until"),
        ("rank_by", ("vote", "beauty"), "beauty"),
        ("rank_by", (), "selection"),
        ("seed", 2**63, "seed"),
    ],
)
def test_bad_options_are_refused(name: str, value: object, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        SolveOptions(**{name: value})  # type: ignore[arg-type]
