"""Stand-ins for attachments: correct first bytes, then a few hundred harmless ones."""

from __future__ import annotations

from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import File

_PDF_HEAD = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%"
_PDF_TAIL = b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_ZIP_HEAD = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00"
_OFFICE = "application/vnd.openxmlformats-officedocument."

EXCEL = f"{_OFFICE}spreadsheetml.sheet"
WORD = f"{_OFFICE}wordprocessingml.document"
MACRO_TYPES = {
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
}


def filler(dice: Dice) -> bytes:
    """Bytes that make every file different, of different sizes."""
    return (dice.hex(12) * dice.between(20, 120)).encode()


def pdf(name: str, dice: Dice) -> File:
    """A page."""
    return File(f"{name}.pdf", "application/pdf", _PDF_HEAD + filler(dice) + _PDF_TAIL)


def spreadsheet(name: str, dice: Dice) -> File:
    """A workbook without macros."""
    return File(f"{name}.xlsx", EXCEL, _ZIP_HEAD + b"xl/workbook.xml" + filler(dice))


def document(name: str, dice: Dice) -> File:
    """A text document without macros."""
    return File(f"{name}.docx", WORD, _ZIP_HEAD + b"word/document.xml" + filler(dice))


def macro_document(name: str, extension: str, dice: Dice) -> File:
    """A document that names a macro part but holds no macro."""
    data = _ZIP_HEAD + b"vbaProject.bin" + filler(dice)
    return File(f"{name}.{extension}", MACRO_TYPES[extension], data)


def archive(name: str, inner: str, dice: Dice) -> File:
    """An archive that lists one entry."""
    data = _ZIP_HEAD + bytes(12) + inner.encode() + filler(dice)
    return File(f"{name}.zip", "application/zip", data)


def picture(name: str, dice: Dice) -> File:
    """A picture."""
    return File(f"{name}.png", "image/png", b"\x89PNG\r\n\x1a\n" + filler(dice))


def sound(name: str, dice: Dice) -> File:
    """A recording."""
    return File(f"{name}.wav", "audio/wav", b"RIFF\x24\x08\x00\x00WAVEfmt " + filler(dice))


def table(name: str, dice: Dice) -> File:
    """Comma-separated values."""
    rows = "".join(f"{dice.digits(5)},{dice.digits(3)}\r\n" for _ in range(dice.between(5, 30)))
    return File(f"{name}.csv", "text/csv", f"item,quantity\r\n{rows}".encode())


def page(name: str, dice: Dice, inner: str) -> File:
    """An HTML page."""
    text = f"<!doctype html><html><body>{inner}<!-- {dice.hex(12)} --></body></html>\r\n"
    return File(f"{name}.html", "text/html", text.encode())


def office_file(name: str, dice: Dice) -> File:
    """Any everyday file."""
    return dice.pick((pdf, pdf, spreadsheet, document, picture, table))(name, dice)
