"""Placing by deep linking (LTI Deep Linking 2.0): what the platform accepts, the content items, the signed answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource

from lti_tool.catalog.queries import Version
from lti_tool.errors import bad_request
from lti_tool.http import origin
from lti_tool.language import _
from lti_tool.launch.adapters import PlatformRegistration
from lti_tool.platforms.base import PLACE

_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_LIVES_SECONDS = 600
_TITLE_MOST = 255  # Moodle's form refuses more
_POINTS_MOST = 100  # Moodle's grade items take integers up to here


@dataclass(frozen=True)
class Wishes:
    """What the platform's request accepts (Deep Linking 2.0, deep_linking_settings). `data` is None when none was sent.

    `wants`: PLACE, HAND_IN or EMBED. `types` are those of content items; `media_types` those of files, empty where it does not say.
    """

    return_url: str
    several: bool
    columns: bool
    data: str | None
    wants: str = PLACE
    types: tuple[str, ...] = ("ltiResourceLink",)
    media_types: tuple[str, ...] = ()

    @property
    def return_origin(self) -> str:
        """Where the browser will carry the answer."""
        return origin(self.return_url)


def wishes(settings: Any) -> Wishes:
    """Reads what the launch kept of the claim. A line item is offered unless the platform says that it ignores it.

    Raises Problem(bad_request) where the answer would have no place to go.
    """
    if not isinstance(settings, dict) or not origin(settings.get("return_url") or ""):
        raise bad_request(_("Your school's LMS did not say where the choice should go."), "no usable deep_link_return_url")
    return Wishes(
        settings["return_url"],
        settings["accept_multiple"] is True,
        settings["accept_lineitem"] is not False,
        settings["data"],
        settings.get("wants", PLACE),
        tuple(settings.get("accept_types", ("ltiResourceLink",))),
        tuple(settings.get("media_types", ())),
    )


class ContentItem(DeepLinkResource):  # type: ignore[misc]
    """An item of any type (Deep Linking 2.0, 3.1 to 3.3) with the members that platforms read; none is sent empty."""

    def __init__(self, kind: str, title: str, **members: Any) -> None:
        super().__init__()
        self._members = {"type": kind, "title": title[:_TITLE_MOST], **members}

    def to_dict(self) -> dict[str, object]:
        """The item as it is signed."""
        return {name: value for name, value in self._members.items() if value not in (None, "")}


def link_item(*, url: str, title: str, text: str, custom: dict[str, str], **more: Any) -> ContentItem:
    """An `ltiResourceLink`. Names in `custom` are ours, their values plain text."""
    return ContentItem("ltiResourceLink", title, url=url, text=text, custom=custom, **more)


def microcredential_item(version: Version, *, launch_url: str, points: int | None, scoring: str = "points") -> ContentItem:
    """A version as a link; `points` (1..100) gives it a column in the gradebook, None leaves it out. Raises ValueError.

    `scoring`: what the gradebook shows: points, percent (of 100 points), or pass (1 point or none).

    Names in `custom` are ours and plain text: Moodle takes names such as `lineitem_url` for its own, and only scalars survive.
    """
    if points is not None and not 1 <= points <= _POINTS_MOST:
        raise ValueError("points")
    custom = {"activity": version.activity_key}
    line_item: dict[str, Any] | None = None
    if points is not None:
        custom |= {"points": str(points)} | ({"scoring": scoring} if scoring != "points" else {})
        line_item = {
            "scoreMaximum": points,
            "label": version.content.title[:_TITLE_MOST],
            "resourceId": version.activity_key,
            "tag": "microcredential",
            "submissionReview": {
                "reviewableStatus": ["Submitted", "Completed"],
                "url": launch_url,
                "custom": {"activity": version.activity_key},
            },
        }
    return link_item(url=launch_url, title=version.content.title, text=version.content.summary, custom=custom, lineItem=line_item)


def card_item(version: Version, *, launch_url: str) -> ContentItem:
    """A card that shows a version and leads to its activity in the course where it stands; no column in the gradebook.

    It names the version's template key, so that the card of a copied course finds the activity of the copy.
    """
    return link_item(
        url=launch_url,
        title=version.content.title,
        text=version.content.summary,
        custom={"card": version.activity_key},
        iframe={"width": 640, "height": 360},
    )


def review_desk_item(*, launch_url: str) -> ContentItem:
    """A link to the reviewers' queue: no column in the gradebook."""
    return link_item(
        url=launch_url,
        title="Review desk: microcredentials",
        text="For reviewers: the submissions that wait for your judgement.",
        custom={"page": "reviews"},
    )


class Answer(DeepLink):  # type: ignore[misc]
    """The response message: pylti1p3 signs it; time is given, `data` is left out when none was sent, `msg` and `errormsg` can be said."""

    def __init__(self, registration: PlatformRegistration, deployment_id: str, asked: Wishes, *, now: datetime) -> None:
        super().__init__(registration, deployment_id, {"data": asked.data})
        self._now, self._data = int(now.timestamp()), asked.data

    def message(self, items: Sequence[ContentItem], *, msg: str = "", errormsg: str = "") -> dict[str, object]:
        """The claims (Deep Linking 2.0 section 4.4). `data` goes back exactly as it came."""
        claims: dict[str, object] = self.get_message_jwt(items)
        claims |= {
            "iat": self._now,
            "exp": self._now + _LIVES_SECONDS,
            "nonce": secrets.token_urlsafe(32),
            "jti": secrets.token_urlsafe(16),
        }
        if self._data is None:
            del claims[_DL + "data"]
        if msg:
            claims[_DL + "msg"] = msg
        if errormsg:
            claims[_DL + "errormsg"] = errormsg
        return claims

    def sign(self, items: Sequence[ContentItem], *, msg: str = "", errormsg: str = "") -> str:
        """The claims as a JWT, RS256, with our key's id."""
        token: str = self.encode_jwt(self.message(items, msg=msg, errormsg=errormsg))
        return token


def checked_items(asked: Wishes, items: Sequence[ContentItem]) -> Sequence[ContentItem]:
    """`items`, if the platform accepts that many, and such. Raises Problem(bad_request)."""
    if len(items) > 1 and not asked.several:
        raise bad_request(_("Your school's LMS takes one activity at a time here. Choose one."), "several items")
    if any(item.to_dict()["type"] not in asked.types for item in items):
        raise bad_request(_("Your school's LMS takes other content here."), "a type that is not accepted")
    return items


def way_back(return_url: Any, *, message: str) -> str:
    """The platform's cancel address (launch_presentation.return_url) with `lti_msg`; empty where it gave none that can be used."""
    if not isinstance(return_url, str) or not origin(return_url):
        return ""
    address, _, fragment = return_url.partition("#")
    joined = address + ("&" if "?" in address else "?") + urlencode({"lti_msg": message})
    return f"{joined}#{fragment}" if fragment else joined
