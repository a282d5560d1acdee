"""How this machine does an update fastest: precision, threads and compilation, measured before a run begins.

None of it changes what is learned, but all of it changes last bits, so a run keeps to what was chosen for it. The same
processor does bf16 at twice the speed of fp32 or at a fiftieth, depending on instructions it has or lacks; a second
thread helps on an idle machine and ruins a busy one; compilation takes a minute or two and pays only in longer runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from gramsolve import device as devices
from gramsolve.errors import BadInput
from gramsolve.training.trainer_base import TrainerBase

COMPILE = ("auto", "on", "off")
BF16_GAIN = {"cpu": 3.0}
"""bf16 must multiply matrices this many times as fast as fp32 to be tried, 1.5 times on other devices: casts eat a part
of what it gains, on a processor most of it unless they are compiled into what comes before and after."""
WORTHWHILE = 1.1
"""A second thread or a compiled step must be this many times as fast; less is within the noise of the measurement."""
PROBE_ROWS = 32
PROBE_SECONDS = 3.0
"""Rows of a batch, and seconds, that a benchmark_step takes at most."""
LONG_RUN = {("cpu", "fp32"): 900.0, ("cpu", "bf16"): 180.0, ("cuda", "fp32"): 90.0, ("cuda", "bf16"): 90.0}
"""Seconds a run must be expected to take before compilation is tried; on other devices it is not. On a processor it
takes a minute or two, and gains most where casts to bf16 are to be fused; on a GPU half a minute for 2.4 times the
speed."""


@dataclass(frozen=True)
class Execution:
    """What was chosen, and what was measured.

    Attributes:
        precision: ``bf16`` (autocast) or ``fp32``; threads: of torch, on the CPU; compile: of the network's steps.
        ceiling: floating-point operations a second that a plain large matrix product reaches here in this precision.
        work: floating-point operations of this process in one update: the posterior's step, forward and backward,
            and the prior rollouts.
    """

    precision: str
    threads: int
    compile: bool
    ceiling: float = 0.0
    work: float = 0.0

    def utilisation(self, rate: float) -> float | None:
        """Share of the ceiling that ``rate`` updates a second reach; None where nothing was measured."""
        return self.work * rate / self.ceiling if self.ceiling else None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def ceiling(device: torch.device, dtype: torch.dtype, size: int = 512) -> float:
    """Floating-point operations a second of a square matrix product: the best of many, so that neighbours who are busy
    at the moment do not count. Accelerators are given larger ones, the fastest of them several at once, so that
    starting them does not count either."""
    rounds, together, larger = {"cpu": (20, 1, 1), "cuda": (5, 4, 16)}.get(device.type, (5, 1, 8))
    size *= larger
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))

    def products() -> None:
        for _ in range(together):
            a @ b

    best = min(_seconds(products, device) for _ in range(rounds))
    return 2 * size**3 * together / best


def precision(device: torch.device) -> str:
    """``bf16`` where the hardware multiplies in it much faster than in fp32."""

    def gain(size: int) -> float:
        return ceiling(device, torch.bfloat16, size) / ceiling(device, torch.float32, size)

    # Small products cannot show what the hardware is made for, large ones take seconds where it is not.
    if device.type == "cpu" and gain(128) < 0.5:
        return "fp32"
    return "bf16" if gain(512) > BF16_GAIN.get(device.type, 1.5) else "fp32"


def choose(
    trainer: TrainerBase, *, compile: str, threads: int | None, seconds: float | None, fp32_too: bool = False
) -> Execution:
    """Measure, and set the trainer up accordingly; it learns nothing from the probe.

    Args:
        trainer: the one that will do the run, in the precision of the hardware or of the user's wish.
        fp32_too: it may go back to fp32 where plain steps, not compiled ones, are faster in it.
        compile: ``on``, ``off``, or ``auto`` to compile where a long run gets faster by it.
        threads: on the CPU; None finds out.
        seconds: the budget of the run, None for its whole plan.
    """
    if compile not in COMPILE:
        raise BadInput(f"compile must be one of {', '.join(COMPILE)}, not {compile!r}")
    device, config = trainer.device, trainer.config
    count = devices.use_threads(threads)
    rows = min(trainer.micro_batch, PROBE_ROWS)
    with FlopCounterMode(display=False) as counter:
        trainer.benchmark_step(rows)
    work = counter.get_total_flops() * trainer.count / rows
    step = _benchmark(trainer, rows) if compile == "auto" or threads is None else 0.0
    if threads is None and device.type == "cpu" and count > 1:
        devices.use_threads(1)
        alone = _benchmark(trainer, rows)
        if alone > WORTHWHILE * step:
            devices.use_threads(count)
        else:
            count, step = 1, alone
    length = min(step * trainer.count / rows * config.schedule.updates, seconds or float("inf"))
    use = compile == "on" or (
        compile == "auto" and length > LONG_RUN.get((device.type, config.execution.precision), float("inf"))
    )
    if use:
        use = _compiled(trainer, must=compile == "on")
    if fp32_too and not use and config.execution.precision == "bf16":
        step = step or _benchmark(trainer, rows)
        trainer.set_precision(precision="fp32")
        if _benchmark(trainer, rows) > step:
            trainer.set_precision(precision="bf16")
    chosen = trainer.config.execution.precision
    dtype = torch.bfloat16 if chosen == "bf16" else torch.float32
    return Execution(chosen, count, use, ceiling(device, dtype), work)


def _compiled(trainer: TrainerBase, *, must: bool) -> bool:
    """Compile the trainer's step; undone where that fails or does not pay, unless it ``must`` be."""
    plain = 0.0 if must else _benchmark(trainer, trainer.micro_batch)
    trainer.compile(True)
    try:
        compiled = _benchmark(trainer, trainer.micro_batch)
    except Exception as error:  # Whatever compilers throw; without one the plain step does the same.
        trainer.compile(False)
        if must:
            raise BadInput(f"this machine cannot compile the model: {str(error).splitlines()[0]}") from error
        return False
    if not must and plain < WORTHWHILE * compiled:
        trainer.compile(False)
    return trainer.compiled


def _benchmark(trainer: TrainerBase, rows: int) -> float:
    """Seconds of a benchmark_step of ``rows`` rows: the best of a few after one for warming up."""
    trainer.benchmark_step(rows)
    times: list[float] = []
    while len(times) < 3 and sum(times) < PROBE_SECONDS:
        times.append(_seconds(lambda: trainer.benchmark_step(rows), trainer.device))
    return min(times)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    began = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - began


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
