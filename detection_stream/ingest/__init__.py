"""Everything that comes from files: mail and the organisation's directory."""

from detection_stream.ingest.directory import read_directory
from detection_stream.ingest.inputs import InputFile, InputMessage, Inputs, open_inputs

__all__ = ["InputFile", "InputMessage", "Inputs", "open_inputs", "read_directory"]
