"""A verified message becomes facts: strict about types, forgiving about what is absent (LTI 1.3 core, 5.3 and 5.4).

Pure. Texts lose NUL and other control characters that no database or page wants; what holds a literal `$Variable` or `${Variable}` that
the platform did not know counts as absent. Identifiers that are sent as numbers are taken as their digits, but for `sub`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.launch.rejected import LaunchRejected
from lti_tool.platforms.configuration import COPY_NOTICE

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
PNS = CLAIM + "platformnotificationservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW = (
    "LtiResourceLinkRequest",
    "LtiDeepLinkingRequest",
    "LtiSubmissionReviewRequest",
)
MESSAGES = frozenset({RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW})

LEEWAY = 60
"""Seconds that clocks may differ."""
MAX_AGE = 600
"""Seconds after which a token is too old though it has not expired."""
MOST_HISTORY = 1000
"""So many earlier courses are remembered of one."""
_ID, _TEXT, _URL = 255, 1000, 4000
_COURSES = frozenset({"CourseTemplate", "CourseOffering", "CourseSection", "Group"})
"""Kinds of context (LTI 1.3 core, appendix A.1), by their short names."""
_VARIABLE = re.compile(r"^\s*\$[A-Za-z]|\$\{[A-Za-z][^{}]*\}|\$[A-Za-z][A-Za-z0-9_]*\.[A-Za-z]")
"""At the start any `$Name`, inside a text only what no price or name looks like: `$Some.thing` and `${anything}`."""
_ONLY_VARIABLE = re.compile(r"\$\{[A-Za-z][^{}]*\}|\$[A-Za-z]\w*(\.\w+)+")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class PersonFacts:
    """Who is there. Everything but `sub` may be empty."""

    sub: str
    name: str
    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True)
class ContextFacts:
    """The course, or what else the LMS opened us in: Canvas has accounts. A course where it does not say."""

    id: str
    title: str
    label: str
    is_course: bool


@dataclass(frozen=True)
class LinkFacts:
    """The resource link."""

    id: str
    title: str


@dataclass(frozen=True)
class ServiceFacts:
    """Addresses of the platform's services, as sent; empty when absent.

    `notices`: where it takes the request to be told of copied courses; empty when it does not tell, None when the launch says
    nothing of it.
    """

    lineitem: str
    lineitems: str
    scopes: tuple[str, ...]
    memberships: str
    notices: str | None


@dataclass(frozen=True)
class DeepLinkingFacts:
    """What the platform takes back (LTI Deep Linking 2.0, 4.4.1). None: it did not say."""

    return_url: str
    data: str | None
    accept_types: tuple[str, ...]
    media_types: tuple[str, ...]
    accept_multiple: bool
    accept_lineitem: bool | None
    auto_create: bool
    document_targets: tuple[str, ...]
    title: str
    text: str


@dataclass(frozen=True)
class LaunchFacts:
    """Everything that a launch says and that we use."""

    message_type: str
    deployment_id: str
    target_link_uri: str
    roles: tuple[str, ...]
    person: PersonFacts
    context: ContextFacts | None
    link: LinkFacts | None
    custom: dict[str, str]
    services: ServiceFacts
    deep_linking: DeepLinkingFacts | None
    for_user: str | None
    return_url: str
    locale: str
    platform_name: str
    history: tuple[str, ...]


def _refuse(detail: str) -> LaunchRejected:
    return LaunchRejected("claims", detail)


def text(value: object, longest: int = _TEXT) -> str:
    """A text for people: a string without control characters and unresolved variables, cut to `longest`; else empty."""
    if not isinstance(value, str):
        return ""
    clean = _NOT_IN_TEXT.sub("", value).strip()
    return "" if _VARIABLE.search(clean) else clean[:longest]


def code(value: object) -> str:
    """A code of the protocol, for the log; what can't be one is only called odd, for it may be anything."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "odd"


def is_text(value: str) -> bool:
    """Whether any database holds it as it is."""
    return not _NOT_IN_TEXT.search(value)


def identifier(value: object, name: str) -> str:
    """An identifier of the platform: 1 to 255 characters, taken as it is. Raises LaunchRejected(claims)."""
    if isinstance(value, str) and _ONLY_VARIABLE.fullmatch(value):
        raise _refuse(f"{name} is a variable that the platform did not fill in")
    if not isinstance(value, str) or not value or len(value) > _ID or _NOT_IN_TEXT.search(value):
        raise _refuse(f"{name} is not an identifier")
    return value


def number_or_identifier(value: object, name: str) -> str:
    """An identifier that some platforms send as a number: its digits. Raises LaunchRejected(claims)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_ID:
        return str(value)
    return identifier(value, name)


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An optional object claim; null counts as absent."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refuse(f"{name.rsplit('/', 1)[-1]} is not an object")
    return value


def listed(value: object) -> tuple[str, ...]:
    """The texts of a list; Canvas sends `accept_media_types` as one string with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return tuple(item.strip() for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _url(value: object) -> str:
    usable = isinstance(value, str) and len(value) <= _URL and not _NOT_IN_TEXT.search(value) and not value.startswith("$")
    return str(value) if usable else ""


def custom_values(value: object) -> dict[str, str]:
    """Custom parameters as strings; numbers become strings, unresolved variables and nested values are left out."""
    found = {}
    for name, given in value.items() if isinstance(value, Mapping) else ():
        plain = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
        plain = {True: "true", False: "false"}[given] if isinstance(given, bool) else plain
        clean = text(plain, 10_000)
        if clean and isinstance(name, str):
            found[_NOT_IN_TEXT.sub("", name)[:_ID]] = clean
    return found


def check_times(body: Mapping[str, Any], now: datetime) -> None:
    """`exp`, `iat`, `nbf` against the clock (OpenID Connect core, 3.1.3.7). Raises LaunchRejected(token_time)."""
    moment = now.timestamp()

    def seconds(name: str) -> float:
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
            raise LaunchRejected("token_time", f"{name} is not a time")
        return float(value)

    if seconds("exp") <= moment - LEEWAY:
        raise LaunchRejected("token_time", f"expired {moment - seconds('exp'):.0f} s ago")
    if seconds("iat") > moment + LEEWAY:
        raise LaunchRejected("token_time", "issued in the future")
    if seconds("iat") < moment - MAX_AGE:
        raise LaunchRejected("token_time", f"issued {moment - seconds('iat'):.0f} s ago")
    if body.get("nbf") is not None and seconds("nbf") > moment + LEEWAY:
        raise LaunchRejected("token_time", "not valid yet")


def _person(body: Mapping[str, Any]) -> PersonFacts:
    given, family = text(body.get("given_name"), _ID), text(body.get("family_name"), _ID)
    name = text(body.get("name"), _ID) or f"{given} {family}".strip()
    if "sub" not in body:
        raise LaunchRejected("nobody", "no sub")
    return PersonFacts(identifier(body.get("sub"), "sub"), name, given, family, text(body.get("email"), _ID))


def context_of(body: Mapping[str, Any]) -> ContextFacts | None:
    """The context claim; None when it is absent. Raises LaunchRejected(claims)."""
    value = _object(body, CLAIM + "context")
    if not value:
        return None
    kinds = listed(value.get("type"))
    return ContextFacts(
        number_or_identifier(value.get("id"), "context.id"),
        text(value.get("title")),
        text(value.get("label")),
        is_course=not kinds or any(kind.rpartition("#")[2] in _COURSES for kind in kinds),
    )


def _link(body: Mapping[str, Any], *, required: bool) -> LinkFacts | None:
    value = _object(body, CLAIM + "resource_link")
    if not value and not required:
        return None
    return LinkFacts(number_or_identifier(value.get("id"), "resource_link.id"), text(value.get("title")))


def _services(body: Mapping[str, Any]) -> ServiceFacts:
    ags, nrps = _object(body, AGS), _object(body, NRPS)
    return ServiceFacts(
        _url(ags.get("lineitem")),
        _url(ags.get("lineitems")),
        listed(ags.get("scope")),
        _url(nrps.get("context_memberships_url")),
        _notices(body),
    )


def _notices(body: Mapping[str, Any]) -> str | None:
    """LTI Platform Notification Service 1.0, 3.1."""
    claim = _object(body, PNS)
    if not claim:
        return None
    return _url(claim.get("platform_notification_service_url")) if COPY_NOTICE in listed(claim.get("notice_types_supported")) else ""


def _deep_linking(body: Mapping[str, Any]) -> DeepLinkingFacts:
    settings = _object(body, DEEP_LINKING)
    if not settings:
        raise LaunchRejected("deep_linking", "no deep_linking_settings")
    return_url, data = _url(settings.get("deep_link_return_url")), settings.get("data")
    if not return_url:
        raise LaunchRejected("deep_linking", "no deep_link_return_url")
    if data is not None and not isinstance(data, str):
        raise LaunchRejected("deep_linking", "data is not a string")
    types = listed(settings.get("accept_types"))
    if not types:
        raise LaunchRejected("deep_linking_types", "no accept_types")
    lineitem = settings.get("accept_lineitem")
    return DeepLinkingFacts(
        return_url,
        data,
        types,
        listed(settings.get("accept_media_types")),
        settings.get("accept_multiple") in (True, "true"),
        None if lineitem is None else lineitem in (True, "true"),
        settings.get("auto_create") in (True, "true"),
        listed(settings.get("accept_presentation_document_targets")),
        text(settings.get("title")),
        text(settings.get("text")),
    )


def _history(said: str) -> tuple[str, ...]:
    """Where the course was copied from, nearest first. Canvas adds `truncated` to a long one, and says `timed out` instead of one."""
    parts = re.split(r"[,\s]+", said.replace("timed out", ""))
    return tuple(part for part in parts if part and part != "truncated")[:MOST_HISTORY]


def _for_user(body: Mapping[str, Any], *, required: bool) -> str | None:
    value = _object(body, CLAIM + "for_user")
    if not value and not required:
        return None
    return number_or_identifier(value.get("user_id"), "for_user.user_id")


def read(body: Mapping[str, Any], *, review_names_nobody: bool = False) -> LaunchFacts:
    """The facts of a verified token. `review_names_nobody`: a submission review may lack `for_user`.

    Raises LaunchRejected(claims, nobody, message_type, target, deep_linking, deep_linking_types).
    """
    kind = body.get(CLAIM + "message_type")
    if not isinstance(kind, str):
        raise _refuse("no message_type")
    if body.get(CLAIM + "version") != "1.3.0":
        raise _refuse("version is not 1.3.0")
    if kind not in MESSAGES:
        raise LaunchRejected("message_type", code(kind))
    roles = body.get(CLAIM + "roles")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise _refuse("roles is not a list of strings")
    target = body.get(CLAIM + "target_link_uri")
    if not isinstance(target, str) or not target or len(target) > _URL:
        raise LaunchRejected("target", "no target_link_uri")
    custom = custom_values(body.get(CLAIM + "custom"))
    presentation, platform = _object(body, CLAIM + "launch_presentation"), _object(body, CLAIM + "tool_platform")
    return LaunchFacts(
        message_type=kind,
        deployment_id=number_or_identifier(body.get(CLAIM + "deployment_id"), "deployment_id"),
        target_link_uri=target,
        roles=tuple(role[:_ID] for role in roles[:100]),
        person=_person(body),
        context=context_of(body),
        link=_link(body, required=kind != DEEP_LINKING_REQUEST),
        custom={name: value for name, value in custom.items() if name != "context_history"},
        services=_services(body),
        deep_linking=_deep_linking(body) if kind == DEEP_LINKING_REQUEST else None,
        for_user=_for_user(body, required=not review_names_nobody) if kind == SUBMISSION_REVIEW else None,
        return_url=_url(presentation.get("return_url")),
        locale=text(presentation.get("locale"), 35) or text(body.get("locale"), 35),
        platform_name=text(platform.get("name"), _ID),
        history=_history(custom.get("context_history", "")),
    )
