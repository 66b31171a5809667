"""The menu of a frame: what this person may open, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for

from lti_tool.language import later
from lti_tool.web.frames import Frame


@dataclass(frozen=True)
class NavItem:
    """One entry of the menu; `count` is shown when it is not None."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class ConsolePage:
    """A page of the district's console: where it leads, what it is, what one does there, and which rights open it."""

    endpoint: str
    label: str
    text: str
    rights: tuple[str, ...]


CONSOLE: list[ConsolePage] = []
"""The console's pages that other rooms bring. Rooms add theirs on import of their views; words are marked by N_."""

COUNTS: dict[str, Callable[[Frame], int]] = {}
"""How much waits behind an entry, by endpoint. Rooms add theirs on import of their views."""

_MENU = (
    (later("My work"), "home.index", ("earner", "facilitator", "designer", "reviewer", "console", "preview")),
    (later("Reviews"), "review.queue", ("reviewer",)),
    (later("Catalog"), "catalog.index", ("designer", "author", "console")),
    (later("District"), "district.index", ("console",)),
    (later("Connection"), "connection.index", ("console",)),
)


def menu(frame: Frame) -> list[NavItem]:
    """The entries for this person."""
    here = request.blueprint
    return [
        NavItem(label, url_for(endpoint), endpoint.split(".")[0] == here, COUNTS[endpoint](frame) if endpoint in COUNTS else None)
        for label, endpoint, rights in _MENU
        if frame.may(*rights)
    ]
