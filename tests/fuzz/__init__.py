"""Mutated mail, JSON, archives and SMTP sessions: nothing may end a process or take too much."""
