"""Decodes parts and encoded words, whatever charset they claim.

Valid UTF-8 is UTF-8 (text in another charset hardly ever is by chance, mislabelled text is common),
then the declared charset counts, then what the language of the text suggests.
"""

from __future__ import annotations

import codecs
import encodings
import re
from encodings.aliases import aliases
from pkgutil import iter_modules
from typing import Final

import charset_normalizer
import webencodings

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
_OTHER_LABELS = {"ansi": "cp1252", "unicode-1-1-utf-7": "utf-7"}
_SAY_NOTHING = frozenset({"", "us-ascii", "ascii", "x-unknown", "unknown-8bit", "default"})
# Looking up any other name imports in vain, and Python remembers each such name for good.
_KNOWN = {
    *aliases,
    *aliases.values(),
    *(module.name for module in iter_modules(encodings.__path__)),
}
_STATEFUL = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
"""How the names of codecs begin in which bytes of ASCII stand for other characters."""
_WIDE = frozenset({"gb18030", "big5", "big5hkscs", "cp932", "euc_jp", "euc_jis_2004", "cp949"})
"""Codecs of several bytes a character, whose short texts can be valid UTF-8 by chance."""
_GUESSED = (
    *("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_BEYOND_ASCII: Final = bytes(range(128, 256))
_SAMPLE: Final = 2_048
"""Bytes that a charset is guessed from."""
_MAX_LATIN_SHARE: Final = 0.25
"""Share of bytes beyond ASCII in text of Latin letters: French has 0.04, Vietnamese 0.2."""
_MIN_BEYOND: Final = 16
"""Fewest bytes beyond ASCII that say anything about a language."""
_MAX_BROKEN_SHARE: Final = 0.125
"""Share of unreadable characters in text that is UTF-8 all the same."""
_MIN_PREFIX: Final = 4
_MAX_LABEL: Final = 40
_META_SPAN: Final = 4_096
"""Bytes at the start of a page in which browsers look for its charset (they need 1,024)."""
_META = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s{0,20}=\s{0,20}[\"']?([\w.:-]{1,40})", re.I)


def decode(content: bytes, charset: str = "") -> str:
    """``content`` as text that can be written as UTF-8; unreadable bytes become U+FFFD.

    ``charset`` is the declared one, empty if there is none.
    """
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", "replace")
    name = codec_of(charset)
    if name.startswith(_STATEFUL):
        return _writable(content.decode(name, "replace"))
    if content.isascii():
        return content.decode("ascii")
    for strict in (name, "utf-8") if name in _WIDE else ("utf-8",):
        try:
            return content.decode(strict)
        except UnicodeDecodeError:
            pass
    return _writable(content.decode(_meant(content, name), "replace"))


def charset_of_page(content: bytes) -> str:
    """The charset that an HTML page declares itself; empty if it does not."""
    start = content[:_META_SPAN]
    found = _META.search(start) if b"charset" in start.lower() else None
    return found[1].decode("ascii", "replace") if found else ""


def is_unknown(charset: str) -> bool:
    """Whether a label names a charset that nobody knows."""
    return not codec_of(charset) and _label(charset) not in _SAY_NOTHING


@short_cache(512, _MAX_LABEL)
def codec_of(charset: str) -> str:
    """The Python codec for a charset label; empty if unknown.

    The labels are those of the Encoding standard and of Python. Of a label with something behind
    it, which broken mailers write, the longest known beginning counts.
    """
    label = _label(charset)
    if label in _SAY_NOTHING:
        return ""
    for end in range(len(label), _MIN_PREFIX - 1, -1):
        if (found := _exact(label[:end])) is not None:
            return found
    return ""


def _label(charset: str) -> str:
    return charset.strip("\"' ").lower()[:_MAX_LABEL]


def _exact(label: str) -> str | None:
    normal = encodings.normalize_encoding(_OTHER_LABELS.get(label, label))
    if normal.replace(".", "_") not in _KNOWN:
        standard = webencodings.lookup(label)
        if standard is None:
            return None
        normal = standard.codec_info.name
    try:
        name = codecs.lookup(normal).name
        # Empty bytes would be "decoded" by non-text codecs such as zlib.
        b" ".decode(name, "replace")
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if name in _NOT_MAIL else _SUPERSETS.get(name, name)


def _meant(content: bytes, name: str) -> str:
    """The charset of bytes that are not all UTF-8: the declared one, or what they look like."""
    if name not in ("", "utf-8"):
        return name
    sample = content[:_SAMPLE]
    beyond = len(sample) - len(sample.translate(None, _BEYOND_ASCII))
    # Text that is UTF-8 but for a few bytes was cut or broken on the way.
    if sample.decode("utf-8", "replace").count("\ufffd") <= max(beyond * _MAX_BROKEN_SHARE, 0):
        return "utf-8"
    if beyond <= max(len(sample) * _MAX_LATIN_SHARE, _MIN_BEYOND):
        return "cp1252"
    found = charset_normalizer.from_bytes(sample, cp_isolation=[*_GUESSED]).best()
    return found.encoding if found else "cp1252"


def _writable(text: str) -> str:
    """The text without lone surrogates, which some codecs produce."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
