"""``python -m detection_stream`` is the command line."""

from detection_stream.cli.main import main

main()
