"""Bitstring status lists (W3C Bitstring Status List 1.0): where anybody sees, without asking about one badge, that it was revoked."""

from __future__ import annotations

import secrets

import structlog
from openbadgeslib.ob3.status_list import build_status_list_credential
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import addresses, issuers, keys, policies, signing
from lti_tool.badges.models import Award, BadgeIssuer, StatusList
from lti_tool.database import new_id
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

log = structlog.get_logger()

_TTL = 60_000
"""Milliseconds that a reader may keep a list."""


def reserve(session: Session, award: Award) -> None:
    """Give the award its place for ever, chosen by chance so that neighbors tell nothing. Writers of one issuer wait for each other."""
    if award.status_list_id is not None:
        return
    session.get_one(BadgeIssuer, award.issuer_id, with_for_update=True)
    block = session.scalars(
        select(StatusList).where(StatusList.issuer_id == award.issuer_id).order_by(StatusList.number.desc()).limit(1)
    ).one_or_none()
    if block is None or block.used >= policies.LIST_FILL:
        number = 1 if block is None else block.number + 1
        block = StatusList(
            id=new_id(), district_id=award.district_id, issuer_id=award.issuer_id, number=number, used=0, changes=0, signed_changes=-1
        )
        session.add(block)
        session.flush()
    chosen = block.id

    def is_taken(place: int) -> bool:
        query = select(Award.id).where(Award.status_list_id == chosen, Award.status_index == place)
        return session.scalars(query).first() is not None

    award.status_index = policies.free_place(is_taken, secrets.randbelow)
    award.status_list_id = chosen
    block.used += 1
    session.flush()


def mark_changed(session: Session, award: Award) -> None:
    """A revocation of this award has to appear in its list; in the same unit of work as the revocation."""
    if award.status_list_id is not None:
        block = session.get_one(StatusList, award.status_list_id, with_for_update=True)
        block.changes += 1
        session.flush()


def sign_due(here: Tool) -> int:
    """Sign every list that changed, and say how many."""
    with here.database.read() as session:
        due = session.scalars(select(StatusList.id).where(StatusList.changes > StatusList.signed_changes)).all()
    done = 0
    for list_id in due:
        try:
            done += _sign(here, list_id) is not None
        except (signing.SigningError, SecretLost, ValueError) as error:
            log.error("status_list_not_signed", status_list=str(list_id), kind=type(error).__name__)
    return done


def published(here: Tool, slug: str, number: int) -> bytes | None:
    """The signed list, with everything that was decided up to now; None if there is no such list. Raises what signing raises."""
    with here.database.read() as session:
        block = session.scalars(
            select(StatusList)
            .join(BadgeIssuer, BadgeIssuer.id == StatusList.issuer_id)
            .where(BadgeIssuer.slug == slug, StatusList.number == number)
        ).one_or_none()
    if block is None:
        return None
    return block.credential if block.signed_changes >= block.changes else _sign(here, block.id)


def _sign(here: Tool, list_id: object) -> bytes | None:
    """Sign outside the transaction; a list that another process signed with more changes meanwhile stays."""
    with here.database.unit() as session:
        block = session.get_one(StatusList, list_id, with_for_update=True)
        changes = block.changes
        issuer = session.get_one(BadgeIssuer, block.issuer_id)
        key = keys.signing_key(session, here, issuer.id)
        pem = here.box.open(key.private_sealed)
        revoked = session.scalars(select(Award.status_index).where(Award.status_list_id == block.id, Award.revoked_at.is_not(None))).all()
    now, did = here.clock(), issuers.did(here, issuer)
    url = addresses.status_list_url(here.settings.base_url, issuer.slug, block.number)
    places = [place for place in revoked if place is not None]
    document = build_status_list_credential(did, url, "revocation", places, policies.LIST_SIZE, issued=now.replace(microsecond=0), ttl=_TTL)
    signed = signing.sign_other(document, pem, signing.key_id(did, key.public_multibase or ""), created=now)
    with here.database.unit() as session:
        block = session.get_one(StatusList, list_id, with_for_update=True)
        if block.signed_changes < changes:
            block.credential, block.signed_changes, block.signed_at = signed, changes, now
    return signed


def number_of(session: Session, award: Award) -> int:
    """Which block of its issuer's list the award stands in; it has a place."""
    return session.get_one(StatusList, award.status_list_id).number
