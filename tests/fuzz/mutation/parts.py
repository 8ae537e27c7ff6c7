"""Mutations of the tree of parts."""

from __future__ import annotations

from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.tree import Part, multipart, wrapped

MAX_LEVELS = 40_000
"""Multiparts in each other at most; native parsers have ended at 31,000."""
MAX_COPIES = 3_000
"""Copies of one part at most."""

_TYPES = (
    b"text/plain", b"text/html", b"text/enriched", b"text/x-note", b"text", b"", b"/", b"a/b/c",
    b"message/rfc822", b"message/global", b"message/partial; number=1; total=2; id=x",
    b"message/delivery-status", b"message/external-body; access-type=x", b"multipart/mixed",
    b"multipart/alternative", b"multipart/related; type=\"text/html\"", b"multipart/signed",
    b"multipart/report", b"multipart/appledouble", b"multipart", b"application/octet-stream",
    b"application/ms-tnef", b"application/x-zip-compressed; name=a.pdf.exe", b"image/svg+xml",
    b"text/calendar; method=REQUEST", b"TEXT/HTML;charset", b"text/html; charset=\"utf-8",
)  # fmt: skip
_CHARSETS = (
    b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252", b"utf-16", b"utf-16le", b"utf-32",
    b"utf-7", b"gb18030", b"gb2312", b"big5hkscs", b"euc-kr", b"shift_jis", b"iso-2022-jp",
    b"iso-2022-kr", b"hz", b"koi8-r", b"cp037", b"cp864", b"punycode", b"idna", b"rot13", b"hex",
    b"zip", b"base64", b"unicode_escape", b"raw_unicode_escape", b"undefined", b"mbcs", b"unknown",
    b"x\0y", b"", b"utf-8\xff", b"default", b"x-user-defined", b"replacement",
)  # fmt: skip
_ENCODINGS = (
    b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable", b"x-uuencode", b"uuencode",
    b"x-gzip64", b"", b"base64, base64", b"Base64 (comment)", b"=?utf-8?q?base64?=", b"QUOTED",
)  # fmt: skip
_BOUNDARIES = (
    b"",
    b"-",
    b"--",
    b"a",
    b" ",
    b"a ",
    b"=_x",
    b"\xff",
    b'"',
    b"x" * 200,
    b"(x)",
    b"a;b",
)


def _pick(chance: Chance, root: Part) -> Part:
    return chance.some(root.every())


def _multiparts(root: Part) -> list[Part]:
    return [part for part in root.every() if part.parts]


def nest(chance: Chance, root: Part) -> None:
    """A part within multiparts."""
    part = _pick(chance, root)
    inner = Part(part.fields[:], part.body, part.parts, part.boundary, part.closed)
    outer = wrapped(inner, chance.size(20, MAX_LEVELS))
    keep = [line for line in part.fields if line[:8].lower() != b"content-"]
    part.fields = keep + outer.fields
    part.body, part.parts, part.boundary = outer.body, outer.parts, outer.boundary


def nest_message(chance: Chance, root: Part) -> None:
    """A part as messages within messages."""
    part = _pick(chance, root)
    data = part.write()
    for _ in range(chance.size(5, 200)):
        data = b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n" + data
    head, _, body = data.partition(b"\r\n\r\n")
    part.put(b"content-type", head)
    part.body, part.parts = body, []


def duplicate(chance: Chance, root: Part) -> None:
    """Copies of one part beside it."""
    around = chance.some(_multiparts(root) or [root])
    if around.parts:
        one = chance.some(around.parts)
        copies = chance.size(4, MAX_COPIES)
        if len(one.write()) * copies < 4_000_000:
            other = Part(one.fields[:], one.body, one.parts, one.boundary, one.closed)
            around.parts += [other] + [one] * (copies - 1)


def split(chance: Chance, root: Part) -> None:
    """The two halves of a body as parts."""
    part = _pick(chance, root)
    if not part.parts:
        at = chance.randint(0, len(part.body))
        halves = [Part(part.fields[-2:], part.body[:at]), Part([], part.body[at:])]
        part.multiply(b"mixed", chance.some(_BOUNDARIES[1:]), halves)


def swap(chance: Chance, root: Part) -> None:
    """Parts in another order."""
    around = chance.some(_multiparts(root) or [root])
    chance.shuffle(around.parts)


def drop(chance: Chance, root: Part) -> None:
    """A part less."""
    around = chance.some(_multiparts(root) or [root])
    if around.parts:
        around.parts.pop(chance.randrange(len(around.parts)))


def rename_boundary(chance: Chance, root: Part) -> None:
    """The boundary of another multipart, a strange one, or one that is not declared."""
    around = chance.some(_multiparts(root) or [root])
    others = [part.boundary for part in _multiparts(root)]
    boundary = chance.some((*_BOUNDARIES, *others, *(one[:-1] for one in others)))
    if chance.random() < 0.7:
        around.put(b"content-type", multipart(chance.some((b"mixed", b"x", b"digest")), boundary))
    if chance.random() < 0.7:
        around.boundary = boundary


def leave_open(chance: Chance, root: Part) -> None:
    """No end of a multipart."""
    for part in _multiparts(root):
        part.closed = chance.random() < 0.3


def many_delimiters(chance: Chance, root: Part) -> None:
    """Lines that begin like delimiters."""
    part = _pick(chance, root)
    line = chance.some((b"--", b"--x", b"--" + part.boundary, b"--\xff--", b"---- x"))
    part.body += b"\r\n".join([line] * chance.size(50, 100_000))


def retype(chance: Chance, root: Part) -> None:
    """Another Content-Type on the same content."""
    charset = b"; charset=" + chance.some(_CHARSETS) if chance.random() < 0.5 else b""
    _pick(chance, root).put(b"content-type", b"Content-Type: " + chance.some(_TYPES) + charset)


def lie_about_charset(chance: Chance, root: Part) -> None:
    """A charset that is not the body's."""
    line = b"Content-Type: text/%b; charset=%b"
    kind = chance.some((b"plain", b"html"))
    _pick(chance, root).put(b"content-type", line % (kind, chance.some(_CHARSETS)))


def lie_about_encoding(chance: Chance, root: Part) -> None:
    """A transfer encoding that is not the body's."""
    line = b"Content-Transfer-Encoding: " + chance.some(_ENCODINGS)
    _pick(chance, root).put(b"content-transfer-encoding", line)


def name_file(chance: Chance, root: Part) -> None:
    """A disposition with a strange file name."""
    name = chance.some(
        (
            b"a.pdf.exe",
            b"=?utf-8?q?a=2Ehtml?=",
            b"../../x",
            b"",
            b'"',
            b"\xe2\x80\xaegpj.exe",
            b"a" * 5_000,
        )
    )
    form = chance.some(
        (
            b'filename="%b"',
            b"filename*=utf-8''%b",
            b"filename*0*=x''%b; filename*1=b",
            b"filename=%b",
        )
    )
    kind = chance.some((b"attachment", b"inline", b"", b"form-data", b"x" * 300))
    _pick(chance, root).put(
        b"content-disposition", b"Content-Disposition: %b; %b" % (kind, form % name)
    )


def cut(chance: Chance, root: Part) -> None:
    """A body ends early."""
    part = _pick(chance, root)
    part.body = part.body[: chance.randint(0, len(part.body))]


def soil(chance: Chance, root: Part) -> None:
    """Bytes in a body that belong nowhere."""
    part = _pick(chance, root)
    at = chance.randint(0, len(part.body))
    part.body = part.body[:at] + chance.junk(chance.size(30, 20_000)) + part.body[at:]


PARTS = (
    nest, nest_message, duplicate, split, swap, drop, rename_boundary, leave_open, many_delimiters,
    retype, lie_about_charset, lie_about_encoding, name_file, cut, soil,
)  # fmt: skip
