"""What helps while evidence is made: a preview of a text, and what was seen of a link."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request

from lti_tool import tool
from lti_tool.catalog.prose import written
from lti_tool.errors import not_found
from lti_tool.evidence import links
from lti_tool.evidence.link_policies import WORDS, shown
from lti_tool.evidence.queries import ArtifactRow
from lti_tool.evidence.room import bp, go, load, owner
from lti_tool.evidence.service import MOST_CHARACTERS
from lti_tool.inputs import plain_text, whole_number


@bp.post("/preview")
def preview() -> tuple[str, int]:
    """What somebody writes, as reviewers will see it. `level` is that of its headings on the page that asks."""
    text = plain_text(request.form.get("text", ""))
    level = min(4, max(2, whole_number(request.form.get("level"))))
    return (str(written(text, level)), 200) if len(text) <= MOST_CHARACTERS else ("", 413)


def _link(enrollment_id: UUID, artifact_id: UUID) -> ArtifactRow:
    piece = next((one for one in load(enrollment_id).artifacts if one.id == artifact_id and one.kind == "link"), None)
    if piece is None:
        raise not_found("no such link in this draft")
    return piece


@bp.get("/work/<uuid:enrollment_id>/artifact/<uuid:artifact_id>/link")
def link_state(enrollment_id: UUID, artifact_id: UUID) -> str:
    """What was seen of a link, as a part of a page that asks for it while the worker looks."""
    piece, asked = _link(enrollment_id, artifact_id), max(0, whole_number(request.args.get("asked"))) + 1
    return render_template("evidence/_link.html", enrollment_id=enrollment_id, piece=piece, asked=asked, link_words=WORDS, link_shown=shown)


@bp.post("/work/<uuid:enrollment_id>/artifact/<uuid:artifact_id>/look")
def look_again(enrollment_id: UUID, artifact_id: UUID) -> Response:
    """Look at a link once more."""
    here, piece = tool.current(), _link(enrollment_id, artifact_id)
    with here.database.unit() as session:
        links.look_again(session, here, owner(), enrollment_id, artifact_id)
    return go("requirement", enrollment_id=enrollment_id, key=piece.requirement_key)
