"""Everyday mail: colleagues, partners, machines and newsletters."""
