"""Mutated SMTP sessions."""

from __future__ import annotations

from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.mail import mutate_mail, sources
from tests.fuzz.mutation.octets import mutate_bytes

_COMMANDS = (
    b"EHLO client.example", b"HELO x", b"EHLO", b"MAIL FROM:<a@b.example>", b"MAIL FROM:<>",
    b"MAIL FROM:<a@b.example> SIZE=99999999999999999999",
    b"MAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8", b"MAIL FROM:a b c", b"MAIL FROM:<\xff@\xff>",
    b'MAIL FROM:<"a\\" b"@b.example>', b"MAIL FROM:<@a:b@c>", b"RCPT TO:<c@d.example>",
    b"RCPT TO:<>", b"RCPT TO:<c@[1.2.3.4]>", b"RCPT TO:<" + b"c" * 600 + b">",
    b"RCPT TO:<c@d.example> NOTIFY=NEVER", b"DATA", b"DATA x", b"RSET", b"NOOP",
    b"NOOP " + b"x" * 400, b"VRFY a", b"EXPN a", b"HELP", b"HELP MAIL", b"QUIT", b"STARTTLS",
    b"AUTH PLAIN AGEAYg==", b"AUTH LOGIN", b"AUTH", b"BDAT 5 LAST", b"BDAT -1", b"", b" ", b"\0",
    b"\xff\xfe", b"GET / HTTP/1.1", b"LHLO x", b"X" * 600, b"X" * 5_000,
    b"mail from:<a@b.example>\rRCPT TO:<c@d.example>", b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2",
)  # fmt: skip
_ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"")
_LAST = (b"\r\n.\r\n", b"\r\n.\r\n", b"\n.\n", b"\r\n.\n", b"\r.\r", b"\r\n..\r\n", b"")


def _data(chance: Chance) -> bytes:
    mail = mutate_mail(chance) if chance.random() < 0.6 else chance.some(sources())
    mail = mail[:200_000]
    if chance.random() < 0.2:
        mail += b"x" * chance.size(3_000, 400_000)
    return (mail if chance.random() < 0.3 else mail.replace(b"\r\n.", b"\r\n..")) + chance.some(
        _LAST
    )


def mutate_session(chance: Chance) -> list[bytes]:
    """What the client writes, piece by piece; it ends the connection after the last one."""
    usual = [
        b"EHLO client.example\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"RCPT TO:<c@d.example>\r\n",
        b"DATA\r\n",
        _data(chance),
        b"QUIT\r\n",
    ]
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(usual) + 1)
        match chance.randrange(6):
            case 0 | 1:
                usual.insert(at, chance.some(_COMMANDS) + chance.some(_ENDS))
            case 2 if len(usual) > 1:
                usual.pop(at % len(usual))
            case 3:
                usual[at % len(usual)] = mutate_bytes(chance, usual[at % len(usual)])
            case 4:
                usual[at:at] = [chance.some(_COMMANDS) + b"\r\n"] * chance.size(8, 400)
            case _:
                usual = [*usual[:at], *usual[at : at + 2], *usual[at:]]
    return [b"".join(usual)] if chance.random() < 0.2 else usual
