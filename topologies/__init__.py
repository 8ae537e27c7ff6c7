"""Topologies: read one file and see the flow."""
