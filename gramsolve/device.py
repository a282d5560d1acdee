"""Devices, threads and host memory of training and inference. Imports torch."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

import torch
from torch import Tensor

from gramsolve.errors import BadInput, Missing

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from glibc's malloc.h."""
TUNED_BY = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def choose(name: str = "auto") -> torch.device:
    """``auto`` takes CUDA, then MPS, then the CPU. Raises Missing for a device this machine lacks."""
    if name == "auto":
        if torch.cuda.is_available():
            return _own_gpu()
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise BadInput(f"unknown device {name!r}: use auto, cpu, cuda or mps") from None
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not present.get(device.type, False):
        raise Missing(f"no {device.type} device here: use --device auto or cpu")
    return _own_gpu() if name == "cuda" else device


def _own_gpu() -> torch.device:
    """The GPU that a launcher has numbered for this process, else the current one."""
    local = os.environ.get("LOCAL_RANK")
    return torch.device("cuda") if local is None else torch.device("cuda", int(local) % torch.cuda.device_count())


def cores() -> int:
    """Number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(count: int | None) -> int:
    """Limit torch to ``count`` threads; None means all cores, or ``OMP_NUM_THREADS`` if that is fewer.

    Returns the number of threads. Raises BadInput for a count below 1."""
    if count is not None and count < 1:
        raise BadInput(f"threads must be at least 1, not {count}")
    asked = os.environ.get("OMP_NUM_THREADS", "")
    most = min(cores(), int(asked)) if asked.isdecimal() and int(asked) else cores()
    torch.set_num_threads(count or most)
    return torch.get_num_threads()


def keep_memory() -> bool:
    """Let glibc's allocator keep up to two gigabytes of freed memory.

    A step frees and allocates the same megabytes hundreds of times. Memory that goes back to the kernel is cleared page
    by page when it is allocated again, which takes a tenth to a quarter of a compiled update. Without glibc, or where
    the environment tunes the allocator, nothing changes and False is returned.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in TUNED_BY):
        return False
    setting = getattr(ctypes.CDLL(None), "mallopt", None)  # Other C libraries have none.
    if setting is None:
        return False
    # Both are glibc's maxima. Setting one stops glibc from adapting the other, so both are set.
    return bool(setting(MMAP_THRESHOLD, 32 * 2**20)) and bool(setting(TRIM_THRESHOLD, 2**31 - 1))


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a host tensor to ``device``. On CUDA the copy is asynchronous, from pinned memory."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


class Fetched:
    """Tensors copied to the host. On CUDA the copy is asynchronous: the device continues with the next kernels."""

    def __init__(self, *tensors: Tensor) -> None:
        on_gpu = tensors[0].device.type == "cuda"
        self._copies = [tensor.to("cpu", non_blocking=on_gpu) for tensor in tensors]
        self._sent = torch.cuda.Event() if on_gpu else None
        if self._sent is not None:
            self._sent.record()

    def arrays(self) -> list[Any]:
        """The tensors as numpy arrays. Blocks until the copies are complete."""
        if self._sent is not None:
            self._sent.synchronize()
        return [copy.numpy() for copy in self._copies]
