"""Labels: what messages really were."""

from __future__ import annotations

from pathlib import Path

import orjson

from detection_stream.errors import InputError


def read_labels(path: Path) -> dict[str, str]:
    """Kinds by uid or Message-ID, from JSON lines with ``kind`` and ``uid`` or ``message_id``.

    Raises:
        InputError: the file cannot be read, or a line is not a label.
    """
    labels: dict[str, str] = {}
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    label = orjson.loads(line)
                    name = label.get("uid") or label["message_id"]
                    labels[str(name).strip("<>")] = str(label["kind"])
                except (orjson.JSONDecodeError, KeyError, AttributeError) as error:
                    raise InputError(
                        f"{path} line {number} is not a label: an object with kind and uid or "
                        "message_id is expected"
                    ) from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; use a JSON-lines file") from error
    return labels
