"""Files that teachers upload: written once under a random key, never changed, read in streams. On local disk, or in an S3-compatible store.

What is large arrives in parts, by the same steps in both stores: begin, sign or take a part, list parts, complete, abort.
A key is known before its first byte comes, so that whoever keeps it in a row can find, or sweep, everything that was begun.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from lti_tool.settings import Settings

CHUNK = 1 << 20
"""Bytes that are held in memory at a time."""
_KEY = re.compile(r"^[0-9a-f]{40}$")


class TooLarge(Exception):
    """The upload passed the limit; nothing is kept."""


class BlobGone(Exception):
    """There is no blob, or no upload in parts, under this key."""


class StoreFailed(Exception):
    """The store does not take or give bytes now: a full disk, a server that does not answer. The message names the kind of fault only."""


class PartLies(Exception):
    """A part is not what was announced: another size or another SHA-256. It is not kept."""


@dataclass(frozen=True)
class StoredBlob:
    """Where it went, how many bytes, and their SHA-256 in hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """One part of an upload, as announced: its number from 1, where it begins in the file, its bytes, their SHA-256 in hex."""

    number: int
    offset: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Ticket:
    """How a browser sends one part to the store by itself: PUT to this address with these headers, soon."""

    url: str
    headers: dict[str, str]


class Blobs(Protocol):
    """A store. Every method raises ValueError for what is not one of our keys, and StoreFailed where the store itself fails."""

    origin: str
    """Where browsers send parts to; empty where they come through the tool."""

    def store(self, stream: BinaryIO, *, limit: int) -> StoredBlob:
        """Copy a stream to a new blob, safe against a power cut when this returns. Raises TooLarge past `limit` bytes."""

    def size(self, key: str) -> int:
        """Bytes of a blob. Raises BlobGone."""

    def exists(self, key: str) -> bool:
        """Whether there is a finished blob under this key."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """The blob as a seekable stream; memory stays flat. Raises BlobGone."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end` (all where None), in pieces. Raises BlobGone with the first piece."""

    def delete(self, key: str) -> None:
        """Remove a blob; nothing happens if it is gone."""

    def begin(self, key: str) -> str:
        """Begin an upload in parts under a key of `new_key`. Returns the store's own handle for it, to be kept."""

    def sign(self, key: str, handle: str, part: Part) -> Ticket:
        """How a browser sends this part to the store by itself; for stores with an `origin`."""

    def take(self, key: str, handle: str, part: Part, stream: BinaryIO) -> None:
        """Write one part that comes through the tool, safe against a power cut when this returns. Raises PartLies, BlobGone."""

    def parts(self, key: str, handle: str) -> dict[int, int] | None:
        """Sizes of the parts that the store holds, by number; None where only the taker knows. Raises BlobGone."""

    def complete(self, key: str, handle: str, parts: Collection[Part]) -> None:
        """Make the blob of all its parts, in order. Doing it again changes nothing. Raises BlobGone, PartLies where one is missing."""

    def abort(self, key: str, handle: str) -> None:
        """Forget an upload in parts and its bytes; nothing happens if it is gone or complete."""

    def sweep(self, *, before: datetime, keep: Collection[str]) -> int:
        """Remove what uploads left behind: parts untouched since `before` whose key is not in `keep`. Returns how many."""

    def check(self) -> str:
        """Write, read and remove a small blob; returns where, in words. Raises StoreFailed."""


def new_key() -> str:
    """A new random key."""
    return secrets.token_hex(20)


def checked(key: str) -> str:
    """The key itself. Raises ValueError for anything that is not one of ours."""
    if not _KEY.match(key):
        raise ValueError("not a blob key")
    return key


def filled(stream: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes, fewer only at the end of the stream: one `read` of a network stream may return less long before it."""
    found = bytearray()
    while len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return bytes(found)


def pieces(stream: BinaryIO, *, limit: int) -> Iterable[bytes]:
    """The stream in pieces of at most CHUNK. Raises TooLarge past `limit` bytes."""
    size = 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > limit:
            raise TooLarge
        yield piece


def connect(settings: Settings) -> Blobs:
    """The store that the settings name. Raises ImportError where it needs boto3 and that is not installed."""
    if settings.s3_bucket:
        from lti_tool.blobs.s3 import S3Blobs

        return S3Blobs(settings)
    from lti_tool.blobs.disk import DiskBlobs

    return DiskBlobs(settings.data_dir / "evidence")
