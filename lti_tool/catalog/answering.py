"""The answer to the deep linking request that a visit began with: what was asked, and the page that carries the signed items back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import g, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit, tool
from lti_tool.catalog import placing
from lti_tool.errors import bad_request, forbidden
from lti_tool.language import _
from lti_tool.launch.adapters import pylti_registration
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.web import frames


def asked_here(*wants: str) -> placing.Wishes:
    """What this frame's request accepts. Raises Problem(bad_request) where the frame is no request for one of these."""
    frame = frames.current_frame()
    if frame.launch.get("message_type") != "LtiDeepLinkingRequest":
        raise bad_request(_("This page opens when you add something in your LMS."), "no deep linking request")
    asked = placing.wishes(frame.launch.get("deep_linking"))
    if asked.wants not in wants:
        raise bad_request(_("Your LMS asked for something else. Go back to it and start again."), f"asked for {asked.wants}")
    return asked


def way_back(message: str) -> str:
    """The platform's cancel address with these words; empty where it gave none."""
    return placing.way_back(frames.current_frame().launch.get("return_url"), message=message)


def hand_over(
    asked: placing.Wishes,
    items: Sequence[placing.ContentItem],
    *,
    said: str,
    msg: str = "",
    action: str = "catalog:items:place",
    also: Callable[[Session], object] = lambda _session: None,
) -> tuple[str, int]:
    """The page that posts the signed answer to the LMS. `also` writes what belongs to it, in the same unit of work."""
    here, frame = tool.current(), frames.current_frame()
    placing.checked_items(asked, items)
    with here.database.unit() as session:
        found = session.execute(
            select(Registration, Deployment.deployment_id)
            .join(Deployment, Deployment.registration_id == Registration.id)
            .where(
                Registration.id == frame.registration_id,
                Deployment.id == frame.deployment_id,
                Registration.district_id == frame.district_id,
            )
        ).one_or_none()
        if found is None:
            raise forbidden("registration or deployment")
        registration, deployment_id = found
        also(session)
        if items:
            audit.record(
                session,
                district_id=frame.district_id,
                at=here.clock(),
                actor_id=frame.person_id,
                action=action,
                subject_id=frame.context_id,
                items=len(items),
            )
    signer = pylti_registration(here, registration)
    token = placing.Answer(signer, deployment_id, asked, now=here.clock()).sign(items, msg=msg)
    g.form_targets = [asked.return_origin]
    return render_template("catalog/handing_over.html", return_url=asked.return_url, token=token, said=said), 200
