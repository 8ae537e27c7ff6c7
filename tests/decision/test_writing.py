"""Two versions of a state hand over so that every message is written by at least one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detection_stream.decision.writing import Writing

LAST = 400


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 40)), max_size=6))
def test_nothing_falls_between_two_versions(steps: list[tuple[bool, int, int]]) -> None:
    """Each step lets both versions see some more messages, then one take over from the other."""
    versions = [Writing(), Writing.nothing()]
    written: set[int] = set()

    def see(writing: Writing, count: int) -> None:
        for offset in range(writing.highest + 1, min(writing.highest + 1 + count, LAST)):
            writing.see(offset)
            if writing.covers(offset):
                written.add(offset)

    for second, first_sees, second_sees in steps:
        see(versions[0], first_sees)
        see(versions[1], second_sees)
        new, old = versions[second], versions[not second]
        at = new.begin()
        # The other one may continue for a while before it learns of it.
        see(old, first_sees)
        old.end(at)
        versions = [Writing.decode(writing.encode()) for writing in versions]
    for writing in versions:
        see(writing, LAST)
    assert written == set(range(LAST))
    assert sum(writing.covers(LAST) for writing in versions) == 1


def test_beginning_again_changes_nothing() -> None:
    writing = Writing.nothing()
    writing.highest = 9
    assert writing.begin() == 10
    writing.highest = 20
    assert writing.begin() == 10
    assert not writing.covers(9)
    assert writing.covers(10)
