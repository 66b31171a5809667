"""A badge's picture: outline, color and pictogram as the author chose them, with the title, the issuer and the year.

The same facts give the same bytes.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from math import cos, hypot, pi, sin
from typing import Final
from xml.sax.saxutils import escape

import resvg_py

from lti_tool.badges.lettering import cap_height, draw, fit, spell
from lti_tool.badges.pictograms import PICTOGRAMS
from lti_tool.catalog.content import BadgeDesign

SIDE: Final = 600
"""Side of the drawing in user units; PNGs are this many pixels unless told otherwise."""

_NO_CHARACTER: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MIDDLE: Final = SIDE / 2
_PLATE_TOP, _PLATE_HEIGHT, _PLATE_LEFT = 366.0, 140.0, 18.0
_TEXT_WIDTH: Final = 520.0
_PICTOGRAM_CENTER, _PICTOGRAM_SIDE = 202.0, 252.0
_ALONE_CENTER, _ALONE_SIDE, _SMALL_SIDE = 292.0, 300.0, 340.0


@dataclass(frozen=True, slots=True)
class Palette:
    """One color family. `deep` letters the white plate, `top` to `bottom` fill the badge from light to dark."""

    deep: str
    bottom: str
    top: str
    tint: str


PALETTES: Final = {
    "teal": Palette("#0a4540", "#0b5c55", "#148378", "#b9ebe3"),
    "indigo": Palette("#26226b", "#352cab", "#5a50e0", "#d3d0fb"),
    "plum": Palette("#521655", "#711b76", "#a03ba6", "#f1cdf3"),
    "forest": Palette("#123d26", "#185431", "#2c7d4d", "#c3e9d0"),
    "amber": Palette("#5f2905", "#964208", "#bf660f", "#fde0b2"),
    "rose": Palette("#6d0f30", "#a1163f", "#d43a66", "#fbd0dc"),
    "slate": Palette("#1b2536", "#2a3548", "#52627a", "#d4dce7"),
}


def _rounded(points: list[tuple[float, float]], radius: float) -> str:
    """A polygon with rounded corners, as path data."""
    commands: list[str] = []
    for before, corner, after in zip(points[-1:] + points[:-1], points, points[1:] + points[:1], strict=True):
        ends = []
        for other in (before, after):
            share = radius / hypot(other[0] - corner[0], other[1] - corner[1])
            ends.append((corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share))
        (ax, ay), (bx, by) = ends
        commands.append(f"{'L' if commands else 'M'}{ax:.1f} {ay:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {bx:.1f} {by:.1f}")
    return "".join(commands) + "Z"


def _regular(corners: int, radius: float, turn: float) -> list[tuple[float, float]]:
    angles = (2 * pi * k / corners + turn for k in range(corners))
    return [(_MIDDLE + radius * sin(a), _MIDDLE - radius * cos(a)) for a in angles]


def _rosette(petals: int, valley: float, control: float) -> str:
    """Petals all around: quadratic curves between points on an inner circle."""
    step = 2 * pi / petals
    commands = []
    for k in range(petals + 1):
        x, y = _MIDDLE + valley * sin((k - 0.5) * step), _MIDDLE - valley * cos((k - 0.5) * step)
        cx, cy = _MIDDLE + control * sin((k - 1) * step), _MIDDLE - control * cos((k - 1) * step)
        commands.append(f"Q{cx:.1f} {cy:.1f} {x:.1f} {y:.1f}" if k else f"M{x:.1f} {y:.1f}")
    return "".join(commands) + "Z"


OUTLINES: Final = {
    "hexagon": _rounded(_regular(6, 296, 0), 44),
    "octagon": _rounded(_regular(8, 300, pi / 8), 40),
    "circle": "M300 12A288 288 0 1 1 300 588A288 288 0 1 1 300 12Z",
    "shield": (
        "M282 21Q300 10 318 21C386 60 458 70 523 70Q549 70 549 96V292C549 430 452 528 319 583Q300 591 281 583"
        "C148 528 51 430 51 292V96Q51 70 77 70C142 70 214 60 282 21Z"
    ),
    "rosette": _rosette(16, 273, 319),
}


def badge_svg(design: BadgeDesign, title: str, issuer_name: str, year: int, *, small: bool = False, picture: bytes | None = None) -> str:
    """The badge as an SVG document that needs no font, style sheet or other file.

    Words in letters that cannot be drawn stay in its title and description only. `small` is for 32 to 128 pixels: a bolder rim and a
    larger pictogram instead of words that nobody could read. `picture` is a square PNG of the designer's own, which takes the place of
    the drawing, in a rim of the color family.
    """
    colors = PALETTES[design.color]
    name = _said(f"{title}, {issuer_name}, {year}")
    own = f" Picture of the issuer’s own: {design.picture_alt}" if picture else ""
    about = _said(f"Badge for the microcredential “{title}”, issued by {issuer_name} in {year}.{own}")
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}"',
            ' role="img" aria-labelledby="name about">',
            f'<title id="name">{name}</title><desc id="about">{about}</desc>',
            _own(picture, colors) if picture else _drawing(design, title, issuer_name, year, small),
            "</svg>",
        )
    )


def _said(text: str) -> str:
    """Text as an SVG may hold it (XML 1.0, 2.2)."""
    return escape(_NO_CHARACTER.sub("", text))


def _drawing(design: BadgeDesign, title: str, issuer_name: str, year: int, small: bool) -> str:
    colors, outline = PALETTES[design.color], OUTLINES[design.shape]
    lettered = not small and bool(spell(title))
    return "".join(
        (
            _definitions(colors, outline),
            _small_body(colors, outline) if small else _body(colors, outline),
            _pictogram(design.pictogram, colors, center=_PICTOGRAM_CENTER if lettered else _ALONE_CENTER, side=_side(small, lettered)),
            _plate(colors, title, issuer_name) if lettered else "",
            "" if small else _year(year, colors),
        )
    )


@lru_cache(maxsize=64)
def badge_png(svg: str, size: int = SIDE) -> bytes:
    """The drawing as a PNG of size by size pixels on a transparent ground. Raises ValueError if it is no SVG."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))


def _definitions(colors: Palette, outline: str) -> str:
    return (
        f'<defs><linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{colors.top}"/>'
        f'<stop offset="0.85" stop-color="{colors.bottom}"/></linearGradient>'
        '<radialGradient id="glow" cx="0.5" cy="0.3" r="0.5"><stop offset="0" stop-color="#fff" stop-opacity="0.12"/>'
        '<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>'
        f'<clipPath id="inside"><path d="{outline}" transform="{_shrunk(0.915)}"/></clipPath></defs>'
    )


def _shrunk(share: float) -> str:
    offset = _MIDDLE * (1 - share)
    return f"translate({offset:.2f} {offset:.2f}) scale({share})"


def _body(colors: Palette, outline: str) -> str:
    """Rim, hairline, filled middle with a lighter center and rays that run out from behind the pictogram."""
    rays = "".join(
        f"M300 {_PICTOGRAM_CENTER}L{300 + 600 * sin(a - 0.065):.1f} {_PICTOGRAM_CENTER - 600 * cos(a - 0.065):.1f}"
        f"L{300 + 600 * sin(a + 0.065):.1f} {_PICTOGRAM_CENTER - 600 * cos(a + 0.065):.1f}Z"
        for a in (2 * pi * k / 24 for k in range(24))
    )
    return (
        f'<path d="{outline}" fill="{colors.deep}"/>'
        f'<path d="{outline}" fill="{colors.tint}" transform="{_shrunk(0.945)}"/>'
        f'<path d="{outline}" fill="{colors.deep}" transform="{_shrunk(0.93)}"/>'
        f'<path d="{outline}" fill="url(#ground)" transform="{_shrunk(0.915)}"/>'
        f'<path d="{rays}" fill="#fff" fill-opacity="0.045" clip-path="url(#inside)"/>'
        f'<path d="{outline}" fill="url(#glow)" transform="{_shrunk(0.915)}"/>'
    )


def _own(picture: bytes, colors: Palette) -> str:
    """A picture of the designer's own in a rounded square."""
    data = base64.b64encode(picture).decode()
    return (
        '<defs><clipPath id="inside"><rect x="12" y="12" width="576" height="576" rx="64"/></clipPath></defs>'
        f'<rect x="6" y="6" width="588" height="588" rx="70" fill="{colors.deep}"/>'
        f'<image x="12" y="12" width="576" height="576" clip-path="url(#inside)" href="data:image/png;base64,{data}"/>'
    )


def _small_body(colors: Palette, outline: str) -> str:
    """Rim and filled middle, bold enough for few pixels."""
    return (
        f'<path d="{outline}" fill="{colors.deep}"/>'
        f'<path d="{outline}" fill="{colors.tint}" transform="{_shrunk(0.92)}"/>'
        f'<path d="{outline}" fill="url(#ground)" transform="{_shrunk(0.855)}"/>'
    )


def _side(small: bool, lettered: bool) -> float:
    return _SMALL_SIDE if small else _PICTOGRAM_SIDE if lettered else _ALONE_SIDE


def _pictogram(key: str, colors: Palette, *, center: float, side: float) -> str:
    scale = side / 100
    left, top = _MIDDLE - side / 2, center - side / 2
    drawing = PICTOGRAMS[key].format(ink="#fff", tint=colors.tint, ground=colors.bottom)
    return f'<g transform="translate({left:g} {top:g}) scale({scale:g})">{drawing}</g>'


def _plate(colors: Palette, title: str, issuer_name: str) -> str:
    """A white plate across the badge with the title and, smaller, the issuer."""
    words, issuer = spell(title) or "", spell(issuer_name)
    small = fit(issuer, width=_TEXT_WIDTH, height=cap_height(21), largest=21, smallest=15) if issuer else None
    room = _PLATE_HEIGHT - 32 - (small.height + 20 if small else 0)
    large = fit(words, width=_TEXT_WIDTH, height=room, largest=48, smallest=19)
    used = large.height + (small.height + 20 if small else 0)
    top = _PLATE_TOP + (_PLATE_HEIGHT - used) / 2
    plate = f'x="{_PLATE_LEFT:g}" width="{SIDE - 2 * _PLATE_LEFT:g}" height="{_PLATE_HEIGHT:g}" rx="20"'
    parts = [
        f'<rect {plate} y="{_PLATE_TOP + 7:g}" fill="{colors.deep}" opacity="0.45"/>',
        f'<rect {plate} y="{_PLATE_TOP:g}" fill="#fff" stroke="{colors.deep}" stroke-width="5"/>',
        draw(large, center=_MIDDLE, top=top, fill=colors.deep),
    ]
    if small:
        parts.append(draw(small, center=_MIDDLE, top=top + large.height + 20, fill=colors.bottom))
    return "".join(parts)


def _year(year: int, colors: Palette) -> str:
    block = fit(str(year), width=120, height=30, largest=30, smallest=20)
    return draw(block, center=_MIDDLE, top=525, fill=colors.tint)
