"""Placing by deep linking: what is offered, what is signed, where it goes."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.service import ensure_activity
from lti_tool.launch.models import Person
from lti_tool.platforms import keys
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
RETURN = "https://lms.example.edu/mod/lti/contentitem_return.php?course=2&id=7&sesskey=a%2Bb"
STOLEN_BY_MOODLE = {"lineitem_url", "lineitems_url", "result_url", "results_url", "score_url", "scores_url", "gradebookservices_scope"}


class Counter:
    """A designer who came to add something."""

    def __init__(self, world: World, tool: Tool) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.course = world.context(self.registration)
        self.person: Person = world.person(self.registration)

    def version(self, **content: Any) -> MicrocredentialVersion:
        return self.world.version(self.registration.district_id, **content)

    def come(self, *, rights: tuple[str, ...] = ("designer",), launch: dict[str, Any] | None = None, **settings: Any) -> FrameBrowser:
        asked = {"return_url": RETURN, "data": None, "accept_multiple": True, "accept_lineitem": None, **settings}
        return self.world.browser(
            self.person,
            *rights,
            context=self.course,
            launch={"message_type": "LtiDeepLinkingRequest", "deep_linking": asked, "return_url": "", **(launch or {})},
        )

    def claims(self, answer: TestResponse) -> dict[str, Any]:
        """Of the answer's token, verified as a platform does."""
        assert answer.status_code == 200, answer.text
        found = re.search(r'name="JWT" value="([^"]+)"', answer.text)
        assert found is not None
        token = html.unescape(found.group(1))
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(one for one in keys.published(self.tool)["keys"] if one["kid"] == kid)
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key).key,
            algorithms=["RS256"],
            audience=self.registration.issuer,
            issuer=self.registration.client_id,
            options={"verify_exp": False, "verify_iat": False},  # the test's clock stands still elsewhere
        )
        return claims


@pytest.fixture
def counter(world: World, tool: Tool) -> Counter:
    return Counter(world, tool)


def place(browser: FrameBrowser, *picked: Any, **data: str) -> TestResponse:
    return browser.post("/catalog/pick", {"pick": [str(one) for one in picked], "counts": "y", "points": "100", **data})


def test_one_microcredential_comes_back_as_a_signed_link_with_a_gradebook_column(counter: Counter, tool: Tool, clock: Clock) -> None:
    version = counter.version(title="Close reading", summary="Read it twice.")
    browser = counter.come()
    page = browser.get("/catalog/pick")
    assert page.status_code == 200
    assert "Close reading" in page.text
    claims = counter.claims(place(browser, version.id, points="40"))
    now = int(clock.now.timestamp())
    assert (claims["iat"], claims["exp"]) == (now, now + 600)
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "deployment_id"] == "1"
    launch_url = f"{tool.settings.base_url}/lti/launch"
    assert claims[DL + "content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Close reading",
            "text": "Read it twice.",
            "url": launch_url,
            "custom": {"activity": version.activity_key, "points": "40"},
            "lineItem": {
                "scoreMaximum": 40,
                "label": "Close reading",
                "resourceId": version.activity_key,
                "tag": "microcredential",
                "submissionReview": {
                    "reviewableStatus": ["Submitted", "Completed"],
                    "url": launch_url,
                    "custom": {"activity": version.activity_key},
                },
            },
        }
    ]


def test_several_keep_their_order_and_custom_holds_only_plain_names_and_texts(counter: Counter) -> None:
    one, two = counter.version(title="One"), counter.version(title="Two")
    items = counter.claims(place(counter.come(), two.id, one.id, "reviews", two.id))[DL + "content_items"]
    assert [item["title"] for item in items] == ["Two", "One", "Review desk: microcredentials"]
    for item in items:
        assert all(isinstance(value, str) and value for value in item["custom"].values())
        assert not STOLEN_BY_MOODLE & set(item["custom"])
        assert len(item["title"]) <= 255


def test_the_review_desk_has_no_column(counter: Counter) -> None:
    (item,) = counter.claims(place(counter.come(), "reviews"))[DL + "content_items"]
    assert item["custom"] == {"page": "reviews"}
    assert "lineItem" not in item


@pytest.mark.parametrize("data", ["", "opaque", ' {"a": "ü"}\n\t+/= \\u0041 </script>', "x" * 9000])
def test_data_goes_back_byte_for_byte(counter: Counter, data: str) -> None:
    assert counter.claims(place(counter.come(data=data), "reviews"))[DL + "data"] == data


def test_no_data_is_sent_where_none_came(counter: Counter) -> None:
    assert DL + "data" not in counter.claims(place(counter.come(), "reviews"))


def test_data_of_two_requests_never_mixes(counter: Counter) -> None:
    first, second = counter.come(data="first"), counter.come(data="second")
    assert counter.claims(place(second, "reviews"))[DL + "data"] == "second"
    assert counter.claims(place(first, "reviews", data="second"))[DL + "data"] == "first"


def test_an_answer_sent_again_later_is_a_fresh_one(counter: Counter, clock: Clock) -> None:
    browser = counter.come()
    first = counter.claims(place(browser, "reviews"))
    clock.tick(hours=1)
    second = counter.claims(place(browser, "reviews"))
    assert len({first["nonce"], second["nonce"], first["jti"], second["jti"]}) == 4
    assert second["iat"] == first["iat"] + timedelta(hours=1).total_seconds()


def test_two_items_where_one_is_taken_are_refused(counter: Counter) -> None:
    one, two = counter.version(title="One"), counter.version(title="Two")
    browser = counter.come(accept_multiple=False)
    assert 'type="radio"' in browser.get("/catalog/pick").text
    answer = place(browser, one.id, two.id)
    assert answer.status_code == 422
    assert "one activity at a time" in answer.text
    assert len(counter.claims(place(browser, two.id))[DL + "content_items"]) == 1


@pytest.mark.parametrize("accepts", [True, None])
def test_a_column_is_sent_unless_the_designer_says_no(counter: Counter, accepts: bool | None) -> None:
    version = counter.version()
    browser = counter.come(accept_lineitem=accepts)
    assert "Counts in the gradebook" in browser.get("/catalog/pick").text
    (item,) = counter.claims(place(browser, version.id))[DL + "content_items"]
    assert item["lineItem"]["scoreMaximum"] == 100
    answer = browser.post("/catalog/pick", {"pick": [str(version.id)], "points": "nonsense"})
    (item,) = counter.claims(answer)[DL + "content_items"]
    assert "lineItem" not in item
    assert item["custom"] == {"activity": version.activity_key}


def test_no_column_where_the_platform_takes_none(counter: Counter) -> None:
    version = counter.version()
    browser = counter.come(accept_lineitem=False)
    assert "Counts in the gradebook" not in browser.get("/catalog/pick").text
    (item,) = counter.claims(place(browser, version.id))[DL + "content_items"]
    assert "lineItem" not in item


@pytest.mark.parametrize("points", ["0", "101", "25.5", "-1", "ten", "", "9" * 5000, "100\x00"])
def test_points_are_whole_numbers_from_1_to_100(counter: Counter, points: str) -> None:
    version = counter.version()
    answer = place(counter.come(), version.id, points=points)
    assert answer.status_code == 422
    assert "Give a whole number from 1 to 100." in answer.text
    assert re.search(rf'value="{version.id}" checked', answer.text)
    assert 'name="JWT"' not in answer.text


def test_a_title_with_markup_leaves_page_and_token_whole(counter: Counter) -> None:
    title = "</script><script>alert(\"1\")</script> 'x' & é 🐍"
    version = counter.version(title=title)
    browser = counter.come()
    assert "<script>alert" not in browser.get("/catalog/pick").text
    answer = place(browser, version.id)
    assert "<script>alert" not in answer.text
    (item,) = counter.claims(answer)[DL + "content_items"]
    assert item["title"] == item["lineItem"]["label"] == title


def test_the_form_goes_to_the_return_address_with_its_query_and_the_policy_lets_it(counter: Counter) -> None:
    answer = place(counter.come(), "reviews")
    found = re.search(r'<form method="post" action="([^"]+)" data-auto-submit', answer.text)
    assert found is not None
    assert html.unescape(found.group(1)) == RETURN
    assert "form-action 'self' https://lms.example.edu;" in answer.headers["Content-Security-Policy"] + ";"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'type="submit"' in answer.text
    assert "csrf_token" not in answer.text.split("data-auto-submit")[1].split("</form>")[0]


def test_the_picker_itself_may_not_post_elsewhere(counter: Counter) -> None:
    assert (
        "lms.example.edu"
        not in counter.come().get("/catalog/pick").headers["Content-Security-Policy"].split("form-action")[1].split(";")[0]
    )


def test_nothing_chosen_and_things_that_can_not_be_placed(counter: Counter, world: World) -> None:
    browser = counter.come()
    assert "Choose what to add." in place(browser).text
    foreign = world.version(world.district().id)
    for wrong in (foreign.id, "nonsense", "01a20000-0000-7000-8000-000000000000"):
        answer = place(browser, wrong)
        assert answer.status_code == 422
        assert "be added any more" in answer.text
    assert foreign.title not in browser.get("/catalog/pick").text


def test_searching_keeps_what_was_ticked(counter: Counter) -> None:
    ticked, other = counter.version(title="Ticked"), counter.version(title="Sought")
    unsought = counter.version(title="Unsought thing", summary="Nothing of that.", competency="None.")
    answer = place(counter.come(), ticked.id, do="search", q="sough", points="55")
    assert answer.status_code == 200
    assert re.search(rf'value="{ticked.id}" checked', answer.text)
    assert str(other.id) in answer.text
    assert str(unsought.id) in answer.text  # "Unsought" says it too
    assert 'value="55"' in answer.text
    page = counter.come().get("/catalog/pick?q=nothing+of+that").text
    assert str(unsought.id) in page
    assert str(other.id) not in page


def test_older_versions_drafts_and_retired_ones_are_not_offered(counter: Counter, tool: Tool) -> None:
    version = counter.version(title="Retired one")
    with tool.database.unit() as session:
        from lti_tool.catalog import service

        service.retire(
            session, tool, district_id=version.district_id, microcredential_id=version.microcredential_id, person_id=counter.person.id
        )
        service.create_draft(session, tool, district_id=version.district_id, person_id=counter.person.id)
    page = counter.come().get("/catalog/pick").text
    assert "Retired one" not in page
    assert "Nothing to add yet" in page


def test_cancel_by_the_platforms_address_or_by_an_empty_answer(counter: Counter) -> None:
    page = counter.come(launch={"return_url": "https://lms.example.edu/back?a=1%2B1#x"}).get("/catalog/pick").text
    assert 'href="https://lms.example.edu/back?a=1%2B1&amp;lti_msg=Nothing+was+added.#x"' in page
    browser = counter.come(data="d")
    assert 'value="cancel"' in browser.get("/catalog/pick").text
    claims = counter.claims(browser.post("/catalog/pick", {"do": "cancel"}))
    assert claims[DL + "content_items"] == []
    assert claims[DL + "msg"] == "Nothing was added."
    assert claims[DL + "data"] == "d"


@pytest.mark.parametrize("return_url", ["", None, "javascript:alert(1)", "//x"])
def test_without_a_place_to_answer_there_is_a_readable_refusal(counter: Counter, return_url: Any) -> None:
    browser = counter.come(return_url=return_url)
    for answer in (browser.get("/catalog/pick"), place(browser, "reviews")):
        assert answer.status_code == 400
        assert "did not say where the choice should go" in answer.text


def test_only_a_designer_in_a_deep_linking_request(counter: Counter) -> None:
    assert counter.come(rights=("facilitator", "console")).get("/catalog/pick").status_code == 403
    assert place(counter.come(rights=("author",)), "reviews").status_code == 403
    normal = counter.world.browser(counter.person, "designer", context=counter.course)
    assert normal.get("/catalog/pick").status_code == 400
    assert place(normal, "reviews").status_code == 400
    without_settings = counter.come(launch={"deep_linking": None})
    assert without_settings.get("/catalog/pick").status_code == 400


def test_a_rotated_key_signs_the_next_answer(counter: Counter, tool: Tool) -> None:
    browser = counter.come()
    counter.claims(place(browser, "reviews"))
    with tool.database.unit() as session:
        kid = keys.rotate(session, tool, at_once=True).kid
    answer = place(browser, "reviews")
    counter.claims(answer)
    found = re.search(r'name="JWT" value="([^"]+)"', answer.text)
    assert found is not None
    assert jwt.get_unverified_header(html.unescape(found.group(1)))["kid"] == kid


@pytest.mark.parametrize(
    ("sent", "maximum", "custom"),
    [
        ({"scoring": "percent", "points": "7"}, 100, {"points": "100", "scoring": "percent"}),
        ({"scoring": "pass", "points": ""}, 1, {"points": "1", "scoring": "pass"}),
        ({"scoring": "points", "points": "7"}, 7, {"points": "7"}),
        ({"scoring": "odd", "points": "7"}, 7, {"points": "7"}),
    ],
)
def test_what_the_gradebook_shows_is_the_designers_choice(
    counter: Counter, sent: dict[str, str], maximum: int, custom: dict[str, str]
) -> None:
    version = counter.version()
    (item,) = counter.claims(place(counter.come(), version.id, **sent))[DL + "content_items"]
    assert item["lineItem"]["scoreMaximum"] == maximum
    assert item["custom"] == {"activity": version.activity_key, **custom}
    link = counter.world.resource_link(counter.course)
    with counter.tool.database.unit() as session:
        activity = ensure_activity(
            session,
            counter.tool,
            district_id=version.district_id,
            context_id=counter.course.id,
            resource_link_id=link.id,
            custom=item["custom"],
        )
        assert activity is not None
        assert (activity.scoring, activity.points) == (custom.get("scoring", "points"), maximum)


def test_percent_and_pass_need_no_points(counter: Counter) -> None:
    version = counter.version()
    assert place(counter.come(), version.id, points="").status_code == 422
    assert place(counter.come(), version.id, points="", scoring="pass").status_code == 200
