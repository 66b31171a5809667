"""What a check is, and the words that several share. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.connection.facts import Answer, Connection
from lti_tool.language import N_, _

GROUPS = (N_("The connection"), N_("Who they are"), N_("Opening activities"), N_("Gradebook"), N_("Course list"), N_("Browser"))
"""To be looked up where they are shown."""
_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPE_OF = {
    "scores": _AGS + "score",
    "columns": _AGS + "lineitem",
    "results": _AGS + "result.readonly",
    "roster": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
}


@dataclass(frozen=True)
class Check:
    """One thing looked at. `state`: good, attention (it works, and something is missing), bad (it does not), unknown (not seen yet)."""

    key: str
    group: str
    name: str
    state: str
    words: str
    fix: str = ""


def made(connection: Connection, key: str, group: str, name: str, state: str, words: str, *, fix: str | None = None) -> Check:
    """A check; what to do about one that is not good is the vendor's, unless `fix` says otherwise."""
    todo = connection.fixes.get(key, "") if fix is None else fix
    return Check(key, group, name, state, words, "" if state == "good" else _(todo))


def said(answer: Answer) -> str:
    """What became of asking a service, for a person."""
    if answer.outcome == "status":
        return _("The LMS answered with status %(status)s.", status=answer.status)
    return _(_ANSWERS.get(answer.outcome, N_("The check itself failed; the log says why.")))


_ANSWERS = {
    "unusable": N_("The LMS answered with something else than the specification asks for."),
    "not_json": N_("The LMS answered with something else than data, perhaps a log-in page."),
    "too_large": N_("The LMS’s answer was too large."),
    "timeout": N_("The LMS did not answer in time."),
    "refused": N_("The tool calls no such address: it must be https and public."),
    "unreachable": N_("The LMS’s server can’t be reached from the tool’s server."),
}
