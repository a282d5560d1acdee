"""How many threads torch gets."""

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
