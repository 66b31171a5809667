"""Every check of a connection in every state: what was seen, what does not work for people, what to do and whose move it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lti_tool.connection.checks import GROUPS, SCOPE_OF, Check
from lti_tool.connection.facts import Access, Answer, Connection, Probes, Visit
from lti_tool.connection.policies import checks, grouped, summary
from lti_tool.platforms import configuration, vendors

ALL = frozenset(SCOPE_OF.values())
OFFERS = dict.fromkeys(("names", "emails", "scores", "columns", "results", "roster"), True)
MESSAGES = dict.fromkeys(("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"), "2026-11-03T09:00:00+00:00")
VISIT = Visit(
    roles=("http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",),
    named=True,
    mailed=True,
    course=True,
    link=True,
    lineitem=True,
    offered=OFFERS,
    clock_ahead=3,
    proof="cookie",
    storage_offered=True,
    deployment="1",
)
KNOWN = Connection(
    lms="Oak County Moodle",
    issuer="https://moodle.example.org",
    client_id="abc",
    state="active",
    our_keys="https://tool.example.org/lti/jwks",
    jwks_url="https://moodle.example.org/certs",
    stored_keys=1,
    deployments=1,
    columns=1,
    observed={"messages": MESSAGES, "offers": OFFERS},
    scopes={scope: configuration.SCOPES[scope] for scope in ALL},
    fixes=vendors.by_key("moodle").fixes,
    never_sends={},
    visit=VISIT,
)
PROBES = Probes(Answer("ok", 200, 1), 0, Access(ALL), Answer("ok", 200, 2), Answer("ok", 200, 0), Answer("ok", 200, 7))
FRESH = replace(KNOWN, stored_keys=0, deployments=0, columns=0, observed={}, visit=None)


def at(key: str, connection: Connection = KNOWN, probes: Probes | None = None) -> Check:
    [found] = [check for check in checks(connection, probes) if check.key == key]
    return found


def visited(**changes: Any) -> Connection:
    return replace(KNOWN, visit=replace(VISIT, **changes))


def account() -> Connection:
    """Opened from an account's menu, before any course."""
    return replace(visited(course=False, link=False, lineitem=False, offered={}), observed={"messages": MESSAGES})


@pytest.mark.parametrize("vendor", ["canvas", "moodle", "other"])
@pytest.mark.parametrize("probes", [None, PROBES])
def test_all_is_good_where_all_is_granted(vendor: str, probes: Probes | None) -> None:
    found = checks(replace(KNOWN, fixes=vendors.by_key(vendor).fixes), probes)
    wanted = {"token"} if probes is None else set()
    assert {check.key for check in found if check.state != "good"} == wanted
    assert all(not check.fix for check in found if check.state == "good")
    assert [group for group, _ in grouped(found)] == list(GROUPS)
    assert sum(len(inside) for _, inside in grouped(found)) == len(found) == 18


def test_nothing_seen_is_no_failure() -> None:
    assert {check.state for check in checks(FRESH, None)} == {"unknown"}
    for key in ("activity", "choosing", "review"):
        assert at(key, FRESH).words == "Not seen yet."
        assert "to try" in at(key, FRESH).fix


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["good"] * 12 + ["bad"], "12 checks good, 1 needs you."),
        (["good"], "1 check good."),
        (["attention", "bad", "unknown"], "0 checks good, 2 need you, 1 not seen yet."),
    ],
)
def test_the_sentence_of_all(states: list[str], words: str) -> None:
    assert summary([Check("k", GROUPS[0], "n", state, "w") for state in states]) == words


# key, facts, probes, state, part of what is said, part of what to do
CASES = [
    ("registration", replace(KNOWN, state="pending"), None, "attention", "Nobody is let in", "finish the registration"),
    ("registration", replace(KNOWN, state="disabled"), None, "attention", "switched off", "platform edit --on"),
    ("registration", replace(KNOWN, visit=None), None, "good", "client ID abc", ""),
    ("deployment", visited(new_deployment=True, deployment="9"), None, "good", "(deployment 9) was new", ""),
    ("deployment", replace(KNOWN, visit=None, deployments=2), None, "good", "2 places", ""),
    ("keys", KNOWN, replace(PROBES, keys=Answer("ok", 200, 0)), "bad", "no key that fits", "Whoever runs the tool"),
    ("keys", KNOWN, replace(PROBES, keys=Answer("timeout")), "bad", "only until the LMS changes its keys", "firewall"),
    ("keys", FRESH, replace(PROBES, keys=Answer("status", 404)), "bad", "status 404. Nobody can be let in.", "firewall"),
    ("clock", visited(clock_ahead=1), None, "good", "is 1 second ahead of ours", ""),
    ("clock", visited(clock_ahead=-10), None, "good", "10 seconds behind ours", ""),
    ("clock", visited(clock_ahead=11), None, "attention", "11 seconds ahead", "NTP"),
    ("clock", visited(clock_ahead=-46), None, "bad", "From a minute on nobody is let in", "NTP"),
    ("clock", visited(clock_ahead=50), PROBES, "good", "Both clocks agree", ""),
    ("clock", visited(clock_ahead=2), replace(PROBES, clock_ahead=None), "good", "2 seconds", ""),
    ("token", KNOWN, replace(PROBES, access=Access(ALL - {SCOPE_OF["results"]})), "attention", "3 of 4 permissions", "IMS LTI Assignment"),
    ("token", KNOWN, replace(PROBES, access=Access(error="invalid_client", status=400)), "bad", KNOWN.our_keys, "keyset"),
    ("token", KNOWN, replace(PROBES, access=Access(error="invalid_scope")), "bad", "no permission at all", "active"),
    ("token", KNOWN, replace(PROBES, access=Access(error="timeout")), "bad", "did not answer in time", "active"),
    ("token", KNOWN, replace(PROBES, access=Access(error="own_key")), "bad", "can’t open its own key", "LMS"),
    ("token", KNOWN, replace(PROBES, access=Access(status=503)), "bad", "status 503.", "LMS"),
    ("roles", visited(preview=True), None, "attention", "test student", "leave the student view"),
    ("roles", visited(roles=()), None, "bad", "no role", "LMS administrator"),
    ("roles", visited(), None, "good", "Administrator", ""),
    ("roles", account(), None, "good", "outside a course", ""),
    ("names", visited(named=False), None, "attention", "under made-up ones", "Share launcher’s name"),
    ("names", replace(KNOWN, visit=None, observed={"offers": {"names": False}}), None, "attention", "no names", "Always"),
    ("emails", visited(mailed=False), None, "good", "shares", ""),
    ("emails", visited(named=False, mailed=False), None, "attention", "no e-mail", "Always"),
    ("emails", replace(visited(mailed=False), observed={}), None, "unknown", "your account has none", "Share launcher’s email"),
    ("emails", replace(KNOWN, visit=None, observed={"offers": {"emails": False}}), None, "attention", "no e-mail", "Always"),
    ("activity", KNOWN, None, "good", "first seen on Nov 3, 2026", ""),
    ("column", visited(lineitem=False), None, "unknown", "not graded in the LMS", "with points"),
    ("column", visited(link=False, lineitem=False), None, "unknown", "from the course’s menu", "Course designer"),
    ("column", account(), None, "unknown", "Open it once from a course to see this.", ""),
    ("column", replace(KNOWN, visit=None, columns=2), None, "good", "2 opened activities have a column", ""),
    ("scores", visited(offered={**OFFERS, "scores": False}), None, "bad", "Scores can’t be sent.", "IMS LTI Assignment"),
    ("scores", KNOWN, replace(PROBES, access=Access(ALL - {SCOPE_OF["scores"]})), "bad", "no permission", "grade sync"),
    ("scores", visited(offered={**OFFERS, "scores": False}), PROBES, "bad", "open the tool from a course again", "grade sync"),
    ("scores", KNOWN, replace(PROBES, access=Access(status=500)), "bad", "no token", "active"),
    ("scores", account(), None, "unknown", "outside a course. Open it once from a course", ""),
    ("scores", account(), PROBES, "good", "None was sent to try", ""),
    ("columns", visited(offered={**OFFERS, "columns": False}), None, "attention", "can’t be looked after", "column management"),
    ("columns", KNOWN, replace(PROBES, columns=Answer("status", 403)), "attention", "status 403", "column management"),
    ("columns", KNOWN, PROBES, "good", "lists 2 of the tool’s columns", ""),
    ("columns", account(), replace(PROBES, columns=Answer("no_address")), "unknown", "Open it once from a course", ""),
    ("columns", KNOWN, replace(PROBES, columns=Answer("no_token")), "unknown", "without a token", "active"),
    ("results", KNOWN, replace(PROBES, results=Answer("no_address")), "unknown", "no column to try it with", "points"),
    ("results", KNOWN, replace(PROBES, results=Answer("not_json")), "attention", "log-in page", "grade sync"),
    ("results", KNOWN, replace(PROBES, results=Answer("fault")), "attention", "the log says why", "grade sync"),
    ("roster", visited(offered={**OFFERS, "roster": False}), None, "attention", "Course lists can’t be read", "Names and Role"),
    ("roster", KNOWN, replace(PROBES, roster=Answer("unusable", 200)), "attention", "something else", "Names and Role"),
    ("roster", KNOWN, PROBES, "good", "7 people", ""),
    ("cookies", visited(proof="storage"), None, "attention", "LMS’s own storage stood in", "nothing must be done"),
    ("storage", visited(proof="storage"), None, "good", "used just now", ""),
    ("storage", visited(storage_offered=False), None, "good", "offers none", ""),
]


@pytest.mark.parametrize(("key", "connection", "probes", "state", "words", "fix"), CASES)
def test_each_state(key: str, connection: Connection, probes: Probes | None, state: str, words: str, fix: str) -> None:
    found = at(key, connection, probes)
    assert (found.state, words in found.words, fix in found.fix) == (state, True, True), found
    if state in ("attention", "bad"):
        assert found.fix.startswith(("LMS administrator: ", "Whoever runs the tool", "Course designer: ", "Instructor: ")), (
            "says whose move"
        )


@pytest.mark.parametrize("vendor", ["canvas", "moodle", "other"])
def test_every_vendor_says_what_to_do(vendor: str) -> None:
    fixes = vendors.by_key(vendor).fixes
    empty = Probes(*[Answer("timeout"), 60, Access(), *[Answer("timeout")] * 3])
    found = checks(replace(FRESH, fixes=fixes, visit=Visit(roles=(), named=False, mailed=False, course=True, proof="storage")), empty)
    assert [check.key for check in found if check.state in ("attention", "bad") and not check.fix] == []
    assert {check.key for check in found if check.key in fixes} == set(fixes)


def test_a_message_that_an_lms_does_not_know_is_not_missed() -> None:
    canvas = replace(FRESH, never_sends=vendors.by_key("canvas").never_sends)
    assert at("review", canvas).state == "good"
    assert "SpeedGrader" in at("review", canvas).words
