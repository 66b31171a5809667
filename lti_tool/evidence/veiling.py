"""Where a recording says who made it and where, covered.

Looked into: MP4 and QuickTime (ISO/IEC 14496-12: udta, meta, uuid), MP3 (ID3), WAV (all chunks but sound and its format). A recording is
too large to write anew, so those bytes are covered on their way out: a box is called free space, its content becomes zeros, and every
other byte stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

Veil = tuple[int, int, str]
"""From this byte, up to this byte, the name that is written at its start (the rest is zeros)."""
_MOST_BOXES, _DEEPEST = 20_000, 8
_INSIDE = (b"moov", b"trak", b"mdia", b"minf")
_TELLING = (b"udta", b"meta", b"uuid", b"XMP_")
_RIFF_KEPT = (b"fmt ", b"data", b"fact")


class NotRead(Exception):
    """It is not built as its kind should be, or has too many parts."""


def veils(stream: BinaryIO, size: int, media_type: str) -> list[Veil] | None:
    """What to cover; None for kinds that are not looked into. Raises NotRead."""
    if media_type in ("video/mp4", "video/quicktime", "audio/mp4"):
        return list(_boxes(stream, 0, size, [_MOST_BOXES], _DEEPEST))
    if media_type == "audio/mpeg":
        return list(_id3(stream, size))
    if media_type == "audio/wav":
        return list(_riff(stream, size))
    return None


def _at(stream: BinaryIO, place: int, count: int) -> bytes:
    stream.seek(place)
    found = stream.read(count)
    while 0 < len(found) < count and (more := stream.read(count - len(found))):
        found += more
    return found


def _boxes(stream: BinaryIO, start: int, end: int, left: list[int], deeper: int) -> Iterator[Veil]:
    while start + 8 <= end:
        left[0] -= 1
        header = _at(stream, start, 16)
        length, name, inside = int.from_bytes(header[:4], "big"), header[4:8], start + 8
        if length == 1:
            length, inside = int.from_bytes(header[8:16], "big"), start + 16
        stop = end if length == 0 else start + length
        if left[0] < 0 or deeper < 0 or stop < inside or stop > end:
            raise NotRead
        if name in _TELLING:
            yield start + 4, start + 8, "free"
            yield inside, stop, ""
        elif name in _INSIDE:
            yield from _boxes(stream, inside, stop, left, deeper - 1)
        start = stop


def _id3(stream: BinaryIO, size: int) -> Iterator[Veil]:
    head = _at(stream, 0, 10)
    if head[:3] == b"ID3":
        length = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        if 10 + length > size:
            raise NotRead
        yield 10, 10 + length, ""
    if size >= 128 and _at(stream, size - 128, 3) == b"TAG":
        yield size - 125, size, ""


def _riff(stream: BinaryIO, size: int) -> Iterator[Veil]:
    start, left = 12, _MOST_BOXES
    while start + 8 <= size:
        left -= 1
        header = _at(stream, start, 8)
        stop = start + 8 + int.from_bytes(header[4:8], "little")
        if left < 0:
            raise NotRead
        if header[:4] not in _RIFF_KEPT:
            yield start, start + 4, "JUNK"
            yield start + 8, min(stop, size), ""
        start = stop + stop % 2


def veiled(pieces: Iterable[bytes], start: int, covers: Sequence[Sequence[int | str]]) -> Iterator[bytes]:
    """The pieces of a blob, which begin at its byte `start`, with the veils over them."""
    for piece in pieces:
        end = start + len(piece)
        shown, touched = piece, [(int(a), int(b), str(name)) for a, b, name in covers if int(a) < end and int(b) > start]
        if touched:
            drawn = bytearray(piece)
            for first, last, name in touched:
                cover = name.encode() if name else bytes(min(last, end) - max(first, start))
                skipped = max(0, start - first) if name else 0
                place = max(first, start) - start
                part = cover[skipped:][: min(last, end) - max(first, start)]
                drawn[place : place + len(part)] = part
            shown = bytes(drawn)
        yield shown
        start = end
