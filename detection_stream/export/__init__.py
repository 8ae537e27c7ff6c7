"""Verdicts with their signals as Parquet, for those who train and measure."""
