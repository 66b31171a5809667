"""Rules of what goes to an LMS and of who opens what comes back from there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from lti_tool.language import _, listed

FILE_LIFE = timedelta(minutes=15)
"""So long the LMS's server may fetch a file that was handed in: it does so at once, or when its queue comes to it."""
MOST_FETCHES = 3
"""So often: once, and again where the network failed."""
_MOST_EXTENSIONS = 50


class View(StrEnum):
    """What a submission's link shows to somebody."""

    OWN = "own"
    DESK = "desk"
    LIST = "list"
    WHOLE = "whole"
    STANDING = "standing"
    REFUSED = "refused"


@dataclass(frozen=True)
class Viewer:
    """Who opens the link. `review` is the state of their review of this submission: open, locked or empty.

    `by_name`: the LMS named the person whose work it wants to see. `runs_course`: they run the course that the work is from.
    `handed_here`: they run a course to which the owner handed it in.
    """

    owner: bool = False
    review: str = ""
    by_name: bool = False
    runs_course: bool = False
    handed_here: bool = False
    console: bool = False


def view(who: Viewer) -> View:
    """What they may see.

    A reviewer stays blind: they get to their desk, which shows no name. Where the LMS has just shown them a name, not even
    the desk opens, for that would say whose work it is; they find it in their list. Evidence is for its owner, its reviewers
    and the course to which the owner handed it in; who else runs the course or the district sees how it stands.
    """
    if who.owner:
        return View.OWN
    at_the_desk = View.LIST if who.by_name else View.DESK
    if who.review == "open":
        return at_the_desk
    if who.handed_here:
        return View.WHOLE
    if who.runs_course or who.console:
        return View.STANDING
    return at_the_desk if who.review else View.REFUSED


def extensions(said: str) -> tuple[str, ...]:
    """Extensions that an assignment takes, as its LMS lists them ("docx,pdf"); empty: any."""
    found = (part.strip().lower().lstrip(".") for part in said.replace(";", ",").split(","))
    return tuple(dict.fromkeys(part for part in found if part.isalnum() and len(part) <= 10))[:_MOST_EXTENSIONS]


def misfit(filename: str, media_type: str, *, allowed: Sequence[str], media_types: Collection[str]) -> str:
    """Why the place in the LMS does not take a file, in words; empty when it does."""
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if allowed and extension not in allowed:
        return _("This assignment takes only %(kinds)s files.", kinds=listed(allowed))
    if media_types and not any(_covers(one.strip().lower(), media_type) for one in media_types):
        return _("This assignment takes other kinds of files.")
    return ""


def _covers(wanted: str, media_type: str) -> bool:
    return wanted in ("*/*", "*", media_type) or (wanted.endswith("/*") and media_type.startswith(wanted[:-1]))


def card_type(accepted: Collection[str]) -> str:
    """How a card of a microcredential is embedded: live where a link of ours may stand, else as text, else as a plain link; else empty."""
    return next((kind for kind in ("ltiResourceLink", "html", "link") if kind in accepted), "")


def badge_type(accepted: Collection[str]) -> str:
    """How a public badge is embedded: it is a public page, and needs nobody's launch. Empty where nothing fits."""
    return next((kind for kind in ("html", "link") if kind in accepted), "")
