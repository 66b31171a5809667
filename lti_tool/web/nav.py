"""The menu of a frame: what this person may open, and where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy.orm import Session

from lti_tool.language import N_, _, later
from lti_tool.tool import Tool
from lti_tool.web.frames import Frame
from lti_tool.web.support import SHOWN


@dataclass(frozen=True)
class NavItem:
    """One entry of the menu; `count` is shown when it is not None."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class ConsolePage:
    """A page of the district's console: where it leads, what it is, what one does there, and which rights open it.

    `group` is one of GROUPS.
    """

    endpoint: str
    label: str
    text: str
    rights: tuple[str, ...]
    group: str = "results"


GROUPS = {
    "run": N_("Running the program"),
    "results": N_("What comes of it"),
    "setup": N_("People, connections and rules"),
}
"""Headings of the console's front page, in their order."""

CONSOLE: list[ConsolePage] = [
    ConsolePage("coordinating.index", N_("Open work"), N_("What is open, what is late, who has too much to do."), ("console",), "run"),
    ConsolePage("review.people", N_("Reviewers"), N_("Who judges work, and who could."), ("console",), "run"),
    ConsolePage("privacy.index", N_("Students’ privacy"), N_("Evidence that reviewers held back."), ("console",), "run"),
    ConsolePage("appeal.index", N_("Appeals"), N_("Teachers who contest a decision."), ("console",), "run"),
    ConsolePage(
        "badge_office.index", N_("Badges"), N_("What was awarded, who issues it, and what to do when something was wrong."), ("console",)
    ),
    ConsolePage("agreement.index", N_("Do reviewers agree?"), N_("How far two judge the same work alike."), ("console",)),
    ConsolePage("grading.lms", N_("Delivery of scores"), N_("How your LMSs take them: what waits, what failed, and why."), ("console",)),
    ConsolePage(
        "district.people", N_("People and roles"), N_("Find somebody, and say who may do what and until when."), ("console",), "setup"
    ),
    ConsolePage("notices.mail", N_("E-mail"), N_("Whether it is set up, and whom it does not reach."), ("console",), "setup"),
    ConsolePage("district.trail", N_("Trail"), N_("Who did what, and when. Nothing is ever removed from it."), ("console",), "setup"),
]
"""The console's pages. Rooms add theirs on import of their views; words are marked by N_."""


@dataclass(frozen=True)
class Need:
    """Something that waits for somebody of the console. `kind`: error or warning. `text` is said already, in the reader's language."""

    kind: str
    title: str
    text: str
    url: str
    label: str


NEEDS: list[Callable[[Session, Tool, Frame], Iterable[Need]]] = []
"""What needs somebody first, by room; each asks only what is cheap, and only for rights that the frame has."""

COUNTS: dict[str, Callable[[Frame], int]] = {}
"""How much waits behind an entry, by endpoint. Rooms add theirs on import of their views."""

_MENU = (
    (later("My work"), "home.index", ("earner", "facilitator", "designer", "reviewer", "console", "preview")),
    (later("Reviews"), "review.queue", ("reviewer",)),
    (later("Catalog"), "catalog.index", ("designer", "author", "console")),
    (later("Approvals"), "approvals.index", ("approver",)),
    (later("District"), "district.index", ()),
    (later("Reports"), "reports.index", ("board",)),
    (later("People by skill"), "skills.search", ("leader",)),
    (later("Connection"), "connection.index", ("console",)),
    (later("Payroll"), "pay.index", ("payroll",)),
)


def console_rights() -> tuple[str, ...]:
    """The rights that open at least one of the console's pages."""
    return tuple(dict.fromkeys(right for page in CONSOLE for right in page.rights))


def console(frame: Frame) -> list[tuple[str, list[ConsolePage]]]:
    """The console's pages that this person may open, by the heading of their group."""
    mine = [page for page in CONSOLE if frame.may(*page.rights)]
    found = [(heading, [page for page in mine if page.group == group]) for group, heading in GROUPS.items()]
    return [(heading, pages) for heading, pages in found if pages]


def attention(session: Session, here: Tool, frame: Frame) -> list[Need]:
    """What waits for this person, what is broken first."""
    found = [need for ask in NEEDS for need in ask(session, here, frame)]
    return sorted(found, key=lambda need: need.kind != "error")


def menu(frame: Frame) -> list[NavItem]:
    """The entries for this person; in a support view only the pages that it shows."""
    here = _current()
    return [
        NavItem(_(label), url_for(endpoint), endpoint == here, COUNTS[endpoint](frame) if endpoint in COUNTS else None)
        for label, endpoint, rights in _MENU
        if frame.may(*(rights or console_rights())) and (frame.supporter_id is None or endpoint in SHOWN)
    ]


def _current() -> str:
    """The endpoint of the entry under which this page stands; pages of the console stand under the district's."""
    room = request.blueprint
    own = next((endpoint for _label, endpoint, _rights in _MENU if endpoint.split(".")[0] == room), "")
    return own or ("district.index" if any(page.endpoint.split(".")[0] == room for page in CONSOLE) else "")
