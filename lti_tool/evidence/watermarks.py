"""Writes across a picture who looks at it, so that a copy that turns up elsewhere can be traced.

Only pictures that we drew ourselves come here.
"""

from __future__ import annotations

import io
import threading
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont

_ONE_IN = 28  # of the longer side: the height of the letters
_STRENGTH = 46  # of 255: to be found, not to be read by
_AT_ONCE = threading.BoundedSemaphore(2)  # a full picture takes some 60 MB while it is drawn


def marked(stream: BinaryIO, text: str) -> bytes:
    """The JPEG with the text across it, as a JPEG."""
    with _AT_ONCE, Image.open(stream, formats=("JPEG",)) as picture:
        drawn = picture.convert("RGB")
        tile = _tile(text, max(14, max(drawn.size) // _ONE_IN))
        step_x, step_y = tile.width, tile.height
        for row, top in enumerate(range(0, drawn.height, step_y)):
            for left in range(-(row % 2) * step_x // 2, drawn.width, step_x):
                drawn.paste(tile.convert("RGB"), (left, top), tile.getchannel("A"))
        out = io.BytesIO()
        drawn.save(out, "JPEG", quality=85)
    return out.getvalue()


def _tile(text: str, height: int) -> Image.Image:
    """The text at an angle, light with a dark edge: it shows on white and on black."""
    font = ImageFont.load_default(size=height)
    left, top, right, bottom = font.getbbox(text)
    edge = max(1, height // 16)
    words = Image.new("RGBA", (int(right - left) + 4 * edge, int(bottom - top) + 4 * edge), (0, 0, 0, 0))
    ImageDraw.Draw(words).text(
        (2 * edge - left, 2 * edge - top),
        text,
        font=font,
        fill=(255, 255, 255, _STRENGTH * 2),
        stroke_width=edge,
        stroke_fill=(0, 0, 0, _STRENGTH),
    )
    turned = words.rotate(24, expand=True, resample=Image.Resampling.BICUBIC)
    tile = Image.new("RGBA", (turned.width + height * 3, turned.height + height * 3), (0, 0, 0, 0))
    tile.paste(turned, (height, height))
    return tile
