"""The eight pictograms of badges, drawn in a box of 100 by 100.

`{ink}` and `{tint}` stand for the two light colors, `{ground}` for the dark one behind them.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final


def _star() -> str:
    """A five-pointed star whose every second facet is tinted, as if cut."""
    points = [(50 + r * sin(k * pi / 5), 53 - r * cos(k * pi / 5)) for k in range(10) for r in ((47, 20)[k % 2],)]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    edges = zip(points[::2], points[1::2], strict=True)
    facets = "".join(f'<path d="M50 53L{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}Z"/>' for (ax, ay), (bx, by) in edges)
    return (
        f'<polygon points="{outline}" fill="{{ink}}" stroke="{{ink}}" stroke-width="7" stroke-linejoin="round"/>'
        f'<g fill="{{tint}}" stroke="{{tint}}" stroke-width="0.6">{facets}</g>'
    )


PICTOGRAMS: Final = {
    "people": """
<g fill="{tint}"><circle cx="18" cy="39" r="11.5"/>
<path d="M-1 82c0-17 7-26 19-26 4.5 0 8 1.2 11 3.6C21.5 66 18 74.5 18 84H3c-2.5 0-4-1-4-2z"/>
<circle cx="82" cy="39" r="11.5"/><path d="M101 82c0-17-7-26-19-26-4.5 0-8 1.2-11 3.6C78.5 66 82 74.5 82 84h15c2.5 0 4-1 4-2z"/></g>
<g fill="{ink}"><circle cx="50" cy="30" r="17"/>
<path d="M23 88c0-24 10-36 27-36s27 12 27 36c0 2.5-2 4-4.5 4h-45C25 92 23 90.5 23 88z"/></g>""",
    "book": """
<path d="M50 30C39 20 22 16.5 5 18.5c-2 .2-3 1.5-3 3.5v53c0 2.2 1.6 3.6 4 3.3C22 76.5 39 79.5 50 89z" fill="{ink}"/>
<path d="M50 30c11-10 28-13.5 45-11.5 2 .2 3 1.5 3 3.5v53c0 2.2-1.6 3.6-4 3.3C78 76.5 61 79.5 50 89z" fill="{tint}"/>
<g fill="none" stroke="{ground}" stroke-width="4.5" stroke-linecap="round">
<path d="M14 35c9 0 17 1.6 25 5.6M14 48c9 0 17 1.6 25 5.6M14 61c9 0 17 1.6 25 5.6"/>
<path d="M86 35c-9 0-17 1.6-25 5.6M86 48c-9 0-17 1.6-25 5.6M86 61c-9 0-17 1.6-25 5.6"/></g>""",
    "heart": """
<path d="M50 92C17 68 3 51 3 33 3 18.5 14 8 27.5 8 37 8 45 13 50 21 55 13 63 8 72.5 8 86 8 97 18.5 97 33c0 18-14 35-47 59z" fill="{ink}"/>
<path d="M50 92V21C55 13 63 8 72.5 8 86 8 97 18.5 97 33c0 18-14 35-47 59z" fill="{tint}"/>
<path d="M17 35c0-7.5 5-13 12-13" fill="none" stroke="{ground}" stroke-width="5.5" stroke-linecap="round"/>""",
    "code": """
<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width="12">
<path d="M30 22 3 50l27 28M70 22l27 28-27 28" stroke="{ink}"/>
<path d="M60 12 40 88" stroke="{tint}"/></g>""",
    "bulb": """
<path d="M50 4C29 4 15 19 15 37.5c0 12 6 20 12.5 27 4 4.5 6 8 6.5 12.5h32c.5-4.5 2.5-8 6.5-12.5 6.5-7 12.5-15 12.5-27C85 19 71 4 50 4z"
fill="{ink}"/>
<path d="M50 77V50M38 39l12 11 12-11" fill="none" stroke="{ground}" stroke-width="5.5" stroke-linecap="round" stroke-linejoin="round"/>
<g fill="{tint}"><rect x="33.5" y="81" width="33" height="8" rx="4"/><rect x="40" y="92" width="20" height="7" rx="3.5"/></g>""",
    "check": """
<rect x="14" y="11" width="72" height="87" rx="9" fill="{ink}"/>
<path d="M36 3h28a5 5 0 0 1 5 5v9a5 5 0 0 1-5 5H36a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5z" fill="{tint}" stroke="{ground}" stroke-width="4.5"/>
<path d="m31 59 14 15 25-32" fill="none" stroke="{ground}" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"/>""",
    "star": _star(),
    "speech": """
<path d="M44 6h44c7 0 12 5 12 12v28c0 7-5 12-12 12v13c0 2-2.2 3-3.7 1.6L69 58H44z" fill="{tint}"/>
<path d="M12 20h51c7.5 0 13 5.5 13 13v27c0 7.5-5.5 13-13 13H36L18.5 89.5C17 91 14.5 90 14.5 88V73H12C4.5 73-1 67.5-1 60V33c0-7.5 5.5-13
13-13z" fill="{ink}" stroke="{ground}" stroke-width="4.5"/>
<g fill="{ground}"><circle cx="19" cy="46.5" r="5.7"/><circle cx="37.5" cy="46.5" r="5.7"/><circle cx="56" cy="46.5" r="5.7"/></g>""",
}
