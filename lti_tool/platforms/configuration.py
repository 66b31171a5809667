"""What a platform says of itself, checked, and what we ask of it in return (LTI Dynamic Registration 1.0, 3.4 to 3.7). Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.errors import Problem
from lti_tool.language import N_, _
from lti_tool.platforms import vendors
from lti_tool.platforms.base import TOOL_CONFIGURATION, Vendor
from lti_tool.settings import Settings

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NOTICE_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
COPY_NOTICE = "LtiContextCopyNotice"
SCOPES: dict[str, str] = {
    AGS + "lineitem": N_("Make and look after its own columns in the gradebook"),
    AGS + "score": N_("Write a score when a microcredential is earned"),
    AGS + "result.readonly": N_("See its own scores, to notice when a teacher has changed one"),
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly": N_("See who takes part in a course that uses it"),
    NOTICE_SCOPE: N_("Be told when a course that uses it is copied, so that the copy starts clean"),
}
"""What we use, and the words for it."""
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email", "locale")
DESCRIPTION = "Teachers earn microcredentials: evidence from the classroom, judged by two independent reviewers."
_LONGEST = 2000


def scopes_for(vendor: Vendor, offered: Collection[str] | None) -> list[str]:
    """What we ask this LMS for: what we use and it has. Where it does not say what it has (None), only what any LMS may have."""
    if offered is None:
        return [scope for scope in SCOPES if scope != NOTICE_SCOPE or vendor.sends_notices]
    return [scope for scope in SCOPES if scope in offered]


@dataclass(frozen=True)
class Configuration:
    """A platform's openid configuration. None for a list that the platform does not give."""

    url: str
    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    authorization_server: str
    vendor: Vendor
    product: str
    version: str
    name: str
    scopes: frozenset[str] | None
    messages: Mapping[str, Collection[str] | None]
    variables: frozenset[str] | None

    @property
    def token_audience(self) -> str:
        """`aud` of our client assertions."""
        return self.vendor.token_audience(self.token_url, self.authorization_server)

    @property
    def endpoints(self) -> dict[str, Any]:
        """What a stored registration must agree with."""
        return {
            "auth_url": self.auth_url,
            "token_url": self.token_url,
            "token_audience": self.token_audience,
            "jwks_url": self.jwks_url,
        }

    @property
    def names_itself(self) -> bool:
        """Whether the LMS says what it is called; otherwise `name` is its host."""
        return self.name != urlsplit(self.issuer).netloc

    def wanted_scopes(self) -> list[str]:
        """What we ask for: what we use and the platform has."""
        return scopes_for(self.vendor, self.scopes)


def _text(value: object, longest: int = 200) -> str:
    return "".join(ch for ch in value if ch.isprintable())[:longest] if isinstance(value, str) else ""


def _list(value: object) -> frozenset[str] | None:
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def _messages(value: object) -> dict[str, Collection[str] | None]:
    found: dict[str, Collection[str] | None] = {}
    for message in value if isinstance(value, list) else []:
        if isinstance(message, dict) and isinstance(message.get("type"), str):
            found[message["type"]] = _list(message.get("placements"))
    return found


def faulty(faults: list[str]) -> Problem:
    """The platform's description can't be used."""
    return Problem(
        "registration_configuration",
        422,
        _("What your LMS says of itself can't be used"),
        " ".join(faults),
        _("Start the registration from your LMS again. If this stays, register the tool by hand."),
    )


def read(url: str, document: object, *, allows: Callable[[str], bool]) -> Configuration:
    """The configuration found at `url`. `allows` is the policy for addresses. Raises Problem(registration_configuration)."""
    if not isinstance(document, dict):
        raise faulty([_("It is not a configuration.")])
    platform = document.get(PLATFORM_CONFIGURATION)
    if not isinstance(platform, dict):
        raise faulty([_("It does not describe an LTI platform.")])
    product = _text(platform.get("product_family_code")).lower()
    vendor = vendors.by_key(product)
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    urls = {name: str(document.get(name) or "") for name in names}
    faults = [_("Its %(name)s is missing or not an https address.", name=name) for name in names if not _usable(urls[name], allows)]
    if not faults:
        if not vendor.speaks_for(urls["issuer"], url):
            faults.append(_("Its issuer is not at the address where the description was found, so it may speak for somebody else."))
        strange = [name for name in names[1:4] if not vendor.owns(urls["issuer"], urls[name])]
        faults += [_("Its %(name)s is not at an address of this LMS.", name=name) for name in strange]
        if not vendor.registers_at(urls["issuer"], urls["registration_endpoint"], platform):
            faults.append(_("Its %(name)s is not at an address of this LMS.", name="registration_endpoint"))
    faults += [
        _("It does not offer %(wanted)s in %(name)s.", wanted=wanted, name=name)
        for name, wanted in (
            ("id_token_signing_alg_values_supported", "RS256"),
            ("token_endpoint_auth_methods_supported", "private_key_jwt"),
            ("response_types_supported", "id_token"),
        )
        if wanted not in (_list(document.get(name)) or {wanted})
    ]
    messages = _messages(platform.get("messages_supported"))
    if "LtiResourceLinkRequest" not in messages:
        faults.append(_("It does not support LtiResourceLinkRequest."))
    if faults:
        raise faulty(faults)
    return Configuration(
        url=url,
        issuer=urls["issuer"],
        auth_url=urls["authorization_endpoint"],
        token_url=urls["token_endpoint"],
        jwks_url=urls["jwks_uri"],
        registration_url=urls["registration_endpoint"],
        authorization_server=_text(document.get("authorization_server"), _LONGEST),
        vendor=vendor,
        product=product,
        version=_text(platform.get("version")),
        name=vendor.account_name(platform) or urlsplit(urls["issuer"]).netloc,
        scopes=_list(document.get("scopes_supported")),
        messages=messages,
        variables=_list(platform.get("variables")),
    )


def _usable(url: str, allows: Callable[[str], bool]) -> bool:
    return bool(url) and len(url) <= _LONGEST and url.isprintable() and " " not in url and allows(url)


def request_for(configuration: Configuration, settings: Settings) -> dict[str, Any]:
    """The registration that we send: nothing that the platform does not list, nothing that we do not use."""
    base, target = settings.base_url, settings.base_url + "/lti/launch"
    custom = configuration.vendor.custom_parameters()
    known = configuration.variables
    request: dict[str, Any] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": base + "/lti/login",
        "redirect_uris": [target],
        "client_name": settings.product_name,
        "client_uri": base,
        "logo_uri": base + "/static/brand.svg",
        "jwks_uri": base + "/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(configuration.wanted_scopes()),
        TOOL_CONFIGURATION: {
            "domain": urlsplit(base).netloc,
            "description": DESCRIPTION,
            "target_link_uri": target,
            "custom_parameters": {name: value for name, value in custom.items() if known is None or value.removeprefix("$") in known},
            "claims": list(CLAIMS),
            "messages": configuration.vendor.messages(configuration.messages, target, settings.product_name),
            **configuration.vendor.tool_extras(),
        },
    }
    if settings.contact_email:
        request["contacts"] = [settings.contact_email]
    return request


@dataclass(frozen=True)
class Granted:
    """What the platform answered. `scopes` are those of ours that it granted."""

    client_id: str
    deployment_id: str | None
    scopes: tuple[str, ...]


def read_answer(answer: object, configuration: Configuration) -> Granted:
    """The platform's answer to our registration (3.7). Raises Problem(registration_configuration)."""
    client_id = answer.get("client_id") if isinstance(answer, dict) else None
    if isinstance(client_id, int) and not isinstance(client_id, bool):
        client_id = str(client_id)
    if not isinstance(answer, dict) or not isinstance(client_id, str) or not 0 < len(client_id) <= 255 or not client_id.isprintable():
        raise faulty([_("Its answer to the registration names no client id.")])
    said = answer.get("scope")
    asked = configuration.wanted_scopes()
    granted = [scope for scope in asked if scope in said.split()] if isinstance(said, str) else asked
    deployment = configuration.vendor.granted_deployment(answer) or ""
    usable = 0 < len(deployment) <= 255 and deployment.isprintable()
    return Granted(client_id, deployment if usable else None, tuple(granted))
