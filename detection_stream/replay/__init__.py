"""Historical topics read again: to prove what was written, and to compute what was not."""
