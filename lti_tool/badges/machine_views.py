"""What programs read of badges, without a visit: formats, keys, status lists. What is not public answers as what does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.badges import addresses, formats, issuers, ob2, signing, statuses, transcript, vc_jwt
from lti_tool.badges import machine_queries as machine
from lti_tool.badges.answering import open_to_all, own_award, public_award, to_keep
from lti_tool.badges.credential import CONTEXTS
from lti_tool.errors import Problem, not_found
from lti_tool.language import _
from lti_tool.secrets_box import SecretLost
from lti_tool.web.frames import current_frame

bp = Blueprint("badge_files", __name__)

_LD = "application/vc+ld+json"
_JWK = "application/jwk+json"
_JWKS = "application/jwk-set+json"


@bp.get("/badges/<public_id>.jwt")
def jwt(public_id: str) -> AnyResponse:
    """The credential as VC-JWT."""
    return _open(formats.as_jwt(tool.current(), public_award(public_id).id), vc_jwt.MEDIA_TYPE)


@bp.get("/badges/<public_id>.svg")
def svg(public_id: str) -> AnyResponse:
    """The drawing with the credential baked in."""
    return _open(formats.svg(public_award(public_id)), "image/svg+xml")


@bp.get("/badges/<public_id>/ob2.json")
def ob2_assertion(public_id: str) -> AnyResponse:
    """The award as Open Badges 2.0 Assertion: verifiers of 2.0 ask here whether it still stands."""
    return _open(formats.assertion(tool.current(), public_award(public_id)), ob2.MEDIA_TYPE)


@bp.get("/badges/<public_id>/ob2.png")
def ob2_png(public_id: str) -> AnyResponse:
    """The picture with the Assertion baked in."""
    return _open(formats.ob2_png(tool.current(), public_award(public_id)), "image/png")


@bp.get("/badges/<public_id>/ob2.svg")
def ob2_svg(public_id: str) -> AnyResponse:
    """The drawing with the Assertion's address baked in."""
    return _open(formats.ob2_svg(tool.current(), public_award(public_id)), "image/svg+xml")


@bp.get("/issuers/<slug>/profile.json")
def profile(slug: str) -> AnyResponse:
    """The issuer as Open Badges 3.0 Profile."""
    here = tool.current()
    with here.database.read() as session:
        row = machine.issuer_row(session, slug)
        document = None if row is None else {"@context": list(CONTEXTS), **issuers.document(session, here, row)}
    return _document(document, _LD)


@bp.get("/issuers/<slug>/ob2.json")
def ob2_issuer(slug: str) -> AnyResponse:
    """The issuer as Open Badges 2.0 Profile."""
    here = tool.current()
    with here.database.read() as session:
        row = machine.issuer_row(session, slug)
        if row is None:
            raise not_found("unknown issuer")
        document = ob2.issuer(
            url=addresses.ob2_issuer_url(here.settings.base_url, slug),
            did=signing.issuer_did(here.settings.base_url, slug),
            name=row.name,
            page_url=issuers.home(here, row),
            profile=issuers.profile(session, here, row),
        )
    return _document(document, ob2.MEDIA_TYPE)


@bp.get("/issuers/<slug>/logo.png")
def logo(slug: str) -> AnyResponse:
    """The issuer's logo, as we drew it."""
    with tool.current().database.read() as session:
        row = machine.issuer_row(session, slug)
    return _open(row.logo if row else None, "image/png")


@bp.get("/issuers/<slug>/jwks.json")
def issuer_keys(slug: str) -> AnyResponse:
    """The issuer's keys for VC-JWT as a JWK Set."""
    here = tool.current()
    with here.database.read() as session:
        known = machine.issuer_row(session, slug) is not None
        document = machine.jwks(session, here, slug) if known else None
    return _document(document, _JWKS)


@bp.get("/.well-known/jwks.json")
def all_keys() -> AnyResponse:
    """The keys for VC-JWT of every issuer here; `iss` says whose each is."""
    here = tool.current()
    with here.database.read() as session:
        return _document(machine.jwks(session, here), _JWKS)


@bp.get("/issuers/<slug>/keys/<kid>.json")
def key(slug: str, kid: str) -> AnyResponse:
    """One key as one JWK: what the `kid` of a VC-JWT leads to."""
    here = tool.current()
    with here.database.read() as session:
        found = machine.rsa_key(session, slug, kid)
    return _document(None if found is None else machine.jwk(here, found, slug), _JWK)


@bp.get("/issuers/<slug>/status/<int(max=1000000):number>.json")
def status_list(slug: str, number: int) -> AnyResponse:
    """A block of the issuer's status list, signed, with everything that was decided up to now."""
    return _open(statuses.published(tool.current(), slug, number), _LD)


@bp.get("/issuers/<slug>/microcredentials/<uuid:version_id>/ob2.json")
def ob2_class(slug: str, version_id: UUID) -> AnyResponse:
    """What had to be shown, as Open Badges 2.0 BadgeClass."""
    base = tool.current().settings.base_url
    with tool.current().database.read() as session:
        achievement = machine.achievement(session, slug, version_id)
    if achievement is None:
        raise not_found("no such version in a signed badge")
    url, issuer_url = addresses.ob2_version_url(base, slug, version_id), addresses.ob2_issuer_url(base, slug)
    return _document(ob2.badge_class(achievement, url=url, issuer_url=issuer_url), ob2.MEDIA_TYPE)


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/badge.jwt")
def own_jwt(award_id: UUID) -> AnyResponse:
    """The VC-JWT to keep, public or not."""
    return _kept(formats.as_jwt(tool.current(), own_award(award_id).id), vc_jwt.MEDIA_TYPE, "badge.jwt")


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/badge.svg")
def own_svg(award_id: UUID) -> AnyResponse:
    """The baked drawing to keep, public or not."""
    return _kept(formats.svg(own_award(award_id)), "image/svg+xml", "badge.svg")


@bp.get("/s/<frame_key>/badges/transcript.json")
def own_transcript() -> AnyResponse:
    """Every badge of the person that stands, in one signed record (Comprehensive Learner Record 2.0)."""
    frame = current_frame()
    try:
        document = transcript.signed(tool.current(), district_id=frame.district_id, person_id=frame.person_id)
    except SecretLost as lost:
        raise Problem("badges.unsigned", 503, _("This can’t be signed right now"), _("Try again later."), detail=str(lost)) from lost
    return _kept(document, _LD, "transcript.json")


def _document(document: dict[str, Any] | None, content_type: str) -> Response:
    return _open(None if document is None else formats.written(document), content_type)


def _open(content: bytes | None, content_type: str) -> Response:
    if content is None:
        raise not_found("nothing here")
    return open_to_all(Response(content, content_type=content_type))


def _kept(content: bytes | None, content_type: str, filename: str) -> Response:
    if content is None:
        raise not_found("not signed yet")
    return to_keep(Response(content, content_type=content_type), filename)
