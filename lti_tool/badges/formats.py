"""One award in each of its formats, made from its signed bytes."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lti_tool.badges import addresses, keys, ob2, vc_jwt
from lti_tool.badges.artwork import SIDE, badge_png
from lti_tool.badges.baking import bake_ob2, bake_ob2_svg, bake_svg
from lti_tool.badges.models import Award, BadgeIssuer
from lti_tool.badges.pictures import drawn
from lti_tool.badges.queries import AwardView
from lti_tool.tool import Tool, current


def picture(view: AwardView) -> str:
    """The badge as drawn, SVG; a test badge says so in its title and issuer."""
    return drawn(current(), view.version_id, view.content.badge, view.title, view.issuer_name, view.awarded_at.year)


def as_jwt(here: Tool, award_id: UUID) -> bytes | None:
    """The credential as VC-JWT, made and stored when first asked for; None before it is signed. Raises secrets_box.SecretLost."""
    with here.database.read() as session:
        stored = session.scalars(select(Award.credential_jwt).where(Award.id == award_id)).one_or_none()
    if stored is not None:
        return stored
    with here.database.unit() as session:
        issuer_id = session.scalars(select(Award.issuer_id).where(Award.id == award_id)).one()
        issuer = session.get_one(BadgeIssuer, issuer_id, with_for_update=True)
        row = session.get_one(Award, award_id, with_for_update=True)
        if row.credential is None:
            return None
        if row.credential_jwt is None:
            key = keys.signing_key(session, here, issuer.id, "rsa")
            kid = addresses.key_url(here.settings.base_url, issuer.slug, key.kid or "")
            row.credential_jwt = vc_jwt.encode(row.credential, here.box.open(key.private_sealed), kid)
            row.jwt_key_id = key.id
        return row.credential_jwt


def assertion(here: Tool, view: AwardView) -> bytes | None:
    """The award as a hosted Open Badges 2.0 Assertion; None before it is signed."""
    if view.credential is None:
        return None
    base, where = here.settings.base_url, addresses.formats(here.settings.base_url, view.public_id)
    document = ob2.assertion(
        json.loads(view.credential),
        url=where["ob2_json"],
        badge_url=addresses.ob2_version_url(base, view.issuer_slug, view.version_id),
        page_url=addresses.award_url(base, view.public_id),
        image_url=where["ob2_png"],
        revoked_words=view.revoked_words if view.revoked_at else None,
    )
    return written(document)


def svg(view: AwardView) -> bytes | None:
    """The drawing with the credential of Open Badges 3.0 in it."""
    return None if view.credential is None else bake_svg(picture(view), view.credential)


def ob2_png(here: Tool, view: AwardView) -> bytes | None:
    """The picture with the Open Badges 2.0 Assertion in it."""
    text = assertion(here, view)
    return None if text is None else bake_ob2(badge_png(picture(view), SIDE), text)


def ob2_svg(here: Tool, view: AwardView) -> bytes | None:
    """The drawing with the address of the Open Badges 2.0 Assertion in it."""
    where = addresses.ob2_award_url(here.settings.base_url, view.public_id)
    return None if view.credential is None else bake_ob2_svg(picture(view), where)


def written(document: dict[str, Any]) -> bytes:
    """JSON as this tool serves it: UTF-8, no spaces, the members in the order in which they were said."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
