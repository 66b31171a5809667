"""The registrations, deployments and key sets that logins and launches ask for, kept in this process for a few seconds.

What is kept says where an LMS is and what its keys are. Whether it may come in is asked of the database at every launch and on every
page, so a registration that is switched off lets nobody in, whatever is kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from lti_tool.platforms.models import Deployment, PlatformKeySet, Registration
from lti_tool.tool import Tool

KEEP = timedelta(seconds=5)
_MOST = 2000
_T = TypeVar("_T")

_Kept = dict[tuple[Any, ...], tuple[datetime, Any]]


def _kept(here: Tool) -> _Kept:
    found: _Kept = here.kept.setdefault("platforms", {})
    return found


def _keep(here: Tool, key: tuple[Any, ...], find: Callable[[], _T]) -> _T:
    """What is kept under this key, or what `find` finds; nothing found is never kept."""
    kept, now = _kept(here), here.clock()
    known = kept.get(key)
    if known is not None and now - KEEP < known[0] <= now:
        return known[1]  # type: ignore[no-any-return]
    found = find()
    if found:
        if len(kept) >= _MOST:
            kept.clear()
        kept[key] = (now, found)
    return found


def forget(here: Tool) -> None:
    """Something has changed: ask the database again. Other processes follow within KEEP."""
    _kept(here).clear()


def by_client(here: Tool, issuer: str, client_id: str) -> tuple[Registration, ...]:
    """The registrations of this issuer and client id, whatever their state; without a client id at most 20 of the issuer."""

    def find() -> tuple[Registration, ...]:
        wanted = [Registration.client_id == client_id] if client_id else []
        with here.database.read() as session:
            return tuple(session.scalars(select(Registration).where(Registration.issuer == issuer, *wanted).limit(20)))

    return _keep(here, ("client", issuer, client_id), find)


def by_id(here: Tool, registration_id: UUID) -> Registration | None:
    """The registration."""

    def find() -> Registration | None:
        with here.database.read() as session:
            return session.get(Registration, registration_id)

    return _keep(here, ("id", registration_id), find)


def deployment(here: Tool, registration_id: UUID, deployment_id: str) -> Deployment | None:
    """The deployment of this registration, if we know it."""

    def find() -> Deployment | None:
        with here.database.read() as session:
            return session.scalars(
                select(Deployment).where(Deployment.registration_id == registration_id, Deployment.deployment_id == deployment_id)
            ).one_or_none()

    return _keep(here, ("deployment", registration_id, deployment_id), find)


def key_set(here: Tool, registration_id: UUID, *, fresh: bool = False) -> PlatformKeySet | None:
    """The platform's key set as this installation has it; `fresh`: as the database has it now."""

    def find() -> PlatformKeySet | None:
        with here.database.read() as session:
            return session.get(PlatformKeySet, registration_id)

    if fresh:
        _kept(here).pop(("keys", registration_id), None)
    return _keep(here, ("keys", registration_id), find)
