"""Finds the inputs in the user's paths."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.ingest import maildir, mbox
from detection_stream.ingest.compression import Compression, compression_of, open_file
from detection_stream.ingest.formats import Format, InputKind, detect, kind_of_name

_KNOWN = "mail as .eml, mbox, tar or JSON lines, or folders with .eml files or a Maildir"


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file that holds one message."""

    path: Path
    compression: Compression | None


@dataclass(slots=True)
class Source:
    """One input: a file of many messages, or files of one message each.

    ``members`` are the latter; ``compression`` is that of the former. ``skipped`` counts the
    files of a folder that hold no mail.
    """

    path: Path
    kind: InputKind
    compression: Compression | None = None
    members: list[MessageFile] = field(default_factory=list)
    skipped: int = 0


def find_sources(paths: Sequence[Path]) -> Iterator[Source]:
    """The inputs of all paths, in order; raises InputError for a path without any."""
    if not paths:
        raise InputError(f"no input: pass at least one path; supported: {_KNOWN}")
    for path in paths:
        try:
            if path.is_dir():
                yield from _of_folder(path)
            else:
                yield _of_file(path)
        except OSError as error:
            raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for a path that the operating system refuses."""
    where = error.filename if isinstance(error.filename, str) else path
    return InputError(
        f"{where}: cannot be read ({error.strerror or error}); check the path and its permissions"
    )


def _of_file(path: Path) -> Source:
    found = detect(path)
    if found is None:
        raise InputError(f"{path}: has nothing readable; supported: {_KNOWN}")
    if found.kind is InputKind.MESSAGE:
        return Source(path, found.kind, members=[MessageFile(path, found.compression)])
    return Source(path, found.kind, found.compression)


def _of_folder(top: Path) -> list[Source]:
    messages = Source(top, InputKind.MESSAGE)
    others: list[Source] = []
    for name, folders, files in os.walk(top, onerror=_refuse):
        here = Path(name)
        folders.sort()
        if maildir.is_maildir(folders):
            messages.members += (
                MessageFile(path, compression_of(path)) for path in maildir.message_files(here)
            )
            folders[:] = maildir.other_folders(folders)
        for path in (here / one for one in sorted(files) if not one.startswith(".")):
            found = detect(path)
            if found is None:
                messages.skipped += 1
            elif found.kind is InputKind.MESSAGE or _is_one_message(path, found):
                messages.members.append(MessageFile(path, found.compression))
            else:
                others.append(Source(path, found.kind, found.compression))
    if not messages.members and not others:
        raise InputError(f"{top}: the folder has no mail; supported: {_KNOWN}")
    return [messages, *others] if messages.members else others


def _is_one_message(path: Path, found: Format) -> bool:
    """Whether a file looks like an mbox only because its one message starts with a From_ line."""
    if found != Format(InputKind.MBOX) or kind_of_name(path.name):
        return False
    with open_file(path) as file:
        return len(list(islice(mbox.split(file), 2))) == 1


def _refuse(error: OSError) -> None:
    raise error
