"""Signals on attachments, from names, declared types and content together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Attachment
from detection_stream.signals.lists import names
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal

_MISTAKABLE = frozenset({"pdf", "rar", "7z"})
"""Formats that nothing else than what they are named opens, besides programs."""
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_PAGES = frozenset({"html", "svg"})
_PICTURES = frozenset({"pdf", "jpg", "jpeg", "png", "gif", "docx", "xlsx", "pptx"})
"""Extensions of documents that are never written as a web page; ``.doc`` and ``.xls`` are."""


def _extension(attachment: Attachment) -> str:
    return _extension_of(attachment.filename)


def _extension_of(name: str) -> str:
    _, dot, extension = name.rstrip(" .").rpartition(".")
    return extension.lower() if dot else ""


def _extensions(attachment: Attachment) -> Iterable[str]:
    """Those of all its names: mail programs differ in which they take."""
    if not attachment.other_names:
        return (_extension(attachment),)
    return map(_extension_of, (attachment.filename, *attachment.other_names))


def _type(attachment: Attachment) -> str:
    """The declared type without its parameters."""
    return attachment.content_type.partition(";")[0].strip()


def _is_program(attachment: Attachment) -> bool:
    return attachment.format in names("risky_formats")


def _is_risky(attachment: Attachment) -> bool:
    """Whether its name, what is declared where the name says nothing, or its content says so."""
    extension = _extension(attachment)
    return (
        not names("risky_extensions").isdisjoint(_extensions(attachment))
        or _is_program(attachment)
        or (
            attachment.content_type in names("risky_types")
            and extension in names("empty_extensions")
        )
    )


def _is_page(attachment: Attachment) -> bool:
    """Mail programs go by the name; where it says nothing, by the type, and some by the content."""
    extension = _extension(attachment)
    if not names("html_extensions").isdisjoint(_extensions(attachment)):
        return True
    if _type(attachment) in _PAGE_TYPES:
        return True
    return attachment.format in _PAGES and extension in names("empty_extensions")


def _is_archive(attachment: Attachment) -> bool:
    extension, archives = _extension(attachment), names("archive_extensions")
    return extension in archives or (
        attachment.format in archives and extension in names("empty_extensions")
    )


def _is_disguised(attachment: Attachment) -> bool:
    """Whether the content contradicts the format in the name."""
    extension, content = _extension(attachment), attachment.format
    if extension in names("document_extensions") or extension in names("archive_extensions"):
        if content in _MISTAKABLE:
            return extension != content
        return _is_program(attachment) or (content in _PAGES and extension in _PICTURES)
    return False


def _any(batch: MessageBatch, holds: Callable[[Attachment], bool]) -> FloatColumn:
    return batch.number(lambda message: any(map(holds, message.attachments)))


@message_signal("count")
def attachment_count(batch: MessageBatch) -> FloatColumn:
    """Parts that are not body text, and files in archives and other containers among them."""
    return batch.number(lambda message: len(message.attachments))


@message_signal("flag")
def attachment_risky(batch: MessageBatch) -> FloatColumn:
    """An attachment runs code when it is opened, by its name, type or content."""
    return _any(batch, _is_risky)


@message_signal("flag")
def attachment_html(batch: MessageBatch) -> FloatColumn:
    """An attachment is a web page (HTML)."""
    return _any(batch, _is_page)


@message_signal("flag")
def attachment_script(batch: MessageBatch) -> FloatColumn:
    """An attached web page runs a script or goes elsewhere by itself when it is opened."""
    return _any(batch, lambda attached: attached.scripted and _is_page(attached))


@message_signal("flag")
def attachment_archive(batch: MessageBatch) -> FloatColumn:
    """An attachment is an archive."""
    return _any(batch, _is_archive)


@message_signal("flag")
def attachment_encrypted(batch: MessageBatch) -> FloatColumn:
    """An attachment is encrypted, or a file in an attached archive is."""
    return _any(batch, lambda attached: attached.encrypted)


@message_signal("flag")
def attachment_double_extension(batch: MessageBatch) -> FloatColumn:
    """A file name has a document extension followed by an executable one (invoice.pdf.exe)."""
    documents, risky = names("document_extensions"), names("risky_extensions")
    hiding = risky | names("html_extensions")

    def doubled(attachment: Attachment) -> bool:
        parts = attachment.filename.lower().rstrip(" .").split(".")
        return len(parts) > 2 and parts[-1] in hiding and parts[-2].strip() in documents

    return _any(batch, doubled)


@message_signal("flag")
def attachment_type_mismatch(batch: MessageBatch) -> FloatColumn:
    """The content of an attachment does not match the format in its name."""
    return _any(batch, _is_disguised)
