"""Tests of detection stream."""
