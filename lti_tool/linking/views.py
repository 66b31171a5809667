"""What opens by a link from the LMS: exactly one submission, and the card of a microcredential."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, not_found
from lti_tool.evidence import holding
from lti_tool.evidence import queries as evidence
from lti_tool.evidence.forms import STUDENTS
from lti_tool.evidence.queries import LoadedSubmission
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.showing import FilePiece, Viewer, shown
from lti_tool.language import N_, _
from lti_tool.linking import embedding, handing_in, queries
from lti_tool.linking.policies import View, view
from lti_tool.linking.public import bp as public_bp
from lti_tool.linking.room import bp
from lti_tool.review import queries as review
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

__all__ = ["bp", "embedding", "handing_in", "public_bp"]

NOTICES["linking.blind"] = (
    "info",
    N_("You are a reviewer of this work, and reviewers do not learn whose it is. It is in your list, under the number that it has there."),
)


@bp.get("/submissions/<uuid:submission_id>")
def submission(submission_id: UUID) -> Response | str:
    """One submission, as far as this person may see it. Raises Problem(not_found, not_your_submission)."""
    frame = current_frame()
    with tool.current().database.read() as session:
        who = queries.viewer(session, frame, submission_id)
        if who is None:
            raise not_found("no such submission in this district")
        seen = view(who)
        if seen is View.DESK:
            review_id = queries.review_of(session, frame, submission_id)
            return redirect(url_for("review.desk", review_id=review_id), 303)
        if seen in (View.WHOLE, View.STANDING):
            return _page(session, evidence.load_submission(session, frame.district_id, submission_id), whole=seen is View.WHOLE)
    if seen is View.OWN:
        return redirect(url_for("evidence.submission", submission_id=submission_id), 303)
    if seen is View.LIST:
        return redirect(url_for("review.queue", said="linking.blind"), 303)
    raise Problem(
        "not_your_submission",
        403,
        _("This work is not yours to open"),
        _("A submission opens for its author, for its reviewers, and for those who run the course that it belongs to or was handed in to."),
        _("If you run that course, open the work from that course. Otherwise ask its author."),
        "no view of this submission",
    )


def _page(session: Session, loaded: LoadedSubmission, *, whole: bool) -> str:
    """For who runs the course: how it stands and what was decided; the evidence where its author handed it in here."""
    here, frame = tool.current(), current_frame()
    standings = holding.standings(session, frame.district_id, [piece.id for piece in loaded.snapshot.artifacts])
    frozen = loaded.snapshot.artifacts if whole else ()
    pieces = [piece if piece.id not in standings else standings[piece.id].replacement or piece for piece in frozen]
    gone = {key for key, standing in standings.items() if standing.replacement is None}
    files = [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces if one.blob_key and one.id not in gone]
    if whole:
        note_seen(here, viewer_id=frame.person_id, artifact_ids=[piece.id for piece in pieces if piece.id not in gone], page="handed_in")
    decided = loaded.state == "decided"
    return render_template(
        "linking/submission.html",
        submission=loaded,
        author=queries.label_of(session, frame.district_id, loaded.person_id),
        whole=whole,
        feedback=review.feedback(session, district_id=frame.district_id, submission_id=loaded.id) if decided else None,
        pieces=pieces,
        files=shown(session, here, Viewer(frame.district_id, frame.person_id, owner=False, visit=frame.id), files),
        standings={key: standings[key] for key in gone},
        students=STUDENTS,
    )


@bp.get("/cards/<activity_key>")
def card(activity_key: str) -> str:
    """The card of a microcredential, for everybody who may read the page in which it stands. Raises Problem(not_found)."""
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        version = queries.version_of_key(session, activity_key, frame.district_id)
        if version is None:
            raise Problem(
                "unknown_card",
                404,
                _("This card shows nothing any more"),
                _("It names a microcredential that your district does not have. It may have come with content of another district."),
                _("Ask whoever wrote this page to take the card out, or to choose another."),
                "unknown activity key",
            )
        activity_id = queries.activity_for_card(session, frame, version.id)
        mine = evidence.enrollment_of(session, frame.district_id, activity_id, frame.person_id, now=here.clock()) if activity_id else None
    return render_template("linking/card.html", version=version, content=version.content, activity_id=activity_id, mine=mine)
