"""Trains decision models from exported signals and labels."""
