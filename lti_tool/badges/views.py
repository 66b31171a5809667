"""Public pages of awards and issuers, and the teacher's switch for them.

What is not public answers exactly as what does not exist.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.badges import addresses, issuers, queries, service, signing
from lti_tool.badges.answering import open_to_all, own_award, public_award, to_keep
from lti_tool.badges.artwork import SIDE, badge_png
from lti_tool.badges.baking import bake
from lti_tool.badges.credential import CONTEXTS, shown_title
from lti_tool.badges.formats import picture
from lti_tool.badges.forms import ShareForm
from lti_tool.badges.models import BadgeIssuer
from lti_tool.badges.pictures import drawn
from lti_tool.badges.public_page import own_page, public_page
from lti_tool.badges.queries import AwardView, IssuerView
from lti_tool.errors import not_found
from lti_tool.language import N_
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

bp = Blueprint("badges", __name__)

NOTICES["badge_shown"] = ("success", N_("Your badge is public now. Anyone with the link can see it."))
NOTICES["badge_hidden"] = ("success", N_("Your badge is private again. The link shows nothing to others."))

_CREDENTIAL_TYPE = "application/vc+ld+json"
_JSON_TYPES = (_CREDENTIAL_TYPE, "application/vc", "application/ld+json", "application/json")
_PREVIEW_PIXELS = 1200


@bp.get("/badges/<public_id>")
def page(public_id: str) -> AnyResponse:
    """The award for people, or its credential for programs that ask for JSON."""
    view = public_award(public_id)
    wanted = request.accept_mimetypes.best_match(("text/html", *_JSON_TYPES), default="text/html")
    if wanted != "text/html":
        return _negotiated(open_to_all(Response(view.credential, content_type=wanted)))
    return _negotiated(Response(public_page(view, _verdict(view))))


@bp.get("/badges/<public_id>.json")
def credential(public_id: str) -> AnyResponse:
    """The signed credential, byte for byte as it was signed."""
    return open_to_all(Response(public_award(public_id).credential, content_type=_CREDENTIAL_TYPE))


@bp.get("/badges/<public_id>.png")
def baked(public_id: str) -> AnyResponse:
    """The picture with the credential baked in."""
    return open_to_all(Response(_baked(public_award(public_id)), content_type="image/png"))


@bp.get("/badges/<public_id>/image.svg")
def image_svg(public_id: str) -> AnyResponse:
    """The picture alone, as drawn."""
    return open_to_all(Response(picture(public_award(public_id)), content_type="image/svg+xml"))


@bp.get("/badges/<public_id>/image.png")
def image_png(public_id: str) -> AnyResponse:
    """The picture alone, large enough for previews of links."""
    return open_to_all(Response(badge_png(picture(public_award(public_id)), _PREVIEW_PIXELS), content_type="image/png"))


@bp.get("/issuers/<slug>")
def issuer(slug: str) -> AnyResponse:
    """Who issued: a page for people, an Open Badges Profile for programs."""
    view = _issuer(slug)
    base = tool.current().settings.base_url
    did = signing.issuer_did(base, view.slug)
    url = addresses.issuer_url(base, view.slug)
    wanted = request.accept_mimetypes.best_match(("text/html", *_JSON_TYPES), default="text/html")
    if wanted != "text/html":
        return _negotiated(open_to_all(_json(_profile(view), wanted)))
    return _negotiated(Response(render_template("badges/issuer.html", issuer=view, brand_name=view.name, did=did, url=url)))


@bp.get("/issuers/<slug>/did.json")
def did_document(slug: str) -> AnyResponse:
    """The issuer's keys (did:web method): where verifiers look them up."""
    view = _issuer(slug)
    return open_to_all(_json(_did_document(view.slug, view.keys), "application/did+json"))


@bp.get("/issuers/<slug>/microcredentials/<uuid:version_id>")
def version(slug: str, version_id: UUID) -> str:
    """What had to be shown: the criteria that a badge refers to."""
    with tool.current().database.read() as session:
        view = queries.issued_version(session, slug, version_id)
    if view is None:
        raise not_found("no such version in a signed badge")
    return render_template("badges/version.html", version=view, brand_name=view.issuer_name)


@bp.get("/issuers/<slug>/microcredentials/<uuid:version_id>/<int:year>.png")
def version_image(slug: str, version_id: UUID, year: int) -> AnyResponse:
    """The picture of badges of this version and year, as credentials refer to it; it names no person."""
    here = tool.current()
    with here.database.read() as session:
        view = queries.issued_version(session, slug, version_id)
    if view is None or not view.published_at.year <= year <= here.clock().year:
        raise not_found("no such picture")
    title = shown_title(view.content.title, is_test=view.is_test)
    svg = drawn(here, view.id, view.content.badge, title, view.issuer_name, year)
    return open_to_all(Response(badge_png(svg), content_type="image/png"))


@bp.get("/s/<frame_key>/badges/<uuid:award_id>")
def share(award_id: UUID) -> str:
    """The teacher's own page of an award: what others would see, the switch, the ways to take it along."""
    return own_page(own_award(award_id), ShareForm())


@bp.post("/s/<frame_key>/badges/<uuid:award_id>")
def switch(award_id: UUID) -> AnyResponse | tuple[str, int]:
    """Turn the public page on or off."""
    view = own_award(award_id)
    form = ShareForm()
    if not form.validate_on_submit():
        return own_page(view, form), 422
    here, frame, public = tool.current(), current_frame(), form.public.data == "yes"
    with here.database.unit() as session:
        service.set_public(session, here, district_id=frame.district_id, person_id=frame.person_id, award_id=award_id, public=public)
    said = "badge_shown" if public else "badge_hidden"
    back = (
        url_for("badges.mine", said=said) if request.form.get("back") == "mine" else url_for("badges.share", award_id=award_id, said=said)
    )
    return redirect(back, 303)


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/image.svg")
def own_image(award_id: UUID) -> AnyResponse:
    """The picture for its teacher, public or not."""
    return Response(picture(own_award(award_id)), content_type="image/svg+xml")


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/badge.png")
def own_baked(award_id: UUID) -> AnyResponse:
    """The baked picture to keep."""
    return to_keep(Response(_baked(own_award(award_id)), content_type="image/png"), "badge.png")


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/badge.json")
def own_credential(award_id: UUID) -> AnyResponse:
    """The signed credential to keep."""
    return to_keep(Response(_signed(own_award(award_id)), content_type=_CREDENTIAL_TYPE), "badge.json")


def _issuer(slug: str) -> IssuerView:
    with tool.current().database.read() as session:
        view = queries.issuer(session, slug)
    if view is None:
        raise not_found("unknown issuer")
    return view


def _signed(view: AwardView) -> bytes:
    if view.credential is None:
        raise not_found("not signed yet")
    return view.credential


def _baked(view: AwardView) -> bytes:
    return bake(badge_png(picture(view), SIDE), _signed(view))


def _profile(view: IssuerView) -> dict[str, Any]:
    with tool.current().database.read() as session:
        row = session.get_one(BadgeIssuer, view.id)
        return {"@context": list(CONTEXTS), **issuers.document(session, tool.current(), row)}


def _did_document(slug: str, keys: tuple[str, ...]) -> dict[str, Any]:
    return signing.did_document(signing.issuer_did(tool.current().settings.base_url, slug), list(keys))


def _verdict(view: AwardView) -> signing.Verdict:
    """What any verifier would find, found now."""
    return signing.verify(_signed(view), _did_document(view.issuer_slug, view.keys))


def _json(document: dict[str, Any], content_type: str) -> Response:
    response = jsonify(document)
    response.content_type = content_type
    return response


def _negotiated(response: Response) -> Response:
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-cache"
    return response
