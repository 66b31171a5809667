"""Asking an LMS to tell us when a course is copied (LTI Platform Notification Service 1.0, 3.2; LtiContextCopyNotice).

A launch says where a deployment takes such requests and leaves it `due`; the worker asks. An LMS that can't be reached is asked
again after a while, one that says no after a day: its admin may have allowed it since.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import aliased

from lti_tool import audit
from lti_tool.http import HttpFailure, Reply
from lti_tool.platforms.configuration import COPY_NOTICE, NOTICE_SCOPE
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.platforms.score_rules import Meaning, rules_for
from lti_tool.platforms.tokens import NoToken, ServiceCaller
from lti_tool.tool import Tool

log = structlog.get_logger()

HANDLER_PATH = "/lti/notices"
PAUSE = timedelta(minutes=15)
"""So long an LMS is left alone after a try that came to nothing."""
REFUSED_FOR = timedelta(days=1)
_ROUND_SECONDS = 10.0
_MOST_BYTES = 64 * 1024


def ask_due(here: Tool, *, seconds: float = _ROUND_SECONDS) -> int:
    """Ask for every deployment that is due, for about so many seconds. Returns how many were asked."""
    end, asked = time.monotonic() + seconds, 0
    while time.monotonic() < end and (found := _claim(here)) is not None:
        deployment, registration = found
        _keep(here, deployment, _ask(here, deployment, registration))
        asked += 1
    return asked


def _due(here: Tool) -> ColumnElement[bool]:
    now = here.clock()
    other = aliased(Deployment)
    resting = select(other.registration_id).where(other.notices_state == "due", other.notices_tried_at > now - PAUSE)
    return or_(
        and_(Deployment.notices_state == "due", Deployment.registration_id.not_in(resting)),
        and_(Deployment.notices_state == "refused", Deployment.notices_tried_at <= now - REFUSED_FOR),
    )


def _claim(here: Tool) -> tuple[Deployment, Registration] | None:
    """One deployment to ask for; its LMS rests for the others until the answer is there."""
    query = (
        select(Deployment, Registration)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(_due(here), Registration.state == "active", Deployment.notices_url != "")
        .order_by(Deployment.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Deployment)
    )
    with here.database.unit() as session:
        found = session.execute(query).first()
        if found is None:
            return None
        deployment, registration = found
        deployment.notices_tried_at = here.clock()
        return deployment, registration


def _ask(here: Tool, deployment: Deployment, registration: Registration) -> str:
    """The state after one try: kept, refused, or still due."""
    handler = here.settings.base_url + HANDLER_PATH
    try:
        reply = ServiceCaller(here, registration).call(
            "PUT",
            [NOTICE_SCOPE],
            deployment.notices_url,
            data=json.dumps({"notice_type": COPY_NOTICE, "handler": handler}),
            content_type="application/json",
            accept="application/json",
            max_bytes=_MOST_BYTES,
        )
    except NoToken as error:
        log.info("notices_no_token", deployment=str(deployment.id), status=error.status, cause=str(error))
        return "refused" if error.error == "invalid_scope" else "due"
    except HttpFailure as failure:
        log.info("notices_not_asked", deployment=str(deployment.id), kind=failure.kind)
        return "refused" if failure.kind == "refused" else "due"
    if reply.ok and _confirms(reply, handler):
        return "kept"
    answer = rules_for(registration.vendor).meaning(reply)
    log.info("notices_refused", deployment=str(deployment.id), status=reply.status, meaning=answer.meaning)
    return "refused" if answer.meaning is Meaning.REFUSED else "due"


def _confirms(reply: Reply, handler: str) -> bool:
    """Whether the answer repeats what was asked for, as it should; a log-in wall's page does not."""
    try:
        said: Any = reply.json()
    except HttpFailure:
        return False
    return isinstance(said, dict) and said.get("handler") == handler


def _keep(here: Tool, deployment: Deployment, state: str) -> None:
    """Write down what became of it, unless a launch has named another address meanwhile."""
    if state == deployment.notices_state:
        return
    with here.database.unit() as session:
        done: Any = session.execute(
            update(Deployment)
            .where(Deployment.id == deployment.id, Deployment.notices_url == deployment.notices_url)
            .values(notices_state=state)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount == 1 and state != "due":
            audit.record(
                session,
                district_id=deployment.district_id,
                at=here.clock(),
                action=f"platforms:notices:{state}",
                subject_id=deployment.id,
            )
