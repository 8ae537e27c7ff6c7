"""Plain text: folds white space and separates new text from quoted history."""

from __future__ import annotations

import re

from detection_stream.parsing.folding import keep_narrow_spaces

# One line, or two when the mail client wrapped it; the colon stays outside.
_ATTRIBUTION = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Em) [^\n]{4,200}(?:\n[^\n]{0,120})?"
    r"\b(?:wrote|schrieb[^\n]{0,80}|a écrit|escribió|ha scritto|schreef[^\n]{0,80}|escreveu) ?"
)
_ORIGINAL = re.compile(
    r"^-{2,} ?(?:Original (?:Message|Appointment)|Ursprüngliche Nachricht|Message d'origine"
    r"|Mensaje original) ?-{2,}$",
    re.MULTILINE | re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"^(?:_{10,}\n+)?\*?(?:From|Von|De|Da|Van) ?:[^\n]{1,300}\n+(?:[^\n]{1,300}\n+)?"
    r"\*?(?:Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden) ?:",
    re.MULTILINE,
)
# A cheap check of line starts decides whether the two above are tried.
_MARKER = re.compile(
    r"\n(?:-{2,} ?(?:[Oo][Rr][Ii][Gg]|Urspr|Mess|Mens)"
    r"|\*?(?:Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden) ?:)"
)


def fold(text: str) -> str:
    """``text`` with runs of white space and of empty lines collapsed."""
    lines = keep_narrow_spaces(text).split("\n")
    text = "\n".join(map(" ".join, map(str.split, lines)))
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip("\n")


def split_quoted(text: str) -> tuple[str, str]:
    """Split folded text into (new text, quoted history).

    Lines that start with ``>`` are always history; replies between them are not.
    If nothing would remain, all text counts as new: a forward, or an attempt to hide.
    """
    newest, quoted = _split_marked(text) if "\n>" in text or text[:1] == ">" else (text, "")
    cut = _first_marker(newest)
    if cut < len(newest):
        quoted = f"{newest[cut:]}\n{quoted}".strip()
        newest = newest[:cut]
    newest = newest.strip()
    return (newest, quoted) if newest else (text, "")


def _split_marked(text: str) -> tuple[str, str]:
    """Lines without and with a leading ``>``; the attribution goes with the lines it introduces."""
    newest: list[str] = []
    quoted: list[str] = []
    inside = False
    for line in text.split("\n"):
        if line[:1] == ">":
            if not inside:
                _move_attribution(newest, quoted)
            quoted.append(line)
            inside = True
        else:
            newest.append(line)
            inside = False
    return "\n".join(newest), "\n".join(quoted)


def _move_attribution(newest: list[str], quoted: list[str]) -> None:
    last = "\n".join(newest[-3:]).rstrip("\n")
    start = _attribution(last + "\n", len(last) - 1) if last.endswith(":") else -1
    if start >= 0:
        lines = last[start:].split("\n")
        del newest[-1 - last[start:].count("\n") - (not newest[-1]) :]
        quoted.extend(lines)


def _attribution(text: str, colon: int) -> int:
    """Start of the attribution line whose last character is at ``colon``; -1 if there is none."""
    line = text.rfind("\n", 0, colon) + 1
    before = text.rfind("\n", 0, max(line - 1, 0)) + 1
    for start in (line, before):
        if _ATTRIBUTION.fullmatch(text, start, colon):
            return start
    return -1


def _first_marker(text: str) -> int:
    first = len(text)
    colon = text.find(":\n")
    while colon >= 0:
        if (start := _attribution(text, colon)) >= 0:
            first = start
            break
        colon = text.find(":\n", colon + 1)
    if _MARKER.search("\n" + text):
        for expression in (_ORIGINAL, _OUTLOOK):
            if match := expression.search(text):
                first = min(first, match.start())
    return first
