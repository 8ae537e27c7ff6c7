"""The processes that hold state, and how to query them locally or over HTTP."""
