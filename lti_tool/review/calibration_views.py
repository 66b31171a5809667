"""Pages of calibration for reviewers: what they have to score, an example on their desk, and what came out."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.showing import FilePiece, Shown, Viewer, shown
from lti_tool.inputs import page_name, whole_number
from lti_tool.language import N_
from lti_tool.review import calibrating, calibration_queries
from lti_tool.review.calibration_policies import NEEDED, PERCENT
from lti_tool.review.desk_queries import Work
from lti_tool.review.forms import read_scores
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("calibration", __name__, url_prefix="/s/<frame_key>/calibration")
bp.before_request(require("reviewer"))

NOTICES["calibration.saved"] = ("success", N_("Your levels are saved. Nobody sees them."))
NOTICES["calibration.done"] = ("success", N_("Finished. Below you see the master scores beside yours, and why."))


def files_of(frame: Frame, work: Work) -> dict[UUID, Shown]:
    """The files of an example for this viewer, whose look is noted."""
    here = tool.current()
    pieces = [piece for part in work.evidence for piece in part.pieces if piece.kind == "file" and not piece.hidden]
    with here.database.read() as session:
        viewer = Viewer(frame.district_id, frame.person_id, owner=False, visit=frame.id)
        files = shown(session, here, viewer, [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces])
    note_seen(here, viewer_id=frame.person_id, artifact_ids=work.visible, page="desk")
    return files


@bp.get("/")
def index() -> str:
    """What this reviewer has to calibrate for, and what they have scored."""
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        who = {"district_id": frame.district_id, "person_id": frame.person_id}
        rows = calibration_queries.to_calibrate(session, here, **who)
        done = calibration_queries.done(session, **who)
    return render_template("review/calibration.html", rows=rows, done=done, needed=NEEDED, percent=PERCENT)


@bp.post("/begin/<uuid:microcredential_id>")
def begin(microcredential_id: UUID) -> Response:
    """Take the next example, or go on with the one that was begun."""
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = calibrating.begin(
            session, here, district_id=frame.district_id, microcredential_id=microcredential_id, person_id=frame.person_id
        )
    return redirect(url_for("calibration.desk", calibration_id=row.id), 303)


@bp.get("/<uuid:calibration_id>")
def desk(calibration_id: UUID) -> str:
    """An example on the desk, or what came out of it."""
    return _desk(calibration_id)


def _desk(calibration_id: UUID, *, faults: tuple[str, ...] = (), problem: Problem | None = None) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        found = calibration_queries.desk(session, district_id=frame.district_id, person_id=frame.person_id, calibration_id=calibration_id)
    typed = request.form if request.method == "POST" else None
    return render_template(
        "review/calibration_desk.html",
        desk=found,
        files=files_of(frame, found.work),
        faults=faults,
        problem=problem,
        typed=read_scores(typed, tuple(row.criterion.key for row in found.rows)) if typed else {},
        page=(typed.get("page") if typed else "") or page_name(),
        revision=found.revision,
        needed=NEEDED,
        percent=PERCENT,
    )


@bp.post("/<uuid:calibration_id>")
def save(calibration_id: UUID) -> Response | tuple[str, int]:
    """Keep the levels (`autosave` asks for an empty answer), or finish with `finish`."""
    frame, here, faults = current_frame(), tool.current(), list[str]()
    finishing, autosave = "finish" in request.form, "X-Autosave" in request.headers
    try:
        with here.database.unit() as session:
            row = calibrating.own_calibration(
                session,
                district_id=frame.district_id,
                person_id=frame.person_id,
                calibration_id=calibration_id,
                for_update=True,
            )
            keys = tuple(one.removeprefix("level-") for one in request.form if one.startswith("level-"))
            calibrating.save(
                session,
                row,
                scores=read_scores(request.form, keys),
                revision=whole_number(request.form.get("revision", "")),
                page=request.form.get("page", "")[:64],
            )
            if finishing and not (faults := calibrating.open_faults(session, row)):
                calibrating.finish(session, here, row)
    except Problem as problem:
        if autosave or problem.status != 409:
            raise
        return _desk(calibration_id, problem=problem), 409
    if autosave:
        return Response(status=204)
    if faults:
        return _desk(calibration_id, faults=tuple(faults)), 422
    said = "calibration.done" if finishing else "calibration.saved"
    return redirect(url_for("calibration.desk", calibration_id=calibration_id, said=said), 303)
