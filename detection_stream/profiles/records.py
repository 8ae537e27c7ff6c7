"""Rows as numpy records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]
"""One row per entity; its fields are those of the blocks of its kind."""
