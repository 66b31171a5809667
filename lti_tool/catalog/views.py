"""Pages of the catalog room: the list, a version as a teacher sees it, the editor, publishing."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from lti_tool import tool
from lti_tool.catalog import advising, finding, forms, picking, policies, previewing, queries, service
from lti_tool.catalog import approval_queries as approvals
from lti_tool.catalog.approval_policies import OPEN
from lti_tool.catalog.entry_policies import level_name
from lti_tool.catalog.filtering import filters_page
from lti_tool.catalog.prose import prose, written
from lti_tool.errors import Problem, bad_request, not_found
from lti_tool.inputs import page_name, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web import frames
from lti_tool.web.pages import NOTICES

bp = Blueprint("catalog", __name__, url_prefix="/s/<frame_key>/catalog")
bp.before_request(frames.require("designer", "author", "console"))
bp.add_app_template_filter(prose, "prose")
bp.add_app_template_filter(written, "written")
bp.add_app_template_filter(level_name, "level_name")
bp.add_url_rule("/pick", "picker", picking.picker, methods=["GET"])
bp.add_url_rule("/pick", "place", picking.place, methods=["POST"])
bp.add_url_rule("/new", "begin", previewing.begin, methods=["GET"])
bp.add_url_rule("/<uuid:microcredential_id>/preview", "preview", previewing.preview, methods=["GET"])
bp.add_url_rule("/<uuid:microcredential_id>/beside", "beside", previewing.beside, methods=["GET"])
bp.add_url_rule("/<uuid:microcredential_id>/compare", "compare", previewing.compare, methods=["GET"])

NOTICES["catalog.saved"] = ("success", N_("Saved. Nobody sees the draft before you publish it."))
NOTICES["catalog.published"] = ("success", N_("Published. Designers can add it to their courses now."))
NOTICES["catalog.corrected"] = (
    "success",
    N_("Published as a correction. Whoever begins from now on reads it; whoever has begun keeps their text."),
)
NOTICES["catalog.retired"] = ("success", N_("Retired. It can no longer be added to courses; teachers who work on it go on."))
NOTICES["catalog.discarded"] = ("success", N_("The draft is gone. The published versions stay."))


def _to(endpoint: str, *, anchor: str = "", said: str | None = None, **values: UUID) -> Answer:
    return redirect(url_for(endpoint, said=said, _anchor=anchor or None, **values), 303)  # type: ignore[arg-type]


@bp.get("/")
def index() -> str:
    """The district's microcredentials, searched by words and narrowed by what they ask for."""
    district_id, wish = frames.current_frame().district_id, finding.asked(request.args)
    with tool.current().database.read() as session:
        found = finding.cards(session, district_id, wish, page=finding.page_asked(request.args))
        choices = finding.choices(session, district_id)
    return render_template("catalog/index.html", found=found, asked=wish, choices=choices, filters=filters_page())


@bp.get("/versions/<uuid:version_id>")
def show(version_id: UUID) -> str:
    """A published version, as a teacher will read it."""
    with tool.current().database.read() as session:
        version = queries.version(session, frames.current_frame().district_id, version_id)
    return render_template("catalog/show.html", version=version, content=version.content)


@bp.post("/new")
def create() -> Answer:
    """A new draft: blank, from a frame, or a copy of a version."""
    frame, here = frames.current_frame(), tool.current()
    copy_of = None
    if asked := request.form.get("copy_of", ""):
        copy_of = uuid_or_none(asked)
        if copy_of is None:
            raise not_found("copy_of")
    with here.database.unit() as session:
        row = service.create_draft(
            session, here, district_id=frame.district_id, person_id=frame.person_id, copy_of=copy_of, start=request.form.get("start", "")
        )
    return _to("catalog.edit", microcredential_id=row.id)


@bp.post("/<uuid:microcredential_id>/revise")
def revise(microcredential_id: UUID) -> Answer:
    """Begin the next version."""
    frame, here = frames.current_frame(), tool.current()
    with here.database.unit() as session:
        service.revise(session, here, district_id=frame.district_id, microcredential_id=microcredential_id, person_id=frame.person_id)
    return _to("catalog.edit", microcredential_id=microcredential_id)


def _state(microcredential_id: UUID) -> queries.DraftState:
    with tool.current().database.read() as session:
        return queries.draft_state(session, frames.current_frame().district_id, microcredential_id)


def _editor(
    state: queries.DraftState, draft: policies.Draft, status: int = 200, *, tell: bool = False, overtaken: str = ""
) -> tuple[str, int]:
    """The editor's page. `tell` puts the faults at their fields, `overtaken` says why what was sent is not saved."""
    draft = policies.tidy(draft)
    faults = policies.check(draft)[1]
    form = forms.DraftForm.of(draft, seen=state.number, editor=page_name())
    if tell:
        form.show(faults)
    page = render_template(
        "catalog/edit.html",
        form=form,
        state=state,
        faults=faults,
        draft=draft,
        tell=tell,
        overtaken=overtaken,
        hints=advising.hints(draft),
        content=policies.readable(draft),
        way=previewing.way(),
        ways=previewing.WAYS,
        making=_making(state.id),
        **previewing.publishing(state),
    )
    return page, status


def _making(microcredential_id: UUID) -> approvals.Making:
    frame = frames.current_frame()
    viewer = approvals.Viewer(frame.person_id, frame.may("approver", "console"), frame.may("approver"))
    with tool.current().database.read() as session:
        return approvals.making(session, frame.district_id, microcredential_id, viewer)


@bp.get("/<uuid:microcredential_id>/edit")
def edit(microcredential_id: UUID) -> tuple[str, int] | Answer:
    """The editor; without a draft, or while the approval team has it, the history."""
    state = _state(microcredential_id)
    if state.draft is None or _making(microcredential_id).state in OPEN:
        return _to("catalog.versions", microcredential_id=microcredential_id)
    return _editor(state, state.draft)


@bp.post("/<uuid:microcredential_id>/edit")
def save(microcredential_id: UUID) -> tuple[str, int] | Answer:
    """Keep what was written, then do what the button says: add, remove or move a row, show a preview, publish."""
    frame, here = frames.current_frame(), tool.current()
    form, button = forms.DraftForm.sent(), request.form.get("do", "save")
    draft, anchor = form.document(), ""
    if ":" in button:
        acted = forms.act(draft, button)
        if acted is None:
            raise bad_request(_("This button leads nowhere. Reload the page and try again."), "unknown button")
        draft, anchor = acted
    autosave = "X-Autosave" in request.headers
    try:
        with here.database.unit() as session:
            row = service.save_draft(
                session,
                here,
                district_id=frame.district_id,
                microcredential_id=microcredential_id,
                draft=draft if autosave else policies.tidy(draft),
                seen=form.number_seen(),
                editor=form.editor_name(),
                person_id=frame.person_id,
            )
    except Problem as problem:
        if problem.code != "conflict" or autosave:
            raise
        return _editor(_state(microcredential_id), draft, 409, overtaken=problem.detail)
    if autosave:
        return "", 204
    if button in ("publish", "correct"):
        return publish(microcredential_id)
    if button == "submit":
        return _hand_in(microcredential_id)
    if button == "preview":
        return _to("catalog.preview", microcredential_id=row.id)
    return _to("catalog.edit", microcredential_id=row.id, anchor=anchor, said=None if anchor else "catalog.saved")


def _hand_in(microcredential_id: UUID) -> tuple[str, int] | Answer:
    """On to the page where a draft is handed to the approval team; what is missing comes back in the editor."""
    state = _state(microcredential_id)
    if state.draft is None or policies.check(state.draft)[0] is None:
        return _editor(state, state.draft or policies.blank(), 422, tell=True)
    return _to("approvals.submit", microcredential_id=microcredential_id)


@bp.post("/<uuid:microcredential_id>/publish")
def publish(microcredential_id: UUID) -> tuple[str, int] | Answer:
    """Freeze the stored draft as a version, or as a correction; what is missing comes back in the editor."""
    frame, here, patch = frames.current_frame(), tool.current(), request.form.get("do") == "correct"
    try:
        with here.database.unit() as session:
            version = service.publish(
                session, here, district_id=frame.district_id, microcredential_id=microcredential_id, person_id=frame.person_id, patch=patch
            )
    except policies.NotReady:
        state = _state(microcredential_id)
        return _editor(state, state.draft or policies.blank(), 422, tell=True)
    return _to("catalog.show", version_id=version.id, said="catalog.corrected" if patch else "catalog.published")


@bp.post("/<uuid:microcredential_id>/retire")
def retire(microcredential_id: UUID) -> Answer:
    """No new placements."""
    frame, here = frames.current_frame(), tool.current()
    with here.database.unit() as session:
        service.retire(session, here, district_id=frame.district_id, microcredential_id=microcredential_id, person_id=frame.person_id)
    return _to("catalog.index", said="catalog.retired")


@bp.post("/<uuid:microcredential_id>/discard")
def discard(microcredential_id: UUID) -> Answer:
    """Throw the draft of a next version away."""
    frame, here = frames.current_frame(), tool.current()
    with here.database.unit() as session:
        service.discard_draft(
            session, here, district_id=frame.district_id, microcredential_id=microcredential_id, person_id=frame.person_id
        )
    return _to("catalog.versions", microcredential_id=microcredential_id, said="catalog.discarded")


@bp.get("/<uuid:microcredential_id>/versions")
def versions(microcredential_id: UUID) -> str:
    """What was published when, and the draft if there is one."""
    frame = frames.current_frame()
    with tool.current().database.read() as session:
        state = queries.draft_state(session, frame.district_id, microcredential_id)
        found = queries.history(session, frame.district_id, microcredential_id)
    return render_template("catalog/versions.html", state=state, versions=found, making=_making(microcredential_id))
