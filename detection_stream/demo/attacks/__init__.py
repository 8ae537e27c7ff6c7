"""Attacks and spam, one module for each kind."""
