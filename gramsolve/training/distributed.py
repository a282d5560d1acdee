"""The processes that share a run: one, or several under ``torchrun``.

Every process holds the whole model and a share of the rows of the batch; gradients are averaged in one message per
update. Every process draws noise and puzzles for the whole batch and takes its rows, so that a batch gives the same run
on any number of processes, but for the order in which floating-point numbers are added. State is saved whole, so that a
run can be resumed with any number of processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from gramsolve import device as devices
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput


@dataclass(frozen=True)
class Group:
    """This process's place: ``rank`` of ``size``; ``restarted`` where a launcher has replaced a lost process.
    ``control`` is the process group on the CPU for everything but gradients."""

    rank: int = 0
    size: int = 1
    restarted: bool = False
    control: Any = None

    @property
    def is_leader(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def require(self, config: TrainingConfig) -> None:
        """Raises BadInput where the batch cannot be shared equally, prior rollouts included."""
        steps = config.objective.phases
        for name, rows in (
            ("batch", config.data.batch),
            ("rows of prior rollouts (prior_share of the batch)", config.prior_rows),
        ):
            if rows // steps % self.size:
                raise BadInput(
                    f"training settings: {rows} {name} cannot be shared by {self.size} processes: a multiple of "
                    f"{steps * self.size} can"
                )

    def rows(self, count: int, steps: int) -> Tensor | slice:
        """This process's share of ``count`` rows: whole groups of ``steps``, dealt out in turn."""
        if self.size == 1:
            return slice(None)
        return torch.arange(count).reshape(-1, steps)[self.rank :: self.size].flatten()

    def all_reduce_mean(self, parameters: Iterable[Tensor]) -> None:
        """Average gradients over the processes, in place and in one message."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        if self.size == 1 or not gradients:
            return
        message = torch.cat([g.flatten() for g in gradients])
        dist.all_reduce(message)
        parts = (message / self.size).split([g.numel() for g in gradients])
        torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)])

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """Whether any process raises each flag. Exchanged on the CPU, so that no accelerator waits for the answer."""
        if self.size == 1:
            return flags
        raised = torch.tensor(flags, dtype=torch.int32)
        dist.all_reduce(raised, dist.ReduceOp.MAX, group=self.control)
        return tuple(bool(flag) for flag in raised)

    def gathered(self, rows: Tensor, steps: int) -> Tensor:
        """The rows of all processes, in the order of the whole batch."""
        if self.size == 1:
            return rows
        parts = [torch.empty_like(rows) for _ in range(self.size)]
        dist.all_gather(parts, rows.contiguous())
        return torch.stack([part.unflatten(0, (-1, steps)) for part in parts], dim=1).flatten(0, 2)

    def broadcast(self, value: Any) -> Any:
        """The leader's value, on every process; waits for all."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, group=self.control)
        return box[0]

    def leave(self) -> None:
        """Leave the process group at the end of the run."""
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()


ALONE = Group()


def join(device: str) -> tuple[Group, torch.device]:
    """The group that ``torchrun``'s environment names, and this process's device in it."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    found = devices.choose(device)
    if size == 1:
        return ALONE, found
    if found.type == "cuda":
        torch.cuda.set_device(found)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if found.type == "cuda" else "gloo")
    restarted = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
    return Group(dist.get_rank(), size, restarted, dist.new_group(backend="gloo")), found


def share_of_threads(threads: int | None) -> int | None:
    """Threads for one of the processes on this machine; None where it has the machine to itself and none are asked
    for."""
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return threads if threads is not None or local == 1 else max(1, devices.cores() // local)
