"""Benchmarks: `python -m tests.bench NAME`; each ends with one JSON object."""
