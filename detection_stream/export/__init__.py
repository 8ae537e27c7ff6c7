"""Exports verdicts with their signals as Parquet, for training and evaluation."""
