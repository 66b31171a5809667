"""Whether a person is reached by e-mail: their address, what they want, and whether a mail server has refused the address."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch.models import Person
from lti_tool.notices.mailing import address_of
from lti_tool.notices.models import MailChoice, MailStop
from lti_tool.notices.words import topic_of
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Reach:
    """`address`: where mail goes, None where none may. `without`: why, or empty. `unwanted`: topics of which the person wants no e-mail.

    no_server (none is set), trying (a test user, or an LMS for trying), none (the LMS tells no address), no_address (what it tells is
    none), refused (a mail server said no for good).
    """

    address: Address | None
    without: str
    unwanted: frozenset[str]

    def wants(self, kind: str) -> bool:
        """Whether the person wants e-mail of this kind."""
        return topic_of(kind) not in self.unwanted


def mark(here: Tool, address: str) -> str:
    """What is kept of an address to know it again."""
    return here.box.mark("mail address", address.lower())[:40]


def reach(session: Session, here: Tool, person_id: UUID) -> Reach:
    """How this person is reached."""
    person = session.get_one(Person, person_id)
    unwanted = frozenset(session.scalars(select(MailChoice.topic).where(MailChoice.person_id == person_id, MailChoice.wanted.is_(False))))
    address = address_of(person.email, person.label) if person.email else None
    return (
        Reach(address, without, unwanted) if not (without := _without(session, here, person, address)) else Reach(None, without, unwanted)
    )


def _without(session: Session, here: Tool, person: Person, address: Address | None) -> str:
    registration = session.get_one(Registration, person.registration_id)
    if not here.settings.smtp_host:
        return "no_server"
    if person.is_test or registration.environment != PRODUCTION or registration.state != "active":
        return "trying"
    if address is None:
        return "no_address" if person.email else "none"
    stop = session.get(MailStop, person.id)
    return "refused" if stop is not None and stop.address_mark == mark(here, address.addr_spec) else ""
