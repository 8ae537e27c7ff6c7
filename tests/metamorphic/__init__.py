"""The same attack with everything added that its sender can add: it must stay flagged."""
