"""Files of simulated messages. None of them does anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from detection_stream.simulation import files
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import File
from detection_stream.simulation.scenario import Attached
from detection_stream.simulation.scene import Scene

_FORM = (
    '<form method="post" action="{url}"><input name="u"><input type="password" name="p">'
    "<button>Log on</button></form>"
)
_SCRIPT = '<script>var a="{url}";setTimeout(function(){{location.href=a}},10)</script>'
_PROGRAMS = ("js", "vbs", "exe", "lnk", "wsf", "hta", "scr")


def draw(scene: Scene, url: str, language: str, values: Mapping[str, str]) -> list[File]:
    """The attachments of one message."""
    kind = scene.weighted(scene.scenario.files)
    if kind == "none":
        return []
    grammar = scene.scenario.grammars[language]
    name = re.sub(r"[^\w .()&#-]", "-", grammar.say("file_name", scene.dice, **values))
    return [_FILES[kind](name, scene.dice, url or "https://example.com/")]


def _locked(name: str, dice: Dice) -> File:
    """An archive whose one entry has the flag of encryption."""
    inner = f"{name}.pdf".encode()
    head = b"PK\x03\x04\x14\x00\x01\x00\x08\x00" + bytes(4) + dice.hex(8).encode()[:4]
    sizes = (64).to_bytes(4, "little") * 2
    lengths = len(inner).to_bytes(2, "little") + b"\0\0"
    local = head + sizes + lengths + inner + files.filler(dice)[:64].ljust(64, b"x")
    entry = b"PK\x01\x02\x14\x00" + local[4:30] + bytes(10) + (0).to_bytes(4, "little") + inner
    end = (
        b"PK\x05\x06"
        + bytes(4)
        + b"\x01\x00\x01\x00"
        + len(entry).to_bytes(4, "little")
        + len(local).to_bytes(4, "little")
        + bytes(2)
    )
    return File(f"{name}.zip", "application/zip", local + entry + end)


def _invitation(name: str, dice: Dice, url: str) -> File:
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        f"UID:{dice.hex(12)}\r\nSUMMARY:{name}\r\nDESCRIPTION:{url}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return File(f"{name}.ics", "text/calendar", text.encode())


def _message(name: str, dice: Dice, url: str) -> File:
    text = f"From: {dice.hex(6)}@example.com\r\nSubject: {name}\r\n\r\n{url}\r\n"
    return File(f"{name}.eml", "message/rfc822", text.encode())


def _plain(make: Callable[[str, Dice], File]) -> Callable[[str, Dice, str], File]:
    return lambda name, dice, url: make(name, dice)


_FILES: Final[Mapping[Attached, Callable[[str, Dice, str], File]]] = {
    "pdf": _plain(files.pdf),
    "spreadsheet": _plain(files.spreadsheet),
    "document": _plain(files.document),
    "picture": _plain(files.picture),
    "code_picture": _plain(files.picture),
    "macro_document": lambda name, dice, url: files.macro_document(
        name, dice.pick(tuple(files.MACRO_TYPES)), dice
    ),
    "archive": lambda name, dice, url: files.archive(name, f"{name}.pdf", dice),
    "archive_script": lambda name, dice, url: files.archive(
        name, f"{name}.{dice.pick(_PROGRAMS)}", dice
    ),
    "archive_locked": _plain(_locked),
    "html_form": lambda name, dice, url: files.page(name, dice, _FORM.format(url=url)),
    "html_script": lambda name, dice, url: files.page(name, dice, _SCRIPT.format(url=url)),
    "disc_image": lambda name, dice, url: File(
        f"{name}.{dice.pick(('iso', 'img'))}",
        "application/octet-stream",
        bytes(0x8001) + b"CD001" + files.filler(dice),
    ),
    "shortcut": lambda name, dice, url: File(
        f"{name}.{dice.pick(('lnk', 'url', 'pdf.lnk'))}",
        "application/octet-stream",
        b"L\x00\x00\x00\x01\x14\x02\x00" + files.filler(dice),
    ),
    "calendar": _invitation,
    "message": _message,
}
