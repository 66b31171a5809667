"""Badges that carry their credential inside the picture (Open Badges 3.0 and 2.0, baked badges).

A PNG holds one iTXt chunk, not compressed: `openbadgecredential` (3.0) or `openbadges` (2.0). An SVG holds one element of the same
version's namespace as the first child of its root: a credential of 3.0 as its text, an assertion of 2.0 by its address.
"""

from __future__ import annotations

from typing import Final

from lxml import etree
from openbadgeslib.baking import (
    ITXT_KEYWORD,
    ITXT_KEYWORD_OB3,
    MAX_ITXT_DECOMPRESSED,
    SVG_NS,
    SVG_NS_OB3,
    bake_png,
    extract_png,
    has_png,
)
from openbadgeslib.errors import LibOpenBadgesException
from png import Error as PngError  # type: ignore[import-untyped]

_SVG: Final = "http://www.w3.org/2000/svg"
_PARSER: Final = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "strip_cdata": False}


class BakingError(Exception):
    """The bytes are no picture of this kind, or carry no credential."""


def bake(png: bytes, credential: bytes) -> bytes:
    """The picture with the credential in it. Raises BakingError if it is no PNG, ValueError if it carries a credential already."""
    return _bake(png, credential, ITXT_KEYWORD_OB3)


def bake_ob2(png: bytes, assertion: bytes) -> bytes:
    """The picture with an Open Badges 2.0 Assertion in it. Raises like `bake`."""
    return _bake(png, assertion, ITXT_KEYWORD)


def unbake(png: bytes) -> bytes:
    """The credential, byte for byte as it was baked in. Raises BakingError."""
    return _unbake(png, ITXT_KEYWORD_OB3)


def unbake_ob2(png: bytes) -> bytes:
    """The Assertion, byte for byte as it was baked in. Raises BakingError."""
    return _unbake(png, ITXT_KEYWORD)


def bake_svg(svg: str, credential: bytes) -> bytes:
    """The drawing with the credential in it. Raises BakingError if it is no SVG, ValueError if it carries a credential already."""
    root = _svg(svg.encode())
    element = _room(root, SVG_NS_OB3, "credential")
    # A CDATA section can't hold its own end; plain text, escaped, means the same to every reader.
    text = credential.decode()
    element.text = text if "]]>" in text else etree.CDATA(text)
    return bytes(etree.tostring(root, encoding="utf-8"))


def bake_ob2_svg(svg: str, address: str) -> bytes:
    """The drawing with the address of a hosted Open Badges 2.0 Assertion in it. Raises like `bake_svg`."""
    root = _svg(svg.encode())
    _room(root, SVG_NS, "assertion").set("verify", address)
    return bytes(etree.tostring(root, encoding="utf-8"))


def unbake_svg(svg: bytes) -> bytes:
    """The credential of a baked SVG (Open Badges 3.0): its text, or the compact JWS in `verify`. Raises BakingError."""
    found = _svg(svg).find(f".//{{{SVG_NS_OB3}}}credential")
    if found is None or not (text := found.get("verify") or (found.text or "").strip()):
        raise BakingError("the drawing carries no credential")
    return text.encode()


def _svg(svg: bytes) -> etree._Element:
    try:
        root = etree.fromstring(svg, etree.XMLParser(**_PARSER))  # type: ignore[arg-type]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BakingError("not an SVG") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise BakingError("not an SVG")
    return root


def _room(root: etree._Element, namespace: str, name: str) -> etree._Element:
    if root.find(f".//{{{namespace}}}{name}") is not None:
        raise ValueError("the drawing carries a credential already")
    element = etree.Element(f"{{{namespace}}}{name}", nsmap={"openbadges": namespace})
    root.insert(0, element)
    return element


def _bake(png: bytes, text: bytes, keyword: bytes) -> bytes:
    try:
        if has_png(png, keyword=keyword):
            raise ValueError("the picture already carries a credential")
        return bytes(bake_png(png, text.decode(), keyword=keyword))
    except (PngError, EOFError) as error:
        raise BakingError("not a PNG") from error


def _unbake(png: bytes, keyword: bytes) -> bytes:
    try:
        text = extract_png(png, MAX_ITXT_DECOMPRESSED, keyword=keyword)
    except (PngError, EOFError, LibOpenBadgesException, UnicodeDecodeError) as error:
        raise BakingError("not a PNG with a readable credential") from error
    if text is None:
        raise BakingError("the picture carries no credential")
    return str(text).encode()
