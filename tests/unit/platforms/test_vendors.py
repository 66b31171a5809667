"""Every difference between vendors."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.platforms import vendors
from lti_tool.platforms.models import Registration

HOSTED = "https://canvas.instructure.com"


def registration(**given: Any) -> Registration:
    values = {
        "issuer": "https://lms.example.edu",
        "auth_url": "https://lms.example.edu/auth",
        "token_url": "https://lms.example.edu/token",
        "jwks_url": "https://keys.example.edu/jwks",
        "vendor": "other",
    }
    return Registration(**{**values, **given})


@pytest.mark.parametrize(
    ("vendor", "issuer", "url", "expected"),
    [
        ("moodle", "https://m.example", "https://m.example/mod/lti/services.php/2", "https://m.example/mod/lti/services.php/2"),
        ("moodle", "https://m.example/moodle", "https://m.example/moodle/x?type_id=1", "https://m.example/moodle/x?type_id=1"),
        ("moodle", "https://m.example", "https://evil.example/x", ""),
        ("moodle", "https://m.example", "http://m.example/x", "https://m.example/x"),
        ("moodle", "https://m.example", "file:///etc/passwd", ""),
        ("canvas", HOSTED, "https://canvas.school.edu/api/lti/1", "https://canvas.school.edu/api/lti/1"),
        ("canvas", "https://c.example", "http://c.example/api/lti/1", "https://c.example/api/lti/1"),
        ("canvas", "https://c.example", "http://d.example/api/lti/1", "http://d.example/api/lti/1"),
        ("canvas", HOSTED, "http://lms.example.edu/api/lti/1", "https://lms.example.edu/api/lti/1"),
        ("canvas", "http://localhost:9000", "http://localhost:9000/x", "http://localhost:9000/x"),
    ],
)
def test_service_addresses(vendor: str, issuer: str, url: str, expected: str) -> None:
    assert vendors.service_url(registration(vendor=vendor, issuer=issuer), url) == expected


def test_who_may_frame_canvas() -> None:
    row = registration(vendor="canvas", issuer=HOSTED, auth_url="https://sso.canvaslms.com/api/lti/authorize_redirect")
    found = vendors.frame_ancestors(row, {"canvas_api_domain": "canvas.school.edu"}, "https://canvas.school.edu/courses/1")
    assert found == ["https://canvas.school.edu", HOSTED, "https://sso.canvaslms.com", "https://*.instructure.com"]
    assert "evil" not in " ".join(vendors.frame_ancestors(row, {"canvas_api_domain": "evil.example; script-src *"}))


def test_who_may_frame_others() -> None:
    assert vendors.frame_ancestors(registration(), {}, "javascript:1") == ["https://lms.example.edu"]


def test_who_may_frame_a_login() -> None:
    assert vendors.frame_ancestors_of_login(registration(vendor="moodle", issuer="https://moodle.school.edu/m")) == [
        "https://moodle.school.edu"
    ]
    assert vendors.frame_ancestors_of_login(registration(vendor="canvas")) == []  # its institutions have hosts of their own
    assert vendors.frame_ancestors_of_login(registration(vendor="other")) == []


def test_trusted_origins_are_the_registrations_own() -> None:
    assert vendors.trusted_origins(registration()) == {"https://lms.example.edu", "https://keys.example.edu"}


@pytest.mark.parametrize(
    ("vendor", "issuer", "url", "good"),
    [
        ("other", "https://a.example", "https://a.example/config?x=1", True),
        ("other", "https://a.example", "https://b.example/config", False),
        ("other", "https://a.example", "http://a.example/config", False),
        ("other", "https://a.example", "https://a.example:8443/config", False),
        ("other", "not an address", "also not", False),
        ("canvas", HOSTED, "https://sso.canvaslms.com/api/lti/security/openid-configuration", True),
        ("canvas", HOSTED, "https://school.instructure.com/api/lti/security/openid-configuration", True),
        ("canvas", HOSTED, "https://sso.beta.canvaslms.com/api", False),
        ("canvas", HOSTED, "https://evilinstructure.com/api", False),
        ("canvas", "https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com/api", True),
        ("moodle", HOSTED, "https://sso.canvaslms.com/api", False),
    ],
)
def test_who_may_speak_for_an_issuer(vendor: str, issuer: str, url: str, good: bool) -> None:
    assert vendors.by_key(vendor).speaks_for(issuer, url) is good


@pytest.mark.parametrize(
    ("vendor", "server", "audience"),
    [
        ("canvas", "https://x.example", "https://lms.example.edu/token"),
        ("moodle", "", "https://lms.example.edu/token"),
        ("other", "https://x.example/as", "https://x.example/as"),
        ("other", "bare.host", "https://lms.example.edu/token"),
    ],
)
def test_audience_of_our_assertions(vendor: str, server: str, audience: str) -> None:
    assert vendors.by_key(vendor).token_audience("https://lms.example.edu/token", server) == audience


@pytest.mark.parametrize(
    ("issuer", "url", "vendor"),
    [
        ("https://m.example", "https://m.example/mod/lti/auth.php", "moodle"),
        (HOSTED, "https://sso.canvaslms.com/x", "canvas"),
        ("https://c.example", "https://c.example/api/lti/authorize_redirect", "canvas"),
        ("https://o.example", "https://o.example/auth", "other"),
    ],
)
def test_vendor_of_a_registration_typed_in_by_hand(issuer: str, url: str, vendor: str) -> None:
    assert vendors.guess(issuer, url) == vendor


def test_links_that_stand_for_the_whole_course() -> None:
    assert not vendors.by_key("canvas").is_own_link("c-1", "c-1")
    assert vendors.by_key("canvas").is_own_link("c-1", "l-1")
    assert vendors.by_key("moodle").is_own_link("2", "2")


def test_placements_that_canvas_does_not_list_are_not_asked_for() -> None:
    canvas = vendors.by_key("canvas")
    supported = {"LtiResourceLinkRequest": ["https://canvas.instructure.com/lti/account_navigation"], "LtiDeepLinkingRequest": None}
    found = [message["placements"][0].rsplit("/", 1)[1] for message in canvas.messages(supported, "https://t.example/lti/launch", "M")]
    assert found == [
        "account_navigation",
        "assignment_selection",
        "link_selection",
        "module_index_menu_modal",
        "homework_submission",
        "editor_button",
    ]
    assert canvas.messages({}, "https://t.example/lti/launch", "M") == []


@pytest.mark.parametrize("page", [b"<!DOCTYPE html>\n<html><body>Invalid token</body></html>", b" <HTML lang='en'>no</HTML>"])
@pytest.mark.parametrize("vendor", ["canvas", "moodle"])
def test_a_page_is_no_reason(vendor: str, page: bytes) -> None:
    assert vendors.by_key(vendor).error_words(page) == ""


ACCOUNT = {"https://canvas.instructure.com/lti/account_domain": "canvas.school.edu"}


@pytest.mark.parametrize(
    ("vendor", "issuer", "url", "good"),
    [
        ("canvas", HOSTED, "https://canvas.school.edu/api/lti/registrations", True),
        ("canvas", HOSTED, "https://school.instructure.com/api/lti/registrations", True),
        ("canvas", "https://main.school.edu", "https://canvas.school.edu/api/lti/registrations", True),
        ("canvas", HOSTED, "http://canvas.school.edu/api/lti/registrations", False),
        ("canvas", HOSTED, "https://canvas.school.edu:8443/api/lti/registrations", False),
        ("canvas", HOSTED, "https://evil.example/api/lti/registrations", False),
        ("moodle", "https://m.example", "https://canvas.school.edu/registrations", False),
    ],
)
def test_where_a_platform_takes_registrations(vendor: str, issuer: str, url: str, good: bool) -> None:
    assert vendors.by_key(vendor).registers_at(issuer, url, ACCOUNT) is good


def test_canvas_says_what_is_wrong() -> None:
    canvas = vendors.by_key("canvas")
    assert canvas.error_words(b'{"errors":[{"field":"a","message":"b"},{"field":"c","message":"d"}]}') == "a: b; c: d"
    assert canvas.error_words(b'{"errors":[{"message":"no such domain"}]}') == "no such domain"
    assert canvas.error_words(b'{"errors":{"type":"unauthorized","message":"used up"}}') == "used up"
    assert canvas.error_words(b'{"errors":7}') == '{"errors":7}'


@pytest.mark.parametrize(
    ("vendor", "issuer", "environment"),
    [
        ("canvas", HOSTED, "production"),
        ("canvas", "https://canvas.beta.instructure.com", "beta"),
        ("canvas", "https://canvas.test.instructure.com", "test"),
        ("canvas", "https://canvas.beta.instructure.com/", "production"),
        ("canvas", "https://canvas.school.edu", "production"),
        ("moodle", "https://canvas.beta.instructure.com", "production"),
        ("other", "https://beta.example.edu", "production"),
    ],
)
def test_the_issuer_tells_the_environment(vendor: str, issuer: str, environment: str) -> None:
    assert vendors.by_key(vendor).environment(issuer) == environment


def test_only_beta_and_test_of_hosted_canvas_have_an_original() -> None:
    found = vendors.original("https://canvas.beta.instructure.com")
    assert found is not None
    assert found.issuer == HOSTED
    assert found.jwks_url == "https://sso.beta.canvaslms.com/api/lti/security/jwks"
    for issuer in (HOSTED, "https://canvas.school.edu", "https://canvas.beta.instructure.com.evil.example", ""):
        assert vendors.original(issuer) is None


AT_INSTRUCTURE = {
    "vendor": "canvas",
    "issuer": HOSTED,
    "login_key": "",
    "auth_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_url": "https://canvas.instructure.com/login/oauth2/token",
    "jwks_url": "https://sso.canvaslms.com/api/lti/security/jwks",
}


@pytest.mark.parametrize(
    ("change", "copied", "front_door"),
    [
        ({}, True, ""),
        ({"auth_url": "https://canvas.school.edu/auth"}, False, "https://canvas.school.edu"),
        ({"jwks_url": "https://canvas.school.edu/jwks"}, False, ""),
        ({"token_url": "http://sso.canvaslms.com/token"}, False, ""),
        ({"issuer": "https://canvas.beta.instructure.com", "auth_url": "https://sso.beta.canvaslms.com/auth"}, False, ""),
        ({"login_key": "abc"}, False, ""),
        ({"vendor": "moodle"}, False, HOSTED),
        ({"vendor": "other"}, False, ""),
    ],
)
def test_what_the_lms_copies_and_where_its_door_is(change: dict[str, str], copied: bool, front_door: str) -> None:
    row = registration(**{**AT_INSTRUCTURE, **change})
    assert vendors.of(row).may_be_copied(row) == copied
    assert vendors.front_door(row) == front_door


@pytest.mark.parametrize(
    ("vendor", "context", "service", "course"),
    [
        ("moodle", "42", "", HOSTED + "/course/view.php?id=42"),
        ("moodle", "42&x=y", "", ""),
        ("moodle", "٤٢", "", ""),
        ("canvas", "abc", "https://maple.instructure.com/api/lti/courses/7/names_and_roles?x=1", "https://maple.instructure.com/courses/7"),
        ("canvas", "abc", "https://maple.instructure.com/api/lti/groups/7/names_and_roles", ""),
        ("canvas", "7", "", ""),
        ("other", "7", "https://lms.example/api/lti/courses/7/x", ""),
    ],
)
def test_where_a_course_stands_in_the_lms(vendor: str, context: str, service: str, course: str) -> None:
    assert vendors.course_url(registration(**{**AT_INSTRUCTURE, "vendor": vendor}), context, service) == course
