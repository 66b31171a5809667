"""Blobs in an S3-compatible store. Parts of large files go there straight from the browser, by addresses that the tool signs."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lti_tool.blobs import CHUNK, BlobGone, Part, PartLies, StoredBlob, StoreFailed, Ticket, TooLarge, checked, filled, new_key
from lti_tool.settings import Settings

_PROBE = b"ok"
_PART = 8 * CHUNK  # the least that S3 takes for all parts but the last is 5 MiB
_SIGNED_SECONDS = 3600
_ABSENT = ("404", "NoSuchKey", "NoSuchUpload", "NotFound")
_INCOMPLETE = ("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest", "InvalidRequest")


@contextmanager
def _faults() -> Iterator[None]:
    """boto3's faults under our names; their messages may hold keys and addresses, so only the code goes on."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise (BlobGone() if code in _ABSENT else StoreFailed(code or "refused")) from error
    except BotoCoreError as error:
        raise StoreFailed(type(error).__name__) from error


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


class _Ranged(io.RawIOBase):
    """An object as a seekable stream: one open answer at a time, a new one only after a jump."""

    def __init__(self, blobs: S3Blobs, key: str, size: int) -> None:
        self._blobs, self._key, self._size, self._place = blobs, key, size, 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        place = max(0, base + offset)
        if place != self._place:
            self._drop()
        self._place = place
        return place

    def readinto(self, buffer: Any) -> int:
        if self._place >= self._size:
            return 0
        with _faults():
            if self._body is None:
                self._body = self._blobs.body(self._key, self._place, self._size)
            piece = self._body.read(len(buffer))
        if not piece:
            raise StoreFailed("the answer ended early")
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._drop()
        super().close()


class S3Blobs:
    """The store in a bucket. Its clients are safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._bucket, self._prefix = settings.s3_bucket, settings.s3_prefix
        self._client = _client(settings, settings.s3_endpoint_url)
        public = settings.s3_public_url or settings.s3_endpoint_url
        self._signer = self._client if public == settings.s3_endpoint_url else _client(settings, public)
        parts = urlsplit(self._sign(self._named(new_key()), "check", 1, {}))
        self.origin = f"{parts.scheme}://{parts.netloc}"

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + checked(key)}

    def store(self, stream: BinaryIO, *, limit: int) -> StoredBlob:
        """As Blobs.store; what arrived is read back and compared."""
        key = new_key()
        handle = self.begin(key)
        size = 0
        parts: list[Part] = []
        sha = hashlib.sha256()
        try:
            while (piece := filled(stream, _PART)) or not parts:
                if size + len(piece) > limit:
                    raise TooLarge
                sha.update(piece)
                part = Part(len(parts) + 1, size, len(piece), hashlib.sha256(piece).hexdigest())
                self._send(key, handle, part, piece)
                parts.append(part)
                size += len(piece)
            self.complete(key, handle, parts)
            found = hashlib.sha256()
            for piece in self.read(key):
                found.update(piece)
            if self.size(key) != size or found.digest() != sha.digest():
                raise StoreFailed("what was written reads differently")
        except BaseException:
            self._forget(key, handle)
            raise
        return StoredBlob(key, size, sha.hexdigest())

    def _send(self, key: str, handle: str, part: Part, content: bytes) -> None:
        with _faults():
            self._client.upload_part(
                **self._named(key), UploadId=handle, PartNumber=part.number, Body=content, ChecksumSHA256=_base64(part.sha256)
            )

    def _forget(self, key: str, handle: str) -> None:
        try:
            self.abort(key, handle)
            self.delete(key)
        except StoreFailed:
            return  # the sweep finds it

    def size(self, key: str) -> int:
        """As Blobs.size."""
        with _faults():
            return int(self._client.head_object(**self._named(key))["ContentLength"])

    def exists(self, key: str) -> bool:
        """As Blobs.exists."""
        try:
            self.size(key)
        except BlobGone:
            return False
        return True

    def body(self, key: str, start: int, end: int) -> Any:
        """The answer of the store with these bytes, to be read and closed; `end` is past `start`."""
        with _faults():
            return self._client.get_object(**self._named(key), Range=f"bytes={start}-{end - 1}")["Body"]

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """As Blobs.open."""
        return io.BufferedReader(_Ranged(self, key, self.size(key)), CHUNK)

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """As Blobs.read."""
        end = self.size(key) if end is None else end
        if start >= end:
            return
        body = self.body(key, start, end)
        try:
            with _faults():
                yield from body.iter_chunks(CHUNK)
        finally:
            body.close()

    def delete(self, key: str) -> None:
        """As Blobs.delete."""
        with _faults():
            self._client.delete_object(**self._named(key))

    def begin(self, key: str) -> str:
        """As Blobs.begin."""
        with _faults():
            answer = self._client.create_multipart_upload(
                **self._named(key), ContentType="application/octet-stream", ChecksumAlgorithm="SHA256"
            )
            return str(answer["UploadId"])

    def sign(self, key: str, handle: str, part: Part) -> Ticket:
        """As Blobs.sign. Length and SHA-256 are signed too; a store that knows the checksum header refuses other bytes at once."""
        checksum = _base64(part.sha256)
        url = self._sign(self._named(key), handle, part.number, {"ContentLength": part.size, "ChecksumSHA256": checksum})
        return Ticket(url, {"x-amz-checksum-sha256": checksum})

    def _sign(self, named: dict[str, str], handle: str, number: int, more: dict[str, Any]) -> str:
        with _faults():
            return str(
                self._signer.generate_presigned_url(
                    "upload_part", Params={**named, "UploadId": handle, "PartNumber": number, **more}, ExpiresIn=_SIGNED_SECONDS
                )
            )

    def take(self, key: str, handle: str, part: Part, stream: BinaryIO) -> None:
        """As Blobs.take."""
        content = filled(stream, part.size)
        if len(content) != part.size or stream.read(1):
            raise PartLies("another size")
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise PartLies("another SHA-256")
        self._send(key, handle, part, content)

    def parts(self, key: str, handle: str) -> dict[int, int] | None:
        """As Blobs.parts."""
        return {number: size for number, (size, _) in self._listed(key, handle).items()}

    def _listed(self, key: str, handle: str) -> dict[int, tuple[int, str]]:
        """Size and entity tag by part number."""
        with _faults():
            pages = self._client.get_paginator("list_parts").paginate(**self._named(key), UploadId=handle)
            return {one["PartNumber"]: (one["Size"], one["ETag"]) for page in pages for one in page.get("Parts", [])}

    def complete(self, key: str, handle: str, parts: Collection[Part]) -> None:
        """As Blobs.complete."""
        if self.exists(key):
            return
        listed = self._listed(key, handle)
        if {one.number: one.size for one in parts} != {number: size for number, (size, _) in listed.items()}:
            raise PartLies("parts are missing")
        wanted = [
            {"PartNumber": one.number, "ETag": listed[one.number][1], "ChecksumSHA256": _base64(one.sha256)}
            for one in sorted(parts, key=lambda one: one.number)
        ]
        try:
            with _faults():
                self._client.complete_multipart_upload(**self._named(key), UploadId=handle, MultipartUpload={"Parts": wanted})
        except StoreFailed as error:
            if str(error) in _INCOMPLETE:
                raise PartLies(str(error)) from error
            raise

    def abort(self, key: str, handle: str) -> None:
        """As Blobs.abort; also what was begun under this key without its handle being kept."""
        named = self._named(key)
        handles = {handle} - {""} | {one["UploadId"] for one in self._unfinished(named["Key"])}
        for one in handles:
            try:
                with _faults():
                    self._client.abort_multipart_upload(**named, UploadId=one)
            except BlobGone:
                continue

    def _unfinished(self, prefix: str) -> list[dict[str, Any]]:
        with _faults():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
            return [one for page in pages for one in page.get("Uploads", [])]

    def sweep(self, *, before: datetime, keep: Collection[str]) -> int:
        """As Blobs.sweep."""
        gone = 0
        for one in self._unfinished(self._prefix):
            key = one["Key"].removeprefix(self._prefix)
            if key not in keep and one["Initiated"] < before:
                with _faults():
                    self._client.abort_multipart_upload(Bucket=self._bucket, Key=one["Key"], UploadId=one["UploadId"])
                gone += 1
        return gone

    def check(self) -> str:
        """As Blobs.check."""
        self.delete(self.store(BytesIO(_PROBE), limit=len(_PROBE)).key)
        return f"The bucket {self._bucket} can be written and read; browsers send large files to {self.origin}."


def _client(settings: Settings, endpoint: str) -> Any:
    """A client; with no keys in the settings, boto3's own ways to find them (role of the machine, environment, profile)."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        config=Config(
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": "path" if endpoint else "virtual"},
            request_checksum_calculation="when_required",  # an address signed for a browser must not ask for headers it can't make
            response_checksum_validation="when_required",
        ),
    )
