"""Array types of the task contract."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.uint8]
"""Token ids, C-contiguous."""
Bools = npt.NDArray[np.bool_]
