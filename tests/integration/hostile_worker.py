"""The command line with readers that some mail crashes, stops or fills."""

from __future__ import annotations

from detection_stream.cli.main import main
from tests.runtime.hostile_reading import endanger

if __name__ == "__main__":
    endanger()
    main()
