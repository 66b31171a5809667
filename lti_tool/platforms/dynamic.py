"""Dynamic registration (LTI Dynamic Registration 1.0): ask the platform who it is, ask the admin, register, wait for the admin's yes.

The invite's token in the address is the only credential: nothing here needs a cookie, for these pages stand in the LMS's frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import Problem
from lti_tool.http import HttpFailure, Reply, origin
from lti_tool.language import N_, _
from lti_tool.platforms import configuration, service, updating
from lti_tool.platforms.base import TOOL_CONFIGURATION
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool

_MAX_BYTES, _SECONDS = 512 * 1024, 10.0
_FAILURES = {
    "refused": N_("Its address is not one that this tool may call: it has to be https and public."),
    "unreachable": N_("It could not be reached from here."),
    "timeout": N_("It did not answer in time."),
    "too_large": N_("Its answer was far too large."),
    "not_json": N_("Its answer was not readable."),
}


def _unreachable(what: str, failure: HttpFailure) -> Problem:
    return Problem(
        "registration_unreachable",
        502,
        what,
        _(_FAILURES[failure.kind]),
        _("Check that this tool's server can reach your LMS, then start again from your LMS."),
        str(failure),
    )


def _call(here: Tool, method: str, url: str, trusted: frozenset[str], token: str, body: Mapping[str, object] | None = None) -> Reply:
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    return here.http.request(method, url, trusted=trusted, headers=headers, json_body=body, max_bytes=_MAX_BYTES, seconds=_SECONDS)


def fetch(here: Tool, url: str, token: str) -> configuration.Configuration:
    """The platform's configuration, checked. Raises Problem(registration_unreachable, registration_configuration)."""
    trusted = frozenset({origin(url)})
    try:
        reply = _call(here, "GET", url, trusted, token)
        document = reply.json() if reply.ok else None
    except HttpFailure as failure:
        raise _unreachable(_("We could not read what your LMS says of itself"), failure) from failure
    if document is None:
        raise configuration.faulty([_("Asked for its description, it answered with status %(status)s.", status=reply.status)])
    return configuration.read(url, document, allows=lambda place: here.http.allows(place, trusted))


@dataclass(frozen=True)
class Offer:
    """What the admin is about to agree to.

    `current` is what the LMS has of us where it wants to update a registration, and `registration` that one as it is stored here, if it is.
    `beside` are the district's connections with the same LMS that a new one would stand beside.
    """

    platform: configuration.Configuration
    asked: Mapping[str, Any]
    current: Mapping[str, Any] | None
    registration: Registration | None
    beside: Sequence[Registration]

    @property
    def differences(self) -> list[updating.Difference]:
        """What an update changes in the LMS, scopes aside."""
        return updating.differences(self.current, self.asked) if self.current is not None else []

    @property
    def scopes(self) -> updating.Scopes:
        """What an update asks for more and less than was granted."""
        held = self.registration.scopes if self.registration else ()
        return updating.scopes(held, self.platform.wanted_scopes())


def look(here: Tool, invite_token: str, url: str, token: str) -> Offer:
    """Ask the platform who it is and what it has of us; nothing is changed anywhere.

    Raises Problem: invite, registration_unreachable, registration_configuration, registration_refused; registration_exists when it wants to
    update a registration that is another district's, or was stored with other endpoints.
    """
    with here.database.read() as session:
        service.open_invite(session, here, invite_token)
    found = fetch(here, url, token)
    asked = configuration.request_for(found, here.settings)
    current = (
        _ask(here, "GET", found, token, _("We could not read what your LMS has of this tool")) if found.vendor.updates(token) else None
    )
    client_id = updating.client_of(current) if current is not None else None
    with here.database.read() as session:
        invite = service.open_invite(session, here, invite_token)
        row = service.find(session, found.issuer, client_id) if client_id else None
        if row is not None:
            service.require_same(row, district_id=invite.district_id, **found.endpoints)
        others = service.beside(session, district_id=invite.district_id, issuer=found.issuer, client_id=client_id)
    return Offer(found, asked, current, row, others)


def register(here: Tool, invite_token: str, url: str, token: str) -> None:
    """Register with the platform, or update what it has of us, and store what it granted.

    A new registration is pending until `service.confirm`; one that is active stays so. Raises Problem as `look` does.
    """
    offer = look(here, invite_token, url, token)
    answer = _ask(here, "POST", offer.platform, token, _("We could not register with your LMS"), offer.asked)
    granted = configuration.read_answer(answer, offer.platform)
    with here.database.unit() as session:
        _store(session, here, invite_token, offer.platform, granted, offer.asked)


def _ask(
    here: Tool, method: str, found: configuration.Configuration, token: str, what: str, body: Mapping[str, object] | None = None
) -> Any:
    """What the registration endpoint answers."""
    try:
        reply = _call(here, method, found.registration_url, frozenset({origin(found.url)}), token, body)
        answer = reply.json() if reply.ok else None
    except HttpFailure as failure:
        raise _unreachable(what, failure) from failure
    if answer is None:
        said = found.vendor.error_words(reply.body).encode("utf-8", "replace").decode()  # JSON can hold half characters
        raise Problem(
            "registration_refused",
            502,
            _("Your LMS refused the registration"),
            _("It answered: “%(words)s”", words=said)
            if said
            else _("It answered with status %(status)s and no reason.", status=reply.status),
            _("Start again from your LMS: a registration link of an LMS works once and for an hour."),
            f"status {reply.status}",
        )
    return answer


def _store(
    session: Session,
    here: Tool,
    invite_token: str,
    found: configuration.Configuration,
    granted: configuration.Granted,
    asked: Mapping[str, Any],
) -> None:
    invite = service.open_invite(session, here, invite_token)
    row = service.keep(
        session,
        here,
        district_id=invite.district_id,
        deployment_id=granted.deployment_id,
        issuer=found.issuer,
        client_id=granted.client_id,
        **found.endpoints,
        vendor=found.vendor.key,
        name=found.name,
        state="pending",
        scopes=list(granted.scopes),
        admins_run_console=False,
        confirmed_at=None,
        details={},
    )
    told = {
        "added": row.details.get("added", "by dynamic registration"),
        "product": found.product,
        "version": found.version,
        "configuration_url": found.url.partition("?")[0],
        "asked_scopes": found.wanted_scopes(),
        "deployment_id": granted.deployment_id,
        "tool_configuration": dict(asked[TOOL_CONFIGURATION]),
    }
    action = "platforms:registration:asked"
    changed: dict[str, Any] = {}
    if row.state == "active":  # people go on working while their admin updates it
        again = invite.registration_id == row.id and "scopes_before" in row.details
        told["scopes_before"] = row.details["scopes_before"] if again else list(row.scopes)
        difference = updating.scopes(row.scopes, granted.scopes)
        action, changed = "platforms:registration:updated", {"gained": list(difference.gained), "lost": list(difference.lost)}
    elif row.state == "disabled":  # whoever runs the tool sent a new invite, and the admin used it
        row.state = "pending"
    row.scopes, row.details = list(granted.scopes), told
    if found.names_itself:
        row.name = found.name
    if invite.registration_id not in (None, row.id):
        _forget(session, session.get_one(Registration, invite.registration_id))
    invite.registration_id = row.id
    audit.record(session, district_id=row.district_id, at=here.clock(), action=action, subject_id=row.id, **changed)


def _forget(session: Session, row: Registration) -> None:
    """An earlier try with the same invite that nobody confirmed: it goes, unless people have used it before, then it is off again."""
    if row.state == "pending" and row.confirmed_at is not None:
        row.state = "disabled"
    elif row.state == "pending":
        session.execute(delete(Deployment).where(Deployment.registration_id == row.id))
        session.delete(row)
