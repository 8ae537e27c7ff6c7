"""Injects labelled attacks, and harmless mail that looks like them, into an organisation's mail."""
