"""What we ask an LMS for: only what it has, and where it does not say, only what any LMS may have."""

from __future__ import annotations

import pytest

from lti_tool.platforms import vendors
from lti_tool.platforms.configuration import NOTICE_SCOPE, SCOPES, scopes_for


@pytest.mark.parametrize("key", ["canvas", "moodle", "other"])
def test_an_lms_that_lists_its_scopes_is_asked_for_those_of_ours(key: str) -> None:
    vendor, usual = vendors.by_key(key), [scope for scope in SCOPES if scope != NOTICE_SCOPE]
    assert scopes_for(vendor, {*usual, "openid"}) == usual
    assert scopes_for(vendor, {*SCOPES, "openid"}) == list(SCOPES)
    assert scopes_for(vendor, set()) == []


@pytest.mark.parametrize(("key", "asked"), [("canvas", True), ("moodle", False), ("other", False)])
def test_one_that_does_not_is_asked_for_notices_only_where_it_is_known_to_send_them(key: str, asked: bool) -> None:
    assert (NOTICE_SCOPE in scopes_for(vendors.by_key(key), None)) is asked
    assert set(SCOPES) - {NOTICE_SCOPE} <= set(scopes_for(vendors.by_key(key), None))
