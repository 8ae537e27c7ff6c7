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

MAX_HEADERS: Final = 100_000
"""Header fields of one message."""

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

MAX_TEXT_LENGTH: Final = 256 * 1024
"""Characters of body text, about 40,000 words: more than a person reads in one message."""

MAX_HTML_LENGTH: Final = 128 * 1024
"""Characters of HTML, excluding comments and style sheets.

Mail clients clip near 100 KB. Parsing is quadratic in the attributes of one tag, and this keeps
the worst case below a few seconds.
"""

MAX_HTML_TAGS: Final = 20_000
"""Tags of the HTML: parsing is quadratic in the depth of unclosed elements."""

MAX_URL_LENGTH: Final = 2_048
"""Characters of one URL, the length commonly supported by browsers and servers."""

MAX_ANCHOR_LENGTH: Final = 1_000
"""Characters of a link's visible text."""

MAX_FAST_HEADER_BYTES: Final = 64 * 1024
"""Header bytes for the fast parser, which is quadratic in encoded words."""

MAX_FAST_WORD_WORK: Final = 2**31
"""Encoded words times message bytes for the fast parser: about 0.3 s of scanning."""
