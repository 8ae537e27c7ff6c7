"""A mail as a tree of parts, read and written without any check."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_READ_DEPTH = 8
"""Levels of a mail that are read as a tree; what is deeper stays bytes."""


@dataclass
class Part:
    """Header fields as lines, and either a body or, with a ``boundary``, parts."""

    fields: list[bytes]
    body: bytes = b""
    parts: list[Part] = field(default_factory=list)
    boundary: bytes = b""
    closed: bool = True

    def write(self) -> bytes:
        """The bytes; parts that hang below themselves are impossible, so this ends."""
        pieces: list[bytes] = []
        _write(self, pieces)
        return b"".join(pieces)

    def every(self) -> list[Part]:
        """This part and all below it."""
        found, left = [], [self]
        while left:
            part = left.pop()
            found.append(part)
            left += part.parts
        return found

    def get(self, name: bytes) -> bytes:
        """The first field of a lower-case name, whole; empty if there is none."""
        start = name + b":"
        return next((line for line in self.fields if line[:40].lower().startswith(start)), b"")

    def put(self, name: bytes, line: bytes) -> None:
        """Replace the first field of a lower-case name, or add one."""
        start = name + b":"
        for at, one in enumerate(self.fields):
            if one[:40].lower().startswith(start):
                self.fields[at] = line
                return
        self.fields.append(line)

    def multiply(self, subtype: bytes, boundary: bytes, parts: list[Part]) -> None:
        """Become a multipart."""
        self.put(b"content-type", multipart(subtype, boundary))
        self.body, self.parts, self.boundary = b"", parts, boundary


def multipart(subtype: bytes, boundary: bytes) -> bytes:
    """The field that declares it."""
    return b'Content-Type: multipart/%b; boundary="%b"' % (subtype, boundary)


def wrapped(part: Part, levels: int) -> Part:
    """The part within that many multiparts."""
    for number in range(levels):
        around = Part([])
        around.multiply(b"mixed", b"n%d" % number, [part])
        part = around
    return part


def _write(root: Part, pieces: list[bytes]) -> None:
    """Without recursion, since a mutation may be deeper than Python's stack."""
    work: list[Part | bytes] = [root]
    while work:
        part = work.pop()
        if isinstance(part, bytes):
            pieces.append(part)
            continue
        pieces += (b"\r\n".join(part.fields), b"\r\n\r\n", part.body)
        later: list[Part | bytes] = []
        for child in part.parts:
            later += (b"\r\n--%b\r\n" % part.boundary, child)
        if part.parts and part.closed:
            later.append(b"\r\n--%b--\r\n" % part.boundary)
        work += reversed(later)


def read(raw: bytes, depth: int = 0) -> Part:
    """A well-formed mail as a tree."""
    head, _, body = raw.partition(b"\r\n\r\n")
    part = Part(_unfolded(head), body)
    kind = part.get(b"content-type")
    if depth < MAX_READ_DEPTH and b"multipart/" in kind and b'boundary="' in kind:
        boundary = kind.partition(b'boundary="')[2].partition(b'"')[0]
        pieces = body.split(b"--" + boundary)
        if boundary and len(pieces) > 2:
            part.parts = [read(piece.strip(b"\r\n") + b"\r\n", depth + 1) for piece in pieces[1:-1]]
            part.boundary, part.body = boundary, b""
    return part


def _unfolded(head: bytes) -> list[bytes]:
    lines: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1] += b"\r\n" + line
        else:
            lines.append(line)
    return lines
