"""Badges that carry their credential inside the picture (Open Badges 3.0, baked badges).

A PNG holds one iTXt chunk `openbadgecredential`, not compressed.
"""

from __future__ import annotations

from openbadgeslib.baking import ITXT_KEYWORD_OB3, MAX_ITXT_DECOMPRESSED, bake_png, extract_png, has_png
from openbadgeslib.errors import LibOpenBadgesException
from png import Error as PngError  # type: ignore[import-untyped]


class BakingError(Exception):
    """The bytes are no PNG, or carry no credential."""


def bake(png: bytes, credential: bytes) -> bytes:
    """The picture with the credential in it. Raises BakingError if it is no PNG, ValueError if it carries a credential already."""
    try:
        if has_png(png, keyword=ITXT_KEYWORD_OB3):
            raise ValueError("the picture already carries a credential")
        return bytes(bake_png(png, credential.decode(), keyword=ITXT_KEYWORD_OB3))
    except (PngError, EOFError) as error:
        raise BakingError("not a PNG") from error


def unbake(png: bytes) -> bytes:
    """The credential, byte for byte as it was baked in. Raises BakingError."""
    try:
        text = extract_png(png, MAX_ITXT_DECOMPRESSED, keyword=ITXT_KEYWORD_OB3)
    except (PngError, EOFError, LibOpenBadgesException, UnicodeDecodeError) as error:
        raise BakingError("not a PNG with a readable credential") from error
    if text is None:
        raise BakingError("the picture carries no credential")
    return text.encode()
