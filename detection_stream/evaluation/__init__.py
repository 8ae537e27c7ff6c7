"""Measures verdicts against labels."""
