"""A picture, drawn anew: turned the right way up, in sRGB, with none of its metadata, in a size to read and a size to glance at."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from lti_tool.evidence.apart.found import Found
from lti_tool.evidence.stored_policies import SMALL

FULL = 4096
"""The longer side of the copy, in pixels."""
_MOST_PIXELS = 64_000_000
_MOST_PIXELS_JPEG = 220_000_000  # which can be read at a half, a quarter or an eighth of its size
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def examine(original: Path, copy: Path, preview: Path) -> Found:
    """Draw both. What can't be read whole is refused."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # measured below, before anything is unpacked
    try:
        with _opened(original) as image:
            most = _MOST_PIXELS_JPEG if image.format == "JPEG" else _MOST_PIXELS
            if image.width * image.height > most:
                return Found("refused", "pixels")
            fine = image.format in ("PNG", "GIF")  # writing and lines, which thinned colors blur
            image.draft("RGB", (FULL, FULL))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((FULL, FULL), Image.Resampling.LANCZOS)
            drawn = _plain(upright)
    except MemoryError:
        return Found("refused", "pixels")
    except (OSError, ValueError, SyntaxError, TypeError, EOFError, OverflowError, IndexError, KeyError, RuntimeError):
        return Found("refused", "damaged")
    drawn.save(copy, "JPEG", quality=88, subsampling=0 if fine else 2)
    width, height = drawn.size
    drawn.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    drawn.save(preview, "JPEG", quality=82)
    return Found("made", "", width, height)


def _opened(path: Path) -> Image.Image:
    with path.open("rb") as file:
        if file.read(12)[4:8] != b"ftyp":
            return Image.open(path, formats=_FORMATS)
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False)
    return Image.open(path, formats=("HEIF",))


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where it was clear, in sRGB."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        drawn = Image.new("RGB", clear.size, "white")
        drawn.paste(clear, mask=clear.getchannel("A"))
        return drawn
    if profile and image.mode in ("RGB", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            theirs, ours = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, theirs, ours, outputMode="RGB") or image
    drawn = Image.new("RGB", image.size, "white")  # a new picture: what came with the old one stays behind
    drawn.paste(image.convert("RGB"))
    return drawn
