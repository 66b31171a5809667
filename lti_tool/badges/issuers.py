"""Who issues a badge, and what an issuer says of itself."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import addresses, signing
from lti_tool.badges.credential import Profile
from lti_tool.badges.credential import profile as described
from lti_tool.badges.models import BadgeIssuer, BadgeTerms, IssuerEndorsement
from lti_tool.database import new_id
from lti_tool.errors import bad_request, not_found
from lti_tool.language import _
from lti_tool.platforms.models import District
from lti_tool.tool import Tool

ADDRESS = ("streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry")
"""Members of an Open Badges Address that an issuer may have."""
_MOST = 20


def default(session: Session, here: Tool, district_id: UUID) -> BadgeIssuer:
    """The district's own issuer, at the address that bears the district's name; made when there is none."""
    return _the_one(session, here, district_id, is_test=False)


def for_tests(session: Session, here: Tool, district_id: UUID) -> BadgeIssuer:
    """The issuer of marked test badges: with a name, an address and keys of its own, so that none of them can be taken for real."""
    return _the_one(session, here, district_id, is_test=True)


def for_award(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, is_test: bool) -> BadgeIssuer:
    """Who issues badges of this microcredential: whom its terms name, else the default; the test issuer for tests."""
    if is_test:
        return for_tests(session, here, district_id)
    chosen = session.scalars(
        select(BadgeIssuer)
        .join(BadgeTerms, BadgeTerms.issuer_id == BadgeIssuer.id)
        .where(BadgeTerms.microcredential_id == microcredential_id, BadgeTerms.district_id == district_id)
    ).one_or_none()
    return chosen or default(session, here, district_id)


def own(session: Session, district_id: UUID, issuer_id: UUID, *, for_update: bool = False) -> BadgeIssuer:
    """An issuer of this district. Raises Problem(not_found)."""
    query = select(BadgeIssuer).where(BadgeIssuer.id == issuer_id, BadgeIssuer.district_id == district_id)
    row = session.scalars(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise not_found("no such issuer in this district")
    return row


def create(session: Session, here: Tool, *, district_id: UUID, actor_id: UUID | None, slug: str, **said: Any) -> BadgeIssuer:
    """Another issuer of the district. `said`: as for `edit`. Raises Problem for an address that is taken, or the twenty-first issuer."""
    session.get_one(District, district_id, with_for_update=True)
    default(session, here, district_id)
    if _is_taken(session, slug) or session.scalars(select(District.id).where(District.slug == slug)).first() is not None:
        raise bad_request(_("This short name is taken. Choose another."), "issuer slug")
    if len(session.scalars(select(BadgeIssuer.id).where(BadgeIssuer.district_id == district_id)).all()) >= _MOST:
        raise bad_request(_("A district can have twenty issuers."), "issuers")
    row = BadgeIssuer(id=new_id(), district_id=district_id, slug=slug, created_at=here.clock(), name="", is_default=False, is_test=False)
    session.add(row)
    session.flush()
    audit.record(session, district_id=district_id, at=here.clock(), action="badges:issuer:made", actor_id=actor_id, subject_id=row.id)
    edit(session, here, row, actor_id=actor_id, **said)
    return row


def edit(
    session: Session, here: Tool, row: BadgeIssuer, *, actor_id: UUID | None, name: str, url: str, email: str, address: dict[str, str]
) -> None:
    """Say something else from now on; what was signed before stays as it is."""
    row.name = _marked(name) if row.is_test else name
    row.url, row.email = url, email
    row.address = {member: address[member] for member in ADDRESS if address.get(member)}
    audit.record(
        session, district_id=row.district_id, at=here.clock(), action="badges:issuer:changed", actor_id=actor_id, subject_id=row.id
    )


def make_default(session: Session, here: Tool, row: BadgeIssuer, *, actor_id: UUID) -> None:
    """Badges without a choice of their own are issued by this one from now on. Raises Problem for the issuer of tests."""
    if row.is_test:
        raise bad_request(_("Test badges have their own issuer. Choose another one."), "test issuer as default")
    before = session.scalars(
        select(BadgeIssuer).where(BadgeIssuer.district_id == row.district_id, BadgeIssuer.is_default).with_for_update()
    ).one_or_none()
    if before is not None and before.id != row.id:
        before.is_default = False
        session.flush()
    row.is_default = True
    audit.record(
        session, district_id=row.district_id, at=here.clock(), action="badges:issuer:default", actor_id=actor_id, subject_id=row.id
    )


def set_terms(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    actor_id: UUID,
    microcredential_id: UUID,
    issuer_id: UUID | None,
    valid_months: int | None,
) -> None:
    """Who issues badges of this microcredential from now on, and for how long they are valid."""
    if issuer_id is not None and own(session, district_id, issuer_id).is_test:
        raise bad_request(_("Test badges have their own issuer. Choose another one."), "test issuer in terms")
    row = session.scalars(
        select(BadgeTerms)
        .where(BadgeTerms.microcredential_id == microcredential_id, BadgeTerms.district_id == district_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        row = BadgeTerms(district_id=district_id, microcredential_id=microcredential_id)
        session.add(row)
    row.issuer_id, row.valid_months = issuer_id, valid_months
    audit.record(
        session,
        district_id=district_id,
        at=here.clock(),
        action="badges:terms:changed",
        actor_id=actor_id,
        subject_id=microcredential_id,
        issuer=str(issuer_id or ""),
        months=valid_months,
    )


def did(here: Tool, row: BadgeIssuer) -> str:
    """The issuer's did:web identifier."""
    return signing.issuer_did(here.settings.base_url, row.slug)


def profile(session: Session, here: Tool, row: BadgeIssuer) -> Profile:
    """What the issuer says of itself today."""
    base, now = here.settings.base_url, here.clock()
    endorsements = session.scalars(
        select(IssuerEndorsement.document)
        .where(
            IssuerEndorsement.issuer_id == row.id,
            or_(IssuerEndorsement.valid_until.is_(None), IssuerEndorsement.valid_until > now),
        )
        .order_by(IssuerEndorsement.added_at, IssuerEndorsement.id)
    )
    return Profile(
        email=row.email,
        address=row.address,
        logo_url=addresses.logo_url(base, row.slug) if row.has_logo else "",
        ob2_url=addresses.ob2_issuer_url(base, row.slug),
        endorsements=tuple(json.loads(one) for one in endorsements),
    )


def document(session: Session, here: Tool, row: BadgeIssuer) -> dict[str, Any]:
    """The issuer as an Open Badges 3.0 Profile, without a context."""
    return described(did(here, row), row.name, home(here, row), profile(session, here, row))


def home(here: Tool, row: BadgeIssuer) -> str:
    """Where the issuer's own page is: the address it gave, else ours."""
    return row.url or addresses.issuer_url(here.settings.base_url, row.slug)


def _the_one(session: Session, here: Tool, district_id: UUID, *, is_test: bool) -> BadgeIssuer:
    column = BadgeIssuer.is_test if is_test else BadgeIssuer.is_default
    query = select(BadgeIssuer).where(BadgeIssuer.district_id == district_id, column)
    row = session.scalars(query).one_or_none()
    if row is not None:
        return row
    district = session.get_one(District, district_id, with_for_update=True)
    row = session.scalars(query).one_or_none()
    if row is not None:
        return row
    slug = f"{district.slug}-test" if is_test else district.slug
    if _is_taken(session, slug):
        slug = f"{slug}-{new_id().hex[-6:]}"
    row = BadgeIssuer(
        id=new_id(),
        district_id=district_id,
        slug=slug,
        name=_marked(district.name) if is_test else district.name,
        is_default=not is_test,
        is_test=is_test,
        created_at=here.clock(),
    )
    session.add(row)
    session.flush()
    audit.record(session, district_id=district_id, at=here.clock(), action="badges:issuer:made", subject_id=row.id)
    return row


def _marked(name: str) -> str:
    return name if name.startswith("TEST – ") else f"TEST – {name}"


def _is_taken(session: Session, slug: str) -> bool:
    return session.scalars(select(BadgeIssuer.id).where(BadgeIssuer.slug == slug)).first() is not None
