"""How many threads torch gets, and how memory is kept."""

import os
import platform
import resource
import subprocess
import sys

import pytest
import torch

from gramsolve import device
from gramsolve.errors import BadInput


@pytest.mark.parametrize("said, most", [("1", 1), ("100000", None), ("", None), ("many", None), ("0", None)])
def test_the_usual_variable_limits_threads_and_a_number_given_decides(
    monkeypatch: pytest.MonkeyPatch, said: str, most: int | None
) -> None:
    before = torch.get_num_threads()
    try:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert device.use_threads(None) == (most or device.cores())
        assert device.use_threads(3) == 3
        with pytest.raises(BadInput, match="at least 1"):
            device.use_threads(0)
    finally:
        torch.set_num_threads(before)


def faults(prepare: str, **environment: str) -> int:
    """Pages that the kernel has to clear while a process asks for 256 MB and gives them back, ten times."""
    program = f"""
import ctypes
import resource
from gramsolve import device
{prepare}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def round():
    for _ in range(10):
        blocks = [ctypes.c_void_p(libc.malloc(2**22)) for _ in range(64)]
        for block in blocks:
            libc.memset(block, 1, 2**22)
        for block in reversed(blocks):
            libc.free(block)
round()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
round()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    others = {name: value for name, value in os.environ.items() if name not in device.TUNED_BY}
    settings = {**others, **environment}
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=settings).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="an allocator of another kind")
def test_memory_that_was_freed_is_kept_unless_the_environment_says_how() -> None:
    page = resource.getpagesize()
    assert faults("") > 2**25 / page, "each time anew"
    assert faults("assert device.keep_memory()") < 100
    assert faults("assert not device.keep_memory()", MALLOC_TRIM_THRESHOLD_="131072") > 2**25 / page
