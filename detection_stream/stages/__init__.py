"""The stages of message detection."""
