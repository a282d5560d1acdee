"""An architecture that writes its answer cell by cell has one at the end of a rollout only, whatever the depth."""

from __future__ import annotations

from pathlib import Path

import pytest

from gramsolve import api
from gramsolve.training.train_options import TrainOptions


@pytest.mark.parametrize("architecture", ["autoregressive", "diffusion"])
def test_each_depth_is_a_rollout_of_its_own(architecture: str, tmp_path: Path) -> None:
    made = api.train(
        "sudoku",
        TrainOptions(
            variant="4x4",
            preset="tiny",
            architecture=architecture,
            overrides={"updates": "2", "eval_every": "2"},
            run_dir=tmp_path / "run",
            device="cpu",
            threads=1,
        ),
    )
    solver = api.load("sudoku", checkpoint=str(made.checkpoint), device="cpu", threads=1)
    together = api.evaluation(solver, api.EvalOptions(depths=(2, 16), widths=(3,), limit=4))._part(0)
    for depth in (2, 16):
        alone = api.evaluation(solver, api.EvalOptions(depths=(depth,), widths=(3,), limit=4))._part(0)
        assert together[f"tokens.{depth}"].tolist() == alone[f"tokens.{depth}"].tolist()
        assert together["steps.2"].max() == 2 and together["steps.16"].max() == 16
