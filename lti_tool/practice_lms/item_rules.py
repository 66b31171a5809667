"""What a content item must be (LTI Deep Linking 2.0 section 3): judged as strictly as the strictest platform does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from .faces.canvas import SETTINGS
from .models import Launch, Registration
from .web import face_of
from .world import School

LONGEST_FILE_LIFE = timedelta(hours=1)
_RESERVED = {"lineitem_url", "lineitems_url", "result_url", "results_url", "score_url", "scores_url", "gradebookservices_scope"}
_ALWAYS = {"type", "title", "text"}
_PICTURES = {"icon", "thumbnail"}
_MEMBERS = {
    "ltiResourceLink": {"url", "custom", "lineItem", "iframe", "window", "available", "submission", *_PICTURES},
    "link": {"url", "embed", "iframe", "window", *_PICTURES},
    "file": {"url", "mediaType", "expiresAt", *_PICTURES},
    "html": {"html"},
    "image": {"url", "width", "height", *_PICTURES},
}
"""Members beside type, title and text. `mediaType` of files is Canvas's."""
_NEEDED = {"link": ("url",), "file": ("url", "title", "mediaType", "expiresAt"), "html": ("html",), "image": ("url",)}
_HOSTILE = re.compile(r"<\s*(script|style|iframe|object|embed|form|link|meta)\b|\son\w+\s*=|javascript:", re.IGNORECASE)
_EXTENSION = re.compile(r"[^/\\\x00-\x1f]+\.[A-Za-z0-9]{1,10}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


def accepted_types(launch: Launch) -> list[str]:
    """Types that the placement takes."""
    return list(SETTINGS.get(launch.placement, {"accept_types": ["ltiResourceLink"]})["accept_types"])


def item_problems(school: School, registration: Registration, launch: Launch, item: Any) -> list[str]:
    """Faults of one content item."""
    if not isinstance(item, dict):
        return ["a content item is not an object"]
    kind = item.get("type")
    problems = [] if kind in accepted_types(launch) else [f"items of type {kind!r} are not accepted here"]
    if kind not in _MEMBERS:
        return problems
    problems += [f"a {kind} has no member {name}" for name in sorted(set(item) - _ALWAYS - _MEMBERS[kind])]
    problems += [f"a {kind} needs {name}" for name in _NEEDED.get(kind, ()) if name not in item]
    problems += _text_problems(item)
    if "url" in item:
        problems += _url_problems(registration, kind, item["url"])
    if kind == "file":
        problems += _file_problems(school, item)
    if isinstance(item.get("html"), str) and _HOSTILE.search(item["html"]):
        problems.append("html holds what no page lets in")
    for name in ("icon", "thumbnail", "iframe"):
        if name in item:
            problems += _size_problems(name, item[name])
    if "lineItem" in item:
        problems += _column_problems(item["lineItem"])
    return problems + face_of(school).answer_problems(item, launch.placement)


def _text_problems(item: dict[str, Any]) -> list[str]:
    problems = [f"{name} is not text" for name in ("title", "text", "html", "mediaType") if not isinstance(item.get(name, ""), str)]
    if isinstance(item.get("title"), str) and len(item["title"]) > 255:
        problems.append("the title is longer than 255 characters")
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        problems.append("custom values must all be text")
    elif clash := sorted(_RESERVED & set(custom)):
        problems.append(f"the custom name {clash[0]} is reserved")
    return problems


def _url_problems(registration: Registration, kind: str, url: Any) -> list[str]:
    if not isinstance(url, str):
        return ["url is not text"]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ["the url is not absolute"]
    if kind == "ltiResourceLink" and parts.netloc != registration.domain:
        return ["the url is not on the tool's domain"]
    return []


def _file_problems(school: School, item: dict[str, Any]) -> list[str]:
    problems = []
    if isinstance(item.get("title"), str) and not _EXTENSION.fullmatch(item["title"]):
        problems.append("the title of a file is not a file name with an extension")
    if isinstance(item.get("mediaType"), str) and not _MEDIA_TYPE.fullmatch(item["mediaType"]):
        problems.append("mediaType is not a media type")
    try:
        ends = datetime.fromisoformat(str(item.get("expiresAt", "")))
        if not school.now() < ends <= school.now() + LONGEST_FILE_LIFE:
            problems.append("expiresAt is past, or later than in an hour")
    except (ValueError, TypeError):
        problems.append("expiresAt is not a time with a zone (ISO 8601)")
    return problems


def _size_problems(name: str, given: Any) -> list[str]:
    if not isinstance(given, dict):
        return [f"{name} is not an object"]
    sizes = [given.get("width"), given.get("height")]
    problems = [] if all(type(size) is int and size > 0 for size in sizes) else [f"{name} needs width and height in whole pixels"]
    if name != "iframe" and not urlsplit(str(given.get("url", ""))).netloc:
        problems.append(f"{name} needs an absolute url")
    return problems


def _column_problems(column: Any) -> list[str]:
    if not isinstance(column, dict):
        return ["lineItem is not an object"]
    maximum = column.get("scoreMaximum")
    problems = []
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or maximum <= 0:
        problems.append("lineItem.scoreMaximum is not a number above 0")
    problems += [
        f"lineItem.{name} is not text" for name in ("label", "resourceId", "tag") if name in column and not isinstance(column[name], str)
    ]
    return problems
