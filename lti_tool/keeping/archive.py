"""A ZIP that is written while it is sent: memory stays flat, however large the files are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lti_tool.blobs import BlobGone, Blobs


@dataclass(frozen=True)
class Entry:
    """One file of the archive: its path, and its bytes or the blob that holds them."""

    path: str
    content: bytes = b""
    blob_key: str = ""


class _Sink:
    """What the archive writes to: it can't be sought, and is emptied again and again."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def drain(self) -> bytes:
        """What was written since the last time."""
        written, self._written = bytes(self._written), bytearray()
        return written


def stream(blobs: Blobs, entries: Iterable[Entry], *, at: datetime) -> Iterator[bytes]:
    """The archive, piece by piece; entries carry the time `at`. A blob that is gone is left out. Raises StoreFailed in the middle."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for entry in entries:
            pieces = iter([entry.content]) if not entry.blob_key else blobs.read(entry.blob_key)
            try:
                first = next(pieces, b"")
            except BlobGone:
                continue
            info = zipfile.ZipInfo(entry.path, date_time=at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_STORED if entry.blob_key else zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as file:
                file.write(first)
                yield sink.drain()
                for piece in pieces:
                    file.write(piece)
                    yield sink.drain()
            yield sink.drain()
    yield sink.drain()
