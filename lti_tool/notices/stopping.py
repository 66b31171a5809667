"""Links that stop e-mail without a login (RFC 8058): they name a person and a topic, prove that we made them, and do nothing else."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from uuid import UUID

from lti_tool.inputs import uuid_or_none
from lti_tool.notices.words import TOPICS
from lti_tool.secrets_box import Box

ALL = "all"


@dataclass(frozen=True)
class Stop:
    """Whose e-mail a link stops: that of one topic, or ALL."""

    person_id: UUID
    topic: str


def token(box: Box, stop: Stop) -> str:
    """What stands in the link."""
    return f"{stop.person_id.hex}.{stop.topic}.{_mark(box, stop)}"


def read(box: Box, given: str) -> Stop | None:
    """What the link stops; None when we did not make it."""
    person, _, rest = given.partition(".")
    topic, _, mark = rest.partition(".")
    person_id = uuid_or_none(person)
    if person_id is None or topic not in (*TOPICS, ALL):
        return None
    stop = Stop(person_id, topic)
    return stop if hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(box, stop).encode()) else None


def _mark(box: Box, stop: Stop) -> str:
    return box.mark("stop mail", stop.person_id.hex, stop.topic)[:40]
