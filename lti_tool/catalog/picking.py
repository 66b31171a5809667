"""The picker: a designer chooses what to add to a course, and the browser carries the signed answer back to the LMS."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request

from lti_tool import tool
from lti_tool.catalog import forms, placing, queries
from lti_tool.catalog.answering import asked_here, hand_over, way_back
from lti_tool.catalog.policies import scoring_of, worth
from lti_tool.catalog.queries import Version
from lti_tool.inputs import uuid_or_none
from lti_tool.platforms.base import PLACE
from lti_tool.web import frames

_REVIEWS = "reviews"
_CANCELLED = "Nothing was added."


def _asked() -> placing.Wishes:
    """What this frame's deep linking request accepts. Raises Problem where the frame is no such request, or not a designer's."""
    frames.require("designer")()
    return asked_here(PLACE)


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
        back=way_back(_CANCELLED),
        shape="card" if _as_card() else "activity",
    )
    return page, status


def _ids(picked: list[str]) -> list[UUID]:
    return [found for text in picked if (found := uuid_or_none(text)) is not None]


def picker() -> tuple[str, int]:
    """GET: what the district has published, and what it is worth in this course."""
    asked = _asked()
    form = forms.PickForm(formdata=None, data={"q": request.args.get("q", "")[:200], "counts": True, "points": 100, "scoring": "points"})
    return _page(asked, form, [])


def place() -> tuple[str, int]:
    """POST: search again, give up, or sign the items and hand them over.

    Every answer is signed afresh (own nonce, ten minutes), and carries this frame's own `data`: a page opened again never
    sends an old token, and two requests never mix.
    """
    asked, button = _asked(), request.form.get("do", "place")
    if button == "cancel":
        return hand_over(asked, [], said=_CANCELLED, msg=_CANCELLED)
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
    scoring = scoring_of({"scoring": form.scoring.data})
    points = worth(scoring, form.points.data or 0) if asked.columns and form.counts.data else None
    items = [_item(version, points, scoring) for version in versions] + _desk(_REVIEWS in picked)
    return hand_over(asked, items, said=_said(versions, reviews=_REVIEWS in picked))


def _launch_url() -> str:
    return f"{tool.current().settings.base_url}/lti/launch"


def _desk(wanted: bool) -> list[placing.ContentItem]:
    return [placing.review_desk_item(launch_url=_launch_url())] if wanted else []


def _item(version: Version, points: int | None, scoring: str) -> placing.ContentItem:
    if _as_card():
        return placing.card_item(version, launch_url=_launch_url())
    return placing.microcredential_item(version, launch_url=_launch_url(), points=points, scoring=scoring)


def _as_card() -> bool:
    return request.form.get("as") == "card"


def _said(versions: tuple[Version, ...], *, reviews: bool) -> str:
    names = [f"“{version.content.title}”" for version in versions] + (["the review desk"] if reviews else [])
    return f"Adding {', '.join(names)}."
