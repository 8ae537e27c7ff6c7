"""Several inputs as one stream: order, going on, the spool and progress."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from detection_stream.errors import InputError
from detection_stream.ingest import InputMessage, inputs, open_inputs
from tests.ingest.ingest_samples import PACK, mail, mbox_of, read, tar_of, write


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Three inputs whose days overlap; day 4 is in two of them."""
    return [
        write(tmp_path / "a.mbox", mbox_of(map(mail, (9, 1, 4)))),
        write(tmp_path / "b.tar.gz", PACK[".gz"](tar_of({f"{d}.eml": mail(d) for d in (8, 2)}))),
        write(tmp_path / "c" / "x.eml", mail(4, body="again\n")).parent,
    ]


def key(one: InputMessage) -> tuple[int, str]:
    return one.received_at, one.uid


def test_messages_of_all_inputs_come_in_order(paths: list[Path]) -> None:
    found = read(*paths)
    assert [one.raw for one in found] == [
        mail(1),
        mail(2),
        mail(4),
        mail(4, body="again\n"),
        mail(8),
        mail(9),
    ]
    assert [one.position for one in found] == [0, 0, 1, 0, 1, 2]
    assert found[0].source == f"{paths[0]}:2"
    assert found[0].received_at == 1_714_557_600_000


def test_messages_of_one_time_come_by_uid(tmp_path: Path) -> None:
    many = [mail(1, name=f"n{number}") for number in range(50)]
    found = read(
        write(tmp_path / "a.mbox", mbox_of(many[:25])),
        write(tmp_path / "b.mbox", mbox_of(many[25:])),
    )
    assert [one.uid for one in found] == sorted(one.uid for one in found)
    assert len({one.uid for one in found}) == 50


def test_a_sample_is_spread_over_all_inputs(paths: list[Path], tmp_path: Path) -> None:
    def sample(most: int, *given: Path) -> list[bytes]:
        with open_inputs(given, tmp_path / "spool", "acme") as found:
            return [one.raw for one in found.sample(most)]

    assert sorted(sample(6, *paths)) == sorted(one.raw for one in read(*paths))
    assert sample(100, *paths) == sample(6, *paths)
    half = sample(3, *paths)
    assert len(half) == 3
    assert half == sample(6, *paths)[::2] == sample(3, *reversed(paths))
    assert len(sample(4, *paths)) == 3
    assert len(sample(1, *paths)) == 1


def test_going_on_after_any_message(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MAX_ROWS_IN_MEMORY", 3)
    everything = read(*paths)
    done: dict[str, int] = {}
    for count, one in enumerate(everything):
        assert read(*paths, done=done) == everything[count:]
        done[one.digest] = one.position + 1
    assert read(*paths, done=done) == []


def test_the_spool_is_emptied(tmp_path: Path, paths: list[Path]) -> None:
    spool = tmp_path / "spool"
    stale = write(spool / ("0" * 32 + ".spool"), b"")
    part = write(spool / "unpacking-abc.part", b"")
    other = write(spool / "notes.txt", b"")
    with open_inputs(paths, spool, "t") as opened:
        assert not stale.exists()
        assert not part.exists()
        assert set(spool.iterdir()) == {other, spool / f"{opened.files[1].digest}.spool"}
    assert set(spool.iterdir()) == {other}


def test_the_spool_is_emptied_after_an_error(tmp_path: Path, paths: list[Path]) -> None:
    broken = write(tmp_path / "d.mbox.gz", PACK[".gz"](mbox_of([mail(1)]))[:-9])
    with pytest.raises(InputError), open_inputs([*paths, broken], tmp_path / "spool", "t"):
        pass
    assert not list((tmp_path / "spool").iterdir())


def test_a_spool_that_cannot_be_used(tmp_path: Path, paths: list[Path]) -> None:
    blocked = write(tmp_path / "file", b"")
    with pytest.raises(InputError, match="cannot unpack"), open_inputs(paths, blocked, "t"):
        pass


def test_progress_ends_at_the_size_of_each_input(tmp_path: Path, paths: list[Path]) -> None:
    large = write(tmp_path / "large.mbox", mbox_of([mail(1, body="x\n" * 2**20)]))
    calls: list[tuple[str, int, int]] = []
    with open_inputs([*paths, large], tmp_path / "spool", "t", lambda *one: calls.append(one)):
        pass
    last = {name: (done, size) for name, done, size in calls}
    assert set(last) == {str(path) for path in (*paths, large)}
    assert all(done == size > 0 for done, size in last.values())
    steps = [done for name, done, _ in calls if name == str(large)]
    assert steps == sorted(steps)
    assert len(steps) > 1


def test_a_file_that_gets_shorter_meanwhile(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mbox", mbox_of(map(mail, (1, 2))))
    with open_inputs([path], tmp_path / "spool", "t") as opened:
        found = opened.messages({})
        next(found)
        path.write_bytes(b"")
        with pytest.raises(InputError, match="changed while"):
            next(found)


def test_more_inputs_than_files_may_be_open(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = max(map(int, os.listdir("/dev/fd"))) + 100
    paths = [
        write(tmp_path / f"{n}.mbox", mbox_of([mail(1, f"n{n}"), mail(2)])) for n in range(limit)
    ]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        assert len(read(*paths)) == 2 * limit
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_another_tenant_has_other_uids(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eml", mail(1))
    with open_inputs([path], tmp_path / "spool", "other") as opened:
        [other] = opened.messages({})
    assert read(path)[0].uid != other.uid
