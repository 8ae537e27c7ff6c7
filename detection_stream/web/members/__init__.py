"""The processes that hold state: what they can be asked, here or over HTTP."""
