"""Signals on attachments, from names, types and first bytes; nothing is opened."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Attachment, Message
from detection_stream.signals.lists import names
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal

_MAGIC = {
    b"%PDF": {"pdf"},
    b"PK\x03\x04": {
        "zip", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "jar", "odt", "ods", "odp", "apk",
        "epub", "xps", "vsdx", "xlsb", "potx", "dotx", "kmz", "key", "pages", "numbers",
    },
    b"MZ": {"exe", "dll", "scr", "com", "cpl", "sys"},
    b"\xd0\xcf\x11\xe0": {"doc", "xls", "ppt", "msg", "msi", "vsd", "pub", "mpp", "dot", "xlt"},
    b"Rar!": {"rar"},
    b"7z\xbc\xaf": {"7z"},
    b"\x89PNG": {"png"},
    b"\xff\xd8\xff": {"jpg", "jpeg", "jpe", "jfif"},
    b"GIF8": {"gif"},
}  # fmt: skip
"""First bytes of file formats and the extensions that go with them."""


def _extension(attachment: Attachment) -> str:
    return attachment.filename.rstrip(" .").rpartition(".")[2].lower()


def _any_extension(batch: MessageBatch, which: str) -> FloatColumn:
    wanted = names(which)
    return batch.number(
        lambda message: any(_extension(attached) in wanted for attached in message.attachments)
    )


@message_signal("count")
def attachment_count(batch: MessageBatch) -> FloatColumn:
    """Parts that are not body text."""
    return batch.number(lambda message: len(message.attachments))


@message_signal("flag")
def attachment_risky(batch: MessageBatch) -> FloatColumn:
    """An attachment has a type that runs code when it is opened."""
    return _any_extension(batch, "risky_extensions")


@message_signal("flag")
def attachment_html(batch: MessageBatch) -> FloatColumn:
    """An attachment is a web page (HTML)."""
    return _any_extension(batch, "html_extensions")


@message_signal("flag")
def attachment_archive(batch: MessageBatch) -> FloatColumn:
    """An attachment is an archive."""
    return _any_extension(batch, "archive_extensions")


@message_signal("flag")
def attachment_double_extension(batch: MessageBatch) -> FloatColumn:
    """A file name has a document extension followed by an executable one (invoice.pdf.exe)."""
    documents, risky = names("document_extensions"), names("risky_extensions")
    hiding = risky | names("html_extensions")

    def doubled(attachment: Attachment) -> bool:
        parts = attachment.filename.lower().rstrip(" .").split(".")
        return len(parts) > 2 and parts[-1] in hiding and parts[-2].strip() in documents

    return batch.number(lambda message: any(map(doubled, message.attachments)))


@message_signal("flag")
def attachment_type_mismatch(batch: MessageBatch) -> FloatColumn:
    """The first bytes of an attachment do not match the format in its name."""

    def disguised(attachment: Attachment) -> bool:
        extension = _extension(attachment)
        known = extension in names("document_extensions") or extension in names(
            "archive_extensions"
        )
        return known and any(
            attachment.magic.startswith(magic) and extension not in extensions
            for magic, extensions in _MAGIC.items()
            if magic in {b"MZ", b"%PDF", b"Rar!", b"7z\xbc\xaf"}
        )

    def any_disguised(message: Message) -> bool:
        return any(map(disguised, message.attachments))

    return batch.number(any_disguised)
