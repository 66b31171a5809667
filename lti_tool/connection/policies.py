"""The checks of a connection: facts in, words out. Pure.

Each says what was seen, and where it is not good what does not work for people, what to do, and whose move it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lti_tool.connection import service_checks
from lti_tool.connection.checks import GROUPS, SCOPE_OF, Check, made, said
from lti_tool.connection.facts import Access, Answer, Connection, Probes
from lti_tool.language import N_, _, _n, day
from lti_tool.platforms.observations import BREAKS

MESSAGES = {
    "activity": (N_("Opening an activity"), "LtiResourceLinkRequest"),
    "choosing": (N_("Choosing content"), "LtiDeepLinkingRequest"),
    "review": (N_("Opening one person’s work from the gradebook"), "LtiSubmissionReviewRequest"),
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
        service_checks.service(connection, probes, "columns", _("Looking after columns"), GROUPS[3]),
        service_checks.service(connection, probes, "results", _("Reading scores back"), GROUPS[3]),
        service_checks.service(connection, probes, "roster", _("Names and roles"), GROUPS[4]),
        _cookies(connection),
        _storage(connection),
    )


def summary(found: Sequence[Check]) -> str:
    """All of it in a sentence: “12 checks good, 1 needs you, 3 not seen yet.”"""
    good, unknown = (sum(check.state == state for check in found) for state in ("good", "unknown"))
    needs = len(found) - good - unknown
    parts = [_n("%(count)s check good", "%(count)s checks good", good)]
    parts += [_n("%(count)s needs you", "%(count)s need you", needs)] if needs else []
    parts += [_n("%(count)s not seen yet", "%(count)s not seen yet", unknown)] if unknown else []
    return ", ".join(parts) + "."


def grouped(found: Iterable[Check]) -> list[tuple[str, list[Check]]]:
    """The checks under the names of their groups."""
    found = list(found)
    return [(group, [check for check in found if check.group == group]) for group in GROUPS]


# -- the connection


def _registration(connection: Connection) -> Check:
    at = _("issuer %(issuer)s, client ID %(client)s", issuer=connection.issuer, client=connection.client_id)
    state, words, fix = "good", _("The launch came as it is registered: %(where)s.", where=at), None
    if connection.state == "pending":
        state, words = "attention", _("Nobody is let in: the registration was not confirmed (%(where)s).", where=at)
        fix = N_("LMS administrator: finish the registration page, or register again with a new address.")
    elif connection.state != "active":
        state, words = "attention", _("Nobody is let in: the registration is switched off here (%(where)s).", where=at)
        fix = N_("Whoever runs the tool: switch it on with `lti-tool platform edit --on`.")
    elif connection.visit is None and connection.observed.get("messages"):
        words = _("Launches have come as it is registered: %(where)s.", where=at)
    elif connection.visit is None:
        state, words = "unknown", _("No launch has come yet (%(where)s).", where=at)
    return made(connection, "registration", GROUPS[0], _("Registration (issuer)"), state, words, fix=fix)


def _deployment(connection: Connection) -> Check:
    visit, count = connection.visit, connection.deployments
    state, words = (
        "good",
        _n("The tool is known to be installed in %(count)s place.", "The tool is known to be installed in %(count)s places.", count),
    )
    if visit and visit.new_deployment:
        words = _("This place (deployment %(id)s) was new with this launch and has been taken in.", id=visit.deployment)
    elif visit and visit.deployment:
        words = _("This place (deployment %(id)s) is known.", id=visit.deployment)
    elif not count:
        state, words = "unknown", _("Nobody has opened the tool yet, so no place where it is installed is known.")
    return made(connection, "deployment", GROUPS[0], _("Where it is installed (deployment)"), state, words)


def _keys(connection: Connection, probes: Probes | None) -> Check:
    held = connection.stored_keys
    if probes is None:
        state, words = "unknown", _("The LMS’s public keys have not been needed yet.")
        if held:
            words = _("The tool holds %(count)s of the LMS’s public keys, and launches are signed with them.", count=held)
            state = "good"
    elif probes.keys.outcome == "ok" and probes.keys.count:
        state, words = "good", _("The LMS’s public keys can be read: %(count)s that fit.", count=probes.keys.count)
    elif probes.keys.outcome == "ok":
        state = "bad"
        words = _(
            "The LMS’s key set at %(address)s holds no key that fits (RSA, 2048 bits or more), so launches can’t be trusted.",
            address=connection.jwks_url,
        )
    else:
        state = "bad"
        read = _("The LMS’s public keys can’t be read at %(address)s.", address=connection.jwks_url)
        comes = _("People are let in only until the LMS changes its keys.") if held else _("Nobody can be let in.")
        words = f"{read} {said(probes.keys)} {comes}"
    return made(connection, "keys", GROUPS[0], _("The LMS’s keys"), state, words, fix="" if state == "unknown" else None)


def _clock(connection: Connection, probes: Probes | None) -> Check:
    ahead = probes.clock_ahead if probes else None
    if ahead is None and connection.visit:
        ahead = connection.visit.clock_ahead
    if ahead is None:
        return made(connection, "clock", GROUPS[0], _("Clocks"), "unknown", _("Nothing has shown the LMS’s time yet."), fix="")
    words = _("Both clocks agree.")
    if ahead > 0:
        words = _n("The LMS’s clock is %(count)s second ahead of ours.", "The LMS’s clock is %(count)s seconds ahead of ours.", ahead)
    elif ahead < 0:
        words = _n("The LMS’s clock is %(count)s second behind ours.", "The LMS’s clock is %(count)s seconds behind ours.", -ahead)
    state = "good" if abs(ahead) <= _SLOW else "attention" if abs(ahead) <= _TOO_FAR else "bad"
    if state != "good":
        words += " " + _("From a minute on nobody is let in, and the LMS may refuse scores even before.")
    return made(connection, "clock", GROUPS[0], _("Clocks"), state, words)


def _access(connection: Connection, probes: Probes | None) -> Check:
    name, uses = _("Access to services (token, scopes)"), len(connection.scopes)
    if probes is None:
        words = _("Not tried on this page yet. Press “Check the services now”.")
        return made(connection, "token", GROUPS[0], name, "unknown", words, fix="")
    access = probes.access
    missing = [_(words) for scope, words in connection.scopes.items() if scope not in access.scopes]
    if not missing:
        words = _("The LMS trusts the tool’s keys and gave a token with all %(count)s permissions that the tool uses.", count=uses)
        return made(connection, "token", GROUPS[0], name, "good", words)
    if access.scopes:
        listed = "; ".join(missing)
        words = _(
            "The LMS gave a token with %(count)s of %(all)s permissions. Missing: %(missing)s.",
            count=len(access.scopes),
            all=uses,
            missing=listed,
        )
        fix = " ".join(dict.fromkeys(_(connection.fixes.get(key, "")) for key, scope in SCOPE_OF.items() if scope not in access.scopes))
        return made(connection, "token", GROUPS[0], name, "attention", words, fix=fix.strip())
    return made(connection, "token", GROUPS[0], name, "bad", _no_token(connection, access))


def _no_token(connection: Connection, access: Access) -> str:
    breaks = _("Scores can’t be sent and course lists can’t be read.")
    if access.error == "own_key":
        return _("The tool can’t open its own key (encryption.key is not the one it was sealed with).") + f" {breaks}"
    if access.error == "invalid_client":
        trust = _(
            "The LMS does not trust the tool’s signature; it should find the tool’s public keys at %(address)s.",
            address=connection.our_keys,
        )
        return f"{trust} {breaks}"
    if access.error == "invalid_scope":
        return _("The LMS gives the tool no permission at all.") + f" {breaks}"
    if not access.status:
        return _("The LMS gave no token.") + f" {said(Answer(access.error))} {breaks}"
    status = f"{access.status} ({access.error})" if access.error else access.status
    return _("The LMS gave no token: it answered with status %(status)s.", status=status) + f" {breaks}"


# -- who they are


def _roles(connection: Connection) -> Check:
    visit, name = connection.visit, _("Roles")
    if visit is None or visit.roles is None:
        return _only_launch(connection, "roles", name)
    if visit.preview:
        words = _("You are here as the LMS’s test student: everything can be read, nothing is scored. Open it as yourself to see all.")
        fix = N_("LMS administrator: leave the student view, open it again.")
        return made(connection, "roles", GROUPS[1], name, "attention", words, fix=fix)
    shown = list(dict.fromkeys(role.rsplit("#", 1)[-1].rsplit("/", 1)[-1] for role in visit.roles))
    if not shown:
        words = _("The LMS sent no role, so people like you may do nothing here.")
        return made(connection, "roles", GROUPS[1], name, "bad", words)
    words = _("The LMS says that you are: %(roles)s.", roles=", ".join(shown))
    if not visit.course:
        words += " " + _("This launch came from outside a course, so no role in a course came with it.")
    return made(connection, "roles", GROUPS[1], name, "good", words)


def _names(connection: Connection) -> Check:
    visit = connection.visit
    shared = visit.named if visit else connection.observed.get("offers", {}).get("names")
    if shared is None:
        return _only_launch(connection, "names", _("Names"))
    words = _("The LMS shares people’s names.") if shared else _("The LMS shares no names.") + f" {_(BREAKS['names'])}"
    return made(connection, "names", GROUPS[1], _("Names"), "good" if shared else "attention", words)


def _emails(connection: Connection) -> Check:
    visit, before = connection.visit, connection.observed.get("offers", {}).get("emails")
    shared = visit.mailed if visit and (visit.mailed or not visit.named) else before
    if shared is None and visit and visit.named:
        words = _("No e-mail address came with your launch. Either your account has none, or the LMS does not share them.")
        return made(connection, "emails", GROUPS[1], _("E-mail addresses"), "unknown", words)
    if shared is None:
        return _only_launch(connection, "emails", _("E-mail addresses"))
    none = _("The LMS shares no e-mail addresses.") + f" {_(BREAKS['emails'])}"
    words = _("The LMS shares people’s e-mail addresses.") if shared else none
    return made(connection, "emails", GROUPS[1], _("E-mail addresses"), "good" if shared else "attention", words)


def _only_launch(connection: Connection, key: str, name: str) -> Check:
    group = GROUPS[5] if key in ("cookies", "storage") else GROUPS[1]
    fix = connection.fixes.get("registration", "")
    return made(connection, key, group, name, "unknown", _("Only a launch shows this."), fix=fix)


# -- opening activities


def _message(connection: Connection, key: str) -> Check:
    label, kind = MESSAGES[key]
    name = _(label)
    since = connection.observed.get("messages", {}).get(kind)
    if since:
        words = _("Works; first seen on %(day)s.", day=day(datetime.fromisoformat(since)))
        return made(connection, key, GROUPS[2], name, "good", words)
    if kind in connection.never_sends:
        return made(connection, key, GROUPS[2], name, "good", _(connection.never_sends[kind]))
    return made(connection, key, GROUPS[2], name, "unknown", _("Not seen yet."))


# -- browser


def _cookies(connection: Connection) -> Check:
    visit = connection.visit
    if visit is None or not visit.proof:
        return _only_launch(connection, "cookies", _("Cookies"))
    if visit.proof == "cookie":
        return made(
            connection, "cookies", GROUPS[5], _("Cookies"), "good", _("This browser keeps the tool’s cookie, here where it was opened.")
        )
    words = _(
        "This browser keeps no cookie here; the LMS’s own storage stood in. All works, but the addresses of pages must not be passed on."
    )
    return made(connection, "cookies", GROUPS[5], _("Cookies"), "attention", words)


def _storage(connection: Connection) -> Check:
    visit = connection.visit
    if visit is None or visit.storage_offered is None:
        return _only_launch(connection, "storage", _("The LMS’s storage"))
    words = _("The LMS offers none. It is not needed here; where a browser keeps no cookie, an activity opens in a window of its own.")
    if visit.storage_offered:
        words = _("The LMS offers it, for browsers that keep no cookies.")
        words += " " + _("It was used just now.") if visit.proof == "storage" else ""
    return made(connection, "storage", GROUPS[5], _("The LMS’s storage"), "good", words)
