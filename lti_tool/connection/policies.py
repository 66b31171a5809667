"""The checks of a connection: facts in, words out. Pure.

Each says what was seen, and where it is not good what does not work for people, what to do, and whose move it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lti_tool.connection import service_checks
from lti_tool.connection.checks import GROUPS, SCOPE_OF, Check, made, said
from lti_tool.connection.facts import Access, Answer, Connection, Probes
from lti_tool.platforms.observations import BREAKS

MESSAGES = {
    "activity": ("Opening an activity", "LtiResourceLinkRequest"),
    "choosing": ("Choosing content", "LtiDeepLinkingRequest"),
    "review": ("Opening one person’s work from the gradebook", "LtiSubmissionReviewRequest"),
}
_SLOW, _TOO_FAR = 10, 45
"""Seconds that clocks may differ before somebody should look, and before launches or tokens are about to be refused (at 60)."""


def checks(connection: Connection, probes: Probes | None) -> tuple[Check, ...]:
    """All checks, in the order of the groups. `probes` is None where the LMS's servers have not been asked."""
    return (
        _registration(connection),
        _deployment(connection),
        _keys(connection, probes),
        _clock(connection, probes),
        _access(connection, probes),
        _roles(connection),
        _names(connection),
        _emails(connection),
        *(_message(connection, key) for key in MESSAGES),
        service_checks.column(connection),
        service_checks.scores(connection, probes),
        service_checks.service(connection, probes, "columns", "Looking after columns", "Gradebook", "lists {} of the tool’s columns"),
        service_checks.service(connection, probes, "results", "Reading scores back", "Gradebook", "lists {} results of a column"),
        service_checks.service(connection, probes, "roster", "Names and roles", "Course list", "lists {} people on its first page"),
        _cookies(connection),
        _storage(connection),
    )


def summary(found: Sequence[Check]) -> str:
    """All of it in a sentence: “12 checks good, 1 needs you, 3 not seen yet.”"""
    good, unknown = (sum(check.state == state for check in found) for state in ("good", "unknown"))
    needs = len(found) - good - unknown
    parts = [f"{good} {'check' if good == 1 else 'checks'} good"]
    parts += [f"{needs} {'needs' if needs == 1 else 'need'} you"] if needs else []
    parts += [f"{unknown} not seen yet"] if unknown else []
    return ", ".join(parts) + "."


def grouped(found: Iterable[Check]) -> list[tuple[str, list[Check]]]:
    """The checks under the names of their groups."""
    found = list(found)
    return [(group, [check for check in found if check.group == group]) for group in GROUPS]


# -- the connection


def _registration(connection: Connection) -> Check:
    at = f"issuer {connection.issuer}, client ID {connection.client_id}"
    state, words, fix = "good", f"The launch came as it is registered: {at}.", None
    if connection.state == "pending":
        state, words = "attention", f"Nobody is let in: the registration was not confirmed ({at})."
        fix = "LMS administrator: finish the registration page, or register again with a new address."
    elif connection.state != "active":
        state, words = "attention", f"Nobody is let in: the registration is switched off here ({at})."
        fix = "Whoever runs the tool: switch it on with `lti-tool platform edit --on`."
    elif connection.visit is None and connection.observed.get("messages"):
        words = f"Launches have come as it is registered: {at}."
    elif connection.visit is None:
        state, words = "unknown", f"No launch has come yet ({at})."
    return made(connection, "registration", GROUPS[0], "Registration (issuer)", state, words, fix=fix)


def _deployment(connection: Connection) -> Check:
    visit, count = connection.visit, connection.deployments
    state, words = "good", f"The tool is known to be installed in {count} {'place' if count == 1 else 'places'}."
    if visit and visit.new_deployment:
        words = f"This place (deployment {visit.deployment}) was new with this launch and has been taken in."
    elif visit and visit.deployment:
        words = f"This place (deployment {visit.deployment}) is known."
    elif not count:
        state, words = "unknown", "Nobody has opened the tool yet, so no place where it is installed is known."
    return made(connection, "deployment", GROUPS[0], "Where it is installed (deployment)", state, words)


def _keys(connection: Connection, probes: Probes | None) -> Check:
    held = connection.stored_keys
    if probes is None:
        state, words = "unknown", "The LMS’s public keys have not been needed yet."
        if held:
            state, words = "good", f"The tool holds {held} of the LMS’s public keys, and launches are signed with them."
    elif probes.keys.outcome == "ok" and probes.keys.count:
        state, words = "good", f"The LMS’s public keys can be read: {probes.keys.count} that fit."
    elif probes.keys.outcome == "ok":
        state = "bad"
        words = f"The LMS’s key set at {connection.jwks_url} holds no key that fits (RSA, 2048 bits or more), so launches can’t be trusted."
    else:
        state = "bad"
        words = f"The LMS’s public keys can’t be read at {connection.jwks_url}. {said(probes.keys)} "
        words += "People are let in only until the LMS changes its keys." if held else "Nobody can be let in."
    return made(connection, "keys", GROUPS[0], "The LMS’s keys", state, words, fix="" if state == "unknown" else None)


def _clock(connection: Connection, probes: Probes | None) -> Check:
    ahead = probes.clock_ahead if probes else None
    if ahead is None and connection.visit:
        ahead = connection.visit.clock_ahead
    if ahead is None:
        return made(connection, "clock", GROUPS[0], "Clocks", "unknown", "Nothing has shown the LMS’s time yet.", fix="")
    seconds = "1 second" if abs(ahead) == 1 else f"{abs(ahead)} seconds"
    words = f"The LMS’s clock is {seconds} {'ahead of' if ahead > 0 else 'behind'} ours." if ahead else "Both clocks agree."
    state = "good" if abs(ahead) <= _SLOW else "attention" if abs(ahead) <= _TOO_FAR else "bad"
    if state != "good":
        words += " From a minute on nobody is let in, and the LMS may refuse scores even before."
    return made(connection, "clock", GROUPS[0], "Clocks", state, words)


def _access(connection: Connection, probes: Probes | None) -> Check:
    name, uses = "Access to services (token, scopes)", len(connection.scopes)
    if probes is None:
        words = "Not tried on this page yet. Press “Check the services now”."
        return made(connection, "token", GROUPS[0], name, "unknown", words, fix="")
    access = probes.access
    missing = [words for scope, words in connection.scopes.items() if scope not in access.scopes]
    if not missing:
        words = f"The LMS trusts the tool’s keys and gave a token with all {uses} permissions that the tool uses."
        return made(connection, "token", GROUPS[0], name, "good", words)
    if access.scopes:
        listed = "; ".join(missing)
        words = f"The LMS gave a token with {len(access.scopes)} of {uses} permissions. Missing: {listed}."
        fix = " ".join(dict.fromkeys(connection.fixes.get(key, "") for key, scope in SCOPE_OF.items() if scope not in access.scopes))
        return made(connection, "token", GROUPS[0], name, "attention", words, fix=fix.strip())
    return made(connection, "token", GROUPS[0], name, "bad", _no_token(connection, access))


def _no_token(connection: Connection, access: Access) -> str:
    breaks = "Scores can’t be sent and course lists can’t be read."
    if access.error == "own_key":
        return f"The tool can’t open its own key (encryption.key is not the one it was sealed with). {breaks}"
    if access.error == "invalid_client":
        return f"The LMS does not trust the tool’s signature; it should find the tool’s public keys at {connection.our_keys}. {breaks}"
    if access.error == "invalid_scope":
        return f"The LMS gives the tool no permission at all. {breaks}"
    if not access.status:
        return f"The LMS gave no token. {said(Answer(access.error))} {breaks}"
    return f"The LMS gave no token: it answered with status {access.status}{f' ({access.error})' if access.error else ''}. {breaks}"


# -- who they are


def _roles(connection: Connection) -> Check:
    visit, name = connection.visit, "Roles"
    if visit is None or visit.roles is None:
        return _only_launch(connection, "roles", name)
    if visit.preview:
        words = "You are here as the LMS’s test student: everything can be read, nothing is scored. Open it as yourself to see all."
        return made(
            connection, "roles", GROUPS[1], name, "attention", words, fix="LMS administrator: leave the student view, open it again."
        )
    shown = list(dict.fromkeys(role.rsplit("#", 1)[-1].rsplit("/", 1)[-1] for role in visit.roles))
    if not shown:
        words = "The LMS sent no role, so people like you may do nothing here."
        return made(connection, "roles", GROUPS[1], name, "bad", words)
    where = "" if visit.course else " This launch came from outside a course, so no role in a course came with it."
    return made(connection, "roles", GROUPS[1], name, "good", f"The LMS says that you are: {', '.join(shown)}.{where}")


def _names(connection: Connection) -> Check:
    visit = connection.visit
    shared = visit.named if visit else connection.observed.get("offers", {}).get("names")
    if shared is None:
        return _only_launch(connection, "names", "Names")
    words = "The LMS shares people’s names." if shared else f"The LMS shares no names. {BREAKS['names']}"
    return made(connection, "names", GROUPS[1], "Names", "good" if shared else "attention", words)


def _emails(connection: Connection) -> Check:
    visit, before = connection.visit, connection.observed.get("offers", {}).get("emails")
    shared = visit.mailed if visit and (visit.mailed or not visit.named) else before
    if shared is None and visit and visit.named:
        words = "No e-mail address came with your launch. Either your account has none, or the LMS does not share them."
        return made(connection, "emails", GROUPS[1], "E-mail addresses", "unknown", words)
    if shared is None:
        return _only_launch(connection, "emails", "E-mail addresses")
    words = "The LMS shares people’s e-mail addresses." if shared else f"The LMS shares no e-mail addresses. {BREAKS['emails']}"
    return made(connection, "emails", GROUPS[1], "E-mail addresses", "good" if shared else "attention", words)


def _only_launch(connection: Connection, key: str, name: str) -> Check:
    group = GROUPS[5] if key in ("cookies", "storage") else GROUPS[1]
    fix = connection.fixes.get("registration", "")
    return made(connection, key, group, name, "unknown", "Only a launch shows this.", fix=fix)


# -- opening activities


def _message(connection: Connection, key: str) -> Check:
    name, kind = MESSAGES[key]
    since = connection.observed.get("messages", {}).get(kind)
    if since:
        at = datetime.fromisoformat(since)
        return made(connection, key, GROUPS[2], name, "good", f"Works; first seen on {at:%b} {at.day}, {at.year}.")
    if kind in connection.never_sends:
        return made(connection, key, GROUPS[2], name, "good", connection.never_sends[kind])
    return made(connection, key, GROUPS[2], name, "unknown", "Not seen yet.")


# -- browser


def _cookies(connection: Connection) -> Check:
    visit = connection.visit
    if visit is None or not visit.proof:
        return _only_launch(connection, "cookies", "Cookies")
    if visit.proof == "cookie":
        return made(connection, "cookies", GROUPS[5], "Cookies", "good", "This browser keeps the tool’s cookie, here where it was opened.")
    words = (
        "This browser keeps no cookie here; the LMS’s own storage stood in. All works, but the addresses of pages must not be passed on."
    )
    return made(connection, "cookies", GROUPS[5], "Cookies", "attention", words)


def _storage(connection: Connection) -> Check:
    visit = connection.visit
    if visit is None or visit.storage_offered is None:
        return _only_launch(connection, "storage", "The LMS’s storage")
    words = "The LMS offers none. It is not needed here; where a browser keeps no cookie, an activity opens in a window of its own."
    if visit.storage_offered:
        words = "The LMS offers it, for browsers that keep no cookies." + (" It was used just now." if visit.proof == "storage" else "")
    return made(connection, "storage", GROUPS[5], "The LMS’s storage", "good", words)
