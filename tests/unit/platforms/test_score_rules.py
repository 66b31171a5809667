"""Every answer to a score that the vendors are known to give, and what it means."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from lti_tool.grading.queries import _NEXT
from lti_tool.http import Reply
from lti_tool.platforms.score_rules import ALONE, REASONS, Meaning, rules_for

RETRY, SLOW, LATER, REFUSED = Meaning.RETRY, Meaning.SLOW_DOWN, Meaning.LATER_TIME, Meaning.REFUSED


def reply(status: int, body: str = "", reason: str = "", **headers: str) -> Reply:
    return Reply(status, CaseInsensitiveDict({key.replace("_", "-"): value for key, value in headers.items()}), body.encode(), {}, reason)


def canvas(message: str) -> str:
    return json.dumps({"errors": {"type": "unprocessable_entity", "message": message}})


CANVAS = [
    (reply(400, canvas("Provided timestamp of X before last updated timestamp of Y")), LATER, "newer_score"),
    (reply(400, canvas("Provided timestamp of X not a valid timestamp")), REFUSED, "not_understood"),
    (reply(400, canvas("Provided submitted_at timestamp of X not a valid timestamp")), REFUSED, "not_understood"),
    (reply(400, canvas("Provided submitted_at timestamp of X in the future")), RETRY, "clock"),
    (reply(401, canvas("Missing access token")), SLOW, "no_token"),
    (reply(401, canvas("Unknown or inactive Developer Key")), SLOW, "no_token"),
    (reply(401, canvas("Invalid Developer Key")), SLOW, "no_token"),
    (reply(401, canvas("Access token expired")), SLOW, "no_token"),
    (reply(401, canvas("Insufficient permissions")), REFUSED, "not_allowed"),
    (reply(401, canvas("Access Token not linked to a Tool associated with this Context")), REFUSED, "not_allowed"),
    (reply(401, '{"status":"unauthenticated","errors":[{"message":"user authorization required"}]}'), SLOW, "no_token"),
    (reply(403, "403 Forbidden (Rate Limit Exceeded)", X_Rate_Limit_Remaining="0.0", X_Request_Cost="0.09"), SLOW, "asked_to_wait"),
    (reply(403, "403 Forbidden (Rate Limit Exceeded)"), SLOW, "asked_to_wait"),
    (reply(403, "", X_Rate_Limit_Remaining="-3.2"), SLOW, "asked_to_wait"),
    (reply(403, "", X_Rate_Limit_Remaining="598.5"), REFUSED, "not_allowed"),
    (reply(429, "Rate Limit Exceeded", X_Rate_Limit_Remaining="0.0"), SLOW, "asked_to_wait"),
    (reply(404, canvas("Context not found")), REFUSED, "line_item_gone"),
    (reply(404, '{"errors":[{"message":"The specified resource does not exist."}]}'), REFUSED, "line_item_gone"),
    (reply(412, canvas("Tool does not have permission to view line_item")), REFUSED, "not_allowed"),
    (reply(412, canvas("The specified LTI link ID is not associated with the line item.")), REFUSED, "not_allowed"),
    (reply(412), REFUSED, "not_allowed"),
    (reply(422, canvas("User not found in course or is not a student")), REFUSED, "not_a_member"),
    (
        reply(422, canvas("This course has concluded. AGS requests will no longer be accepted for this course.")),
        REFUSED,
        "course_concluded",
    ),
    (reply(422, canvas("The maximum number of allowed attempts has been reached for this submission")), REFUSED, "attempts_used"),
    (reply(422, canvas("ScoreMaximum not supplied when ScoreGiven present.")), REFUSED, "not_understood"),
    (reply(422, canvas("ScoreGiven must be greater than or equal to 0")), REFUSED, "not_understood"),
    (reply(422, canvas("cannot be zero if line item's maximum is not zero")), REFUSED, "not_understood"),
    (reply(422, canvas("Resource link id points to Tool not associated with this Context")), REFUSED, "not_understood"),
    (reply(500, "<h1>Page error"), RETRY, "busy"),
    (reply(504, canvas("file url timed out")), RETRY, "busy"),
]

MOODLE = [
    (reply(409, "[]", "Refusing score with an earlier timestamp for item 3 and user 5"), LATER, "newer_score"),
    (reply(400, "[]", 'Incorrect score received{"userId":"9"}'), REFUSED, "not_a_member"),
    (reply(400, '{"reason":"No handler found for /2/lineitems"}', "No handler found"), REFUSED, "not_understood"),
    (reply(401, '{"status":401,"reason":"Unauthorized"}', "Unauthorized"), SLOW, "no_token"),
    (reply(403, '{"status":403}', "Forbidden"), REFUSED, "not_allowed"),
    (reply(404, '{"reason":"Not Found: Grade item 3 doesn\'t exist"}', "Not Found: Grade item 3 doesn't exist"), REFUSED, "line_item_gone"),
    (reply(500, "", "Internal Server Error"), RETRY, "locked"),
    (reply(502, "<html><title>502 Bad Gateway</title></html>"), RETRY, "busy"),
    (reply(503, "The site is undergoing maintenance"), RETRY, "busy"),
    (reply(503, "", Retry_After="60"), SLOW, "asked_to_wait"),
]

ANY = [
    (reply(200, "<html>Maintenance"), RETRY, "no_receipt"),
    (reply(302, "", Location="/login"), RETRY, "no_receipt"),
    (reply(307), RETRY, "no_receipt"),
    (reply(401), SLOW, "no_token"),
    (reply(403), REFUSED, "not_allowed"),
    (reply(404, "<!DOCTYPE html>"), REFUSED, "line_item_gone"),
    (reply(408), RETRY, "busy"),
    (reply(409), LATER, "newer_score"),
    (reply(410), REFUSED, "line_item_gone"),
    (reply(418), REFUSED, "not_understood"),
    (reply(425), RETRY, "busy"),
    (reply(429), SLOW, "asked_to_wait"),
    (reply(429, Retry_After="Tue, 24 Nov 2026 09:00:30 GMT"), SLOW, "asked_to_wait"),
    (reply(502), RETRY, "busy"),
    (reply(504), RETRY, "busy"),
]

CASES = [("canvas", *case) for case in CANVAS + ANY] + [("moodle", *case) for case in MOODLE + ANY]
CASES += [("other", *case) for case in ANY] + [("other", reply(500), RETRY, "busy"), ("sakai", reply(400), REFUSED, "not_understood")]


@pytest.mark.parametrize(("vendor", "answer", "meaning", "reason"), CASES)
def test_what_an_answer_means(vendor: str, answer: Reply, meaning: Meaning, reason: str) -> None:
    found = rules_for(vendor).meaning(answer)
    assert (found.meaning, found.reason) == (meaning, reason)


def test_every_reason_has_words_and_every_refusal_a_next_step() -> None:
    assert {reason for *_, reason in CASES} <= REASONS.keys()
    assert {reason for *_, meaning, reason in CASES if meaning is REFUSED} | {"too_long", "no_column"} <= _NEXT.keys()
    assert _NEXT.keys() <= REASONS.keys()
    assert set(ALONE) <= REASONS.keys()
    assert not any(reason in ALONE for *_, meaning, reason in CASES if meaning is SLOW)


def test_what_goes_along() -> None:
    at = datetime(2026, 11, 24, 9, 0, 0, 250_000, tzinfo=UTC)
    [(name, first)] = rules_for("canvas").extension(at, first=True, over=False).items()
    assert name == "https://canvas.instructure.com/lti/submission"
    assert first == {"new_submission": True, "submitted_at": "2026-11-24T09:00:00.250Z", "prioritize_non_tool_grade": True}
    assert rules_for("canvas").extension(at, first=False, over=False)[name] == {**first, "new_submission": False}
    assert rules_for("canvas").extension(at, first=False, over=True)[name] == {
        **first,
        "new_submission": False,
        "prioritize_non_tool_grade": False,
    }
    for vendor in ("moodle", "other"):
        assert rules_for(vendor).extension(at, first=True, over=True) == {}
