"""What somebody handed in, told apart by its content, never by its name: a document, a token, an address, or a picture that holds one.

Pictures are not drawn and not unpacked: only the part that holds the badge is read, with limits.
"""

from __future__ import annotations

import json
import math
import re
import warnings
import zlib
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, Literal

from lxml import etree
from openbadgeslib.baking import ITXT_KEYWORD, ITXT_KEYWORD_OB3, SVG_NS, SVG_NS_OB3, extract_png
from openbadgeslib.errors import LibOpenBadgesException
from png import Error as PngError  # type: ignore[import-untyped]
from png import Reader

from lti_tool.badges.verifying.findings import Unreadable
from lti_tool.language import _

MOST_DOCUMENT: Final = 256 * 1024
"""Bytes of a badge's document, as openbadgeslib takes them."""
_MOST_DEPTH: Final = 64
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{3,2000}")
_HEAD: Final = 65_536
_LINK: Final = re.compile(rb"<link\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([a-zA-Z]{2,10})\s*=\s*(["'])([^"'<>]{0,2000})\2""")
_TYPES: Final = ("application/vc+ld+json", "application/vc", "application/ld+json", "application/json")

Kind = Literal["json", "token", "address"]


@dataclass(frozen=True)
class Handed:
    """`text` of this kind, and in what it lay: "", "PNG picture" or "SVG picture"."""

    kind: Kind
    text: str
    carrier: str = ""


def read(data: bytes) -> Handed:
    """What it is. Raises Unreadable."""
    if data.startswith(_PNG):
        return _text(_of_png(data), _("PNG picture"))
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        if b"<svg" not in data[:65536]:
            raise Unreadable(
                _("This is a web page, not a badge"),
                _("Give the address of the badge’s file, or download the badge there (as JSON, PNG or SVG) and choose the file here."),
            )
        return _text(_of_svg(data), _("SVG picture"))
    return _text(data)


def address_in_page(data: bytes) -> str:
    """The address of the badge's document that a web page names (`<link rel="alternate">` of a JSON type); empty if it names none."""
    if not data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return ""
    for tag in _LINK.findall(data[:_HEAD]):
        values = {name.lower(): value for name, _, value in _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))}
        if values.get("rel", "").lower() == "alternate" and values.get("type", "").lower() in _TYPES:
            found = unescape(values.get("href", ""))
            return found if _ADDRESS.fullmatch(found) else ""
    return ""


def parse(text: str) -> dict[str, Any]:
    """A JSON object of sensible depth, each member named once, without numbers and letters that can't be. Raises Unreadable."""
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice as error:
        raise Unreadable(
            _("This badge says the same thing twice"),
            _("“%(name)s” stands in it more than once, so programs may read it differently.", name=str(error)[:60]),
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("This can’t be read"), _("It looks like a badge’s document, but it is damaged or incomplete.")) from error
    if not isinstance(document, dict):
        raise Unreadable(_("This is not a badge"), _("It is a list or a single value. A badge’s document begins with {."))
    if not _sound(document):
        raise Unreadable(_("This can’t be read"), _("It is nested too deeply, or holds letters or numbers that no badge has."))
    return document


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _sound(document: Any) -> bool:
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _MOST_DEPTH:
            return False
        if isinstance(value, dict):
            waiting += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]
        elif (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, str) and not _encodes(value)):
            return False
    return True


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _text(data: bytes | str, carrier: str = "") -> Handed:
    if len(data) > MOST_DOCUMENT:
        raise Unreadable(_("This is too large for a badge"), _("A badge’s document has at most 256 kB."), status=413)
    try:
        text = (data if isinstance(data, str) else data.decode("utf-8-sig")).strip()
    except UnicodeDecodeError as error:
        raise Unreadable(_("This is not a badge"), _("Choose a badge’s JSON file, its PNG or SVG picture, or a token.")) from error
    if not text:
        raise Unreadable(_("There is nothing in it"), _("Choose a file, give an address, or paste a badge."))
    if text.startswith(("{", "[")):
        return Handed("json", text, carrier)
    if _TOKEN.fullmatch(text):
        return Handed("token", text, carrier)
    if _ADDRESS.fullmatch(text):
        return Handed("address", text, carrier)
    raise Unreadable(_("This is not a badge"), _("Choose a badge’s JSON file, its PNG or SVG picture, or a token."))


def _of_png(data: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for keyword in (ITXT_KEYWORD_OB3, ITXT_KEYWORD):
                if found := extract_png(data, MOST_DOCUMENT, keyword=keyword):
                    return str(found)
            for kind, content in Reader(bytes=data).chunks():  # the oldest way: an address or a token, in tEXt
                if kind in (b"tEXt", "tEXt") and content.startswith(ITXT_KEYWORD + b"\x00"):
                    return bytes(content).partition(b"\x00")[2].decode("latin-1")
    except (PngError, EOFError, LibOpenBadgesException, ValueError, OverflowError, MemoryError, zlib.error) as error:
        raise Unreadable(
            _("This picture can’t be read"), _("It is damaged, or what is packed into it is too large for a badge.")
        ) from error
    raise Unreadable(
        _("There is no badge in this picture"),
        _("It may have got lost: phones, chats and picture editors leave it out when they save a copy. Use the original download."),
    )


def _of_svg(data: bytes) -> str:
    if b"<!ENTITY" in data:
        raise Unreadable(
            _("This picture can’t be read"), _("It defines things of its own (entities), which a badge’s picture does not need.")
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(_("This picture can’t be read"), _("It is no sound SVG file.")) from error
    for name in (f"{{{SVG_NS_OB3}}}credential", f"{{{SVG_NS}}}assertion"):
        for element in root.iter(name):
            if text := element.get("verify") or "".join(str(part) for part in element.itertext()):
                return text
    raise Unreadable(
        _("There is no badge in this picture"), _("Use the original download: programs that save a copy often leave the badge out.")
    )
