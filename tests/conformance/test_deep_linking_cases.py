"""The answer to a deep linking request (K): from the LMS's request through the picker's pages to a token that a strict platform takes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import jwt
import pytest
import requests
from lxml import html

from tests.conformance.conftest import Browser, LiveTool, published
from tests.factories.platform import CLAIM, Platform
from tests.factories.world import World

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


class Picking:
    """A designer's browser on the picker that one request opened."""

    def __init__(self, browser: Browser, platform: Platform, **settings: Any) -> None:
        self.browser, self.platform = browser, platform
        answer = browser.launch(platform, **platform.deep_linking(**settings))
        assert answer.status_code == 303, answer.text
        self.address = browser.live.url + answer.headers["Location"]
        self.open()

    def open(self) -> None:
        """The page as the browser shows it."""
        self.page = self.browser.session.get(self.address, timeout=20)
        assert self.page.status_code == 200, self.page.text
        [self.form] = html.fromstring(self.page.content).forms

    def press(self, *picked: str, do: str = "place", **more: str) -> requests.Response:
        """Choose these by their titles and press a button; everything else in the form stays as it came."""
        title = "string(.//*[@class='pick__title'])"
        boxes = {box.getnext().xpath(title): box.get("value") for box in self.form.xpath(".//input[@name='pick']")}
        fields = [(name, value) for name, value in self.form.form_values() if name not in ("pick", *more)]
        fields += [("pick", boxes[title]) for title in picked]
        fields += [("do", do), *more.items()]
        target = urljoin(self.page.url, self.form.action)
        return self.browser.session.post(target, data=fields, timeout=20)

    def taken(self, answer: requests.Response) -> tuple[str, dict[str, Any]]:
        """Where the page posts to, and the message as a platform verifies it (Deep Linking 2.0, 4.4; Security Framework 1.1, 5.2)."""
        assert answer.status_code == 200, answer.text
        [form] = (form for form in html.fromstring(answer.content).forms if form.get("data-auto-submit") is not None)
        assert (form.method, list(form.fields)) == ("POST", ["JWT"])
        token = form.fields["JWT"]
        head = jwt.get_unverified_header(token)
        assert (head["alg"], head["typ"]) == ("RS256", "JWT")
        published = requests.get(self.browser.live.url + "/lti/jwks", timeout=20).json()
        [key] = (jwt.PyJWK(one) for one in published["keys"] if one["kid"] == head["kid"])
        body: dict[str, Any] = jwt.decode(
            token,
            key.key,
            ["RS256"],
            audience=self.platform.issuer,
            issuer=self.platform.client_id,
            options={"require": ["iss", "aud", "exp", "iat", "nonce"], "verify_exp": False, "verify_iat": False},
        )
        now = self.browser.live.clock().timestamp()
        assert (body["iat"], now < body["exp"] <= now + 3600) == (int(now), True)
        assert body[CLAIM + "message_type"] == "LtiDeepLinkingResponse"
        assert body[CLAIM + "version"] == "1.3.0"
        assert body[CLAIM + "deployment_id"] == self.platform.deployment_id
        assert all(item["type"] == "ltiResourceLink" for item in body[DL + "content_items"])
        return form.action, body

    def place(self, *picked: str, **more: str) -> dict[str, Any]:
        return self.taken(self.press(*picked, **more))[1]


@pytest.mark.parametrize("data", ["abc", "", ' {"a": "ü"}\r\n\t+/=%20&amp;"\'<\u202e\\u0041 </script>\x7f', "x" * 20_000, None])
def test_k154_data_goes_back_byte_for_byte(platform: Platform, browser: Browser, data: str | None) -> None:
    body = Picking(browser, platform, data=... if data is None else data).place("Review desk", data="another")
    assert body.get(DL + "data") == data
    assert (DL + "data" in body) is (data is not None)


def test_k155_data_of_two_requests_in_one_browser_never_mixes(platform: Platform, other: Platform, browser: Browser) -> None:
    first, second = Picking(browser, platform, data="first"), Picking(browser, platform, data="second")
    elsewhere = Picking(browser, other, data="elsewhere")
    for picking, data in ((second, "second"), (elsewhere, "elsewhere"), (first, "first"), (second, "second")):
        assert picking.place("Review desk", data="first")[DL + "data"] == data
    mixed = {**dict(first.form.form_values()), "pick": "reviews"}
    target = urljoin(second.page.url, second.form.action)
    assert browser.session.post(target, data=mixed, timeout=20).status_code == 400  # the form of one visit is none of another's


def test_k156_an_answer_given_again_is_a_fresh_one(live: LiveTool, platform: Platform, browser: Browser) -> None:
    picking = Picking(browser, platform)
    seen = [picking.place("Review desk"), picking.place("Review desk")]
    live.clock.tick(hours=1)
    seen.append(picking.place("Review desk"))  # the page stood open all the time
    picking.open()
    seen.append(picking.place("Review desk"))
    assert len({body["jti"] for body in seen}) == len({body["nonce"] for body in seen}) == 4


@pytest.mark.parametrize("several", [True, False, ...])
def test_k158_one_item_where_one_is_taken(builder: World, platform: Platform, browser: Browser, several: Any) -> None:
    published(builder, platform, "One", "Two")
    picking = Picking(browser, platform, accept_multiple=several)
    answer = picking.press("One", "Two")
    if several is True:
        assert [item["title"] for item in picking.taken(answer)[1][DL + "content_items"]] == ["One", "Two"]
        return
    assert answer.status_code == 422
    assert "one activity at a time" in answer.text
    assert len(picking.place("Two")[DL + "content_items"]) == 1


@pytest.mark.parametrize("accepts", [True, False, ...])
def test_k159_a_column_only_where_columns_are_taken(builder: World, platform: Platform, browser: Browser, accepts: Any) -> None:
    """A platform that says nothing may take it; only one that says no gets none, whatever the form sends."""
    [version] = published(builder, platform, "One")
    [item] = Picking(browser, platform, accept_lineitem=accepts).place("One", counts="y", points="40")[DL + "content_items"]
    assert item["custom"]["activity"] == version.activity_key
    assert item.get("lineItem", {}).get("scoreMaximum") == (None if accepts is False else 40)


def test_k160_a_title_with_markup(builder: World, platform: Platform, browser: Browser) -> None:
    title = "</script><script>alert(1)</script> \"'&quot; é 🐍"
    published(builder, platform, title)
    picking = Picking(browser, platform)
    answer = picking.press(title)
    for page in (picking.page, answer):
        assert "<script>alert" not in page.text
    [item] = picking.taken(answer)[1][DL + "content_items"]
    assert item["title"] == item["lineItem"]["label"] == title


@pytest.mark.parametrize("query", ["?a=1&b=%2F+x&c=", "?x=%22%3E&amp;y=ü", "?#frag", ""])
def test_k162_the_return_address_keeps_its_query(platform: Platform, browser: Browser, query: str) -> None:
    address = platform.issuer + "/return" + query
    picking = Picking(browser, platform, deep_link_return_url=address)
    answer = picking.press("Review desk")
    assert picking.taken(answer)[0] == address
    policy = answer.headers["Content-Security-Policy"]
    assert f"form-action 'self' {platform.issuer.rpartition('/')[0]};" in policy


def test_giving_up_is_answered_too(platform: Platform, browser: Browser) -> None:
    picking = Picking(browser, platform, data="d")
    body = picking.taken(picking.press(do="cancel"))[1]
    assert (body[DL + "content_items"], body[DL + "data"]) == ([], "d")
