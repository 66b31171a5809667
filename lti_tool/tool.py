"""What effects need, built once per process and handed down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from lti_tool.blobs import Blobs
from lti_tool.database import Database
from lti_tool.http import HttpClient
from lti_tool.secrets_box import Box
from lti_tool.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass
class Tool:
    """One per process. The hooks are connected by `app.py`: lower rooms call them without knowing who answers.

    `submitted(session, submission_id)` runs inside the unit of work in which a teacher submits.
    `settle(session, submission_id)` runs inside the unit of work in which the last needed review locks.
    `overturned(session, submission_id)` runs inside the unit of work in which an appeal made a submission earned.
    `revoked(session, award_id)` runs inside the unit of work in which an award is revoked.
    `kept` is what rooms keep in memory for this process, each under its own name.
    `wake()` runs after a commit that left work for the worker; losing it only costs time, for the worker also sweeps.
    """

    settings: Settings
    database: Database
    http: HttpClient
    box: Box
    blobs: Blobs
    clock: Clock = utc_now
    kept: dict[str, Any] = field(default_factory=dict)
    submitted: Callable[[Session, UUID], object] = field(default=lambda _session, _submission: None)
    settle: Callable[[Session, UUID], None] = field(default=lambda _session, _submission: None)
    overturned: Callable[[Session, UUID], None] = field(default=lambda _session, _submission: None)
    revoked: Callable[[Session, UUID], None] = field(default=lambda _session, _award: None)
    wake: Callable[[], None] = field(default=lambda: None)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment where the installation's districts are (`settings.timezone`)."""
        return moment.astimezone(ZoneInfo(self.settings.timezone)).date()

    def midnight(self, day: date) -> datetime:
        """When a day begins there."""
        return datetime.combine(day, time(), ZoneInfo(self.settings.timezone))

    def today(self) -> date:
        """The day there now."""
        return self.day_of(self.clock())


def current() -> Tool:
    """The tool of the running application."""
    return current_app.extensions["lti_tool"]  # type: ignore[no-any-return]
