"""Tables of the platforms we trust: whose they are, how to reach them, and our own keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id

LOGIN_PATH = "/lti/login"


class District(Base):
    """A tenant. Everything belongs to exactly one."""

    __tablename__ = "district"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class Registration(Base):
    """An LMS that this tool is registered with: issuer + client_id and its endpoints (LTI 1.3 core, 3.1.3).

    `state`: pending (the admin has not confirmed what was stored), active, disabled. `vendor`: canvas, moodle, other.
    `scopes` are those granted. `admins_run_console`: the LMS's own administrators may open the district console.
    `login_key` names a login address of its own, for an LMS that shares issuer and client id with another; empty for all others.
    `environment`: production, beta or test; what only production issues are badges without the mark of a test.
    `observed`: what launches have shown of the connection, see `observations.py`.
    """

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id", "login_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    auth_url: Mapped[str]
    token_url: Mapped[str]
    token_audience: Mapped[str]
    jwks_url: Mapped[str]
    vendor: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    scopes: Mapped[list[str]]
    admins_run_console: Mapped[bool]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]]
    login_key: Mapped[str] = mapped_column(default="", server_default="")
    environment: Mapped[str] = mapped_column(default="production", server_default="production")
    observed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    @property
    def login_path(self) -> str:
        """Where its logins begin, below our own address."""
        return f"{LOGIN_PATH}/{self.login_key}" if self.login_key else LOGIN_PATH


class Deployment(Base):
    """A place where a registration is installed (LTI 1.3 core, 3.1.3). Canvas makes many.

    `notices_url`: where the LMS takes requests to be told of things (Platform Notification Service 1.0); empty where it offers none.
    `notices_state`: empty, due (we have to ask), kept (it will tell us), refused.
    """

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    deployment_id: Mapped[str]
    created_at: Mapped[datetime]
    notices_url: Mapped[str] = mapped_column(default="", server_default="")
    notices_state: Mapped[str] = mapped_column(default="", server_default="")
    notices_tried_at: Mapped[datetime | None] = mapped_column(default=None)


class Invite(Base):
    """A one-time registration URL for one district; only the hash of its token is kept."""

    __tablename__ = "invite"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registration.id"))


class ToolKey(Base):
    """An RSA key pair of the tool. One signs: the newest of those whose `signs_from` has come and that are not retired.

    A new one is published before it signs, a retired one for a while after.
    """

    __tablename__ = "tool_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kid: Mapped[str] = mapped_column(unique=True)
    private_pem_sealed: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class PlatformKeySet(Base):
    """The last good key set of a registration, shared by all processes. `tried_at` limits refetching."""

    __tablename__ = "platform_key_set"
    __table_args__ = (Index("ix_platform_key_set_fetched", "fetched_at"),)

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    keys: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime | None]
    tried_at: Mapped[datetime]


class AccessToken(Base):
    """A platform's access token, sealed, per registration and scopes; shared by all processes.

    `token_sealed` is empty before the first, and after the platform did not take it. `asking_until`: one process is fetching a new one.
    """

    __tablename__ = "access_token"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    scopes: Mapped[str] = mapped_column(primary_key=True)
    token_sealed: Mapped[str]
    expires_at: Mapped[datetime]
    asking_until: Mapped[datetime | None] = mapped_column(default=None)
