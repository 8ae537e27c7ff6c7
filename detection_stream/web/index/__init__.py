"""An index of verdicts in SQLite, so that lists and filters do not read whole topics."""
