"""Pages of the evidence itself: one per requirement, and one per piece."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from flask import Response, render_template, request, url_for

from lti_tool import tool
from lti_tool.catalog.content import EvidenceRequirement
from lti_tool.errors import Problem, not_found
from lti_tool.evidence import artifacts, portfolio, upload_service
from lti_tool.evidence.forms import MEANINGS, STUDENTS, EditFileForm, FileForm, LinkForm, PieceForm, TextForm
from lti_tool.evidence.link_policies import WORDS, shown
from lti_tool.evidence.portfolio_queries import piece_count
from lti_tool.evidence.queries import ArtifactRow, WorkOverview
from lti_tool.evidence.room import bp, crumbs, files_of, go, load, owner
from lti_tool.evidence.service import Stale
from lti_tool.evidence.steps import steps
from lti_tool.evidence.uploads import TAKEN, Refused, received
from lti_tool.inputs import page_name, whole_number

Kind = Literal["text", "link", "file"]
_ADD: dict[str, type[PieceForm]] = {"file": FileForm, "link": LinkForm, "text": TextForm}
_EDIT: dict[str, type[PieceForm]] = {"file": EditFileForm, "link": LinkForm, "text": TextForm}


def requirement_of(work: WorkOverview, key: str) -> EvidenceRequirement:
    """The requirement that this key names. Raises Problem(not_found)."""
    try:
        return work.content.requirement(key)
    except KeyError as error:
        raise not_found("no such requirement") from error


def _page(work: WorkOverview, requirement: EvidenceRequirement, form: PieceForm | None, kind: str | None) -> str:
    here, order = tool.current(), [one.key for one in work.content.evidence]
    place = order.index(requirement.key)
    pieces = work.pieces(requirement.key)
    if form is not None:
        form.offer(requirement, work.content)
        if not form.is_submitted() and len(requirement.criteria) == 1:
            form.criteria.data = list(requirement.criteria)
        if isinstance(form, TextForm):
            form.page.data, form.seen.data = form.page.data or page_name(), "0"
    with here.database.read() as session:
        in_portfolio = piece_count(session, owner())
        unfinished = upload_service.unfinished(session, here, owner(), work.enrollment_id, requirement.key)
    return render_template(
        "evidence/requirement.html",
        work=work,
        crumbs=crumbs(work, (requirement.title, None)),
        steps=steps(work),
        requirement=requirement,
        number=place + 1,
        next_requirement=work.content.evidence[place + 1] if place + 1 < len(order) else None,
        criteria=[one for one in work.content.criteria if one.key in requirement.criteria],
        pieces=pieces,
        files=files_of(pieces),
        elsewhere=in_portfolio > len({piece.id for piece in pieces}),
        link_words=WORDS,
        link_shown=shown,
        room_left=requirement.maximum - len(pieces),
        form=form,
        kind=kind,
        kinds=[one for one in _ADD if one in requirement.accepts],
        students=STUDENTS,
        meanings=MEANINGS,
        taken=TAKEN,
        most_megabytes=here.settings.max_upload_bytes // (1024 * 1024),
        most_bytes=here.settings.max_upload_bytes,
        most_gigabytes=f"{here.settings.max_file_bytes / 1024**3:.2g}",
        pending_days=here.settings.pending_days,
        unfinished=unfinished,
    )


@bp.get("/work/<uuid:enrollment_id>/requirement/<key>")
def requirement(enrollment_id: UUID, key: str) -> str | Response:
    """What there is for one requirement, and the way to add more; the form stands open while too little is there."""
    work = load(enrollment_id)
    wanted = requirement_of(work, key)
    if not work.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    kind = next(one for one in _ADD if one in wanted.accepts) if not work.pieces(key) else None
    return _page(work, wanted, _ADD[kind]() if kind else None, kind)


@bp.route("/work/<uuid:enrollment_id>/requirement/<key>/add/<any(text, link, file):kind>", methods=["GET", "POST"])
def add(enrollment_id: UUID, key: str, kind: Kind) -> str | Response | tuple[str, int]:
    """Add a piece of this kind."""
    work = load(enrollment_id)
    wanted = requirement_of(work, key)
    if kind not in wanted.accepts:
        raise not_found("kind is not accepted here")
    form = _ADD[kind]()
    if not form.is_submitted():
        if not work.editable:
            return go("work", enrollment_id=enrollment_id, said="evidence.locked")
        return _page(work, wanted, form, kind)
    form.offer(wanted, work.content)
    if isinstance(form, TextForm) and "X-Autosave" in request.headers:
        return _autosaved(enrollment_id, key, form)
    if not form.validate():
        return _page(work, wanted, form, kind), 422
    try:
        _store(enrollment_id, key, form)
    except Refused as refused:
        form["file"].errors = [str(refused)]
        return _page(work, wanted, form, kind), 422
    except Problem as problem:
        if not (problem.code == "conflict" and work.editable):
            raise
        form.form_errors.append(problem.text)
        return _page(work, wanted, form, kind), 409
    return go("requirement", enrollment_id=enrollment_id, key=key, said="evidence.added")


def _store(enrollment_id: UUID, key: str, form: PieceForm) -> None:
    here, given = tool.current(), _given(form)
    if isinstance(form, FileForm):
        with received(here, form.file.data.stream, form.file.data.filename) as file, here.database.unit() as session:
            artifacts.add_file(session, here, owner(), enrollment_id, key, file=file, **given)
        return
    with here.database.unit() as session:
        if isinstance(form, LinkForm):
            artifacts.add_link(session, here, owner(), enrollment_id, key, url=form.url.data or "", **given)
        else:
            artifacts.add_text(session, here, owner(), enrollment_id, key, page=form["page"].data or "", **given)


def _given(form: PieceForm) -> dict[str, Any]:
    return {
        "title": form.title.data or "",
        "text": form.text.data or "",
        "students": form.students.data or "",
        "consent": form.consent(),
        "criteria": form.criteria.data or (),
    }


def _autosaved(enrollment_id: UUID, key: str, form: TextForm) -> Response | tuple[str, int]:
    """A new text saves itself: from its first words on it is a piece, whose page the open page becomes."""
    here = tool.current()
    if not (form.text.data or "").strip():
        return "", 202
    if form.too_long() or not form.page.data:
        return "", 422
    with here.database.unit() as session:
        piece = artifacts.add_text(session, here, owner(), enrollment_id, key, page=form.page.data, **_given(form))
    moved = url_for("evidence.artifact", enrollment_id=enrollment_id, artifact_id=piece.id, requirement=key)
    return Response(status=204, headers={"X-Saved-At": here.clock().isoformat(), "X-Moved-To": moved})


def _piece(work: WorkOverview, artifact_id: UUID, key: str | None) -> ArtifactRow:
    piece = next((one for one in work.artifacts if one.id == artifact_id and key in (None, one.requirement_key)), None)
    if piece is None:
        raise not_found("no such piece in this draft")
    return piece


@bp.route("/work/<uuid:enrollment_id>/artifact/<uuid:artifact_id>", methods=["GET", "POST"])
def artifact(enrollment_id: UUID, artifact_id: UUID) -> str | Response | tuple[str, int]:
    """One piece: its title, text or link, what it shows of students, and in one requirement the criteria that it shows.

    `requirement` in the address says in which, where it serves several.
    """
    here, work = tool.current(), load(enrollment_id)
    piece = _piece(work, artifact_id, request.args.get("requirement"))
    wanted = requirement_of(work, piece.requirement_key)
    form = _EDIT[piece.kind](obj=piece)
    form.offer(wanted, work.content, piece.consent)
    autosaving, theirs = "X-Autosave" in request.headers, None
    if form.is_submitted() and (form.validate() if not autosaving else not form.too_long() and (form.text.data or "").strip()):
        try:
            _change(enrollment_id, artifact_id, wanted.key, form)
        except Stale:
            theirs = _piece(load(enrollment_id), artifact_id, wanted.key)
        else:
            if autosaving:
                return Response(status=204, headers={"X-Saved-At": here.clock().isoformat()})
            return go("requirement", enrollment_id=enrollment_id, key=wanted.key, said="evidence.changed")
    if not form.is_submitted() and not work.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    if isinstance(form, TextForm):  # whoever sends this page on has seen what is saved now
        form.page.data, form.seen.data = page_name(), str((theirs or piece).revision)
    page = render_template(
        "evidence/artifact.html",
        work=work,
        crumbs=crumbs(work, (wanted.title, None)),
        requirement=wanted,
        piece=piece,
        files=files_of([piece]),
        places=[requirement_of(work, one.requirement_key).title for one in work.artifacts if one.id == piece.id],
        link_words=WORDS,
        link_shown=shown,
        theirs=theirs,
        form=form,
        students=STUDENTS,
        meanings=MEANINGS,
    )
    return (page, 409 if theirs else 422) if form.is_submitted() else page


def _change(enrollment_id: UUID, artifact_id: UUID, key: str, form: PieceForm) -> None:
    here = tool.current()
    with here.database.unit() as session:
        artifacts.change(
            session,
            here,
            owner(),
            enrollment_id,
            artifact_id,
            title=form.title.data or "",
            text=form.text.data or "",
            url=form["url"].data if "url" in form else "",
            students=form.students.data or "",
            consent=form.consent(),
            seen=whole_number(form["seen"].data) if "seen" in form and form["seen"].raw_data else None,
            page=(form["page"].data or "") if "page" in form else "",
        )
        portfolio.say_criteria(session, here, owner(), enrollment_id, key, artifact_id, form.criteria.data or ())


@bp.post("/uploads/<uuid:upload_id>/cancel")
def cancel_upload(upload_id: UUID) -> Response:
    """End an unfinished upload and remove what has arrived of it."""
    gone = upload_service.cancel(tool.current(), owner(), upload_id)
    return go("requirement", enrollment_id=gone.enrollment_id, key=gone.requirement_key, said="evidence.upload_cancelled")
