"""Decodes parts and encoded words, whatever charset they claim."""

from __future__ import annotations

import codecs
import encodings
from encodings.aliases import aliases
from pkgutil import iter_modules

from detection_stream.short_cache import short_cache

# Python has these text encodings, but mail does not use them; punycode is also quadratic.
_NOT_MAIL = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})
# Senders that name the older charset mean the newer one, and mail clients agree.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}


# Looking up any other name imports in vain, and Python remembers each such name for good.
_KNOWN = {
    *aliases,
    *aliases.values(),
    *(module.name for module in iter_modules(encodings.__path__)),
}


def decode(content: bytes, charset: str) -> str:
    """``content`` as text that can be written as UTF-8; unreadable bytes become U+FFFD."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", "replace")
    text = content.decode(_codec(charset), "replace")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


@short_cache(512, 40)
def _codec(charset: str) -> str:
    """The Python codec for a charset label; UTF-8 if unknown."""
    charset = charset.strip("\"' ")[:40]
    try:
        known = encodings.normalize_encoding(charset).lower()
        if known.replace(".", "_") not in _KNOWN:
            return "utf-8"
        name = codecs.lookup(charset).name
        # Empty bytes would be "decoded" by non-text codecs such as zlib.
        b" ".decode(name, "replace")
    except (LookupError, ValueError, UnicodeError):
        return "utf-8"
    return "utf-8" if name in _NOT_MAIL else _SUPERSETS.get(name, name)
