"""A PDF without what it says of its author, without scripts and without files inside."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pikepdf
from pikepdf import Name, PasswordError, Pdf, PdfError

from lti_tool.evidence.apart.found import Found

_MOST = 300 << 20


def examine(original: Path, copy: Path, _preview: Path) -> Found:
    """Write the copy; a PDF that can't be read through is handed on as it is."""
    if original.stat().st_size > _MOST:
        return Found("as_is", "too_large")
    try:
        with pikepdf.open(original) as pdf:
            _clean(pdf)
            pdf.save(copy)
    except PasswordError:
        return Found("as_is", "password")
    except MemoryError:
        return Found("as_is", "too_hard")
    except (PdfError, OSError, ValueError, TypeError, KeyError, RuntimeError, RecursionError):
        return Found("as_is", "damaged")
    return Found("made")


def _clean(pdf: Pdf) -> None:
    if not len(pdf.pages):
        raise ValueError("no pages")
    with suppress(KeyError):
        del pdf.docinfo
    root = pdf.Root
    for name in (Name.Metadata, Name.OpenAction, Name.AA, Name.PieceInfo):
        if name in root:
            del root[name]
    names = root.get(Name.Names)
    if isinstance(names, pikepdf.Dictionary):
        for name in (Name.JavaScript, Name.EmbeddedFiles):
            if name in names:
                del names[name]
    for page in pdf.pages:
        for name in (Name.Metadata, Name.PieceInfo, Name.AA):
            if name in page.obj:
                del page.obj[name]
