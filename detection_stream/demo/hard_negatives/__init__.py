"""Honest mail that looks like an attack."""
