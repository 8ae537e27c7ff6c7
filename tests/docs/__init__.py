"""Documents that are made from the code, and what holds all documents against it."""
