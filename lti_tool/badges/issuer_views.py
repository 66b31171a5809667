"""Where a district says who issues its badges, for how long they are valid, and who stands behind it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.badges import addresses, endorsements, issuers, logos, office_queries
from lti_tool.badges.models import BadgeIssuer
from lti_tool.badges.office_forms import EndorseForm, IssuerForm, LogoForm, NewIssuerForm
from lti_tool.catalog.models import Microcredential
from lti_tool.errors import bad_request, not_found
from lti_tool.inputs import uuid_or_none, whole_number
from lti_tool.language import N_, _
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("badge_issuers", __name__, url_prefix="/s/<frame_key>/district/badges")
bp.before_request(require("console"))

NOTICES["issuer_saved"] = ("success", N_("Saved. Badges that are signed from now on say it; older ones stay as they are."))
NOTICES["issuer_default"] = ("success", N_("This issuer is the district’s default from now on."))
NOTICES["issuer_endorsed"] = ("success", N_("The endorsement was checked and taken in. It stands in every badge signed from now on."))
NOTICES["issuer_unendorsed"] = ("success", N_("The endorsement is left out of badges signed from now on."))
NOTICES["terms_saved"] = ("success", N_("Saved. It holds for badges awarded or given anew from now on."))

_MOST_MONTHS = 240
_FIELDS = {
    "street": "streetAddress",
    "locality": "addressLocality",
    "region": "addressRegion",
    "postal_code": "postalCode",
    "country": "addressCountry",
}


@bp.get("/issuers")
def index() -> str:
    """The district's issuers."""
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        issuers.default(session, here, frame.district_id)
    with here.database.read() as session:
        rows = office_queries.issuers(session, frame.district_id)
    return render_template("badges/office/issuers.html", issuers=rows)


@bp.get("/issuers/new")
def new() -> str:
    """A form for another issuer."""
    return render_template("badges/office/issuer_new.html", form=NewIssuerForm(formdata=None))


@bp.post("/issuers/new")
def create() -> Response | tuple[str, int]:
    """Another issuer."""
    form = NewIssuerForm()
    if not form.validate_on_submit():
        return render_template("badges/office/issuer_new.html", form=form), 422
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = issuers.create(
            session, here, district_id=frame.district_id, actor_id=frame.person_id, slug=form.slug.data or "", **form.said()
        )
    return redirect(url_for("badge_issuers.show", issuer_id=row.id, said="issuer_saved"), 303)


@bp.get("/issuers/<uuid:issuer_id>")
def show(issuer_id: UUID) -> str:
    """What an issuer says of itself, and what others say of it."""
    return _page(issuer_id)


@bp.post("/issuers/<uuid:issuer_id>")
def save(issuer_id: UUID) -> Response | tuple[str, int]:
    """Say something else."""
    form = IssuerForm()
    if not form.validate_on_submit():
        return _page(issuer_id, form=form), 422
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = issuers.own(session, frame.district_id, issuer_id, for_update=True)
        issuers.edit(session, here, row, actor_id=frame.person_id, **form.said())
    return _back(issuer_id, "issuer_saved")


@bp.post("/issuers/<uuid:issuer_id>/logo")
def logo(issuer_id: UUID) -> Response | tuple[str, int]:
    """Another logo, or none."""
    frame, here, form = current_frame(), tool.current(), LogoForm()
    with here.database.read() as session:
        issuers.own(session, frame.district_id, issuer_id)
    remove = request.form.get("do") == "remove"
    if not remove and not form.validate_on_submit():
        return _page(issuer_id, logo_form=form), 422
    picture = None if remove else logos.drawn(here, form.file.data.stream)
    with here.database.unit() as session:
        row = issuers.own(session, frame.district_id, issuer_id, for_update=True)
        logos.put(session, here, row, picture, actor_id=frame.person_id)
    return _back(issuer_id, "issuer_saved")


@bp.post("/issuers/<uuid:issuer_id>/default")
def default(issuer_id: UUID) -> Response:
    """Make it the one that issues where nothing else is said."""
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = issuers.own(session, frame.district_id, issuer_id, for_update=True)
        issuers.make_default(session, here, row, actor_id=frame.person_id)
    return _back(issuer_id, "issuer_default")


@bp.post("/issuers/<uuid:issuer_id>/endorse")
def endorse(issuer_id: UUID) -> Response | tuple[str, int]:
    """Take in what a state or an association signed."""
    frame, here, form = current_frame(), tool.current(), EndorseForm()
    with here.database.read() as session:
        row = issuers.own(session, frame.district_id, issuer_id)
    try:
        text = _given(form)
        checked = endorsements.check(text, subjects=endorsements.subjects(here, row), now=here.clock(), fetch=endorsements.fetcher(here))
    except endorsements.Refused as refused:
        form.text.errors = [str(refused)]
        return _page(issuer_id, endorse_form=form), 422
    with here.database.unit() as session:
        row = issuers.own(session, frame.district_id, issuer_id, for_update=True)
        endorsements.add(session, here, row, checked, actor_id=frame.person_id)
    return _back(issuer_id, "issuer_endorsed")


@bp.post("/issuers/<uuid:issuer_id>/unendorse")
def unendorse(issuer_id: UUID) -> Response:
    """Leave an endorsement out."""
    frame, here, endorsement_id = current_frame(), tool.current(), uuid_or_none(request.form.get("endorsement"))
    with here.database.unit() as session:
        row = issuers.own(session, frame.district_id, issuer_id, for_update=True)
        if endorsement_id is None:
            raise bad_request(_("The form was incomplete."))
        endorsements.remove(session, here, row, endorsement_id, actor_id=frame.person_id)
    return _back(issuer_id, "issuer_unendorsed")


@bp.get("/terms")
def terms() -> str:
    """For each microcredential: who issues its badges, and for how long."""
    return _terms(None)


@bp.post("/terms")
def set_terms() -> Response | tuple[str, int]:
    """Change them for one microcredential."""
    frame, here = current_frame(), tool.current()
    microcredential_id = uuid_or_none(request.form.get("microcredential"))
    months, chosen = request.form.get("months", "").strip(), request.form.get("issuer", "")
    number = whole_number(months) if months else None
    if number is not None and not 1 <= number <= _MOST_MONTHS:
        return _terms(_("Give a number of months from 1 to %(most_months)s, or leave it empty for good.", most_months=_MOST_MONTHS)), 422
    issuer_id = uuid_or_none(chosen)
    if microcredential_id is None or (chosen and issuer_id is None):
        raise bad_request(_("The form was incomplete."))
    with here.database.unit() as session:
        one = session.get(Microcredential, microcredential_id)
        if one is None or one.district_id != frame.district_id:
            raise not_found("no such microcredential in this district")
        issuers.set_terms(
            session,
            here,
            district_id=frame.district_id,
            actor_id=frame.person_id,
            microcredential_id=one.id,
            issuer_id=issuer_id,
            valid_months=number,
        )
    return redirect(url_for("badge_issuers.terms", said="terms_saved"), 303)


def _given(form: EndorseForm) -> str:
    if not form.validate_on_submit():
        raise endorsements.Refused(_("The form was incomplete. Try again."))
    if form.file.data is not None and form.file.data.filename:
        try:
            return str(form.file.data.stream.read(endorsements.MOST_BYTES + 1).decode())
        except UnicodeDecodeError:
            raise endorsements.Refused(_("This file is no text. Choose the .json file that the endorser sent.")) from None
    return form.text.data or ""


def _terms(problem: str | None) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        rows = office_queries.terms(session, frame.district_id)
        choices = [one for one in office_queries.issuers(session, frame.district_id) if not one.is_test]
    return render_template("badges/office/terms.html", rows=rows, issuers=choices, problem=problem)


def _back(issuer_id: UUID, said: str) -> Response:
    return redirect(url_for("badge_issuers.show", issuer_id=issuer_id, said=said), 303)


def _page(issuer_id: UUID, **forms: Any) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        row = issuers.own(session, frame.district_id, issuer_id)
        said = office_queries.endorsements(session, row.id)
    shown = {
        "form": IssuerForm(formdata=None, data=_values(row)),
        "logo_form": LogoForm(formdata=None),
        "endorse_form": EndorseForm(formdata=None),
        **forms,
    }
    base = here.settings.base_url
    return render_template(
        "badges/office/issuer.html",
        issuer=row,
        endorsements=said,
        did=issuers.did(here, row),
        page_url=addresses.issuer_url(base, row.slug),
        logo_url=addresses.logo_url("", row.slug),
        **shown,
    )


def _values(row: BadgeIssuer) -> dict[str, str]:
    address = {field: row.address.get(member, "") for field, member in _FIELDS.items()}
    return {"name": row.name, "url": row.url, "email": row.email, **address}
