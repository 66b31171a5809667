"""Pictures of a designer's own: taken apart in a process of its own, drawn anew as a square, kept under their hash, found for drawing."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Final
from uuid import UUID

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges.artwork import badge_svg
from lti_tool.badges.picture_models import BadgePicture
from lti_tool.catalog.content import BadgeDesign
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import insert_if_new, new_id
from lti_tool.evidence.apart import taken_apart
from lti_tool.language import _
from lti_tool.tool import Tool

PIXELS: Final = 600
LEAST: Final = 300
"""The shorter side of what is given, in pixels: less looks coarse on a page."""
_MOST_BYTES: Final = 350_000


class NotTaken(Exception):
    """What was given is no picture that can be used. The words are for the designer."""


def square(data: bytes, folder: Path) -> bytes:
    """The middle of a picture as a square PNG, without anything else that was in the file. Raises NotTaken.

    What it is shows its content, not its name. `folder` is for what lies on disk meanwhile.
    """
    if data.lstrip()[:1] == b"<":
        raise NotTaken(_("Give a PNG, JPEG, WebP or HEIC picture. Drawings (SVG) can hold programs and are not taken."))
    with taken_apart("picture", io.BytesIO(data), folder=folder) as result:
        if result.outcome != "made" or result.copy is None:
            raise NotTaken(_("This is no picture that can be read. Give a PNG, JPEG, WebP or HEIC file."))
        if min(result.width, result.height) < LEAST:
            raise NotTaken(_("The picture is too small: it needs %(least)s pixels at least on its shorter side.", least=LEAST))
        with Image.open(result.copy, formats=("JPEG",)) as image:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            small = image.convert("RGB").crop((left, top, left + side, top + side)).resize((PIXELS, PIXELS), Image.Resampling.LANCZOS)
    made = _png(small)
    return made if len(made) <= _MOST_BYTES else _png(small.quantize(256))


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def keep(session: Session, here: Tool, png: bytes, *, district_id: UUID, person_id: UUID | None, microcredential_id: UUID) -> str:
    """Keep a picture that `square` made; the same one is kept once. Returns its name."""
    name = hashlib.sha256(png).hexdigest()
    now = here.clock()
    values = {"id": new_id(), "district_id": district_id, "sha256": name, "png": png, "added_at": now, "added_by": person_id}
    insert_if_new(session, BadgePicture, values)
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="badges:picture:kept",
        actor_id=person_id,
        subject_id=microcredential_id,
        picture=name,
    )
    return name


def of_district(session: Session, district_id: UUID, name: str) -> bytes | None:
    """The district's picture of this name."""
    return session.scalar(select(BadgePicture.png).where(BadgePicture.district_id == district_id, BadgePicture.sha256 == name))


def _of_version(session: Session, version_id: UUID, name: str) -> bytes | None:
    return session.scalar(
        select(BadgePicture.png)
        .join(MicrocredentialVersion, MicrocredentialVersion.district_id == BadgePicture.district_id)
        .where(MicrocredentialVersion.id == version_id, BadgePicture.sha256 == name)
    )


def drawn(here: Tool, version_id: UUID, design: BadgeDesign, title: str, issuer_name: str, year: int, *, small: bool = False) -> str:
    """The badge of a version as SVG: with the designer's own picture, if it has one, else as drawn."""
    picture = None
    if design.picture:
        with here.database.read() as session:
            picture = _of_version(session, version_id, design.picture)
    return badge_svg(design, title, issuer_name, year, small=small, picture=picture)
