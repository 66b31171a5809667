"""The picker: a designer chooses what to add to a course, and the browser carries the signed answer back to the LMS."""

from __future__ import annotations

from uuid import UUID

from flask import g, render_template, request
from sqlalchemy import select

from lti_tool import audit, tool
from lti_tool.catalog import forms, placing, queries
from lti_tool.catalog.queries import Version
from lti_tool.errors import bad_request, forbidden
from lti_tool.inputs import uuid_or_none
from lti_tool.launch.adapters import pylti_registration
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.web import frames

_REVIEWS = "reviews"
_CANCELLED = "Nothing was added."


def _asked() -> placing.Wishes:
    """What this frame's deep linking request accepts. Raises Problem where the frame is no such request, or not a designer's."""
    frames.require("designer")()
    frame = frames.current_frame()
    if frame.launch.get("message_type") != "LtiDeepLinkingRequest":
        raise bad_request("This page opens when you add an activity to your course.", "no deep linking request")
    return placing.wishes(frame.launch.get("deep_linking"))


def _way_back() -> str:
    return placing.way_back(frames.current_frame().launch.get("return_url"), message=_CANCELLED)


def _page(asked: placing.Wishes, form: forms.PickForm, picked: list[str], *, status: int = 200, problem: str = "") -> tuple[str, int]:
    here, frame = tool.current(), frames.current_frame()
    with here.database.read() as session:
        cards = queries.placeable(session, frame.district_id, text=(form.q.data or "")[:200], keep=frozenset(_ids(picked)))
    page = render_template(
        "catalog/picker.html",
        asked=asked,
        cards=cards,
        form=form,
        picked=picked,
        kind="checkbox" if asked.several else "radio",
        problem=problem,
        back=_way_back(),
    )
    return page, status


def _ids(picked: list[str]) -> list[UUID]:
    return [found for text in picked if (found := uuid_or_none(text)) is not None]


def picker() -> tuple[str, int]:
    """GET: what the district has published, and what it is worth in this course."""
    asked = _asked()
    form = forms.PickForm(formdata=None, data={"q": request.args.get("q", "")[:200], "counts": True, "points": 100})
    return _page(asked, form, [])


def place() -> tuple[str, int]:
    """POST: search again, give up, or sign the items and hand them over.

    Every answer is signed afresh (own nonce, ten minutes), and carries this frame's own `data`: a page opened again never
    sends an old token, and two requests never mix.
    """
    asked, button = _asked(), request.form.get("do", "place")
    if button == "cancel":
        return _hand_over(asked, [], said=_CANCELLED, msg=_CANCELLED)
    form, picked = forms.PickForm(), list(dict.fromkeys(request.form.getlist("pick")))
    if button == "search":
        return _page(asked, form, picked)
    if not form.validate():
        return _page(asked, form, picked, status=422, problem="Check the points.")
    if not picked:
        return _page(asked, form, picked, status=422, problem="Choose what to add.")
    if len(picked) > 1 and not asked.several:
        return _page(asked, form, picked[:1], status=422, problem="Your school's LMS takes one activity at a time here. Choose one.")
    here, frame = tool.current(), frames.current_frame()
    with here.database.read() as session:
        versions = queries.versions_to_place(session, frame.district_id, _ids(picked))
    if len(versions) + (_REVIEWS in picked) != len(picked):
        return _page(asked, form, picked, status=422, problem="One of these can't be added any more. Look at your choice again.")
    points = form.points.data if asked.columns and form.counts.data else None
    return _hand_over(asked, _items(versions, points, reviews=_REVIEWS in picked), said=_said(versions, reviews=_REVIEWS in picked))


def _items(versions: tuple[Version, ...], points: int | None, *, reviews: bool) -> list[placing.ContentItem]:
    launch_url = f"{tool.current().settings.base_url}/lti/launch"
    items = [placing.microcredential_item(version, launch_url=launch_url, points=points) for version in versions]
    return [*items, placing.review_desk_item(launch_url=launch_url)] if reviews else items


def _said(versions: tuple[Version, ...], *, reviews: bool) -> str:
    names = [f"“{version.content.title}”" for version in versions] + (["the review desk"] if reviews else [])
    return f"Adding {', '.join(names)}."


def _hand_over(asked: placing.Wishes, items: list[placing.ContentItem], *, said: str, msg: str = "") -> tuple[str, int]:
    """The page that posts the signed answer to the LMS."""
    here, frame = tool.current(), frames.current_frame()
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
        if items:
            audit.record(
                session,
                district_id=frame.district_id,
                at=here.clock(),
                actor_id=frame.person_id,
                action="catalog:items:place",
                subject_id=frame.context_id,
                items=len(items),
            )
    signer = pylti_registration(here, registration)
    token = placing.Answer(signer, deployment_id, asked, now=here.clock()).sign(placing.checked_items(asked, items), msg=msg)
    g.form_targets = [asked.return_origin]
    return render_template("catalog/handing_over.html", return_url=asked.return_url, token=token, said=said), 200
