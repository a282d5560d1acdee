"""A curve in one line."""

from hypothesis import given
from hypothesis import strategies as st

from gramsolve.display.sparkline import ASCII, BLOCKS, sparkline


def test_a_rise_rises_and_bounds_are_kept() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == BLOCKS
    assert sparkline([0, 7], ascii=True) == ASCII[0] + ASCII[-1]
    assert sparkline([0.5, 0.5], low=0, high=1) == BLOCKS[4] * 2
    assert sparkline([-3, 9], low=0, high=1) == BLOCKS[0] + BLOCKS[-1]
    assert sparkline([]) == ""


def test_many_values_are_averaged_into_few_bars() -> None:
    assert sparkline([0, 0, 1, 1, 2, 2, 3, 3], 4) == sparkline([0, 1, 2, 3])


def test_the_newest_values_alone() -> None:
    assert sparkline([0, 1, 2, 3], 3, newest=True) == "▁▅█" and sparkline([], 5, newest=True, ascii=True) == ""
    assert len(sparkline([2.0] * 9, 5, newest=True, ascii=True)) == 5


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 60))
def test_never_wider_than_asked(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == min(width, len(values))
