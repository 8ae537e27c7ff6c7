"""Callbacks that report progress."""

from collections.abc import Callable

ReportProgress = Callable[[int, int], None]
"""Called with what is done and the total."""

ReportFeed = Callable[[int, int, int], None]
"""Called with the messages fed, their total, and the time (milliseconds since 1970) reached."""

ReportReading = Callable[[str, int, int], None]
"""Called with the name of an input, its bytes read so far, and its size in bytes."""
