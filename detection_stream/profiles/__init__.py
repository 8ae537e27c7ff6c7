"""Rolling state of entities: fixed-width rows, windows, decay, sketches."""
