"""Learns a new tenant from its history: its profile, its thresholds, and whether it is ready."""
