"""Authentication, authorisation and request protection."""
