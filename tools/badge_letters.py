"""Maintainer's script: turns a font into the outlines with which badges are lettered.

Badges carry their words as outlines, so that they look the same in every browser, viewer and wallet. Needs fonttools, which the tool
itself does not. The font is Public Sans, from the npm package @expo-google-fonts/public-sans:

    python tools/badge_letters.py PublicSans_700Bold.ttf lti_tool/badges/letters/public-sans-bold.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

# Basic Latin, Latin-1, Latin Extended-A and the punctuation that people type.
CHARACTERS = [*range(0x20, 0x7F), *range(0xA1, 0x180), *map(ord, "‐‑–—‘’“”•…™")]


def outlines(font_file: Path) -> dict[str, object]:
    """Advance widths and outlines in font units, y upwards, of those CHARACTERS that the font has."""
    font = TTFont(font_file)
    names, shapes = font.getBestCmap(), font.getGlyphSet()
    letters = {}
    for code in CHARACTERS:
        if code not in names:
            continue
        pen = SVGPathPen(shapes, ntos=lambda number: str(round(number)))
        shapes[names[code]].draw(pen)
        letters[chr(code)] = [round(shapes[names[code]].width), pen.getCommands()]
    return {"units_per_em": font["head"].unitsPerEm, "cap_height": font["OS/2"].sCapHeight, "letters": letters}


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    target.write_text(json.dumps(outlines(source), ensure_ascii=False, separators=(",", ":"), indent=0) + "\n", encoding="utf-8")
