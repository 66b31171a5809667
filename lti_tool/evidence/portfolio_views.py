"""Pages of the portfolio, and choosing from it for a requirement."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request, url_for

from lti_tool import tool
from lti_tool.errors import bad_request, not_found
from lti_tool.evidence import portfolio as service
from lti_tool.evidence import portfolio_queries as queries
from lti_tool.evidence import retention
from lti_tool.evidence.artifact_views import requirement_of
from lti_tool.evidence.forms import STUDENTS, RenameForm
from lti_tool.evidence.policies import declarations
from lti_tool.evidence.room import bp, crumbs, files_of, go, load, owner
from lti_tool.inputs import uuid_or_none
from lti_tool.language import _
from lti_tool.web import frames


def _before() -> UUID | None:
    asked = request.args.get("before")
    before = uuid_or_none(asked)
    if asked and before is None:
        raise bad_request(_("This address is damaged. Go back to the list and open it again."))
    return before


@bp.get("/portfolio")
def portfolio() -> str:
    """Everything that the teacher has gathered, across microcredentials."""
    here = tool.current()
    with here.database.read() as session:
        pieces, following = queries.portfolio(session, owner(), now=here.clock(), before=_before())
    return render_template(
        "evidence/portfolio.html",
        pieces=pieces,
        students=STUDENTS,
        next_url=url_for("evidence.portfolio", before=following) if following else None,
    )


@bp.route("/portfolio/<uuid:artifact_id>", methods=["GET", "POST"])
def portfolio_piece(artifact_id: UUID) -> str | Response | tuple[str, int]:
    """One piece: what it is, where it is used, another title, and the way out of the portfolio."""
    here, me = tool.current(), owner()
    with here.database.read() as session:
        piece = queries.portfolio_piece(session, me, artifact_id, now=here.clock())
        day = retention.fates(session, here, me.district_id, me.person_id).get(artifact_id)
    form = RenameForm(obj=piece)
    if form.validate_on_submit():
        with here.database.unit() as session:
            service.rename(session, here, me, artifact_id, form.title.data or "")
        return go("portfolio_piece", artifact_id=artifact_id, said="evidence.renamed")
    page = render_template(
        "evidence/portfolio_piece.html",
        piece=piece,
        files=files_of([piece]),
        day=day,
        form=form,
        students=STUDENTS,
        context_id=frames.current_frame().context_id,
    )
    return (page, 422) if form.is_submitted() else page


@bp.post("/portfolio/<uuid:artifact_id>/delete")
def delete_piece(artifact_id: UUID) -> Response:
    """Delete a piece from the portfolio and from every draft."""
    here = tool.current()
    with here.database.unit() as session:
        service.delete_artifact(session, here, owner(), artifact_id)
    return go("portfolio", said="evidence.deleted")


@bp.route("/work/<uuid:enrollment_id>/requirement/<key>/choose", methods=["GET", "POST"])
def choose(enrollment_id: UUID, key: str) -> str | Response:
    """Use pieces of the portfolio for a requirement."""
    here, work = tool.current(), load(enrollment_id)
    wanted = requirement_of(work, key)
    if request.method == "POST":
        artifact_id = uuid_or_none(request.form.get("artifact"))
        if artifact_id is None:
            raise bad_request(_("Choose a piece from the list."))
        with here.database.unit() as session:
            service.choose(session, here, owner(), enrollment_id, key, artifact_id)
        return go("artifact", enrollment_id=enrollment_id, artifact_id=artifact_id, requirement=key, said="evidence.chosen")
    if not work.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    with here.database.read() as session:
        pieces, following = queries.to_choose_from(
            session,
            owner(),
            kinds=wanted.accepts,
            enrollment_id=enrollment_id,
            requirement_key=key,
            now=here.clock(),
            before=_before(),
        )
    return render_template(
        "evidence/choose.html",
        work=work,
        crumbs=crumbs(work, (wanted.title, url_for("evidence.requirement", enrollment_id=enrollment_id, key=key)), (_("Choose"), None)),
        requirement=wanted,
        pieces=pieces,
        students=STUDENTS,
        fits=("", *declarations(wanted)),
        room_left=wanted.maximum - len(work.pieces(key)),
        next_url=url_for("evidence.choose", enrollment_id=enrollment_id, key=key, before=following) if following else None,
    )


@bp.post("/work/<uuid:enrollment_id>/requirement/<key>/artifact/<uuid:artifact_id>/take-out")
def take_out(enrollment_id: UUID, key: str, artifact_id: UUID) -> Response:
    """Use a piece no more in this requirement; it stays in the portfolio."""
    here, work = tool.current(), load(enrollment_id)
    requirement_of(work, key)
    if not any(piece.id == artifact_id for piece in work.pieces(key)):
        raise not_found("not used in this requirement")
    with here.database.unit() as session:
        service.take_out(session, here, owner(), enrollment_id, key, artifact_id)
    return go("requirement", enrollment_id=enrollment_id, key=key, said="evidence.taken_out")
