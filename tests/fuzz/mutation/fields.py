"""Mutations of header fields."""

from __future__ import annotations

from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.tree import Part

_NAMES = (
    b"From", b"To", b"Cc", b"Bcc", b"Reply-To", b"Sender", b"Subject", b"Date", b"Message-ID",
    b"In-Reply-To", b"References", b"Received", b"Return-Path", b"Authentication-Results",
    b"ARC-Authentication-Results", b"Received-SPF", b"List-Id", b"List-Unsubscribe", b"Precedence",
    b"Auto-Submitted", b"Content-Type", b"MIME-Version", b"X-Mailer", b"X", b"",
)  # fmt: skip
_MAILBOXES = (
    b"Ann <ann@example.com>", b'"Ann, B." <ann@example.com>', b"<>", b"<@a,@b:c@d.example>",
    b"Staff: ann@example.com, bob@example.com;", b"undisclosed-recipients:;", b"ann", b"@",
    b"a@b@c", b"(((ann@example.com)))", b"=?utf-8?b?QW5u?= <ann@example.com>",
    b'"\\"" <a@example.com>', b"a@[127.0.0.1]", b"a@[IPv6:::1]", b"\xc3\xa4@\xc3\xa4.example",
    b"a@xn--e1afmkfd.example", b"a@xn--\xff.example", b"<<a@b.example>>",
    b"a@b.example <c@d.example>", b'"" <a@b.example>', b"a." * 200 + b"@b.example",
    b"a@" + b"b." * 200 + b"example", b"\xe2\x80\xae <a@b.example>",
)  # fmt: skip
_DATES = (
    b"Mon, 06 Jan 2025 10:00:00 +0000", b"Fri, 31 Dec 9999 23:59:59 +9999", b"0", b"-1",
    b"Thu, 01 Jan 1970 00:00:00 -0000", b"99 Foo 0000 99:99:99 XYZ", b"2025-01-06T10:00:00Z",
    b"Mon, 06 Jan 99999999999999999999 10:00:00 +0000", b"Mon, 6 Jan 25 1:2 (((x) EST",
    b"Sat, 29 Feb 2025 24:61:61 +2460", b"Mon, 06 Jan 2025 10:00:00 +000000000000000001",
)  # fmt: skip
_WORDS = (
    b"=?utf-8?q?=41?=", b"=?utf-8?b?QQ==?=", b"=?utf-8?b?Q?=", b"=?x?q?a?=", b"=?utf-8?x?a?=",
    b"=?utf-8?q?", b"=?", b"?=", b"=?=?=?=", b"=?utf-16?b?AEEA?=", b"=?utf-7?q?+AGE-?=",
    b"=?utf-8*en?q?a?=", b"=?zip?b?eJw=?=", b"=?utf-8?q?=?utf-8?q?=41?=?=",
    b"=?utf-8?q?=0D=0AX:_y?=", b"=?idna?q?xn--a?=", b"=?unicode_escape?q?=5Cud800?=",
    b"=?utf-8?b?7aCA?=",
)  # fmt: skip
_RESULTS = (
    b"mx.example; spf=pass smtp.mailfrom=a@b.example; dkim=pass header.d=b.example; dmarc=pass",
    b'mx.example; spf=pass smtp.mailfrom="x; dmarc=pass"@b.example', b"mx.example;;;;=;=;",
    b"mx.example 1; none", b"(a(b(c(d)", b"; spf=", b"mx.example; spf=" + b"a" * 9_000,
    b"i=1; mx.example; arc=pass" + b" (x)" * 2_000, b"mx.example; dkim=pass (" * 300,
)  # fmt: skip
_HOPS = (
    b"from a (b [1.2.3.4]) by c with SMTP id x; Mon, 06 Jan 2025 10:00:00 +0000",
    b"from [", b"by by by by; ;", b"from a by b; " + b"(" * 5_000, b"; " * 3_000,
    b"from a (helo=b [::1]) by c (x (y (z))) for <a@b>; 32 Jan 2025", b"(qmail 1 invoked by uid 0)",
)  # fmt: skip


def _value(chance: Chance, name: bytes) -> bytes:
    if name in (b"From", b"To", b"Cc", b"Bcc", b"Reply-To", b"Sender", b"Return-Path"):
        count = chance.size(4, 20_000)
        return chance.some((b", ", b",\r\n ", b";", b" ")).join(
            chance.some(_MAILBOXES) for _ in range(count)
        )
    if name == b"Date":
        return chance.some(_DATES)
    if name == b"Received":
        return chance.some(_HOPS)
    if b"esults" in name or name == b"Received-SPF":
        return chance.some(_RESULTS)
    if name in (b"References", b"In-Reply-To", b"Message-ID"):
        ids = (
            b"<a@b.example>",
            b"<",
            b"<<>>",
            b"a",
            b"<a b@c>",
            b"<\xff@x>",
            b"<" + b"x" * 3_000 + b">",
        )
        return b" ".join(chance.some(ids) for _ in range(chance.size(5, 20_000)))
    glue = chance.some((b" ", b"", b"\r\n ", b"\t", b"x"))
    return glue.join(chance.some(_WORDS) for _ in range(chance.size(6, 20_000)))


def replace_field(chance: Chance, root: Part) -> None:
    """A field with a value of its kind, from strange ones."""
    name = chance.some(_NAMES)
    part = chance.some((root, root, chance.some(root.every())))
    part.put(name.lower(), name + b": " + _value(chance, name))


def add_field(chance: Chance, root: Part) -> None:
    """A field more, often of a kind that should be there once."""
    name = chance.some(_NAMES)
    line = name + chance.some((b": ", b":", b" : ", b"")) + _value(chance, name)
    root.fields.insert(chance.randint(0, len(root.fields)), line)


def flood(chance: Chance, root: Part) -> None:
    """Many copies of a field."""
    line = chance.some(root.fields) if root.fields else b"X: y"
    copies = chance.size(20, 20_000)
    if len(line) * copies < 4_000_000:
        root.fields += [line] * copies


def drop_field(chance: Chance, root: Part) -> None:
    """A field less."""
    part = chance.some((root, chance.some(root.every())))
    if part.fields:
        part.fields.pop(chance.randrange(len(part.fields)))


def lengthen(chance: Chance, root: Part) -> None:
    """A very long value, of one letter or of one strange piece."""
    piece = chance.some(
        (b"x", b" ", b"(", b'"', b"\\", b"=?", b"<", b"\r\n ", b";a=b", b"\xff", b"@", b",")
    )
    if root.fields:
        at = chance.randrange(len(root.fields))
        root.fields[at] += piece * chance.size(2_000, 300_000)


def fold(chance: Chance, root: Part) -> None:
    """Folds in places where none belong."""
    if root.fields:
        at = chance.randrange(len(root.fields))
        mark = chance.some((b"\r\n ", b"\n ", b"\r ", b"\r\n\t", b"\r\n \r\n ", b"\n"))
        line = root.fields[at]
        for _ in range(chance.size(3, 300)):
            place = chance.randint(0, len(line))
            line = line[:place] + mark + line[place:]
        root.fields[at] = line


def soil_field(chance: Chance, root: Part) -> None:
    """Bytes in a field that belong nowhere."""
    part = chance.some(root.every())
    if part.fields:
        at = chance.randrange(len(part.fields))
        line = part.fields[at]
        place = chance.randint(0, len(line))
        part.fields[at] = line[:place] + chance.junk(chance.size(8, 500)) + line[place:]


def parameters(chance: Chance, root: Part) -> None:
    """Many parameters, continued ones too."""
    forms = (
        b"; name*%d=x",
        b"; name*%d*=utf-8''%%41",
        b"; p%d=q",
        b'; name="%d',
        b"; boundary=b%d",
    )
    form = chance.some(forms)
    line = b"Content-Type: " + chance.some((b"text/html", b"multipart/mixed"))
    many = b"".join(form % number for number in range(chance.size(8, 5_000)))
    chance.some(root.every()).put(b"content-type", line + many)


FIELDS = (
    replace_field, replace_field, add_field, flood, drop_field, lengthen, fold, soil_field,
    parameters,
)  # fmt: skip
