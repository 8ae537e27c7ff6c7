"""Every error that detection-stream raises on purpose.

::

    DetectionStreamError
    ├── InputError              unusable user input: exit code 2, nothing written
    │   ├── SettingsError       a setting is invalid
    │   ├── DataDirectoryError  a data directory is in use, of another version or damaged
    │   ├── BrokerError         no Kafka broker answers
    │   └── TopicError          topics are missing or misconfigured
    ├── RecordError             one record cannot be read: it goes to the dead letters
    │   └── MessageError        one message cannot be read
    ├── StageError              a stage cannot continue: the worker stops
    │   ├── DamagedStateError   local state cannot be read: it must be restored
    │   ├── FencedError         another worker has taken over the partition
    │   └── BusyError           there is no room now: the sender must try again
    └── RuleError               a detection rule does not compile or fails one of its tests

Each message says what happened, where, and what to do next.
"""

from pathlib import Path


class DetectionStreamError(Exception):
    """Base of every error below."""


class InputError(DetectionStreamError):
    """User input that cannot be used; the command exits with code 2."""


class SettingsError(InputError):
    """A setting is invalid."""


class DataDirectoryError(InputError):
    """A data directory is in use, has another version or is damaged."""


class BrokerError(InputError):
    """No Kafka broker answers."""


class TopicError(InputError):
    """Topics are missing or misconfigured."""


class RecordError(DetectionStreamError):
    """One record of a topic cannot be read."""


class MessageError(RecordError):
    """One message cannot be read."""


class StageError(DetectionStreamError):
    """A stage cannot continue; the worker stops."""


class DamagedStateError(StageError):
    """Local state cannot be read; ``directory`` is that of the database."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(f"{directory} is damaged: {reason}; it will be restored at the next start")
        self.directory = directory


class FencedError(StageError):
    """Another worker has taken over the partition; this one's state of it is void."""


class BusyError(StageError):
    """There is no room for a message now; nothing has failed."""


class RuleError(DetectionStreamError):
    """A detection rule does not compile, or fails one of its tests."""
