"""Tables of what people are told: notices in the tool, and the e-mails that carry them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Notice(Base):
    """Something that a person is told, once per kind and thing: on their page, and by e-mail where that is set up and wanted.

    `kind` is one of `words.WORDS`, `facts` are what its words name: titles and days, never evidence, feedback or anybody's name.
    `context_id`: the course that it is about. `mail_due_at`: from when an e-mail may carry it; None when none carries it (any more).
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "thing"),
        Index("ix_notice_mail_due", "mail_due_at"),
        Index("ix_notice_mail", "mail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    context_id: Mapped[UUID | None] = mapped_column(ForeignKey("context.id"))
    kind: Mapped[str]
    thing: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None]
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail.id"))


class Mail(Base):
    """An e-mail to one person on its way, with all notices that point to it.

    `state`: queued, sent, refused (the address is none), attention (given up), dropped (nothing was left to say). A claim is a lease, as
    with scores. `unsure` counts sendings of which nobody knows whether they arrived: there is one such sending at most after the first.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "due_at"), Index("ix_mail_person", "person_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_reason: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]


class MailChoice(Base):
    """Whether a person wants e-mail about one topic (`words.TOPICS`). Without a row they do."""

    __tablename__ = "mail_choice"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    wanted: Mapped[bool]
    changed_at: Mapped[datetime]


class MailStop(Base):
    """An address that a mail server refused for good: nothing more is sent there. `address_mark` tells whether it is still the person’s."""

    __tablename__ = "mail_stop"
    __table_args__ = (Index("ix_mail_stop_district", "district_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    address_mark: Mapped[str]
    status: Mapped[int]
    stopped_at: Mapped[datetime]
