"""Every error that detection-stream raises on purpose.

::

    DetectionStreamError
    ├── InputError              what the user gave cannot be used: exit code 2, nothing written
    │   ├── SettingsError       a setting has no valid value
    │   ├── DataDirectoryError  a data directory is in use, of another version or damaged
    │   ├── BrokerError         no Kafka broker answers
    │   └── TopicError          topics are missing, or are not as they have to be
    ├── RecordError             one record of a topic cannot be read: goes to the dead letters
    │   └── MessageError        one message cannot be read
    ├── StageError              a stage cannot go on: the worker stops
    │   ├── DamagedStateError   local state cannot be read back: it has to be restored
    │   └── FencedError         another worker has taken the partition over
    └── RuleError               a detection rule does not compile or a test of it fails

Each message says what happened, where, and what to do next.
"""

from pathlib import Path


class DetectionStreamError(Exception):
    """Base of every error below."""


class InputError(DetectionStreamError):
    """What the user gave cannot be used; the command ends with exit code 2."""


class SettingsError(InputError):
    """A setting has no valid value."""


class DataDirectoryError(InputError):
    """A data directory is in use, of another version or damaged."""


class BrokerError(InputError):
    """No Kafka broker answers."""


class TopicError(InputError):
    """Topics are missing, or are not as they have to be."""


class RecordError(DetectionStreamError):
    """One record of a topic cannot be read."""


class MessageError(RecordError):
    """One message cannot be read."""


class StageError(DetectionStreamError):
    """A stage cannot go on; the worker stops."""


class DamagedStateError(StageError):
    """Local state cannot be read back; ``directory`` is the database's."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(f"{directory} is damaged: {reason}; it is restored at the next start")
        self.directory = directory


class FencedError(StageError):
    """Another worker has taken the partition over; what this one knows of it is void."""


class RuleError(DetectionStreamError):
    """A detection rule does not compile, or one of its tests fails."""
