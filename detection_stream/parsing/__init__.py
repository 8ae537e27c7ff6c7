"""From bytes or a JSON record to a :class:`~detection_stream.model.message.Message`."""

from detection_stream.parsing.json_message import parse_json
from detection_stream.parsing.rfc5322 import parse_message, parse_messages

__all__ = ["parse_json", "parse_message", "parse_messages"]
