"""Embedding: a card of a microcredential, or one's own public badge, goes into a text that is being written in the LMS."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from lti_tool import tool
from lti_tool.badges import queries as badges
from lti_tool.badges.queries import AwardView
from lti_tool.catalog import queries as catalog
from lti_tool.catalog.answering import asked_here, hand_over, way_back
from lti_tool.catalog.placing import Wishes
from lti_tool.catalog.queries import Card
from lti_tool.inputs import uuid_or_none
from lti_tool.language import _, listed
from lti_tool.linking import items, policies, queries
from lti_tool.linking.room import CANCELLED, bp
from lti_tool.platforms.base import EMBED
from lti_tool.web import frames

_MOST_BADGES = 50


@dataclass(frozen=True)
class Shelf:
    """What there is to embed, and as which type of content; an empty type: nothing of that kind is taken here."""

    asked: Wishes
    cards: tuple[Card, ...]
    here: frozenset[UUID]
    badges: tuple[AwardView, ...]
    card_type: str
    badge_type: str


def _asked() -> Wishes:
    frames.require("designer", "facilitator", "earner", "preview")()
    return asked_here(EMBED)


def _shelf(session: Session, asked: Wishes) -> Shelf:
    """Who builds the course embeds cards of what the district has published; everybody their own badges, if they are public."""
    frame = frames.current_frame()
    card_type = policies.card_type(asked.types) if frame.may("designer", "facilitator") else ""
    badge_type = policies.badge_type(asked.types)
    placed = queries.placed_here(session, frame)
    cards = catalog.placeable(session, frame.district_id, text=request.values.get("q", "")[:200]) if card_type else ()
    own: list[AwardView] = []
    if badge_type:
        own = badges.own_awards(session, district_id=frame.district_id, person_id=frame.person_id, most=_MOST_BADGES, shown=True)
    ordered = sorted(cards, key=lambda card: card.version_id not in placed)
    return Shelf(asked, tuple(ordered), placed, tuple(own), card_type, badge_type)


def _page(shelf: Shelf, picked: list[str], *, status: int = 200, problem: str = "") -> tuple[str, int]:
    page = render_template(
        "linking/embed.html",
        shelf=shelf,
        picked=picked,
        kind="checkbox" if shelf.asked.several else "radio",
        q=request.values.get("q", "")[:200],
        problem=problem,
        back=way_back(_(CANCELLED)),
    )
    return page, status


@bp.get("/embed")
def embed() -> tuple[str, int]:
    """GET: cards and badges."""
    asked = _asked()
    with tool.current().database.read() as session:
        shelf = _shelf(session, asked)
    return _page(shelf, [])


@bp.post("/embed")
def embed_it() -> tuple[str, int]:
    """POST: search, give up, or sign what was picked and hand it over."""
    asked, here, button = _asked(), tool.current(), request.form.get("do", "")
    if button == "cancel":
        return hand_over(asked, [], said=_(CANCELLED), msg=_(CANCELLED))
    picked = list(dict.fromkeys(request.form.getlist("pick")))
    with here.database.read() as session:
        shelf = _shelf(session, asked)
        wanted = [key for one in picked if one.startswith("card:") and (key := uuid_or_none(one[5:]))]
        versions = catalog.versions_to_place(session, frames.current_frame().district_id, wanted) if shelf.card_type else ()
    if button == "search":
        return _page(shelf, picked)
    if not picked:
        return _page(shelf, picked, status=422, problem=_("Choose what to embed."))
    if len(picked) > 1 and not asked.several:
        return _page(shelf, picked[:1], status=422, problem=_("Your school's LMS takes one thing at a time here. Choose one."))
    awards = [award for award in shelf.badges if f"badge:{award.id}" in picked]
    if len(versions) + len(awards) != len(picked):
        return _page(shelf, picked, status=422, problem=_("One of these can’t be embedded any more. Look at your choice again."))
    base_url = here.settings.base_url
    found = [items.card(version, shelf.card_type, base_url=base_url) for version in versions]
    found += [items.badge(award, shelf.badge_type, base_url=base_url) for award in awards]
    names = [f"“{version.content.title}”" for version in versions] + [_("your badge “%(title)s”", title=award.title) for award in awards]
    return hand_over(asked, found, said=_("Embedding %(names)s.", names=listed(names)), action="linking:card:embed")
