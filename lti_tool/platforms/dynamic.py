"""Dynamic registration (LTI Dynamic Registration 1.0): ask the platform who it is, ask the admin, register, wait for the admin's yes.

The invite's token in the address is the only credential: nothing here needs a cookie, for these pages stand in the LMS's frame.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import Problem
from lti_tool.http import HttpFailure, Reply, origin
from lti_tool.platforms import configuration, service
from lti_tool.platforms.base import TOOL_CONFIGURATION
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool

_MAX_BYTES, _SECONDS = 512 * 1024, 10.0
_FAILURES = {
    "refused": "Its address is not one that this tool may call: it has to be https and public.",
    "unreachable": "It could not be reached from here.",
    "timeout": "It did not answer in time.",
    "too_large": "Its answer was far too large.",
    "not_json": "Its answer was not readable.",
}


def _unreachable(what: str, failure: HttpFailure) -> Problem:
    return Problem(
        "registration_unreachable",
        502,
        f"We could not {what}",
        _FAILURES[failure.kind],
        "Check that this tool's server can reach your LMS, then start again from your LMS.",
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
        raise _unreachable("read what your LMS says of itself", failure) from failure
    if document is None:
        raise configuration.faulty([f"Asked for its description, it answered with status {reply.status}."])
    return configuration.read(url, document, allows=lambda place: here.http.allows(place, trusted))


def register(here: Tool, invite_token: str, url: str, token: str) -> None:
    """Register with the platform and store what it granted, pending until `service.confirm`.

    Raises Problem: invite, registration_unreachable, registration_configuration, registration_refused, registration_exists.
    """
    with here.database.read() as session:
        service.open_invite(session, here, invite_token)
    found = fetch(here, url, token)
    asked = configuration.request_for(found, here.settings)
    try:
        reply = _call(here, "POST", found.registration_url, frozenset({origin(url)}), token, asked)
        answer = reply.json() if reply.ok else None
    except HttpFailure as failure:
        raise _unreachable("register with your LMS", failure) from failure
    if answer is None:
        said = found.vendor.error_words(reply.body).encode("utf-8", "replace").decode()  # JSON can hold half characters
        raise Problem(
            "registration_refused",
            502,
            "Your LMS refused the registration",
            f"It answered: “{said}”" if said else f"It answered with status {reply.status} and no reason.",
            "Start again from your LMS: a registration link of an LMS works once and for an hour.",
            f"status {reply.status}",
        )
    granted = configuration.read_answer(answer, found)
    with here.database.unit() as session:
        _store(session, here, invite_token, found, granted, asked)


def _store(
    session: Session,
    here: Tool,
    invite_token: str,
    found: configuration.Configuration,
    granted: configuration.Granted,
    asked: Mapping[str, Mapping[str, object]],
) -> None:
    invite = service.open_invite(session, here, invite_token)
    row = service.keep(
        session,
        here,
        district_id=invite.district_id,
        deployment_id=granted.deployment_id,
        issuer=found.issuer,
        client_id=granted.client_id,
        auth_url=found.auth_url,
        token_url=found.token_url,
        token_audience=found.token_audience,
        jwks_url=found.jwks_url,
        vendor=found.vendor.key,
        name=found.name,
        state="pending",
        scopes=list(granted.scopes),
        admins_run_console=False,
        confirmed_at=None,
        details={},
    )
    row.scopes = list(granted.scopes)
    if row.state == "disabled":  # whoever runs the tool sent a new invite, and the admin used it
        row.state = "pending"
    row.details = {
        "added": "by dynamic registration",
        "product": found.product,
        "version": found.version,
        "configuration_url": found.url.partition("?")[0],
        "asked_scopes": found.wanted_scopes(),
        "deployment_id": granted.deployment_id,
        "tool_configuration": dict(asked[TOOL_CONFIGURATION]),
    }
    if invite.registration_id not in (None, row.id):
        _forget(session, session.get_one(Registration, invite.registration_id))
    invite.registration_id = row.id
    audit.record(session, district_id=row.district_id, at=here.clock(), action="platforms:registration:asked", subject_id=row.id)


def _forget(session: Session, row: Registration) -> None:
    """An earlier try with the same invite that nobody confirmed: no launch can have used it."""
    if row.state == "pending":
        session.execute(delete(Deployment).where(Deployment.registration_id == row.id))
        session.delete(row)
