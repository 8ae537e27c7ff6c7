"""Reads historical topics again: to verify what was written, and to compute what was not."""
