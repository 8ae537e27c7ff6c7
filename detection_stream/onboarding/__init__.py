"""A new tenant from its history: what it is, how to decide for it, and whether it is ready."""
