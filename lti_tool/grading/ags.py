"""Our Connector under pylti1p3's service classes, and scores sent by them (AGS 2.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.service_connector import ServiceConnector

from lti_tool.grading.policies import Score
from lti_tool.http import Reply
from lti_tool.platforms.models import Registration
from lti_tool.platforms.tokens import ServiceCaller
from lti_tool.tool import Tool

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


@dataclass
class Refused(Exception):
    """A service answered, and not with what it should: not 2xx, or a web page."""

    reply: Reply


def _is_page(reply: Reply) -> bool:
    return reply.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html"))


class Connector(ServiceCaller, ServiceConnector):  # type: ignore[misc]
    """pylti1p3's connector, whose requests are ours."""

    def make_service_request(
        self,
        scopes: Sequence[str],
        url: str,
        is_post: bool = False,
        data: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        case_insensitive_headers: bool = False,  # noqa: ARG002
    ) -> Any:
        """What pylti1p3's services call. Raises Refused for anything but 2xx. The next page's URL keeps its case.

        What a platform says after taking a POST is not read, for some answer with nothing; but a web page is no receipt, for so
        answer proxies and log-in walls in front of it.
        """
        reply = self.call("POST" if is_post else "GET", scopes, url, data=data, content_type=content_type, accept=accept)
        if not reply.ok or (is_post and _is_page(reply)):
            raise Refused(reply)
        return {
            "headers": reply.headers,
            "body": None if is_post or not reply.body else reply.json(),
            "next_page_url": reply.links.get("next"),
        }


@dataclass(frozen=True)
class ScoreMessage:
    """Everything that one score post carries. Times are aware UTC."""

    user_id: str
    score: Score
    timestamp: datetime
    submitted_at: datetime
    comment: str
    extension: Mapping[str, Any]


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_score(here: Tool, registration: Registration, lineitem_url: str, message: ScoreMessage) -> None:
    """Send a finished score. Raises Refused (with the platform's answer), NoToken, HttpFailure."""
    grade = (
        Grade()
        .set_user_id(message.user_id)
        .set_score_given(_number(message.score.given))
        .set_score_maximum(_number(message.score.maximum))
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
        .set_timestamp(_iso(message.timestamp))
        .set_comment(message.comment)
        .set_extra_claims({"submission": {"submittedAt": _iso(message.submitted_at)}, **message.extension})
    )
    service = AssignmentsGradesService(Connector(here, registration), {"scope": [SCORE_SCOPE], "lineitem": lineitem_url})
    service.put_grade(grade, LineItem().set_id(lineitem_url))
