"""The fastest way to compute an update on this machine: precision, threads and compilation, measured before a run.

These choices do not change what is learned, but they change last bits, so a run keeps them. A processor computes bf16
at twice the speed of fp32 or at a fiftieth, depending on its instructions; a second thread helps on an idle machine and
hurts on a busy one; compilation takes a minute or two and pays only in longer runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from gramsolve import device as devices
from gramsolve.errors import BadInput
from gramsolve.training.plan import Execution
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer_base import TrainerBase

COMPILE = ("auto", "on", "off")
BF16_GAIN = {"cpu": 3.0}
"""bf16 is tried where it multiplies matrices this many times as fast as fp32 (1.5 times on other devices). Casts take a
part of the gain, on a processor most of it unless they are compiled into the operations around them."""
WORTHWHILE = 1.1
"""A second thread or a compiled step is used where it is this many times as fast; less is within the noise."""
PROBE_ROWS = 32
PROBE_SECONDS = 3.0
"""Rows of a batch, and seconds, that a benchmark_step takes at most."""
LONG_RUN = {("cpu", "fp32"): 900.0, ("cpu", "bf16"): 180.0, ("cuda", "fp32"): 90.0, ("cuda", "bf16"): 90.0}
"""Expected seconds of a run from which compilation is tried; on other devices it is not. On a processor it takes a
minute or two and gains most where it fuses casts to bf16; on a GPU it takes half a minute for 2.4 times the speed."""


def ceiling(device: torch.device, dtype: torch.dtype, size: int = 512) -> float:
    """Floating-point operations a second of a square matrix product: the best of many, so that other work of the
    machine does not count. Accelerators get larger products, and CUDA several in a row, so that launching them does not
    count."""
    rounds, together, larger = {"cpu": (20, 1, 1), "cuda": (5, 4, 16)}.get(device.type, (5, 1, 8))
    size *= larger
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))

    def products() -> None:
        for _ in range(together):
            a @ b

    best = min(_seconds(products, device) for _ in range(rounds))
    return 2 * size**3 * together / best


def precision(device: torch.device) -> str:
    """``bf16`` where the hardware multiplies much faster in it than in fp32, else ``fp32``."""

    def gain(size: int) -> float:
        return ceiling(device, torch.bfloat16, size) / ceiling(device, torch.float32, size)

    # Small products do not show the speed of the hardware; large ones take seconds where bf16 is slow.
    if device.type == "cpu" and gain(128) < 0.5:
        return "fp32"
    return "bf16" if gain(512) > BF16_GAIN.get(device.type, 1.5) else "fp32"


def choose(
    trainer: TrainerBase[Any, Any],
    state: TrainState,
    *,
    compile: str,
    threads: int | None,
    seconds: float | None,
    fp32_too: bool = False,
) -> Execution:
    """Measure this machine and set the trainer up accordingly. ``state`` is only read.

    Args:
        trainer: the trainer of the run, in the precision of the hardware or of the user's choice.
        fp32_too: the trainer may change to fp32 where plain steps, not compiled ones, are faster in it.
        compile: ``on``, ``off``, or ``auto`` to compile where a long run gets faster by it.
        threads: on the CPU; None measures.
        seconds: the time budget of the run, None for its whole plan.
    """
    if compile not in COMPILE:
        raise BadInput(f"compile must be one of {', '.join(COMPILE)}, not {compile!r}")
    device, config = trainer.device, trainer.config
    count = devices.use_threads(threads)
    rows = min(trainer.micro_batch, PROBE_ROWS)
    with FlopCounterMode(display=False) as counter:
        trainer.benchmark_step(state, rows)
    work = counter.get_total_flops() * trainer.local_batch / rows
    step = _benchmark(trainer, state, rows) if compile == "auto" or threads is None else 0.0
    if threads is None and device.type == "cpu" and count > 1:
        devices.use_threads(1)
        alone = _benchmark(trainer, state, rows)
        if alone > WORTHWHILE * step:
            devices.use_threads(count)
        else:
            count, step = 1, alone
    length = min(step * trainer.local_batch / rows * config.schedule.updates, seconds or float("inf"))
    use = compile == "on" or (
        compile == "auto" and length > LONG_RUN.get((device.type, config.execution.precision), float("inf"))
    )
    if use:
        use = _compiled(trainer, state, must=compile == "on")
    if fp32_too and not use and config.execution.precision == "bf16":
        step = step or _benchmark(trainer, state, rows)
        trainer.set_precision("fp32")
        if _benchmark(trainer, state, rows) > step:
            trainer.set_precision("bf16")
    chosen = trainer.config.execution.precision
    dtype = torch.bfloat16 if chosen == "bf16" else torch.float32
    return Execution(chosen, count, use, ceiling(device, dtype), work)


def _compiled(trainer: TrainerBase[Any, Any], state: TrainState, *, must: bool) -> bool:
    """Compile the steps of the trainer. Undone where that fails or does not pay, unless it ``must`` be."""
    plain = 0.0 if must else _benchmark(trainer, state, trainer.micro_batch)
    trainer.compile(True)
    try:
        compiled = _benchmark(trainer, state, trainer.micro_batch)
    except Exception as error:  # Compilers raise anything; the plain step gives the same result.
        trainer.compile(False)
        if must:
            raise BadInput(f"this machine cannot compile the model: {str(error).splitlines()[0]}") from error
        return False
    if not must and plain < WORTHWHILE * compiled:
        trainer.compile(False)
    return trainer.compiled


def _benchmark(trainer: TrainerBase[Any, Any], state: TrainState, rows: int) -> float:
    """Seconds of a benchmark_step of ``rows`` rows: the best of a few after one for warming up."""
    trainer.benchmark_step(state, rows)
    times: list[float] = []
    while len(times) < 3 and sum(times) < PROBE_SECONDS:
        times.append(_seconds(lambda: trainer.benchmark_step(state, rows), trainer.device))
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
