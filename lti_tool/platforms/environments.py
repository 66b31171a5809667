"""Beta and test: copies that an LMS makes of its production, this tool's registration included, without telling anybody.

A copy belongs to the district of its original, and nothing in it counts.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import after_commit, new_id, upsert
from lti_tool.platforms import registry, vendors
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool


def take_in(session: Session, here: Tool, original: Registration, issuer: str) -> UUID:
    """The registration of the environment that speaks by `issuer`, a copy of this one: made now, or found where somebody was faster.

    It stands at the vendor's own addresses, never at any that a message names, and may do what its original may.
    """
    place = vendors.original(issuer)
    assert place is not None and place.issuer == original.issuer  # noqa: PT018, S101 - the caller has looked for the original by it
    vendor, made, now = vendors.of(original), new_id(), here.clock()
    values = {
        "id": made,
        "district_id": original.district_id,
        "issuer": issuer,
        "client_id": original.client_id,
        "login_key": "",
        "auth_url": place.auth_url,
        "token_url": place.token_url,
        "token_audience": vendor.token_audience(place.token_url, ""),
        "jwks_url": place.jwks_url,
        "vendor": original.vendor,
        "name": original.name,
        "environment": vendor.environment(issuer),
        "state": "active",
        "scopes": original.scopes,
        "admins_run_console": original.admins_run_console,
        "created_at": now,
        "confirmed_at": now,
        "details": {"added": "with its original", "original": str(original.id)},
    }
    key = ("issuer", "client_id", "login_key")
    after_commit(session, lambda: registry.forget(here))
    found: UUID = upsert(session, Registration, values, key=key, keep=tuple(name for name in values if name not in key))
    if found == made:
        audit.record(
            session,
            district_id=original.district_id,
            at=now,
            action="platforms:environment:taken_in",
            subject_id=made,
            environment=values["environment"],
        )
    return found


def copies(session: Session, original: Registration) -> list[Registration]:
    """The registrations that were taken in as copies of this one."""
    rows = session.scalars(
        select(Registration).where(Registration.district_id == original.district_id, Registration.client_id == original.client_id)
    )
    return [row for row in rows if row.details.get("original") == str(original.id)]
