"""Where the people who run a district's badges work: awards and what becomes of them. Two of them revoke."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.badges import addresses, life, office_queries, policies
from lti_tool.badges.office_forms import DecideForm, NameForm, RevokeForm
from lti_tool.errors import bad_request, not_found
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("badge_office", __name__, url_prefix="/s/<frame_key>/district/badges")
bp.before_request(require("console"))

NOTICES["badge_proposed"] = ("success", N_("Noted. The badge stays valid until a colleague confirms it."))
NOTICES["badge_revoked"] = ("success", N_("The badge is revoked. Everybody who checks it sees that from now on."))
NOTICES["badge_kept"] = ("success", N_("The badge stays valid."))
NOTICES["badge_renewed"] = ("success", N_("The badge is given anew. It is being signed; its address stays the same."))
NOTICES["badge_renamed"] = ("success", N_("The page shows this name from now on."))


@bp.get("/")
def index() -> str:
    """Every badge of the district, what waits for a second person, and who issues."""
    frame, here = current_frame(), tool.current()
    text, before = plain_text(request.args.get("find", ""))[:100], uuid_or_none(request.args.get("before"))
    if before is None and "before" in request.args:
        raise bad_request(_("The address of this page is damaged."))
    with here.database.read() as session:
        lines, following = office_queries.awards(session, frame.district_id, now=here.clock(), text=text, before=before)
        waiting = office_queries.waiting(session, frame.district_id)
    next_url = url_for("badge_office.index", before=following, find=text or None) if following else None
    return render_template("badges/office/index.html", lines=lines, waiting=waiting, find=text, next_url=next_url)


@bp.get("/<uuid:award_id>")
def award(award_id: UUID) -> str:
    """One badge: what it is, what happened to it, what may be done."""
    return _page(award_id)


@bp.post("/<uuid:award_id>/revoke")
def revoke(award_id: UUID) -> Response | tuple[str, int]:
    """The first of two people."""
    form = RevokeForm()
    if not form.validate_on_submit():
        return _page(award_id, revoke_form=form), 422
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        life.propose(
            session,
            here,
            district_id=frame.district_id,
            award_id=award_id,
            actor_id=frame.person_id,
            reason=form.reason.data,
            note=form.note.data or "",
        )
    return redirect(url_for("badge_office.award", award_id=award_id, said="badge_proposed"), 303)


@bp.post("/<uuid:award_id>/decide")
def decide(award_id: UUID) -> Response | tuple[str, int]:
    """The second of two people; the first may withdraw."""
    form = DecideForm()
    if not form.validate_on_submit():
        return _page(award_id, decide_form=form), 422
    frame, here, confirm = current_frame(), tool.current(), form.do.data == "confirm"
    with here.database.unit() as session:
        life.decide(session, here, district_id=frame.district_id, award_id=award_id, actor_id=frame.person_id, confirm=confirm)
    return redirect(url_for("badge_office.award", award_id=award_id, said="badge_revoked" if confirm else "badge_kept"), 303)


@bp.post("/<uuid:award_id>/renew")
def renew(award_id: UUID) -> Response:
    """Give it anew, for the time that the microcredential's terms say."""
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        life.renew(session, here, district_id=frame.district_id, award_id=award_id, actor_id=frame.person_id)
    return redirect(url_for("badge_office.award", award_id=award_id, said="badge_renewed"), 303)


@bp.post("/<uuid:award_id>/name")
def name(award_id: UUID) -> Response | tuple[str, int]:
    """Correct the name on the page."""
    form = NameForm()
    if not form.validate_on_submit():
        return _page(award_id, name_form=form), 422
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        life.correct_name(
            session, here, district_id=frame.district_id, award_id=award_id, actor_id=frame.person_id, name=form.name.data or ""
        )
    return redirect(url_for("badge_office.award", award_id=award_id, said="badge_renamed"), 303)


def _page(
    award_id: UUID, *, revoke_form: RevokeForm | None = None, decide_form: DecideForm | None = None, name_form: NameForm | None = None
) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        file = office_queries.award(session, frame.district_id, award_id, now=here.clock())
    if file is None:
        raise not_found("no such award in this district")
    return render_template(
        "badges/office/award.html",
        file=file,
        reasons=policies.REASONS,
        revoke_form=revoke_form or RevokeForm(formdata=None),
        decide_form=decide_form or DecideForm(formdata=None),
        name_form=name_form or NameForm(formdata=None, name=file.shown_name),
        is_own=file.line.holder_id == frame.person_id,
        page_url=addresses.award_url(here.settings.base_url, file.public_id),
    )
