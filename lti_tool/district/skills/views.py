"""People by skill: the search, one person, one skill, the map; and each teacher's own choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from lti_tool import tool
from lti_tool.district.skills import coverage, queries, service
from lti_tool.district.skills.forms import ChoiceForm
from lti_tool.district.skills.policies import OFFERS, Wanted, topics
from lti_tool.errors import bad_request, not_found
from lti_tool.inputs import plain_text, uuid_or_none, whole_number
from lti_tool.language import N_, _, day
from lti_tool.web import spreadsheet
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("skills", __name__, url_prefix="/s/<frame_key>/skills")

_search = require("console", "leader")
_own = require("earner", "facilitator", "designer", "reviewer", "author", "console", "leader")
_MOST_SCHOOLS = 50
_MOST_PAGES = 200

NOTICES["skills.chosen"] = ("success", N_("Saved. It holds from now on."))
CONSOLE.append(
    ConsolePage(
        "skills.search",
        N_("People by skill"),
        N_("Find who holds a skill and would mentor; see where skills are missing."),
        ("console", "leader"),
    )
)


def _day(name: str) -> date | None:
    given = plain_text(request.args.get(name, "")).strip()
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise bad_request(_("Write days as year-month-day, for example 2026-11-24.")) from None


def _wanted() -> Wanted:
    """What the address asks for. Raises Problem(bad_request)."""
    args = request.args
    skill = args.get("skill", "")
    if skill and uuid_or_none(skill) is None:
        raise bad_request(_("Choose a microcredential from the list."))
    schools = tuple(plain_text(one).strip()[:120] for one in args.getlist("school")[:_MOST_SCHOOLS])
    return Wanted(
        plain_text(args.get("words", "")).strip()[:100],
        uuid_or_none(skill),
        plain_text(args.get("topic", "")).strip()[:60],
        tuple(filter(None, schools)),
        plain_text(args.get("part", "")).strip()[:120],
        _day("since"),
        _day("until"),
        tuple(one for one in OFFERS if args.get(one)),
    )


def _address(wanted: Wanted) -> dict[str, Any]:
    """The same as arguments of an address."""
    given = asdict(wanted)
    named = {"words": given["words"], "skill": given["skill_id"], "topic": given["topic"], "school": list(wanted.schools)}
    named |= {"part": given["school_part"], "since": given["since"], "until": given["until"]}
    return {"find": 1, **{name: value for name, value in named.items() if value}, **dict.fromkeys(wanted.offers, 1)}


def _after() -> UUID | None:
    given = request.args.get("after")
    if given and uuid_or_none(given) is None:
        raise bad_request(_("The address of this page is damaged."))
    return uuid_or_none(given)


@bp.get("/")
def search() -> str:
    """Who holds a skill and offers something."""
    _search()
    frame, here, wanted, after = current_frame(), tool.current(), _wanted(), _after()
    asked = "find" in request.args
    rows: tuple[queries.Found, ...] = ()
    following = None
    with here.database.read() as session:
        known = queries.skills(session, frame.district_id)
        schools = queries.schools(session, frame.district_id)
        if asked:
            rows, following = queries.search(session, frame.district_id, wanted, now=here.clock(), after=after, known=known)
    if asked:
        with here.database.unit() as session:
            service.note_search(session, here, district_id=frame.district_id, actor_id=frame.person_id, wanted=wanted, found=len(rows))
    address = _address(wanted)
    return render_template(
        "skills/search.html",
        asked=asked,
        rows=rows,
        wanted=wanted,
        skills=known,
        topics=[(one, name) for one, (name, _versions) in topics(known).items()],
        schools=schools,
        first=after is None,
        next_url=url_for("skills.search", after=following, **address) if following else None,
        csv_url=url_for("skills.people_table", **address),
    )


@bp.get("/people.csv")
def people_table() -> Response:
    """The people found, for a spreadsheet: nobody but those who want to be found."""
    _search()
    frame, here, wanted = current_frame(), tool.current(), _wanted()
    found = list(_pages(frame.district_id, wanted))
    with here.database.unit() as session:
        service.note_search(
            session, here, district_id=frame.district_id, actor_id=frame.person_id, wanted=wanted, found=len(found), exported=True
        )
    return spreadsheet.sent(_lines(found), "people-by-skill.csv")


def _pages(district_id: UUID, wanted: Wanted) -> Iterator[queries.Found]:
    here, after = tool.current(), None
    for _page in range(_MOST_PAGES):
        with here.database.read() as session:
            rows, after = queries.search(session, district_id, wanted, now=here.clock(), after=after)
        yield from rows
        if after is None:
            return


def _lines(found: list[queries.Found]) -> Iterator[tuple[str, ...]]:
    yield (
        _("Name"), _("E-mail"), _("School"), _("Would mentor"), _("Would lead"), _("Offers a classroom visit"), _("Note"), _("Badges")
    )  # fmt: skip
    yes, no = _("yes"), _("no")
    for one in found:
        badges = "; ".join(f"{badge.title} ({badge.awarded_at.date().isoformat()})" for badge in one.badges)
        offers = (yes if value else no for value in (one.mentors, one.leads, one.visits))
        yield (one.name, one.email, one.school, *offers, one.note, badges)


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> str:
    """Somebody who wants to be found, as others see them."""
    _search()
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        found = queries.one(session, frame.district_id, person_id, now=here.clock())
    if found is None:
        raise not_found("nobody who wants to be found")
    with here.database.unit() as session:
        service.note_look(session, here, district_id=frame.district_id, actor_id=frame.person_id, person_id=person_id)
    return render_template("skills/person.html", found=found)


@bp.get("/<uuid:microcredential_id>")
def skill(microcredential_id: UUID) -> str:
    """One skill: who holds it, in which schools, where nobody does, and where it can be earned."""
    _search()
    frame, here, after = current_frame(), tool.current(), _after()
    school = plain_text(request.args.get("school", ""))[:120]
    with here.database.read() as session:
        shown = coverage.skill_page(session, frame.district_id, microcredential_id, after=after, school=school, now=here.clock())
    with here.database.unit() as session:
        wanted = Wanted(skill_id=microcredential_id)
        service.note_search(session, here, district_id=frame.district_id, actor_id=frame.person_id, wanted=wanted, found=len(shown.named))
    return render_template("skills/skill.html", shown=shown, first_school=not school, first=after is None)


@bp.get("/map")
def overview() -> str:
    """Topics by school."""
    _search()
    frame, here = current_frame(), tool.current()
    first = whole_number(request.args.get("topics", "0"))
    if first < 0:
        raise bad_request(_("The address of this page is damaged."))
    school = plain_text(request.args.get("school", ""))[:120]
    with here.database.read() as session:
        shown = coverage.skill_map(session, frame.district_id, school=school, first=first, now=here.clock())
    return render_template("skills/map.html", shown=shown, school=school, first=first, size=coverage.TOPICS)


def _own_page(form: ChoiceForm | None = None) -> tuple[str, int]:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        chosen = queries.choice(session, frame.district_id, frame.person_id, now=here.clock())
        seen = queries.one(session, frame.district_id, frame.person_id, now=here.clock())
    if form is None:
        form = ChoiceForm(
            formdata=None,
            scope="all" if chosen.every_badge else "some",
            badges=[str(one) for one in chosen.chosen],
            **{name: getattr(chosen, name) for name in ("is_found", "mentors", "leads", "visits", "note")},
        )
    form.badges.choices = [
        SelectChoice(str(badge.award_id), _("%(title)s, %(day)s", title=badge.title, day=day(badge.awarded_at))) for badge in chosen.own
    ]
    page = render_template("skills/mine.html", form=form, chosen=chosen, seen=seen)
    return page, 422 if request.method == "POST" else 200


@bp.get("/mine")
def mine() -> tuple[str, int]:
    """A teacher's own choice, and what others see."""
    _own()
    return _own_page()


@bp.post("/mine")
def choose() -> Response | tuple[str, int]:
    """Keep it."""
    _own()
    frame, here, form = current_frame(), tool.current(), ChoiceForm()
    if not form.validate_on_submit():
        return _own_page(form)
    every = form.scope.data == "all"
    given = service.Given(
        bool(form.is_found.data),
        bool(form.mentors.data),
        bool(form.leads.data),
        bool(form.visits.data),
        every,
        form.note.data or "",
        () if every else [uuid_or_none(one) or UUID(int=0) for one in form.badges.data or ()],
    )
    with here.database.unit() as session:
        service.choose(session, here, district_id=frame.district_id, person_id=frame.person_id, given=given)
    return redirect(url_for("skills.mine", said="skills.chosen"), 303)
