"""The picker: a designer chooses what to add to a course, and the browser carries the signed answer back to the LMS."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import render_template, request

from lti_tool import tool
from lti_tool.catalog import finding, forms, placing, queries
from lti_tool.catalog.answering import asked_here, hand_over, way_back
from lti_tool.catalog.filtering import filters_page
from lti_tool.catalog.policies import scoring_of, worth
from lti_tool.catalog.queries import Version
from lti_tool.inputs import uuid_or_none, whole_number
from lti_tool.language import _
from lti_tool.platforms.base import PLACE
from lti_tool.web import frames

_REVIEWS = "reviews"
_PAGE = 30


def _cancelled() -> str:
    return _("Nothing was added.")


def _asked() -> placing.Wishes:
    """What this frame's deep linking request accepts. Raises Problem where the frame is no such request, or not a designer's."""
    frames.require("designer")()
    return asked_here(PLACE)


def _page(
    asked: placing.Wishes,
    form: forms.PickForm,
    picked: list[str],
    *,
    given: Mapping[str, str] | None = None,
    page: int = 1,
    status: int = 200,
    problem: str = "",
) -> tuple[str, int]:
    """What is chosen stays on the page above what is found, whatever is searched next."""
    here, district_id = tool.current(), frames.current_frame().district_id
    wish = finding.asked({**(given if given is not None else request.form), "state": "", "q": form.q.data or ""})
    with here.database.read() as session:
        found = finding.placeable(session, district_id, wish, page=page, size=_PAGE)
        chosen = finding.placeable_versions(session, district_id, _ids(picked))
        choices = finding.choices(session, district_id, published=True)
    kept = {card.version_id for card in chosen}
    html = render_template(
        "catalog/picker.html",
        asked=asked,
        wish=wish,
        found=found,
        cards=[card for card in found.cards if card.version_id not in kept],
        chosen=chosen,
        choices=choices,
        filters=filters_page(),
        form=form,
        picked=picked,
        kind="checkbox" if asked.several else "radio",
        problem=problem,
        back=way_back(_cancelled()),
        shape="card" if _as_card() else "activity",
    )
    return html, status


def _ids(picked: list[str]) -> list[UUID]:
    return [found for text in picked if (found := uuid_or_none(text)) is not None]


def picker() -> tuple[str, int]:
    """GET: what the district has published, and what it is worth in this course."""
    asked = _asked()
    form = forms.PickForm(formdata=None, data={"q": request.args.get("q", "")[:200], "counts": True, "points": 100, "scoring": "points"})
    return _page(asked, form, [], given=request.args, page=finding.page_asked(request.args))


def place() -> tuple[str, int]:
    """POST: search again, turn the page, give up, or sign the items and hand them over.

    Every answer is signed afresh (own nonce, ten minutes), and carries this frame's own `data`: a page opened again never
    sends an old token, and two requests never mix.
    """
    asked, button = _asked(), request.form.get("do", "place")
    if button == "cancel":
        return hand_over(asked, [], said=_cancelled(), msg=_cancelled())
    form, picked = forms.PickForm(), list(dict.fromkeys(request.form.getlist("pick")))
    if button in ("search", "clear") or button.startswith("page:"):
        if button == "clear":
            form.q.data = ""
        return _page(asked, form, picked, given={} if button == "clear" else None, page=max(1, whole_number(button.partition(":")[2])))
    if not form.validate():
        return _page(asked, form, picked, status=422, problem=_("Check the points."))
    if not picked:
        return _page(asked, form, picked, status=422, problem=_("Choose what to add."))
    if len(picked) > 1 and not asked.several:
        problem = _("Your school's LMS takes one activity at a time here. Choose one.")
        return _page(asked, form, picked[:1], status=422, problem=problem)
    here, frame = tool.current(), frames.current_frame()
    with here.database.read() as session:
        versions = queries.versions_to_place(session, frame.district_id, _ids(picked))
    if len(versions) + (_REVIEWS in picked) != len(picked):
        return _page(asked, form, picked, status=422, problem=_("One of these can't be added any more. Look at your choice again."))
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
    names = [f"“{version.content.title}”" for version in versions] + ([_("the review desk")] if reviews else [])
    return _("Adding %(names)s.", names=", ".join(names))
