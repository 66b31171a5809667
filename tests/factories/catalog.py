"""A catalog as large as a district's, made of nothing: for tests and measurements, never for people."""

from __future__ import annotations

from uuid import UUID

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.tool import Tool
from tests.factories.world import CONTENT

_WHAT = ("Questions", "Feedback", "Routines", "Reading", "Argument", "Modeling", "Co-teaching", "Goals", "Projects", "Data")
_HOW = ("that open a lesson", "for multilingual learners", "in small groups", "with families", "across subjects", "for early readers")
_FAMILIES = ("Classroom talk", "Literacy", "Mathematics", "Inclusion", "Assessment", "Technology", "Leadership")
_COLORS = ("teal", "indigo", "plum", "forest", "amber", "rose", "slate")


def large_catalog(tool: Tool, district_id: UUID, count: int = 150) -> list[UUID]:
    """So many published microcredentials, each a little different; their versions' ids."""
    now, rows = tool.clock(), []
    for n in range(count):
        what, how, family = _WHAT[n % 10], _HOW[n // 10 % 6], _FAMILIES[n % 7]
        evidence = [{**CONTENT["evidence"][0], "accepts": ["text"] if n % 3 else ["text", "link"]}, *CONTENT["evidence"][1:]]
        content = MicrocredentialContent.model_validate(
            {
                **CONTENT,
                "title": f"{what} {how} {n // 60 + 1}" if n >= 60 else f"{what} {how}",
                "summary": f"Shows {what.lower()} {how}, with work of one’s own class, number {n}.",
                "family": family,
                "level": ("", "foundational", "advanced", "leading")[n % 4],
                "hours": 4 + n * 7 % 50,
                "tags": [what.lower(), ("grades K-5", "grades 6-8", "grades 9-12")[n % 3]],
                "evidence": evidence,
                "badge": {"shape": "hexagon", "color": _COLORS[n % 7], "pictogram": ("book", "speech", "people", "bulb")[n % 4]},
            }
        )
        parent = Microcredential(
            id=new_id(),
            district_id=district_id,
            key=f"large-{n}",
            title=content.title,
            state="published",
            draft=None,
            draft_number=0,
            author_id=None,
            created_at=now,
            changed_at=now,
        )
        version = MicrocredentialVersion(
            id=new_id(),
            district_id=district_id,
            microcredential_id=parent.id,
            number=1,
            title=content.title,
            content=content.model_dump(mode="json"),
            content_hash=content.content_hash(),
            activity_key=f"large-{district_id.hex}-{n}",
            published_at=now,
            published_by=None,
        )
        rows.append((parent, version))
    with tool.database.unit() as session:
        session.add_all([parent for parent, _ in rows])
        session.flush()
        session.add_all([version for _, version in rows])
    return [version.id for _, version in rows]
