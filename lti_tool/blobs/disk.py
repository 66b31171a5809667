"""Blobs in a folder of this machine, two levels deep. What is not complete ends in `.part`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from lti_tool.blobs import CHUNK, BlobGone, Part, PartLies, StoredBlob, StoreFailed, Ticket, checked, filled, new_key, pieces

_PROBE = b"ok"


@contextmanager
def _faults() -> Iterator[None]:
    """The disk's faults under our names. The message of an OSError holds a path, so only its kind goes on."""
    try:
        yield
    except FileNotFoundError as error:
        raise BlobGone from error
    except OSError as error:
        raise StoreFailed(os.strerror(error.errno) if error.errno else type(error).__name__) from error


def _flush_folder(folder: Path) -> None:
    # A name is safe against a power cut only when its folder has been flushed too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class DiskBlobs:
    """The store on local disk."""

    origin = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)[:2] / key

    def _part(self, key: str) -> Path:
        return self._path(key).with_suffix(".part")

    def store(self, stream: BinaryIO, *, limit: int) -> StoredBlob:
        """As Blobs.store."""
        key = new_key()
        path, part = self._path(key), self._part(key)
        size, sha = 0, hashlib.sha256()
        try:
            with self._new(part) as file:
                for piece in pieces(stream, limit=limit):  # what the sender's side raises is no fault of the disk
                    size += len(piece)
                    sha.update(piece)
                    with _faults():
                        file.write(piece)
                with _faults():
                    file.flush()
                    os.fsync(file.fileno())
            with _faults():
                part.rename(path)
                _flush_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
        return StoredBlob(key, size, sha.hexdigest())

    def _new(self, part: Path) -> BinaryIO:
        with _faults():
            part.parent.mkdir(parents=True, exist_ok=True)
            return part.open("xb", buffering=0)

    def size(self, key: str) -> int:
        """As Blobs.size."""
        with _faults():
            return self._path(key).stat().st_size

    def exists(self, key: str) -> bool:
        """As Blobs.exists."""
        return self._path(key).is_file()

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """As Blobs.open."""
        with _faults():
            return self._path(key).open("rb")

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """As Blobs.read."""
        with self.open(key) as file:
            left = self.size(key) - start if end is None else end - start
            file.seek(start)
            while left > 0 and (piece := file.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece

    def delete(self, key: str) -> None:
        """As Blobs.delete."""
        with _faults():
            self._path(key).unlink(missing_ok=True)

    def begin(self, key: str) -> str:
        """As Blobs.begin. One sparse file holds the parts, so that completing copies nothing."""
        part = self._part(key)
        with _faults():
            part.parent.mkdir(parents=True, exist_ok=True)
            part.touch()
        return "disk"

    def sign(self, key: str, handle: str, part: Part) -> Ticket:
        """Parts come through the tool here."""
        raise NotImplementedError

    def take(self, key: str, handle: str, part: Part, stream: BinaryIO) -> None:
        """As Blobs.take."""
        del handle
        size, sha = 0, hashlib.sha256()
        with self._existing(key) as file:
            file.seek(part.offset)
            while size < part.size and (piece := stream.read(min(CHUNK, part.size - size))):
                size += len(piece)
                sha.update(piece)
                with _faults():
                    file.write(piece)
            if size != part.size or stream.read(1):
                raise PartLies("another size")
            if sha.hexdigest() != part.sha256:
                raise PartLies("another SHA-256")
            with _faults():
                os.fdatasync(file.fileno())

    def _existing(self, key: str) -> BinaryIO:
        with _faults():
            return self._part(key).open("r+b", buffering=0)

    def parts(self, key: str, handle: str) -> dict[int, int] | None:
        """As Blobs.parts: a sparse file does not tell."""
        del handle
        if not self.exists(key) and not self._part(key).is_file():
            raise BlobGone
        return None

    def complete(self, key: str, handle: str, parts: Collection[Part]) -> None:
        """As Blobs.complete."""
        del handle
        path, part = self._path(key), self._part(key)
        if path.is_file():
            return
        with _faults():
            if part.stat().st_size != sum(one.size for one in parts):
                raise PartLies("parts are missing")
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.rename(path)
            _flush_folder(path.parent)

    def abort(self, key: str, handle: str) -> None:
        """As Blobs.abort."""
        del handle
        with _faults():
            self._part(key).unlink(missing_ok=True)

    def sweep(self, *, before: datetime, keep: Collection[str]) -> int:
        """As Blobs.sweep."""
        gone = 0
        for part in self._folder.glob("??/*.part"):
            try:
                if part.stem not in keep and part.stat().st_mtime < before.timestamp():
                    part.unlink()
                    gone += 1
            except FileNotFoundError:
                continue  # completed or swept meanwhile
        return gone

    def check(self) -> str:
        """As Blobs.check."""
        blob = self.store(BytesIO(_PROBE), limit=len(_PROBE))
        try:
            with self.open(blob.key) as file:
                if filled(file, len(_PROBE)) != _PROBE:
                    raise StoreFailed("what was written reads differently")
        finally:
            self.delete(blob.key)
        return f"{self._folder} can be written and read."
