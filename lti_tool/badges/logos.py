"""An issuer's logo: whatever was uploaded is read in a process of its own and drawn anew as a small PNG."""

from __future__ import annotations

import io
from typing import BinaryIO, Final
from uuid import UUID

from PIL import Image
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges.models import BadgeIssuer
from lti_tool.errors import bad_request
from lti_tool.evidence.apart import taken_apart
from lti_tool.language import _
from lti_tool.tool import Tool

SIDE: Final = 512
"""Pixels of the longer side."""


def drawn(here: Tool, source: BinaryIO) -> bytes:
    """The picture as PNG, at most SIDE pixels wide and high. Raises Problem(bad_request) for what is no picture."""
    folder = here.settings.data_dir / "tmp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with taken_apart("picture", source, folder=folder) as result:
        if result.outcome != "made" or result.copy is None:
            raise bad_request(_("This file is no picture that could be read. Use a PNG or JPEG."), "logo")
        with Image.open(result.copy, formats=("JPEG",)) as image:
            image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            out = io.BytesIO()
            image.save(out, "PNG", optimize=True)
    return out.getvalue()


def put(session: Session, here: Tool, row: BadgeIssuer, logo: bytes | None, *, actor_id: UUID) -> None:
    """Show this logo from now on, or none."""
    row.logo, row.has_logo = logo, logo is not None
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action="badges:issuer:logo",
        actor_id=actor_id,
        subject_id=row.id,
    )
