"""The checks of what an LMS's services let us do: the gradebook and the course list. Pure."""

from __future__ import annotations

from lti_tool.connection.checks import GROUPS, SCOPE_OF, Check, made, said
from lti_tool.connection.facts import Connection, Probes, Visit
from lti_tool.platforms.observations import BREAKS

_FROM_COURSE = "Open it once from a course to see this."


def column(connection: Connection) -> Check:
    """Whether the activity has a column in the gradebook."""
    name, visit, fix = "A column for the activity (line item)", connection.visit, None
    state, words = "unknown", "No activity with a column in the gradebook has been opened yet."
    if visit is None:
        if connection.columns:
            state, words = (
                "good",
                f"{connection.columns} opened {'activity has' if connection.columns == 1 else 'activities have'} a column.",
            )
    elif not visit.course:
        words, fix = f"This launch came from outside a course. {_FROM_COURSE}", ""
    elif visit.lineitem:
        state, words = "good", "This activity has its column in the gradebook."
    elif visit.link:
        words = (
            "This activity has no column: it is not graded in the LMS, so no score is sent for it. That is right where it shall not count."
        )
    else:
        words = "This launch came from the course’s menu, not from an activity, and only activities have columns."
    return made(connection, "column", GROUPS[3], name, state, words, fix=fix)


def _offered(connection: Connection, key: str) -> bool | None:
    """Whether launches offer a service: this one where it says so, else those before."""
    here = (connection.visit or Visit()).offered.get(key)
    before: bool | None = connection.observed.get("offers", {}).get(key)
    return before if here is None else here


def _unknown_service(connection: Connection, key: str, group: str, name: str) -> Check:
    where = "This launch came from outside a course. " if connection.visit and not connection.visit.course else ""
    return made(connection, key, group, name, "unknown", f"{where}{_FROM_COURSE}", fix="")


def _withheld(connection: Connection, probes: Probes | None, key: str) -> str:
    """Why the LMS keeps a service from us, if it does: by the token, which counts at once, or by launches."""
    if probes and probes.access.scopes and SCOPE_OF[key] not in probes.access.scopes:
        return "The LMS gives no permission for it."
    if _offered(connection, key) is not False:
        return ""
    if probes and probes.access.scopes:
        return "The latest launch did not offer it, though the LMS gives permission now: open the tool from a course again."
    return "Launches from courses do not offer it."


def scores(connection: Connection, probes: Probes | None) -> Check:
    """Whether scores may be sent; none is sent to try."""
    name = "Sending scores"
    if why := _withheld(connection, probes, "scores"):
        return made(connection, "scores", GROUPS[3], name, "bad", f"{BREAKS['scores']} {why}")
    if probes and not probes.access.scopes:
        return made(
            connection, "scores", GROUPS[3], name, "bad", f"{BREAKS['scores']} The LMS gave no token.", fix=connection.fixes["token"]
        )
    if probes or _offered(connection, "scores"):
        words = "The LMS lets the tool send scores. None was sent to try: a check writes nothing in a gradebook."
        return made(connection, "scores", GROUPS[3], name, "good", words)
    return _unknown_service(connection, "scores", GROUPS[3], name)


def service(connection: Connection, probes: Probes | None, key: str, name: str, group: str, counted: str) -> Check:
    """Whether a service may be used, and how it answered. `counted`: words for what it lists, with a place for the number."""
    if why := _withheld(connection, probes, key):
        return made(connection, key, group, name, "attention", f"{BREAKS[key]} {why}")
    answer = getattr(probes, key) if probes else None
    if answer is None:
        if _offered(connection, key):
            return made(connection, key, group, name, "good", "Launches offer it. Not tried on this page yet.")
        return _unknown_service(connection, key, group, name)
    if answer.outcome == "ok":
        return made(connection, key, group, name, "good", f"Tried just now: the LMS {counted.format(answer.count)}.")
    if answer.outcome == "no_token":
        return made(connection, key, group, name, "unknown", "It could not be tried without a token.", fix=connection.fixes["token"])
    if answer.outcome == "no_address" and connection.visit and not connection.visit.course:
        return _unknown_service(connection, key, group, name)
    if answer.outcome == "no_address":
        words = "There was no column to try it with." if key == "results" else "No course that offers it has been opened yet."
        return made(connection, key, group, name, "unknown", words, fix=connection.fixes["column"] if key == "results" else "")
    return made(connection, key, group, name, "attention", f"{BREAKS[key]} {said(answer)}")
