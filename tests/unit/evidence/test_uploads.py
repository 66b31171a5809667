"""What kind a file really is."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.uploads import FORMATS, Refused, judge


def zipped(*names: str, first: tuple[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if first:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


DOCX = zipped("[Content_Types].xml", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")
PPTX = zipped("[Content_Types].xml", "ppt/presentation.xml")
ODT = zipped("content.xml", first=("mimetype", "application/vnd.oasis.opendocument.text"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
PNG, JPEG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0" * 80


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.png", PNG, "image/png"),
        ("A.JPG", JPEG, "image/jpeg"),
        ("a.png", JPEG, "image/jpeg"),
        ("a.gif", b"GIF89a" + b"\0" * 40, "image/gif"),
        ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 40, "image/webp"),
        ("a.heic", ftyp(b"heic"), "image/heic"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\n", "application/pdf"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.pptx", PPTX, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("a.doc", OLE, "application/msword"),
        ("a.ppt", OLE, "application/vnd.ms-powerpoint"),
        ("a.rtf", b"{\\rtf1\\ansi hello}", "application/rtf"),
        ("a.txt", "Grüße 你好\n".encode(), "text/plain"),
        ("a.csv", b"a;b\r\n1;2\r\n", "text/plain"),
        ("a.txt", b"<html><script>1</script></html>", "text/plain"),
        ("a.mp4", ftyp(b"isom"), "video/mp4"),
        ("a.mp4", ftyp(b"iso6"), "video/mp4"),
        ("a.mov", ftyp(b"qt  "), "video/quicktime"),
        ("a.mov", ftyp(b"mp42"), "video/mp4"),
        ("a.m4a", ftyp(b"M4A "), "audio/mp4"),
        ("a.webm", b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\0" * 40, "video/webm"),
        ("a.mp3", b"ID3\x03\0\0\0\0\0\x21" + b"\0" * 60, "audio/mpeg"),
        ("a.mp3", b"\xff\xfb\x90\x00" + b"\0" * 60, "audio/mpeg"),
        ("a.mp3", b"\xff\xf3\x90\x00" + b"\0" * 60, "audio/mpeg"),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40, "audio/wav"),
        ("a.ogg", b"OggS\0\x02" + b"\0" * 40, "audio/ogg"),
        ("photo", PNG, "image/png"),
    ],
)
def test_content_decides(name: str, content: bytes, media_type: str) -> None:
    assert judge(name, content, content).media_type == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ" + b"\0" * 90),
        ("a.svg", b"<svg/>"),
        ("a.html", b"<html></html>"),
        ("a.zip", zipped("a.txt")),
        ("a.docm", DOCX),
        ("a.js", b"alert(1)"),
        ("nothing", b"just words"),
        ("a.avif", ftyp(b"avif")),
    ],
)
def test_kinds_that_are_not_taken(name: str, content: bytes) -> None:
    with pytest.raises(Refused, match="can't be taken"):
        judge(name, content, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ" + b"\0" * 90),
        ("a.pdf", b"<html><script>1</script></html>"),
        ("a.docx", XLSX),
        ("a.docx", zipped("evil.exe")),
        ("a.odt", DOCX),
        ("a.png", ftyp(b"isom")),
        ("a.jpg", b"%PDF-1.4"),
        ("a.txt", PNG),
        ("a.txt", b"%PDF-1.4 text"),
        ("a.mp3", ftyp(b"isom")),
        ("a.mp4", b"\xff\xfb\x90\x00" + b"\0" * 60),
        ("a.png", b""),
    ],
)
def test_names_that_lie(name: str, content: bytes) -> None:
    with pytest.raises(Refused, match="holds something else"):
        judge(name, content, content)


@given(st.sampled_from([f".{e}" for form in FORMATS for e in form.extensions] + ["", ".exe"]), st.binary(max_size=200))
def test_anything_is_judged_or_refused(extension: str, content: bytes) -> None:
    try:
        form = judge("name" + extension, content, content)
    except Refused:
        return
    assert form in FORMATS
