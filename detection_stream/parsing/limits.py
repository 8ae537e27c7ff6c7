"""Caps on how much of a message is examined.

Beyond a cap the message is still parsed, and ``Message.truncated`` holds the cap's name without
MAX, in lower case with hyphens (``MAX_MESSAGE_BYTES`` is ``message-bytes``). The first five values
and ``MAX_LINKS`` are rspamd's.
"""

from __future__ import annotations

from typing import Final

MAX_MESSAGE_BYTES: Final = 50 * 1024 * 1024
"""Bytes of the raw message; common mail servers refuse larger ones."""

MAX_NESTING: Final = 64
"""Nested multiparts; deeper ones are not read."""

MAX_PARTS: Final = 10_000
"""Leaf parts of one message."""

MAX_DASHED_LINES: Final = 32 * 1024
"""Lines that start with two hyphens, of which delimiters are; each costs work in every level."""

MAX_HEADERS: Final = 100_000
"""Header fields of one message."""

MAX_HEADER_BLOCK_BYTES: Final = 2 * 1024 * 1024
"""Bytes of all header fields; Postfix accepts 100 KiB and Exim 1 MiB by default."""

MAX_PART_HEADER_BYTES: Final = 8 * 1024 * 1024
"""Bytes of the header fields of all parts: 800 for each of MAX_PARTS."""

MAX_RECIPIENTS: Final = 1_024
"""Mailboxes of one address header."""

MAX_LINKS: Final = 10_240
"""Links of one message."""

MAX_ATTACHMENTS: Final = 1_000
"""Attachments described; each costs a hash of its content."""

MAX_HOPS: Final = 100
"""Received headers; mail servers treat more as a mail loop."""

MAX_HEADER_LENGTH: Final = 64 * 1024
"""Characters of one header value: MAX_RECIPIENTS mailboxes of 64 characters."""

MAX_REFERENCES: Final = 4_096
"""Identifiers of a References field: MAX_HEADER_LENGTH divided by 16 characters."""

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Bytes of all parts of one kind of body, plain text or HTML: 16 for each character of text."""

MAX_TEXT_LENGTH: Final = 256 * 1024
"""Characters of body text, about 40,000 words: more than a person reads in one message."""

MAX_HIDDEN_TEXT: Final = 128 * 1024
"""Characters of text that readers do not see which are kept: all that an HTML part can have."""

MAX_ENCLOSED_LENGTH: Final = 128 * 1024
"""Characters of text, and of HTML, in attached messages and files."""

MAX_ENCLOSED_MESSAGES: Final = 64
"""Attached messages, archives and other containers opened, at any depth: a digest of a mailing
list has some dozens."""

MAX_ENCLOSED_BYTES: Final = 16 * 1024 * 1024
"""Bytes of attached messages, and unpacked from archives; one within another counts again, since
it is read again."""

MAX_ARCHIVE_MEMBERS: Final = 500
"""Files of one archive that are described."""

MAX_ARCHIVE_RATIO: Final = 250
"""Bytes unpacked for one packed; text and tables reach 20, zeros 1,000."""

MAX_COMPOUND_ENTRIES: Final = 4_096
"""Streams and storages of an Outlook message: 10 for a recipient, 25 for a file."""

MAX_TNEF_ELEMENTS: Final = 8_192
"""Attributes and values of properties of a rich message: 40 for a file."""

RICH_TEXT_COST: Final = 16
"""Bytes of MAX_ENCLOSED_BYTES that one of rich text counts as: all take 0.8 s."""

MAX_SIGNED_ELEMENTS: Final = 16 * 1024
"""Elements of a signed message: all of MAX_ENCLOSED_BYTES in pieces of 1,000 bytes."""

MAX_HTML_LENGTH: Final = 128 * 1024
"""Characters of HTML, excluding comments and style sheets; mail clients clip near 100 KB."""

MAX_HTML_TAGS: Final = 20_000
"""Tags of the HTML."""

MAX_HTML_OPENED: Final = 10_000
"""Start tags without end tags: parsing is quadratic in the depth of elements, 0.2 s for these."""

MAX_HTML_ATTRIBUTES: Final = 2_048
"""Attributes of one tag: parsing compares each with all before it."""

MAX_HTML_REOPENED: Final = 500_000
"""Formatting elements that a parser may open again in later blocks: 80 MB."""

MAX_ANCHOR_NODES: Final = 100_000
"""Nodes visited for the texts of all links; broken HTML nests links."""

MAX_BASE_WORK: Final = 2 * 1024 * 1024
"""Characters of base and link put together: 10,240 links of 200 characters."""

MAX_URL_LENGTH: Final = 2_048
"""Characters of one URL, the length commonly supported by browsers and servers."""

MAX_ANCHOR_LENGTH: Final = 1_000
"""Characters of a link's visible text."""
