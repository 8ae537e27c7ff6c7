"""Tests of message detection as a whole."""
