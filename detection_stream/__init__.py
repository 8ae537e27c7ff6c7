"""A message-security detection engine that runs as Kafka stream workers."""

__version__ = "0.1.0"
