"""Changing whom we trust: invite an LMS's admin, add a registration by hand, confirm it, switch it off."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import after_commit, new_id
from lti_tool.errors import Problem, conflict, not_found
from lti_tool.http import origin
from lti_tool.language import _
from lti_tool.platforms import environments, keys, registry, vendors
from lti_tool.platforms.configuration import scopes_for
from lti_tool.platforms.models import Deployment, District, Invite, Registration
from lti_tool.secrets_box import digest, new_secret
from lti_tool.tool import Tool

INVITE_DAYS = 7
_LOGIN_KEY_BYTES = 6  # it names a registration and opens nothing
_ENDPOINTS = ("auth_url", "token_url", "token_audience", "jwks_url")


def district_named(session: Session, here: Tool, name: str) -> District:
    """The district of this name, made if there is none."""
    found = session.scalars(select(District).where(District.name == name)).first()
    if found is None:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "district"
        taken = set(session.scalars(select(District.slug).where(District.slug.startswith(slug))))
        number = next(n for n in range(1, len(taken) + 2) if (slug if n == 1 else f"{slug}-{n}") not in taken)
        slug = slug if number == 1 else f"{slug}-{number}"
        found = District(id=new_id(), slug=slug, name=name, created_at=here.clock())
        session.add(found)
        session.flush()
    return found


def rename_district(session: Session, district_id: UUID, name: str) -> None:
    """Call a district something else; its short name, by which links and commands know it, stays. Raises Problem(name_taken).

    Two districts of one name could not be told apart by whoever invites an LMS for one of them.
    """
    same = select(District.id).where(func.lower(District.name) == name.lower(), District.id != district_id)
    if session.scalar(same.limit(1)) is not None:
        raise Problem("name_taken", 422, _("That name is taken"), _("Another district of this installation has this name."))
    session.get_one(District, district_id).name = name


def find(session: Session, issuer: str, client_id: str, login_key: str = "") -> Registration | None:
    """The registration of (issuer, client_id) whose logins begin at the common address, or at its own; whatever its state."""
    same = (Registration.issuer == issuer, Registration.client_id == client_id, Registration.login_key == login_key)
    return session.scalars(select(Registration).where(*same)).one_or_none()


def find_by_login_key(session: Session, login_key: str) -> Registration | None:
    """The registration that has this login address of its own, whatever its state."""
    own = select(Registration).where(Registration.login_key == login_key, Registration.login_key != "")
    return session.scalars(own).one_or_none()


def keep(
    session: Session, here: Tool, *, district_id: Any, deployment_id: str | None, own_login: bool = False, **values: Any
) -> Registration:
    """Store a registration, or find the identical one that is there.

    `own_login`: it may share issuer and client id with another LMS; its logins then begin at an address of its own.
    Raises Problem(registration_exists) when (issuer, client_id) is known with other endpoints or in another district: keys and
    addresses are never overwritten, and whoever signs for one registration signs for no other.
    """
    named = (Registration.issuer == values["issuer"], Registration.client_id == values["client_id"])
    known = session.scalars(select(Registration).where(*named)).all()
    row = next((one for one in known if one.district_id == district_id and _shared(one, values) == len(_ENDPOINTS)), None)
    if row is None:
        if known and (not own_login or any(_shared(one, values) for one in known)):
            raise _exists(known[0])
        row = Registration(
            id=new_id(),
            district_id=district_id,
            created_at=here.clock(),
            login_key=secrets.token_hex(_LOGIN_KEY_BYTES) if own_login else "",
            environment=vendors.by_key(values["vendor"]).environment(values["issuer"]),
            **values,
        )
        session.add(row)
    if deployment_id and deployment_id not in deployments(session, row):
        session.add(Deployment(district_id=row.district_id, registration_id=row.id, deployment_id=deployment_id, created_at=here.clock()))
    keys.ensure(session, here)
    session.flush()
    after_commit(session, lambda: registry.forget(here))
    return row


def require_same(row: Registration, *, district_id: Any, **values: Any) -> None:
    """Raises Problem(registration_exists) unless the stored registration is this district's and has these endpoints."""
    if row.district_id != district_id or _shared(row, values) < len(_ENDPOINTS):
        raise _exists(row)


def _exists(row: Registration) -> Problem:
    return Problem(
        "registration_exists",
        409,
        _("This LMS is registered already"),
        _("A registration with the same issuer and client id is here, with other addresses or for another district. It was not changed."),
        _(
            "If the LMS has moved, ask whoever runs this tool to disable the old registration first. If yours is another LMS, which "
            "only shares issuer and client id with it, they can give it a login address of its own: "
            "“lti-tool platform add --own-login”."
        ),
        f"registration {row.id}",
    )


def beside(session: Session, *, district_id: Any, issuer: str, client_id: str | None = None) -> Sequence[Registration]:
    """The district's other active registrations with the same issuer, oldest first; all of them without a client id."""
    query = select(Registration).where(
        Registration.district_id == district_id, Registration.issuer == issuer, Registration.state == "active"
    )
    return session.scalars((query.where(Registration.client_id != client_id) if client_id else query).order_by(Registration.id)).all()


def _shared(row: Registration, values: dict[str, Any]) -> int:
    """How many endpoints a registration has in common with these."""
    return sum(getattr(row, name) == values[name] for name in _ENDPOINTS)


def deployments(session: Session, registration: Registration) -> Sequence[str]:
    """The deployment ids that we know of a registration."""
    return session.scalars(select(Deployment.deployment_id).where(Deployment.registration_id == registration.id)).all()


def add_registration(
    session: Session,
    here: Tool,
    *,
    district_name: str,
    issuer: str,
    client_id: str,
    auth_url: str,
    token_url: str,
    jwks_url: str,
    deployment_id: str | None = None,
    name: str | None = None,
    vendor: str | None = None,
    own_login: bool = False,
) -> Registration:
    """Register an LMS by hand; active at once. Adding the same again changes nothing but switches a disabled one on.

    `own_login`: for an LMS that shares issuer and client id with another one, see `keep`.
    Raises Problem(registration_urls) for addresses we would never call, Problem(registration_exists) as `keep` does.
    """
    places = {place for place in map(origin, (issuer, auth_url, token_url, jwks_url)) if place}
    bad = [url for url in (issuer, auth_url, token_url, jwks_url) if not here.http.allows(url, places)]
    if bad:
        raise Problem(
            "registration_urls",
            422,
            _("These addresses can't be used"),
            _("Every address of the LMS must begin with https://. These do not: %(addresses)s", addresses=", ".join(bad)),
            _("Check them in your LMS's description of the tool."),
        )
    key = vendor or vendors.guess(issuer, auth_url, token_url, jwks_url)
    now = here.clock()
    row = keep(
        session,
        here,
        own_login=own_login,
        district_id=district_named(session, here, district_name).id,
        deployment_id=deployment_id,
        issuer=issuer,
        client_id=client_id,
        auth_url=auth_url,
        token_url=token_url,
        token_audience=vendors.by_key(key).token_audience(token_url, ""),
        jwks_url=jwks_url,
        vendor=key,
        name=name or origin(issuer).partition("://")[2],
        state="new",
        scopes=scopes_for(vendors.by_key(key), None),
        admins_run_console=True,
        confirmed_at=None,
        details={"added": "by hand"},
    )
    if row.state != "active":
        row.state, row.confirmed_at = "active", now
        audit.record(session, district_id=row.district_id, at=now, action="platforms:registration:added", subject_id=row.id)
    return row


def create_invite(session: Session, here: Tool, *, district_name: str) -> str:
    """`invite` for the district of this name, which is made if there is none."""
    return invite(session, here, district_id=district_named(session, here, district_name).id)


def invite(session: Session, here: Tool, *, district_id: UUID, actor_id: UUID | None = None) -> str:
    """A one-time token for `/lti/register/<token>`, valid for INVITE_DAYS. Only its hash is kept."""
    token = new_secret()
    row = Invite(
        id=new_id(),
        district_id=district_id,
        token_hash=digest(token),
        expires_at=here.clock() + timedelta(days=INVITE_DAYS),
        used_at=None,
        registration_id=None,
    )
    session.add(row)
    keys.ensure(session, here)
    now = here.clock()
    audit.record(session, district_id=district_id, at=now, action="platforms:invite:created", actor_id=actor_id, subject_id=row.id)
    return token


def open_invites(session: Session, here: Tool, district_id: UUID) -> Sequence[Invite]:
    """Invites of a district that still work, the next to run out first."""
    works = (Invite.district_id == district_id, Invite.used_at.is_(None), Invite.expires_at > here.clock())
    return session.scalars(select(Invite).where(*works).order_by(Invite.expires_at, Invite.id)).all()


def withdraw_invite(session: Session, here: Tool, *, district_id: UUID, invite_id: UUID, actor_id: UUID) -> None:
    """Let an invite work no more. Raises Problem(not_found)."""
    row = next((one for one in open_invites(session, here, district_id) if one.id == invite_id), None)
    if row is None:
        raise not_found("no such invite that works")
    row.used_at = now = here.clock()
    audit.record(session, district_id=district_id, at=now, action="platforms:invite:withdrawn", actor_id=actor_id, subject_id=row.id)


def open_invite(session: Session, here: Tool, token: str) -> Invite:
    """The invite of this token. Raises Problem(invite) when there is none, it was used or it is too old."""
    found = session.scalars(select(Invite).where(Invite.token_hash == digest(token)).with_for_update()).one_or_none()
    if found is None or found.used_at is not None or found.expires_at <= here.clock():
        raise Problem(
            "invite",
            404,
            _("This registration link does not work any more"),
            _("A registration link works once and for %(days)s days.", days=INVITE_DAYS),
            _("Ask whoever runs this tool for a new one."),
        )
    return found


def confirm(session: Session, here: Tool, token: str, *, admins_run_console: bool) -> Registration:
    """The admin has seen what was stored: the registration becomes active and the invite is burnt.

    Raises Problem(invite), or Problem(conflict) when nothing was registered with it yet.
    """
    invite = open_invite(session, here, token)
    row = session.get(Registration, invite.registration_id) if invite.registration_id else None
    if row is None or row.state == "disabled":
        raise conflict(_("Nothing has been registered with this link yet."))
    now = here.clock()
    after_commit(session, lambda: registry.forget(here))
    invite.used_at = now
    row.state, row.admins_run_console, row.confirmed_at = "active", admins_run_console, now
    audit.record(
        session,
        district_id=row.district_id,
        at=now,
        action="platforms:registration:confirmed",
        subject_id=row.id,
        admins_run_console=admins_run_console,
    )
    return row


def edit(
    session: Session,
    here: Tool,
    registration: Registration,
    *,
    active: bool | None = None,
    admins_run_console: bool | None = None,
    name: str | None = None,
    actor_id: UUID | None = None,
    reason: str = "",
) -> None:
    """Switch a registration on or off, or the console for its administrators, or call it something else; None leaves it.

    Off means no launch and no page from then on; its data stays. What is taken away is taken from its beta and test copies, too.
    `reason`: why, in the words of who does it.
    """
    after_commit(session, lambda: registry.forget(here))
    if active is not None:
        registration.state = "active" if active else "disabled"
    if admins_run_console is not None:
        registration.admins_run_console = admins_run_console
    if active is False or admins_run_console is False:
        for copy in environments.copies(session, registration):
            edit(
                session,
                here,
                copy,
                active=_only_off(active),
                admins_run_console=_only_off(admins_run_console),
                actor_id=actor_id,
                reason=reason,
            )
    if name is not None:
        registration.name = name
    audit.record(
        session,
        district_id=registration.district_id,
        at=here.clock(),
        action="platforms:registration:edited",
        actor_id=actor_id,
        subject_id=registration.id,
        reason=reason,
        **({} if name is None else {"name": name}),
        state=registration.state,
        admins_run_console=registration.admins_run_console,
    )


def _only_off(switch: bool | None) -> bool | None:
    return False if switch is False else None


def list_registrations(session: Session) -> Sequence[Registration]:
    """Every registration, oldest first; for whoever runs the installation."""
    return session.scalars(select(Registration).order_by(Registration.id)).all()
