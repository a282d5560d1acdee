"""``gramsolve eval --compare``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.command_line import RunCli

PAIR = ("nqueens-8x8", "nqueens-8x8-symmetry")
QUICK = ("--limit", "6", "--width", "4", "--depth", "2", "--threads", "1", "--device", "cpu")


def test_checkpoints_stand_side_by_side(run_cli: RunCli, tmp_path: Path) -> None:
    report = tmp_path / "both.json"
    result = run_cli("eval", "nqueens", "--compare", *PAIR, "--protocol", "paper", *QUICK, "-o", str(report))
    assert result.code == 0 and all(name in result.out for name in (*PAIR, "difference", "coverage"))
    told = json.loads(report.read_text())
    assert told["first"] == PAIR[0] and list(told["against"]) == [PAIR[1]]
    assert (
        json.loads(run_cli("eval", "nqueens", "--compare", *PAIR, "--protocol", "paper", *QUICK, "--json").out)[
            "against"
        ]
        == told["against"]
    )


def test_what_cannot_be_compared_is_said_in_a_line(run_cli: RunCli) -> None:
    for words, said in (
        (("--compare", PAIR[0]), "two checkpoints"),
        (PAIR, "two checkpoints"),
        (("--compare", *PAIR), "different splits"),
        (("--compare", *PAIR, "--card"), "--card is for one"),
        (("--compare", PAIR[0], "nowhere"), "nowhere"),
    ):
        code, _, err = run_cli("eval", "nqueens", *words, *QUICK)
        assert code in (2, 3) and said in err and err.count("\n") == 1
    code, _, err = run_cli("eval", "sudoku", "--compare", "sudoku-4x4", "sudoku-9x9", *QUICK)
    assert code == 2 and "4x4 and 9x9" in err
