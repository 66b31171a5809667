"""Files that teachers upload, on local disk: written once under a random key, never changed, read in streams."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_KEY = re.compile(r"^[0-9a-f]{40}$")
_CHUNK = 1 << 20


class TooLarge(Exception):
    """The upload passed the limit; nothing is kept."""


@dataclass(frozen=True)
class StoredBlob:
    """Where it went, how many bytes, and their SHA-256 in hex."""

    key: str
    size: int
    sha256: str


class Blobs:
    """A folder of blobs, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, stream: BinaryIO, *, limit: int) -> StoredBlob:
        """Copy a stream to a new blob, flushed to disk. Raises TooLarge past `limit` bytes."""
        key = secrets.token_hex(20)
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        size, sha = 0, hashlib.sha256()
        try:
            with part.open("xb") as file:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge
                    sha.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return StoredBlob(key, size, sha.hexdigest())

    def path(self, key: str) -> Path:
        """The file of a key. Raises ValueError for anything that is not one of our keys."""
        if not _KEY.match(key):
            raise ValueError("not a blob key")
        return self._folder / key[:2] / key

    def delete(self, key: str) -> None:
        """Remove a blob; nothing happens if it is gone."""
        self.path(key).unlink(missing_ok=True)
