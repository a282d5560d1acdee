"""Muon in single precision does what torch's does, which rounds to bf16 on the way."""

from __future__ import annotations

import pytest
import torch

from gramsolve.training.muon import COEFFICIENTS, STEPS, Muon, orthogonal


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (16, 16)])
def test_steps_are_torchs_but_for_rounding(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(shape, generator=generator)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    one = Muon([ours], lr=0.02, weight_decay=0.1)
    other = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for _ in range(5):
        ours.grad = torch.randn(shape, generator=generator)
        theirs.grad = ours.grad.clone()
        one.step()
        other.step()
    moved = (ours - start).norm()
    assert (ours - theirs).norm() < 0.02 * moved, "a hundredth or so, from bf16's eight bits"
    assert one.state[ours].keys() == other.state[theirs].keys()
    assert torch.equal(one.state[ours]["momentum_buffer"], other.state[theirs]["momentum_buffer"])


def test_singular_values_end_near_one() -> None:
    for shape in ((2, 24, 40), (2, 40, 24)):
        matrices = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        values = torch.linalg.svdvals(orthogonal(matrices))
        assert values.min() > 0.5 and values.max() < 1.3


def test_the_iteration_is_the_polynomial_as_it_is_written() -> None:
    matrices = torch.randn(3, 12, 20, generator=torch.Generator().manual_seed(3)).double()
    a, b, c = COEFFICIENTS
    for matrix, found in zip(matrices, orthogonal(matrices), strict=True):
        x = matrix / matrix.norm()
        for _ in range(STEPS):
            gram = x @ x.T
            x = a * x + b * gram @ x + c * gram @ gram @ x
        torch.testing.assert_close(found, x)


def test_matrices_of_one_shape_do_not_hear_of_each_other() -> None:
    generator = torch.Generator().manual_seed(2)
    starts = [torch.randn(shape, generator=generator) for shape in ((6, 20), (6, 20), (20, 6), (6, 20))]
    gradients = [torch.randn(start.shape, generator=generator) for start in starts]

    def moved(indices: list[int]) -> list[torch.Tensor]:
        parameters = [torch.nn.Parameter(starts[i].clone()) for i in indices]
        for parameter, i in zip(parameters, indices, strict=True):
            parameter.grad = gradients[i].clone()
        Muon(parameters, lr=0.02, weight_decay=0.1).step()
        return [parameter.detach() for parameter in parameters]

    for together, alone in zip(moved([0, 1, 2, 3]), (moved([i])[0] for i in range(4)), strict=True):
        torch.testing.assert_close(together, alone)


def test_large_matrices_are_rounded_as_asked_and_small_ones_are_not() -> None:
    def moved(size: int, dtype: torch.dtype) -> torch.Tensor:
        generator = torch.Generator().manual_seed(4)
        parameter = torch.nn.Parameter(torch.randn(size, size, generator=generator))
        parameter.grad = torch.randn(size, size, generator=generator)
        Muon([parameter], lr=0.02, weight_decay=0.1, dtype=dtype).step()
        return parameter.detach()

    assert torch.equal(moved(24, torch.bfloat16), moved(24, torch.float32))
    assert not torch.equal(moved(192, torch.bfloat16), moved(192, torch.float32))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="only a GPU records its launches")
def test_what_a_gpu_has_recorded_is_what_it_does_step_by_step() -> None:
    generator = torch.Generator().manual_seed(5)
    shapes = [(24, 64), (24, 64), (64, 24), (32, 32)]
    starts = [torch.randn(shape, generator=generator) for shape in shapes]
    here, there = ([torch.nn.Parameter(start.to(device)) for start in starts] for device in ("cpu", "cuda"))
    plain, recorded = (Muon(parameters, lr=0.02, weight_decay=0.1) for parameters in (here, there))
    for _ in range(4):
        for one, other in zip(here, there, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.to("cuda")
        plain.step()
        recorded.step()
    assert recorded._recorded
    for one, other in zip(here, there, strict=True):
        torch.testing.assert_close(other.cpu(), one, rtol=1e-3, atol=1e-4)
