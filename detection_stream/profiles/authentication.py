"""How often an entity's mail was authenticated lately."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.decay import DecayedCount
from detection_stream.profiles.records import Records

AUTHENTICATED = DecayedCount(
    "authenticated", "messages that passed authentication, older ones count less", half_life_days=60
)
FAILED = DecayedCount(
    "failed", "messages that failed authentication, older ones count less", half_life_days=60
)


def note_authentication(
    rows: Records, seconds: NDArray[np.int64], authenticated: NDArray[np.float64]
) -> None:
    """Count a pass (1) or a fail (0) in the two blocks; NaN counts as neither."""
    AUTHENTICATED.add(rows, seconds, np.where(authenticated == 1, 1.0, 0.0))
    FAILED.add(rows, seconds, np.where(authenticated == 0, 1.0, 0.0))
