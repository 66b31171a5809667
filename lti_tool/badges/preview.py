"""The picture that networks show beside a link to a badge: 1200 by 630 pixels (Open Graph)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import resvg_py

from lti_tool.badges.artwork import PALETTES, Palette
from lti_tool.badges.lettering import LINE_HEIGHT, Block, cap_height, draw, fit, spell

WIDTH, HEIGHT = 1200, 630
_LEFT, _TEXT = 590.0, 540.0
_TOP, _ROOM, _GAP = 60.0, 436.0, 38.0
_FOOT: Final = "Evidence from the classroom, judged by two reviewers"


def preview_svg(badge: str, color: str, title: str, issuer_name: str, earner_name: str) -> str:
    """The badge (as `artwork` drew it, of this color family) on the left, words on the right.

    Words in letters that can't be drawn are left out; the page's text says them.
    """
    colors = PALETTES[color]
    blocks = _blocks(title, issuer_name, earner_name, (colors.bottom, colors.deep, "#2d2e2f"))
    if not blocks:
        return _sheet(colors, WIDTH, _placed(badge, 355))
    top = _TOP + (_ROOM - sum(block.height for block, _ in blocks) - _GAP * (len(blocks) - 1)) / 2
    parts = []
    for block, fill in blocks:
        parts.append(draw(block, left=_LEFT, top=top, fill=fill))
        top += block.height + _GAP
    foot = draw(fit(_FOOT, width=_TEXT, height=24, largest=22, smallest=14), left=_LEFT, top=554, fill="#565c65")
    line = f'<rect x="{_LEFT}" y="528" width="{_TEXT}" height="3" fill="{colors.tint}"/>'
    return _sheet(colors, 295, f"{_placed(badge, 50)}{''.join(parts)}{line}{foot}")


def _blocks(title: str, issuer_name: str, earner_name: str, fills: tuple[str, str, str]) -> list[tuple[Block, str]]:
    """Holder, title and issuer with their colors. The title takes the room that the others leave."""
    around = [
        fit(words, width=_TEXT, height=cap_height(size) + size * LINE_HEIGHT, largest=size, smallest=20) if (words := spell(text)) else None
        for text, size in ((f"Awarded to {earner_name}" if earner_name else "", 30), (issuer_name, 32))
    ]
    room = _ROOM - sum(block.height + _GAP for block in around if block)
    words = spell(title)
    large = fit(words, width=_TEXT, height=min(room, 300), largest=66, smallest=26) if words else None
    return [(block, fill) for block, fill in zip((around[0], large, around[1]), fills, strict=True) if block]


def _placed(badge: str, x: int) -> str:
    return badge.replace(
        'viewBox="0 0 600 600" width="600" height="600"', f'viewBox="0 0 600 600" x="{x}" y="70" width="490" height="490"', 1
    )


def _sheet(colors: Palette, band: int, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><rect width="{band}" height="{HEIGHT}" fill="{colors.tint}"/>'
        f'<rect width="{WIDTH}" height="14" fill="{colors.deep}"/>{inside}</svg>'
    )


@lru_cache(maxsize=64)
def preview_png(svg: str) -> bytes:
    """The picture as PNG."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=WIDTH, height=HEIGHT, skip_system_fonts=True))
