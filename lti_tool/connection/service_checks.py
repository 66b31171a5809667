"""The checks of what an LMS's services let us do: the gradebook and the course list. Pure."""

from __future__ import annotations

from lti_tool.connection.checks import GROUPS, SCOPE_OF, Check, made, said
from lti_tool.connection.facts import Connection, Probes, Visit
from lti_tool.language import N_, _, _n
from lti_tool.platforms.observations import BREAKS

_FROM_COURSE = N_("Open it once from a course to see this.")
_OUTSIDE = N_("This launch came from outside a course.")


_LISTED = {
    "columns": N_("Tried just now: the LMS lists %(count)s of the tool’s columns."),
    "results": N_("Tried just now: the LMS lists %(count)s results of a column."),
    "roster": N_("Tried just now: the LMS lists %(count)s people on its first page."),
}


def column(connection: Connection) -> Check:
    """Whether the activity has a column in the gradebook."""
    name, visit, fix = _("A column for the activity (line item)"), connection.visit, None
    state, words = "unknown", _("No activity with a column in the gradebook has been opened yet.")
    if visit is None:
        if connection.columns:
            words = _n("%(count)s opened activity has a column.", "%(count)s opened activities have a column.", connection.columns)
            state = "good"
    elif not visit.course:
        words, fix = f"{_(_OUTSIDE)} {_(_FROM_COURSE)}", ""
    elif visit.lineitem:
        state, words = "good", _("This activity has its column in the gradebook.")
    elif visit.link:
        words = _(
            "This activity has no column: it is not graded in the LMS, so no score is sent for it. That is right where it shall not count."
        )
    else:
        words = _("This launch came from the course’s menu, not from an activity, and only activities have columns.")
    return made(connection, "column", GROUPS[3], name, state, words, fix=fix)


def _offered(connection: Connection, key: str) -> bool | None:
    """Whether launches offer a service: this one where it says so, else those before."""
    here = (connection.visit or Visit()).offered.get(key)
    before: bool | None = connection.observed.get("offers", {}).get(key)
    return before if here is None else here


def _unknown_service(connection: Connection, key: str, group: str, name: str) -> Check:
    where = f"{_(_OUTSIDE)} " if connection.visit and not connection.visit.course else ""
    return made(connection, key, group, name, "unknown", f"{where}{_(_FROM_COURSE)}", fix="")


def _withheld(connection: Connection, probes: Probes | None, key: str) -> str:
    """Why the LMS keeps a service from us, if it does: by the token, which counts at once, or by launches."""
    if probes and probes.access.scopes and SCOPE_OF[key] not in probes.access.scopes:
        return _("The LMS gives no permission for it.")
    if _offered(connection, key) is not False:
        return ""
    if probes and probes.access.scopes:
        return _("The latest launch did not offer it, though the LMS gives permission now: open the tool from a course again.")
    return _("Launches from courses do not offer it.")


def scores(connection: Connection, probes: Probes | None) -> Check:
    """Whether scores may be sent; none is sent to try."""
    name = _("Sending scores")
    if why := _withheld(connection, probes, "scores"):
        return made(connection, "scores", GROUPS[3], name, "bad", f"{_(BREAKS['scores'])} {why}")
    if probes and not probes.access.scopes:
        words = f"{_(BREAKS['scores'])} {_('The LMS gave no token.')}"
        return made(connection, "scores", GROUPS[3], name, "bad", words, fix=connection.fixes["token"])
    if probes or _offered(connection, "scores"):
        words = _("The LMS lets the tool send scores. None was sent to try: a check writes nothing in a gradebook.")
        return made(connection, "scores", GROUPS[3], name, "good", words)
    return _unknown_service(connection, "scores", GROUPS[3], name)


def service(connection: Connection, probes: Probes | None, key: str, name: str, group: str) -> Check:
    """Whether a service may be used, and how it answered."""
    if why := _withheld(connection, probes, key):
        return made(connection, key, group, name, "attention", f"{_(BREAKS[key])} {why}")
    answer = getattr(probes, key) if probes else None
    if answer is None:
        if _offered(connection, key):
            return made(connection, key, group, name, "good", _("Launches offer it. Not tried on this page yet."))
        return _unknown_service(connection, key, group, name)
    if answer.outcome == "ok":
        return made(connection, key, group, name, "good", _(_LISTED[key], count=answer.count))
    if answer.outcome == "no_token":
        return made(connection, key, group, name, "unknown", _("It could not be tried without a token."), fix=connection.fixes["token"])
    if answer.outcome == "no_address" and connection.visit and not connection.visit.course:
        return _unknown_service(connection, key, group, name)
    if answer.outcome == "no_address":
        words = _("There was no column to try it with.") if key == "results" else _("No course that offers it has been opened yet.")
        return made(connection, key, group, name, "unknown", words, fix=connection.fixes["column"] if key == "results" else "")
    return made(connection, key, group, name, "attention", f"{_(BREAKS[key])} {said(answer)}")
