"""Stages as Faust agents over batches: transports, frames, marks, error policies."""
