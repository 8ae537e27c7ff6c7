"""One parsed message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of an address header.

    ``name`` is the decoded display name, white space folded, empty if missing.
    ``address`` is ``local@domain`` in lower case, empty when it could not be read.
    """

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the last ``@``; empty if there is none."""
        return self.address.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the text or of the HTML. It is never followed.

    ``host`` is lower case, without port and user; ``text`` is the visible text, empty for a
    bare URL of a plain text.
    """

    url: str
    host: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not body text, or a file in such a part.

    ``size`` counts decoded bytes, ``magic`` holds the first 16. ``sha256`` is empty if not all of
    it was read. ``format`` is the usual extension of what the content is, empty if not known;
    ``encrypted`` says that nobody without the key can look into it, ``scripted`` that it is a web
    page that runs a script or goes elsewhere by itself. ``other_names`` are further names in its
    fields, which some mail programs go by instead.
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    magic: bytes
    other_names: tuple[str, ...] = ()
    format: str = ""
    encrypted: bool = False
    scripted: bool = False


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One result (a code of RFC 8601 section 2.7, ``pass``, ``none``, ...) of one method.

    ``method`` is ``spf``, ``dkim``, ``dmarc`` or ``arc``. ``domain`` is the one checked, lower
    case, empty if not given.
    """

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class ReportedResults:
    """One header field that reports results, whoever wrote it.

    ``field`` is its name in lower case, ``server`` the name of the host that claims to have written
    it (empty if none), ``below`` the number of Received fields above it, ``instance`` that of ARC.
    """

    field: str
    server: str
    below: int
    methods: tuple[MethodResult, ...] = ()
    instance: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    """One Received field, newest first in a message.

    ``host`` is the name that the sending side gave, ``address`` its IP address. ``verified`` is the
    name that the receiving server itself found for that address, ``by`` the receiving server,
    ``protocol`` how (``esmtps``). All are lower case, empty if not given. ``claimed`` says that the
    address, too, is only what the sending side gave.
    """

    host: str
    address: str
    verified: str = ""
    by: str = ""
    protocol: str = ""
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail, parsed.

    ``headers`` maps lower-case names to every value in order. ``date`` is the sender's claim in
    milliseconds since 1970. ``sender`` is the first mailbox of From, which should have no others.
    ``envelope_to`` are those it was delivered to, whether a field names them or not (see
    ``stages.delivery``). ``text`` is the visible text of the newest part (quoted history
    goes to ``quoted``, text of attachments to ``attached_text``), ``hidden_text`` the beginning of
    what the HTML holds but does not show, ``hidden_characters`` the number of all that without
    white space. ``hops`` and ``results`` are the fields of hosts on the way, newest first;
    ``digest`` is that of what the sender wrote (see ``parsing.content_digest``).
    ``arc_sealers`` maps the number of an ARC set to its signing domain. ``defects`` names what was
    repaired, ``truncated`` the caps that were exceeded.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    date: int | None = None
    sender: Address = Address("", "")
    other_senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    return_path: str = ""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    envelope_to: tuple[Address, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hops: tuple[Hop, ...] = ()
    results: tuple[ReportedResults, ...] = ()
    arc_sealers: dict[int, str] = field(default_factory=dict)
    text: str = ""
    quoted: str = ""
    attached_text: str = ""
    has_text: bool = False
    has_html: bool = False
    hidden_text: str = ""
    hidden_characters: int = 0
    forms: int = 0
    password_fields: int = 0
    remote_images: int = 0
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    size: int = 0
    digest: bytes = b""
    defects: tuple[str, ...] = ()
    truncated: tuple[str, ...] = ()
