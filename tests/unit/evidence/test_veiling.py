"""What recordings tell of whoever made them is covered; everything else stays."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.veiling import NotRead, veiled, veils


def box(name: bytes, *inside: bytes, wide: bool = False) -> bytes:
    body = b"".join(inside)
    if wide:
        return struct.pack(">L", 1) + name + struct.pack(">Q", len(body) + 16) + body
    return struct.pack(">L", len(body) + 8) + name + body


PLACE = b"\xa9xyz\0\x12\x15\xc7+44.6488-063.5752/"
TRACK = box(b"trak", box(b"tkhd", b"t"), box(b"udta", b"Ada"))
MOVIE = (
    box(b"ftyp", b"isom")
    + box(b"moov", box(b"mvhd", b"m" * 20), TRACK, box(b"udta", PLACE), box(b"meta", b"Ada", wide=True))
    + box(b"mdat", b"udta and meta are only letters here")
    + box(b"uuid", b"Ada Lovelace")
)
SONG = b"ID3\x04\0\0\0\0\0\x14" + b"TPE1 Ada Lovelace   " + b"\xff\xfb\x90\0" + b"m" * 300 + b"TAG" + b"Ada Lovelace".ljust(125, b"\0")


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


WAVE = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"f" * 16) + chunk(b"LIST", b"INFOIART Ada Lovelace") + chunk(b"data", b"Ada is a sound")


def covered(content: bytes, media_type: str, size: int = 1 << 20, start: int = 0, stop: int | None = None) -> bytes:
    found = veils(io.BytesIO(content), len(content), media_type)
    assert found is not None
    part = content[start:stop]
    pieces = [part[n : n + size] for n in range(0, len(part), size)]
    return b"".join(veiled(pieces, start, found))


def test_a_movie_keeps_its_pictures_and_loses_place_and_name() -> None:
    out = covered(MOVIE, "video/mp4")
    assert len(out) == len(MOVIE)
    assert [word for word in (b"44.6488", b"Ada", b"Lovelace") if word in out] == []
    assert out.count(b"free") == 4
    for kept in (box(b"ftyp", b"isom"), box(b"mvhd", b"m" * 20), box(b"tkhd", b"t"), box(b"mdat", b"udta and meta are only letters here")):
        assert kept in out
    assert veils(io.BytesIO(out), len(out), "video/mp4") == [], "it is a movie still"


def test_songs_and_waves() -> None:
    song, wave = covered(SONG, "audio/mpeg"), covered(WAVE, "audio/wav")
    assert b"Ada" not in song
    assert b"m" * 300 in song
    assert song[:10] == SONG[:10]
    assert b"Lovelace" not in wave
    assert b"Ada is a sound" in wave
    assert b"JUNK" in wave
    assert (len(song), len(wave)) == (len(SONG), len(WAVE))


@given(st.sampled_from([(MOVIE, "video/mp4"), (SONG, "audio/mpeg"), (WAVE, "audio/wav")]), st.integers(1, 60), st.data())
def test_every_range_in_pieces_of_any_size_shows_the_same(kind: tuple[bytes, str], size: int, data: st.DataObject) -> None:
    content, media_type = kind
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, len(content)))
    assert covered(content, media_type, size, start, stop) == covered(content, media_type)[start:stop]


@given(st.binary(max_size=300), st.sampled_from(["video/mp4", "video/quicktime", "audio/mp4", "audio/mpeg", "audio/wav", "video/webm"]))
def test_anything_is_read_or_said_not_to_be(content: bytes, media_type: str) -> None:
    try:
        found = veils(io.BytesIO(content), len(content), media_type)
    except NotRead:
        return
    assert (found is None) == (media_type == "video/webm")
    assert len(b"".join(veiled([content], 0, found or []))) == len(content)


def test_a_movie_of_too_many_boxes_is_given_up() -> None:
    deep = b""
    for _ in range(5000):
        deep = box(b"moov", deep)
    for content in (box(b"free") * 20_001, deep):
        with pytest.raises(NotRead):
            veils(io.BytesIO(content), len(content), "video/mp4")
