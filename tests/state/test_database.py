"""A closed directory is free, whoever still refers to what was in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from detection_stream.errors import DataDirectoryError, StageError
from detection_stream.state.database import Database, new_batch


def test_a_directory_can_be_opened_again_in_the_same_process(tmp_path: Path) -> None:
    first = Database(tmp_path)
    family = first.family("rows")
    batch = new_batch()
    batch.put(b"key", b"value", family.handle)
    first.write(batch)
    rows = family.items()
    assert next(rows) == (b"key", b"value")
    del rows
    with pytest.raises(DataDirectoryError, match="in use"):
        Database(tmp_path)
    first.close()
    second = Database(tmp_path)
    assert second.family("rows").get([b"key"]) == [b"value"]
    second.close()
    # The family of the first one is still referred to here, and reading it is an error.
    with pytest.raises(StageError, match="was closed"):
        family.get([b"key"])
