"""docs/reproduction.md is what the stored reports say: no more, no less, whichever of them are there."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    sys.path.insert(0, str(DOCS))
    spec = importlib.util.spec_from_file_location("make_reproduction", DOCS / "make_reproduction.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path.remove(str(DOCS))
    return module


def bucket(solutions: str, puzzles: int, coverage: float) -> dict[str, Any]:
    figures = {"accuracy": 0.5, "accuracy_error": None, "coverage": coverage, "coverage_error": 0.01}
    return {"solutions": solutions, "puzzles": puzzles, "coverage_uniform": 0.75, **figures}


def report(architecture: str, depth: int = 16, **model: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "depth": depth,
        "width": 20,
        "accuracy": 0.8765,
        "accuracy_error": 0.0123,
        "vote": 0.91,
        "vote_error": 0.02,
    }
    row |= {"any_valid": 0.93, "any_valid_error": 0.01, "coverage": 0.6789, "coverage_error": 0.011}
    row |= {"coverage_uniform": 0.9, "buckets": [bucket("1", 4, 1.0), bucket("2-5", 6, 0.4321)]}
    weights = {
        "checkpoint": f"my-{architecture}",
        "architecture": architecture,
        "parameters": 1000,
        "updates": 50,
        "batch": 64,
        "seed": 0,
    }
    weights |= {"training_seconds": 600.0, "training_machine": "x86_64", "training_device": "cpu"}
    weights |= {"training_threads": 1, "training_command": f"gramsolve train nqueens --architecture {architecture}"}
    provenance: dict[str, Any] = {
        "command": f"gramsolve eval nqueens --checkpoint my-{architecture}",
        "date": "2026-11-25",
    }
    provenance |= {"gramsolve": "0.1.0", "torch": "2.13.0", "hardware": {"machine": "x86_64", "cores": 2}}
    return {
        "kind": "puzzles",
        "task": "nqueens",
        "variant": "8x8",
        "protocol": "paper",
        "instances": 10,
        "of": 773,
        "seed": 3,
        "seconds": 66.0,
        "threads": 1,
        "rows": [{**copy.deepcopy(row), "depth": 1, "vote": 0.1}, row],
        "provenance": {**provenance, "model": {**weights, **model}},
    }


def store(folder: Path, end: str = "", **reports: dict[str, Any]) -> Path:
    for architecture, values in reports.items():
        (folder / f"{architecture}-nqueens-8x8{end}.json").write_text(json.dumps(values))
    return folder


def test_the_page_is_that_of_the_stored_reports(maker: ModuleType) -> None:
    assert (DOCS / "reproduction.md").read_text(encoding="utf-8") == maker.page(), (
        "docs/reproduction.md is stale: python docs/make_reproduction.py"
    )


def test_without_reports_nothing_is_claimed(maker: ModuleType, tmp_path: Path) -> None:
    text = maker.page(tmp_path)
    ours = [line for line in text.splitlines() if line.startswith("|  | ours |")]
    assert len(ours) >= 20
    for line in ours:
        assert set(re.split(r" \| |\|", line)) <= {"", " ", "ours", "not run", "not run ", " ours"}, line
    assert text.count("### ") == 5 and "](#runs)" not in text.split("## On two CPU cores")[1]


def test_a_report_fills_its_cells_and_no_others(maker: ModuleType, tmp_path: Path) -> None:
    text = maker.page(store(tmp_path, trm=report("trm")))
    several = text.split("(the paper's Table 1)")[1].split("\n## ")[0].splitlines()
    (at,) = [i for i, line in enumerate(several) if line.startswith("| TRM")]
    cells = [cell.strip() for cell in several[at + 1].strip("|").split("|")]
    assert cells[1:4] == ["ours", "87.65 ± 1.23 [1](#runs)", "67.89 ± 1.10 [1](#runs)"]
    assert set(cells[4:]) == {"not run"}
    assert "| trm | 1,000 |" not in text, "it was not made to compare"
    text = maker.page(store(tmp_path, "-equal", trm=report("trm"), hrm=report("hrm")))
    several = text.split("(the paper's Table 1)")[1].split("\n## ")[0].splitlines()
    (at,) = [i for i, line in enumerate(several) if line.startswith("| TRM")]
    assert several[at + 1].startswith("|  | ours | 87.65 ± 1.23 [3](#runs)")
    assert several[at + 2].startswith("|  | ours, small and equal | 87.65 ± 1.23 [2](#runs)")
    parts = text.split("(the paper's Table 3)")[1].split("\n## ")[0].splitlines()
    (at,) = [i for i, line in enumerate(parts) if line.startswith("| no guidance")]
    assert parts[at + 1] == "|  | ours, small and equal | not run | 87.65 ± 1.23 [1](#runs) |", (
        "hrm is the same architecture"
    )
    assert "| trm | 1,000 | 50 | 16 | 87.65 ± 1.23 | 91.00 ± 2.00 | 93.00 ± 1.00 | 0.679 ± 0.011 |" in text
    assert "| 2-5 | 6 | 50.00 | 0.432 ± 0.010 | 0.750 |" in text
    for word in ("gramsolve eval nqueens --checkpoint my-trm", "66 s", "seed 3", "x86_64, 1 of 2 cores", "10 min"):
        assert word in text.split("## Runs")[1]


def test_a_figure_of_the_papers_depth_comes_before_that_of_the_deepest(maker: ModuleType) -> None:
    def row(depth: int, valid: float) -> dict[str, Any]:
        return {"depth": depth, "valid": valid, "valid_low": valid - 0.02, "valid_high": valid + 0.01}

    column = {"figure": "valid", "percent": True, "depth": 16}
    cell_of = importlib.import_module("tables.paper").cell_of  # The page's maker has found it.
    deep = importlib.import_module("tables.reports").Result(
        "a", "gram", "a", 1, {"rows": [row(16, 0.9), row(64, 0.98)]}
    )
    assert cell_of(deep, column) == "90.00 ± 1.50; 98.00 ± 1.50 after 64"
    assert cell_of(deep, {**column, "depth": 8}) == "not run; 98.00 ± 1.50 after 64"
    assert cell_of(deep, {**column, "depth": 64}) == "98.00 ± 1.50"


def test_unequal_systems_are_called_so(maker: ModuleType, tmp_path: Path) -> None:
    def verdict() -> str:
        return str(maker.page(tmp_path).split("### 8 queens")[1].split("### ")[0])

    store(tmp_path, "-equal", trm=report("trm"), gram=report("gram", parameters=1090), other=report("other"))
    assert "Equal among these" in verdict() and "| other | 1,000" in verdict()
    store(tmp_path, "-equal", diffusion=report("diffusion", depth=64))
    assert "Equal among these" in verdict(), "a token baseline needs a step for each cell"
    store(tmp_path, "-equal", gram=report("gram", parameters=1200, updates=99))
    assert "**Not equal** among these: updates, parameters (1,000 to 1,200)." in verdict()
    store(tmp_path, "-equal", gram=report("gram", depth=8))
    assert "**Not equal** among these: depths." in verdict()


def test_what_noise_is_worth_is_said_where_the_intervals_allow_it(maker: ModuleType, tmp_path: Path) -> None:
    better, worse, alike = report("gram"), report("hrm"), report("trm")
    worse["rows"][-1] |= {"accuracy": 0.5, "any_valid": 0.92, "coverage": 0.7}
    alike["rows"][-1] |= {"accuracy": 0.4}
    store(tmp_path, "-equal", gram=better, hrm=worse, trm=alike)
    text = maker.page(tmp_path)
    assert (
        "GRAM against the best architecture without guidance (hrm): one trajectory +37.6 points, any of 20 +1.0 points "
        "(within the intervals: no difference is shown), coverage -2.1 points "
        "(within the intervals: no difference is shown)." in text
    )


def test_one_table_tells_what_guidance_is_worth_at_each_width(maker: ModuleType, tmp_path: Path) -> None:
    gram, other = report("gram"), report("direct")
    gram["rows"].append({**gram["rows"][-1], "width": 5, "any_valid": 0.9})
    other["rows"][-1] |= {"accuracy": 0.4}
    text = maker.page(store(tmp_path, "-equal", gram=gram, direct=other, looped=report("looped")))
    table = text.split("### In one table")[1].split("### ")[0]
    assert "| 8 queens | GRAM | 87.65 ± 1.23 | 90.00 ± 1.00 | 93.00 ± 1.00 | 0.679 ± 0.011 |" in table
    assert "| 8 queens | the best architecture without guidance: looped | 87.65 ± 1.23 | - | 93.00 ± 1.00 |" in table
    assert "| 8 queens | guidance without noise | not run |" in table


def test_a_report_under_a_wrong_name_is_refused(maker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "gram-sudoku-4x4.json").write_text(json.dumps(report("gram")))
    with pytest.raises(ValueError, match="ARCHITECTURE-nqueens-8x8"):
        maker.page(tmp_path)


def test_every_kind_of_report_has_a_place(maker: ModuleType, tmp_path: Path) -> None:
    base = report("gram")
    nats = {f"{name}{end}": 0.25 for name in ("ce", "kl", "bound", "surrogate") for end in ("", "_error")}
    far = {f"{name}{end}": 0.125 for name in ("relative", "boards", "plane") for end in ("", "_error")}
    valid: dict[str, Any] = {"depth": 16, "valid": 0.9, "valid_low": 0.88, "valid_high": 0.92, "distinct_valid": 77}
    valid |= {"distinct_share": 0.171, "in_training": None}
    guesses = {"two_guesses": 0.125, "two_guesses_error": 0.0625}
    drawn = {"score": 7.25, "distance": 3.5, "rarest": 0.04, "commonest": 0.2, "nearest": 41.0, "copies": 2}
    for kind, more in (
        ("elbo", {"floor": 0.2, "rows": [{"depth": 4, **nats}]}),
        ("diversity", {"width": 20, "rows": [{"depth": depth, **far} for depth in (1, 2, 3)]}),
        ("unconditional", {"task": "sudoku", "variant": "4x4", "boards": 500, "possible": 288, "rows": [valid]}),
        ("puzzles", {"task": "arc", "variant": "10x10", "augment": 8, "rows": [{**base["rows"][1], **guesses}]}),
        (
            "quality",
            {
                "task": "mnist",
                "variant": "28x28",
                "boards": 700,
                "noun": "digits",
                "real": drawn,
                "rows": [{"depth": 8, **drawn}],
            },
        ),
    ):
        made = {**base, "kind": kind, **more}
        (tmp_path / f"gram-{made['task']}-{made['variant']}-{kind}.json").write_text(json.dumps(made))
    text = maker.page(tmp_path)
    line = "| 700 | 8 | 7.25 | 3.50 | 4.0 to 20.0 | 41 | 2 |"
    assert line in text and line.replace("| 8 |", "| real images |") in text and "700 digits; seed 3" in text
    assert "90.00 ± 2.00 [5](#runs)" in text.split("Table 9)")[1] and "500 boards; seed 3" in text
    assert "| 500 | 16 | 90.00 (88.00 to 92.00) | 77 of 288 | 17.10 | - |" in text
    assert "| 10 of 773 | 20 | 8 | 16 | no | 12.50 ± 6.25 | 91.00 ± 2.00 | 93.00 ± 1.00 |" in text
    assert text.split("## The bound")[1].count("0.25 ± 0.25") == 4
    assert text.split("## Diversity")[1].count("12.50 ± 12.50") == 4, "steps 1 and 2, not 3"
