"""How versions are called, and which of them is the newest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.language import _


def numbered(number: int, patch: int) -> str:
    """What stands behind the word version: 2, or 2, correction 1."""
    return _("%(number)s, correction %(patch)s", number=number, patch=patch) if patch else str(number)


def called(number: int, patch: int) -> str:
    """A version's whole name."""
    return _("Version %(number)s", number=numbered(number, patch))


def newest(version: Any = MicrocredentialVersion) -> ColumnElement[bool]:
    """The condition that no later version, or correction, of the same microcredential is out."""
    later = aliased(MicrocredentialVersion)
    after = or_(later.number > version.number, and_(later.number == version.number, later.patch > version.patch))
    return ~exists().where(later.microcredential_id == version.microcredential_id, after)


def corrected(version_id: Any) -> Any:
    """The version with its latest correction, as a subquery of its id: what somebody who begins now goes by."""
    placed, version = aliased(MicrocredentialVersion), aliased(MicrocredentialVersion)
    return (
        select(version.id)
        .join(placed, and_(placed.microcredential_id == version.microcredential_id, placed.number == version.number))
        .where(placed.id == version_id)
        .order_by(version.patch.desc())
        .limit(1)
    )
