"""Bitstring status lists (W3C Bitstring Status List 1.0): where anybody sees, without asking about one badge, that it was revoked."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from uuid import UUID

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


def reserve(session: Session, issuer_id: UUID, awards: Sequence[Award]) -> None:
    """Give these awards of one issuer their places for ever, chosen by chance so that neighbors tell nothing.

    The caller holds the issuer's row, so that writers of one issuer wait for each other.
    """
    waiting = [award for award in awards if award.status_list_id is None]
    if not waiting:
        return
    block = session.scalars(
        select(StatusList).where(StatusList.issuer_id == issuer_id).order_by(StatusList.number.desc()).limit(1)
    ).one_or_none()
    if block is None or block.used >= policies.LIST_FILL:
        number = 1 if block is None else block.number + 1
        block = StatusList(
            id=new_id(), district_id=waiting[0].district_id, issuer_id=issuer_id, number=number, used=0, changes=0, signed_changes=-1
        )
        session.add(block)
        session.flush()
    chosen = block.id

    def taken(places: Collection[int]) -> Collection[int]:
        query = select(Award.status_index).where(Award.status_list_id == chosen, Award.status_index.in_(places))
        return [place for place in session.scalars(query) if place is not None]

    for award, place in zip(waiting, policies.free_places(len(waiting), taken, secrets.randbelow), strict=True):
        award.status_list_id, award.status_index = chosen, place
    block.used += len(waiting)
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


def _sign(here: Tool, list_id: UUID) -> bytes | None:
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
