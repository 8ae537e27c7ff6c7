"""One task in five frameworks, each in its own idiom, on one broker.

The job: read JSON messages of 2.1 KB keyed by sender, keep a count of each sender's messages in the
last 24 hours (hourly buckets, persisted and recoverable), write one JSON record with it for each.
Every program takes the broker's address and a directory for its state as arguments.
"""

from tests.bench.peers.side_by_side import main

__all__ = ["main"]
