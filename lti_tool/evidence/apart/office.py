"""Office files: no macros, nothing that unpacks without end, and a copy without what the properties say of the author."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO

from lti_tool.evidence.apart.found import Found

_MOST_PARTS = 20_000
_MOST_UNPACKED = 1 << 30
_HONEST = 200 << 20  # bytes that may unpack from anything: plain tables shrink a lot
_MOST_RATIO = 100
_CHUNK = 1 << 20
_OLD_MACROS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "_VBA_PROJECT_CUR"))
_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PROPERTIES = {
    "docprops/core.xml": b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docprops/app.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docprops/custom.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
    "meta.xml": b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"/>',
}
_MACROS = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")


class _Unfit(Exception):
    """Not a file that we hand on; the argument is the reason."""


def examine(original: Path, copy: Path, _preview: Path) -> Found:
    """Open XML and OpenDocument."""
    try:
        with zipfile.ZipFile(original) as source:
            parts = source.infolist()
            _check(parts)
            if any(part.flag_bits & 1 for part in parts):
                return Found("as_is", "password")
            if sum(part.file_size for part in parts) > _MOST_UNPACKED:
                return Found("as_is", "too_large")
            with zipfile.ZipFile(copy, "w") as target:
                for part in parts:
                    _hand_on(source, part, target)
    except _Unfit as unfit:
        return Found("refused", str(unfit))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, IndexError, NotImplementedError, RuntimeError):
        return Found("refused", "damaged")
    return Found("made")


def _check(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.replace("\\", "/").lower() for part in parts]
    if any(name.rpartition("/")[2] in _MACROS or name.startswith(("basic/", "scripts/")) for name in names):
        raise _Unfit("macros")
    if not ({"[content_types].xml", "mimetype"} & set(names)):
        raise _Unfit("damaged")
    if len(parts) > _MOST_PARTS:
        raise _Unfit("bomb")
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > _HONEST and unpacked > packed * _MOST_RATIO:
        raise _Unfit("bomb")
    if len(set(names)) != len(names):  # two programs may read two different files out of it
        raise _Unfit("damaged")


def _hand_on(source: zipfile.ZipFile, part: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
    """One part into the copy, or what stands in its place; `file_size` bytes of it at most."""
    fresh = zipfile.ZipInfo(part.filename)
    fresh.compress_type = zipfile.ZIP_STORED if part.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
    given = _PROPERTIES.get(part.filename.replace("\\", "/").lower())
    if given is not None:
        target.writestr(fresh, _XML + given)
        return
    if "contenttypes" in part.filename.lower().replace("_", "").replace(" ", ""):
        _refuse_macro_type(source, part)
    with source.open(part) as stream, target.open(fresh, "w", force_zip64=part.file_size > 1 << 31) as sink:
        while chunk := stream.read(_CHUNK):
            sink.write(chunk)


def _refuse_macro_type(source: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with source.open(part) as stream:
        if b"macroenabled" in stream.read(_CHUNK).lower():
            raise _Unfit("macros")


def examine_old(original: Path, _copy: Path, _preview: Path) -> Found:
    """Word, Excel and PowerPoint before 2007: macros are looked for, everything else stays."""
    with original.open("rb") as file:
        return Found("refused", "macros") if _holds(file, _OLD_MACROS) else Found("as_is", "kind")


def _holds(file: IO[bytes], words: tuple[bytes, ...]) -> bool:
    rest, overlap = b"", max(len(word) for word in words)
    while chunk := file.read(_CHUNK):
        rest = rest[-overlap:] + chunk
        if any(word in rest for word in words):
            return True
    return False
