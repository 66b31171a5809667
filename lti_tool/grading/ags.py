"""Our Connector under pylti1p3's service classes; scores sent, results read, columns made (AGS 2.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.service_connector import ServiceConnector

from lti_tool.grading.policies import Found, Score, found_in
from lti_tool.http import Reply
from lti_tool.platforms.tokens import ServiceCaller

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE_SCOPE, RESULT_SCOPE, LINEITEM_SCOPE = _AGS + "score", _AGS + "result.readonly", _AGS + "lineitem"
_RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
_LINEITEM = "application/vnd.ims.lis.v2.lineitem+json"


@dataclass
class Refused(Exception):
    """A service answered, and not with what it should: not 2xx, or a web page."""

    reply: Reply


def _is_page(reply: Reply) -> bool:
    return reply.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html"))


class Connector(ServiceCaller, ServiceConnector):  # type: ignore[misc]
    """pylti1p3's connector, whose requests are ours. `headers` are those of the last answer."""

    headers: Mapping[str, str] = MappingProxyType({})

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
        self.headers = reply.headers
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


def post_score(connector: Connector, scopes: Sequence[str], lineitem_url: str, message: ScoreMessage) -> None:
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
    service = AssignmentsGradesService(connector, {"scope": list(scopes), "lineitem": lineitem_url})
    service.put_grade(grade, LineItem().set_id(lineitem_url))


def _below(url: str, part: str) -> str:
    """An address below this one; what is asked in it stays (Moodle's `?type_id=`)."""
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{part}{mark}{query}"


def read_result(connector: Connector, scopes: Sequence[str], lineitem_url: str, user_id: str) -> Found | None:
    """The grade that the gradebook shows for this person; None when it shows none. Raises Refused, NoToken, HttpFailure.

    One person's results are one page, so there is no `limit` (Moodle stumbles over it) and no next page.
    """
    url = _below(lineitem_url, "results")
    url += ("&" if "?" in url else "?") + urlencode({"user_id": user_id})
    reply = connector.call("GET", scopes, url, accept=_RESULTS)
    if not reply.ok or _is_page(reply):
        raise Refused(reply)
    return found_in(reply.json() if reply.body else [], user_id)


def find_column(connector: Connector, lineitems_url: str, resource_id: str) -> str:
    """The address of the tool's line item with this resource id (AGS 2.0, 3.2.3); empty when there is none. Raises as `make_column`.

    Resource ids that are asked for are unique, so that there is no next page to read.
    """
    url = lineitems_url + ("&" if "?" in lineitems_url else "?") + urlencode({"resource_id": resource_id})
    reply = connector.call("GET", [LINEITEM_SCOPE], url, accept="application/vnd.ims.lis.v2.lineitemcontainer+json")
    found = reply.json() if reply.ok and not _is_page(reply) else None
    if not isinstance(found, list):
        raise Refused(reply)
    return next((str(one["id"]) for one in found if isinstance(one, dict) and one.get("resourceId") == resource_id and one.get("id")), "")


def make_column(connector: Connector, lineitems_url: str, column: Mapping[str, Any]) -> str:
    """Make a line item (AGS 2.0, 3.2.4), and give its address. Raises Refused, NoToken, HttpFailure."""
    reply = connector.call("POST", [LINEITEM_SCOPE], lineitems_url, data=json.dumps(column), content_type=_LINEITEM, accept=_LINEITEM)
    made = reply.json() if reply.ok and not _is_page(reply) else None
    if not isinstance(made, dict) or not isinstance(made.get("id"), str) or not made["id"]:
        raise Refused(reply)
    return str(made["id"])
