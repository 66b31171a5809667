"""Files as somebody would make them who means harm, or whose computer broke off."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib

from PIL import Image, TiffImagePlugin

TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
SCRIPT = b"<html><body><script>alert(document.domain)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def pdf(*objects: bytes, info: bytes = b"<< /Author (Ada Lovelace) /Title (Plan by Ada) >>") -> bytes:
    """A page, with a script that runs when it is opened, and with its author."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert) >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        info,
        *objects,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + table + end


def zipped(*parts: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return buffer.getvalue()


def docx(*more: tuple[str, bytes], types: bytes = TYPES, author: str = "Ada Lovelace") -> bytes:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{author}</dc:creator></cp:coreProperties>'
    )
    app = "<Properties><Company>Maple Valley Elementary</Company></Properties>"
    parts = [("[Content_Types].xml", types), ("word/document.xml", b"<w:document/>")]
    return zipped(*parts, ("docProps/core.xml", core.encode()), ("docProps/app.xml", app.encode()), *more)


def odt(*more: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, content in (("content.xml", b"<x/>"), ("meta.xml", b"<meta>Ada Lovelace</meta>"), *more):
            archive.writestr(name, content)
    return buffer.getvalue()


def zip_bomb() -> bytes:
    """A small file that unpacks to 256 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        with archive.open("word/document.xml", "w") as part:
            for _ in range(64):
                part.write(bytes(4 << 20))
    return buffer.getvalue()


def zip_that_lies() -> bytes:
    """A part that says it holds two bytes and unpacks to a million."""
    whole = docx(("word/media/image1.png", bytes(1_000_000)))
    return whole.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 2))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG with this size in its header, whatever its data hold."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def photo(width: int = 90, height: int = 60, kind: str = "JPEG") -> bytes:
    """As a phone makes it: on its side, left half red, and with the place where it was taken, and whose phone it was."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90 degrees, clockwise
    exif[0x013B] = "Ada Lovelace"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", tuple(TiffImagePlugin.IFDRational(one) for one in (44, 58, 39))
    out = io.BytesIO()
    extra = {"comment": b"taken by Ada Lovelace"} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, **extra)
    return out.getvalue()


def plain(kind: str, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, kind)
    return out.getvalue()


def heic() -> bytes:
    """64 by 48 pixels of green, with the name of whose phone it was."""
    return zlib.decompress(base64.b64decode(_HEIC))


_HEIC = (
    "eNpdkTFLw0AUx981tgS0VbFCESntVjq14iC4RK2bXfoJjJeEHCTNmYZSNwsubk6uOrm6qqDo6hdwchFBcOrgUNQS30tPkT5y99793v/e5d4BwL"
    "ITHUjXFhzQfOHUKfaF6QCwO9+OTBhb2bW8UMUgBY9gwlaFFyRFGgakgFHEXsYerYCMyOcfWcGxJkTbSVaUXcSFPZYBuF1eh3+QkWS7JxJ5TorI"
    "B6WEkZChRP8sJA/Qd3HvFtMInSSi4gC+R8MhwKy2izsKBpthcUwCjRQafcWblGFisrrJ2ETmvNRPn76/Xlxf6W6thEijCcp7KM802EPn/hgPWe"
    "CBF7a510OahcwhorzoSFtd11Cjwj1Tqph+vqZ80oQ4jgeqGXNS9ARBTdd1aqCQ/u9bMGDpfkpLH2G8JELbUTzHrQ5Pmk8VW75l0ivlK+xyqjB8"
    "3H+KP77Obq3RdGv+DXlm3M1mE6q40oGx9eTkLFWlchuWWdoJurZncrzFD3V4Y44="
)

NAMES = (
    "Unterrichtsentwurf für Jörg.jpg",
    "план урока.jpg",
    "教案 第一課.jpg",
    "خطة الدرس.jpg",
    "תוכנית.jpg",
    "แผนการสอน.jpg",
    "योजना.jpg",
    "계획.jpg",
    "📚✏️.jpg",
    "e\u0301tude.jpg",
    "photo\u202egpj.exe.jpg",
    "\u2066isolate\u2069.jpg",
    "zero\u200bwidth.jpg",
    "line\nbreak\r\nSet-Cookie: x=y.jpg",
    "nul\x00.jpg",
    "bell\x07\x1b[31m.jpg",
    '"quotes"; filename=evil.html.jpg',
    "semi;colon=1,2.jpg",
    "per%00cent%2e%2e.jpg",
    "../../../../etc/passwd.jpg",
    "..\\..\\windows\\system32\\x.jpg",
    "/etc/shadow.jpg",
    "C:\\Users\\Ada\\photo.jpg",
    "CON.jpg",
    "....jpg",
    " .jpg",
    "x" * 5000 + ".jpg",
    "字" * 3000 + ".jpg",
    "~$`|&.jpg",
)
"""Names in every script, and names that want to be something else; all hold a picture."""
