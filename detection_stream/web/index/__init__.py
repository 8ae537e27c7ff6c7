"""An index of verdicts in SQLite, so that lists and filters need not read a whole topic."""
