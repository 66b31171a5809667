"""What a check is, and the words that several share. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.connection.facts import Answer, Connection

GROUPS = ("The connection", "Who they are", "Opening activities", "Gradebook", "Course list", "Browser")
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
    return Check(key, group, name, state, words, "" if state == "good" else todo)


def said(answer: Answer) -> str:
    """What became of asking a service, for a person."""
    return {
        "status": f"The LMS answered with status {answer.status}.",
        "unusable": "The LMS answered with something else than the specification asks for.",
        "not_json": "The LMS answered with something else than data, perhaps a log-in page.",
        "too_large": "The LMS’s answer was too large.",
        "timeout": "The LMS did not answer in time.",
        "refused": "The tool calls no such address: it must be https and public.",
        "unreachable": "The LMS’s server can’t be reached from the tool’s server.",
    }.get(answer.outcome, "The check itself failed; the log says why.")
