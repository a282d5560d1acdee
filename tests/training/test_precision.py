"""What bf16 changes in a step of training, and what it leaves in fp32."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gramsolve.model.layers import rms_norm
from gramsolve.tasks import registry
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer import Trainer
from tests.fakes.trainers import trainer_of


def step(trainer: Trainer, state: TrainState) -> tuple[list[torch.dtype], tuple[Tensor, ...]]:
    """The precisions of all states that go into or come out of a block, and the step's (loss, CE, h, l)."""
    seen: list[torch.dtype] = []

    def watch(_: nn.Module, given: tuple[Tensor, ...], found: Tensor) -> None:
        seen.extend((given[0].dtype, found.dtype))

    model, t = state.model, state.trajectories
    hooks = [block.register_forward_hook(watch) for block in model.core.high]
    noise, beta = trainer.noise(state).posterior, trainer.beta(0, t.ambiguous)
    found = trainer.posterior_step(model, t.inputs, t.targets, t.posterior.h, t.posterior.l, noise, beta)  # type: ignore[arg-type]
    for hook in hooks:
        hook.remove()
    return seen, found


@pytest.mark.parametrize("task", registry.names())
def test_states_are_bf16_within_a_step_alone(task: str, tmp_path: Path) -> None:
    seen, rounded = step(*trainer_of(task, tmp_path, precision="bf16"))
    assert set(seen) == {torch.bfloat16}
    wide, exact = step(*trainer_of(task, tmp_path))
    assert set(wide) == {torch.float32}
    for one, other in zip(rounded, exact, strict=True):
        assert one.dtype == other.dtype == torch.float32
    assert abs(rounded[0] - exact[0]) < 0.02 * exact[0].abs()
    assert (rounded[2] - exact[2]).norm() < 0.05 * exact[2].norm()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_norms_are_taken_in_fp32_at_least(dtype: torch.dtype) -> None:
    x = torch.randn(5, 300, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)
    wide = x.double()
    exact = wide / (wide.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    found = rms_norm(x)
    assert found.dtype == dtype
    allowed = {torch.bfloat16: 2**-8, torch.float32: 1e-6, torch.float64: 1e-12}[dtype]
    torch.testing.assert_close(found.double(), exact, rtol=allowed, atol=1e-12)
