"""Signals: one function each, from columns to a column."""
