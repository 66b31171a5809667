"""Both stores keep the same promises."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from io import SEEK_END, BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest
import requests

from lti_tool import blobs
from lti_tool.blobs import BlobGone, Blobs, Part, PartLies, StoreFailed, TooLarge, new_key
from lti_tool.settings import Settings
from tests.factories.s3 import s3_settings

MIB = 1 << 20
LARGE = random.Random(4).randbytes(9 * MIB + 5)


class Trickle(RawIOBase):
    """A stream whose reads return less than was asked for, as those of a network do."""

    def __init__(self, content: bytes) -> None:
        self._stream = BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(min(size, 70_001) if size >= 0 else 70_001)


def part(number: int, content: bytes, offset: int) -> Part:
    return Part(number, offset, len(content), hashlib.sha256(content).hexdigest())


def cut(content: bytes, size: int = 6 * MIB) -> list[tuple[Part, bytes]]:
    return [(part(n + 1, piece := content[at : at + size], at), piece) for n, at in enumerate(range(0, len(content), size))]


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
def test_what_is_stored_comes_back(store: Blobs, content: bytes) -> None:
    stored = store.store(Trickle(content), limit=len(content))  # type: ignore[arg-type]
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert store.size(stored.key) == len(content)
    assert store.exists(stored.key)
    assert b"".join(store.read(stored.key)) == content


def test_a_blob_is_a_seekable_stream(store: Blobs) -> None:
    key = store.store(BytesIO(LARGE), limit=len(LARGE)).key
    with store.open(key) as file:
        assert file.read(10) == LARGE[:10]
        file.seek(5 * MIB)
        assert file.read(2 * MIB) == LARGE[5 * MIB : 7 * MIB]
        assert file.seek(-7, SEEK_END) == len(LARGE) - 7
        assert file.read() == LARGE[-7:]
        assert file.read(1) == b""


@pytest.mark.parametrize(("start", "end"), [(MIB - 1, 3 * MIB + 1), (len(LARGE) - 1, len(LARGE)), (7, 7)])
def test_ranges(store: Blobs, start: int, end: int) -> None:
    key = store.store(BytesIO(LARGE), limit=len(LARGE)).key
    assert b"".join(store.read(key, start, end)) == LARGE[start:end]


def test_what_passes_the_limit_leaves_nothing(store: Blobs, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        store.store(Trickle(LARGE), limit=len(LARGE) - 1)  # type: ignore[arg-type]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert store.sweep(before=datetime.now(UTC) + timedelta(days=1), keep=()) == 0


def test_deleted_and_unknown_blobs_are_gone(store: Blobs) -> None:
    key = store.store(BytesIO(b"x"), limit=1).key
    store.delete(key)
    store.delete(key)
    assert not store.exists(key)
    for look in (store.size, store.open, lambda one: next(store.read(one))):
        with pytest.raises(BlobGone):
            look(key)
    for bad in ("", "../../etc/passwd", "A" * 40, key + "/x"):
        with pytest.raises(ValueError, match="not a blob key"):
            store.size(bad)


def test_parts_in_any_order_and_twice(store: Blobs) -> None:
    key = new_key()
    handle = store.begin(key)
    pieces = cut(LARGE)
    for one, content in [*reversed(pieces), pieces[0]]:
        store.take(key, handle, one, Trickle(content))  # type: ignore[arg-type]
    assert not store.exists(key)
    assert store.parts(key, handle) in (None, {one.number: one.size for one, _ in pieces})
    for _ in range(2):
        store.complete(key, handle, [one for one, _ in pieces])
    assert b"".join(store.read(key)) == LARGE


@pytest.mark.parametrize("content", [b"short", b"t" * 16, b"0123456789abcdeX"], ids=["shorter", "other", "last byte"])
def test_a_part_that_lies_is_refused(store: Blobs, content: bytes) -> None:
    key = new_key()
    handle = store.begin(key)
    with pytest.raises(PartLies):
        store.take(key, handle, part(1, b"0123456789abcdef", 0), BytesIO(content))
    with pytest.raises(PartLies):
        store.take(key, handle, part(1, b"0123456789abcdef", 0), BytesIO(b"0123456789abcdef and more"))
    if store.origin:
        assert store.parts(key, handle) == {}


def test_nothing_completes_with_a_part_missing(store: Blobs) -> None:
    key = new_key()
    handle = store.begin(key)
    pieces = cut(LARGE)
    for one, content in pieces[:-1]:
        store.take(key, handle, one, BytesIO(content))
    with pytest.raises(PartLies):
        store.complete(key, handle, [one for one, _ in pieces])
    assert not store.exists(key)


def test_aborted_uploads_are_gone(store: Blobs) -> None:
    key = new_key()
    handle = store.begin(key)
    store.abort(key, handle)
    store.abort(key, handle)
    if not store.origin:  # the S3 of these tests breaks here
        with pytest.raises(BlobGone):
            store.take(key, handle, part(1, b"x", 0), BytesIO(b"x"))
    with pytest.raises(BlobGone):
        store.complete(key, handle, [part(1, b"x", 0)])


def test_sweeping_spares_what_is_kept_or_young(store: Blobs) -> None:
    kept, lost = new_key(), new_key()
    for key in (kept, lost):
        store.begin(key)
    now = datetime.now(UTC)
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)  # the S3 of these tests says that everything was begun in 2010
    assert store.sweep(before=long_ago, keep=[]) == 0
    assert store.sweep(before=now + timedelta(days=1), keep=[kept]) == 1
    assert store.sweep(before=now + timedelta(days=1), keep=[]) == 1


def test_the_check_writes_and_reads(store: Blobs) -> None:
    assert "can be written and read" in store.check()


def test_browsers_send_parts_by_signed_addresses(s3: str, tmp_path: Path) -> None:
    store = blobs.connect(Settings(data_dir=tmp_path, development=True, **s3_settings(s3)))
    key = new_key()
    handle = store.begin(key)
    pieces = cut(LARGE)
    for one, content in pieces:
        ticket = store.sign(key, handle, one)
        assert ticket.url.startswith(store.origin + "/")
        assert "content-length" in ticket.url, "the length is signed"
        assert requests.put(ticket.url, content, headers=ticket.headers, timeout=10).status_code == 200
    store.complete(key, handle, [one for one, _ in pieces])
    assert b"".join(store.read(key)) == LARGE


def test_the_address_of_browsers_may_be_another(s3: str, tmp_path: Path) -> None:
    store = blobs.connect(Settings(data_dir=tmp_path, development=True, s3_public_url="https://files.example.org", **s3_settings(s3)))
    assert store.origin == "https://files.example.org"
    assert store.sign(new_key(), "x", part(1, b"x", 0)).url.startswith("https://files.example.org/evidence/")


@pytest.mark.parametrize("fault", [{"s3_bucket": "nowhere"}, {"s3_endpoint_url": "http://127.0.0.1:9"}])
def test_a_store_that_fails_says_so_without_secrets(s3: str, tmp_path: Path, fault: dict[str, Any]) -> None:
    store = blobs.connect(Settings(data_dir=tmp_path, development=True, **{**s3_settings(s3), **fault}))
    for attempt in (store.check, lambda: store.begin(new_key()), lambda: store.store(BytesIO(b"x"), limit=1)):
        with pytest.raises(StoreFailed) as caught:
            attempt()
        assert "127.0.0.1" not in str(caught.value)


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("in its place")
    with pytest.raises(StoreFailed):
        blobs.connect(Settings(data_dir=tmp_path, development=True)).check()
