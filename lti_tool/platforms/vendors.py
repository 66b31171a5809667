"""Which vendor's rules hold for a registration."""

from __future__ import annotations

from lti_tool.http import origin
from lti_tool.platforms.base import Original, Vendor
from lti_tool.platforms.canvas import Canvas
from lti_tool.platforms.models import Registration
from lti_tool.platforms.moodle import Moodle

_VENDORS: dict[str, Vendor] = {vendor.key: vendor for vendor in (Canvas(), Moodle(), Vendor())}


def by_key(key: str) -> Vendor:
    """The vendor of this key or product family code; one without peculiarities when it is unknown."""
    return _VENDORS.get(key, _VENDORS["other"])


def of(registration: Registration) -> Vendor:
    """The vendor of a registration."""
    return by_key(registration.vendor)


def guess(issuer: str, *urls: str) -> str:
    """The vendor's key, told from the addresses of a registration that was typed in by hand."""
    if "/mod/lti/" in " ".join(urls):
        return "moodle"
    hosted = issuer.startswith("https://canvas.") and issuer.endswith(".instructure.com")
    return "canvas" if hosted or any("/api/lti/" in url for url in urls) else "other"


def trusted_origins(registration: Registration) -> frozenset[str]:
    """Origins of the registration's own endpoints: what the HTTP client may reach in development though it be private."""
    urls = (registration.issuer, registration.auth_url, registration.token_url, registration.jwks_url)
    return frozenset(filter(None, map(origin, urls)))


def frame_ancestors(registration: Registration, custom: dict[str, str] | None = None, return_url: str = "") -> list[str]:
    """Origins that may show our pages in a frame, for this launch of this registration."""
    return of(registration).frame_ancestors(registration, custom or {}, return_url)


def original(issuer: str) -> Original | None:
    """What the environment that speaks by this issuer is a copy of; None when no vendor knows it as one."""
    return next((found for vendor in _VENDORS.values() if (found := vendor.original(issuer))), None)


def front_door(registration: Registration) -> str:
    """Where people open the LMS themselves; empty where its registration does not tell."""
    return of(registration).front_door(registration)


def course_url(registration: Registration, context_id: str, service_url: str) -> str:
    """Where people open a course in the LMS, by its id there or the address of one of its services; empty where neither tells."""
    return of(registration).course_url(registration, context_id, service_url)


def frame_ancestors_of_login(registration: Registration) -> list[str]:
    """The same while no signed message has been read; empty where only the message tells, as with hosts of Canvas institutions."""
    return of(registration).frame_ancestors_of_login(registration)


def service_url(registration: Registration, url: str) -> str:
    """The address of a platform's service as we will call it; empty when this platform has no business naming it."""
    return of(registration).service_url(registration, url)
