"""Tables of what launches tell us: people, contexts, resource links, memberships; and which logins are spent.

`told` is a digest of what the last launch said of the row: the same again need not be written again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id
from lti_tool.platforms.models import Registration


class SpentState(Base):
    """The state of a login that a refused launch has named: it can't be used again. Kept until it would have expired anyway.

    The registration is not checked to exist, for the same reason as in `web.models.FrameSession`.
    """

    __tablename__ = "spent_state"
    __table_args__ = (Index("ix_spent_state_expires", "expires_at", postgresql_using="brin"),)

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID]
    spent_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Person(Base):
    """Somebody known by (registration, sub), never by e-mail. Names may be absent: `label` is then a stable pseudonym.

    `is_test` marks a platform's test user: previews only, no scores, no badges.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("registration_id", "sub"),
        Index("ix_person_district", "district_id"),
        Index("ix_person_label", "district_id", "label", "id"),
        # Who has another account with the same address; SQLite is for fewer people than that matters for.
        Index("ix_person_mail", "district_id", text("lower(email)")).ddl_if(dialect="postgresql"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    sub: Mapped[str]
    label: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str]
    locale: Mapped[str]
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    last_launch_at: Mapped[datetime | None]
    told: Mapped[str] = mapped_column(default="", server_default="")


class Context(Base):
    """A course (or account) of a registration (LTI 1.3 core, context claim), with its service addresses as last seen."""

    __tablename__ = "context"
    __table_args__ = (UniqueConstraint("registration_id", "lti_id"), Index("ix_context_district", "district_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))
    lti_id: Mapped[str]
    title: Mapped[str]
    label: Mapped[str]
    lineitems_url: Mapped[str]
    memberships_url: Mapped[str]
    service_scopes: Mapped[list[str]]
    history: Mapped[list[str]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    told: Mapped[str] = mapped_column(default="", server_default="")


class ResourceLink(Base):
    """A link in a context (LTI 1.3 core, resource_link claim), with its line item as last seen; empty when it has none."""

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("context_id", "lti_id"), Index("ix_resource_link_district", "district_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    lti_id: Mapped[str]
    title: Mapped[str]
    lineitem_url: Mapped[str]
    custom: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    told: Mapped[str] = mapped_column(default="", server_default="")


class Membership(Base):
    """A person in a context, by launch or roster. `rights` are those of the last launch; the roster alone gives none."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("context_id", "person_id"), Index("ix_membership_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    roles: Mapped[list[str]]
    rights: Mapped[list[str]]
    source: Mapped[str]
    seen_at: Mapped[datetime]
    told: Mapped[str] = mapped_column(default="", server_default="")


FOUND_BY: dict[Any, ColumnElement[bool]] = {
    Person: and_(Person.registration_id == Registration.id, Person.sub == bindparam("sub")),
    Context: and_(Context.registration_id == Registration.id, Context.lti_id == bindparam("context")),
    Membership: and_(Membership.context_id == Context.id, Membership.person_id == Person.id),
    ResourceLink: and_(ResourceLink.context_id == Context.id, ResourceLink.lti_id == bindparam("link")),
}
"""How the rows that a launch speaks of are found, one joined to the others, from its registration on."""
