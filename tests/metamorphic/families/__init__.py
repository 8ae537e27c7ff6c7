"""Transformations, one module for each family."""
