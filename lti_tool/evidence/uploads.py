"""Files that teachers send: what kind they really are, and into the store with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Literal

import puremagic

from lti_tool.blobs import StoredBlob, TooLarge, filled
from lti_tool.evidence.policies import file_name
from lti_tool.language import _, later
from lti_tool.tool import Tool

Family = Literal["image", "document", "text", "audio", "video"]
_HEAD = 64 * 1024
_TAIL = 512 * 1024  # holds the list of parts of all but extreme Office files
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


class Refused(Exception):
    """The file can't be taken; the message says why, for the teacher."""


@dataclass(frozen=True)
class Format:
    """A kind of file that we take: the ends of its names and how it is served."""

    extensions: tuple[str, ...]
    media_type: str
    family: Family


@dataclass(frozen=True)
class Received:
    """A file that is stored: its blob, the name to show and the type that its content has."""

    blob: StoredBlob
    filename: str
    media_type: str


FORMATS = (
    Format(("jpg", "jpeg", "jfif"), "image/jpeg", "image"),
    Format(("png",), "image/png", "image"),
    Format(("gif",), "image/gif", "image"),
    Format(("webp",), "image/webp", "image"),
    Format(("heic", "heif"), "image/heic", "image"),
    Format(("pdf",), "application/pdf", "document"),
    Format(("docx",), _OFFICE + "wordprocessingml.document", "document"),
    Format(("xlsx",), _OFFICE + "spreadsheetml.sheet", "document"),
    Format(("pptx",), _OFFICE + "presentationml.presentation", "document"),
    Format(("odt",), _ODF + "text", "document"),
    Format(("ods",), _ODF + "spreadsheet", "document"),
    Format(("odp",), _ODF + "presentation", "document"),
    Format(("doc",), "application/msword", "document"),
    Format(("xls",), "application/vnd.ms-excel", "document"),
    Format(("ppt",), "application/vnd.ms-powerpoint", "document"),
    Format(("rtf",), "application/rtf", "document"),
    Format(("txt", "md", "csv"), "text/plain", "text"),
    Format(("mp4", "m4v"), "video/mp4", "video"),
    Format(("mov",), "video/quicktime", "video"),
    Format(("webm",), "video/webm", "video"),
    Format(("mp3",), "audio/mpeg", "audio"),
    Format(("m4a",), "audio/mp4", "audio"),
    Format(("wav",), "audio/wav", "audio"),
    Format(("ogg", "oga", "opus"), "audio/ogg", "audio"),
)
_BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}
ACCEPT = ",".join(f".{extension}" for extension in _BY_EXTENSION)
"""For the file dialog of a browser."""

EMPTY = later("The file is empty. Check it on your computer, then send it again.")
TAKEN = later("pictures, PDF, Word, Excel, PowerPoint and OpenDocument files, plain text, audio and video")
_ZIPPED = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/"}
_MACROS = (b"vbaproject.bin", b"basic/script-lc.xml")
_BRANDS = {b"qt  ": "mov", b"M4A ": "m4a", b"M4B ": "m4a"}
_STILLS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
_OTHER_BRANDS = (b"avif", b"avis", b"crx ", b"jp2 ", b"jpx ")


def _by_magic(head: bytes) -> set[str]:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    aliases = {"jpe": "jpg", "mpga": "mp3"}
    return {aliases.get(name, name) for one in found if (name := one.extension.lstrip(".").lower())}


def _formats(head: bytes, tail: bytes) -> tuple[Format, ...]:
    """Every format that the content may be, most likely first."""
    if head[:4] == b"PK\x03\x04":
        odf = next(
            (f for f in FORMATS if f.media_type.startswith(_ODF) and head[30:].startswith(b"mimetype" + f.media_type.encode())), None
        )
        return (odf,) if odf else tuple(_BY_EXTENSION[kind] for kind, part in _ZIPPED.items() if part in tail)
    if head[4:8] == b"ftyp":  # an ISO base media file: the brand says what it is for, and new brands appear all the time
        brand = head[8:12]
        if brand in _OTHER_BRANDS:
            return ()
        return (_BY_EXTENSION["heic" if brand in _STILLS else _BRANDS.get(brand, "mp4")],)
    found = _by_magic(head)
    formats = tuple(form for form in FORMATS if not found.isdisjoint(form.extensions))
    if not formats and len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # a frame of MPEG audio, layer III
        return (_BY_EXTENSION["mp3"],)
    return formats


def _is_text(head: bytes) -> bool:
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)


def check_name(name: str) -> tuple[str, Format | None]:
    """The end of a name and the format that it claims; None where the name has no end. Raises Refused for what we do not take."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    claimed = _BY_EXTENSION.get(extension)
    if extension and claimed is None:
        raise Refused(
            _("Files that end in “.%(extension)s” can't be taken. You can send %(taken)s.", extension=extension, taken=str(TAKEN))
        )
    return extension, claimed


def judge(name: str, head: bytes, tail: bytes) -> Format:
    """The format of a file by its first and last bytes. Raises Refused for what we do not take, and where name and content disagree."""
    extension, claimed = check_name(name)
    if claimed is not None and claimed.family == "text" and _is_text(head) and not head.startswith(b"%PDF-"):
        return claimed
    found = _formats(head, tail)
    if head.startswith(b"PK\x03\x04") and b"PK\x05\x06" not in tail:
        raise Refused(_("The file is not complete. Open it on your computer, save it again, then send it."))
    if head.startswith(b"PK\x03\x04") and any(part in tail.lower() for part in _MACROS):
        raise Refused(_("The file holds macros (small programs). Save it again without macros, for example as .docx, then send it."))
    if claimed is None:
        if not found:
            raise Refused(_("This kind of file can't be taken. You can send %(taken)s.", taken=str(TAKEN)))
        return found[0]
    if claimed in found:
        return claimed
    alike = next((form for form in found if form.family == claimed.family and form.family != "document"), None)
    if alike is None:
        raise Refused(
            _(
                "The name says “.%(extension)s”, but the file holds something else. Open it, save it again as that kind, then send it.",
                extension=extension,
            )
        )
    return alike  # a picture saved under another picture's name


def ends(here: Tool, blob: StoredBlob) -> tuple[bytes, bytes]:
    """The first and the last bytes of a blob, as `judge` wants them. Raises BlobGone."""
    with here.blobs.open(blob.key) as file:
        head = filled(file, _HEAD)
        file.seek(max(0, blob.size - _TAIL))
        return head, filled(file, _TAIL)


@contextmanager
def received(here: Tool, stream: BinaryIO, given_name: str) -> Iterator[Received]:
    """Store a stream and hand it to the block; if the block fails, nothing is kept.

    Raises Refused in words for the teacher: too large, empty, of a kind that we do not take, or not what its name says.
    """
    limit = here.settings.max_upload_bytes
    try:
        blob = here.blobs.store(stream, limit=limit)
    except TooLarge as error:
        raise Refused(too_large(limit)) from error
    try:
        if not blob.size:
            raise Refused(EMPTY)
        name = file_name(given_name)
        yield Received(blob, name, judge(name, *ends(here, blob)).media_type)
    except BaseException:
        here.blobs.delete(blob.key)
        raise


def too_large(limit: int) -> str:
    """Words for a file past `limit` bytes."""
    most = limit // (1024 * 1024)
    return _("The file is too large: at most %(size)s MB. Make the recording shorter or smaller, or add it as a link.", size=most)
