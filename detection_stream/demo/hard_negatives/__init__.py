"""Legitimate mail that looks like an attack."""
