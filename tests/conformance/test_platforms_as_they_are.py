"""Canvas and Moodle as they are: what real ones send and do, in the shapes that they give it, against the running tool."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from lti_tool.launch.models import Context, Person, ResourceLink
from lti_tool.platforms import service
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.review.models import Review
from tests.conformance.conftest import Browser, LiveTool, Visits
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.canvas import ACCOUNT, ADMINISTERS, STUDIES, TEACHES, USER, Canvas
from tests.factories.platform import AGS, INSTITUTION, NRPS, Platform
from tests.factories.world import World

NOTHING_PERSONAL = dict.fromkeys(("name", "given_name", "family_name", "email"), ...)
REFUSALS = {
    "login_required": "does not know that you are signed in",
    "launch_no_longer_valid": "This launch can&#39;t be used again",
    "unauthorized_client": "does not let this tool in here",
    "invalid_request_object": "did not open the activity",
    "no_such_error": "did not open the activity",
    "<script>": "did not open the activity",
    "x" * 5000: "did not open the activity",
}
"""Errors of the LMS, and words of the page that explains them."""


class TestDeployments:
    """One client, many places."""

    def test_a_course_copy_brings_a_deployment_a_course_and_links_of_its_own(self, visits: Visits) -> None:
        custom = {"activity": "key-of-a-version"}
        original = visits.open(custom=custom).row
        copy = visits.open(
            deployment_id="12:" + "b" * 40,
            context={"id": "b" * 40, "label": "PL1", "title": "Professional learning (copy)", "type": ["CourseOffering"]},
            resource_link={"id": "0b41a0b2-0000-4000-8000-000000000000", "title": "Asking good questions"},
            custom={**custom, "context_history": visits.canvas.course},
        ).row
        assert [row.deployment_id for row in visits.rows(Deployment)] == [visits.canvas.deployment_id, "12:" + "b" * 40]
        assert {row.district_id for row in visits.rows(Deployment)} == {visits.row.district_id}
        assert (copy.person_id, copy.launch["custom"]) == (original.person_id, original.launch["custom"])
        assert copy.context_id != original.context_id
        assert copy.resource_link_id != original.resource_link_id
        assert {row.lti_id: row.history for row in visits.rows(Context)} == {visits.canvas.course: [], "b" * 40: [visits.canvas.course]}

    def test_elsewhere_a_second_place_is_refused_in_words(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform, lti_deployment_id=None)
        token = platform.sign(platform.claims(asked["nonce"], deployment_id="another"))
        answer = browser.post({"state": asked["state"], "id_token": token})
        assert_readable(answer)
        assert "the deployment id has to be added to the registration" in answer.text


class TestAdministrators:
    """People who administer the LMS and stand in no course."""

    def test_the_accounts_menu_leads_to_the_console(self, visits: Visits) -> None:
        visit = visits.open(**visits.canvas.account_navigation())
        assert (visit.rights, visit.row.resource_link_id) == (["console"], None)
        page = visit.get()
        assert page.url.endswith("/connection/"), "nothing has been placed yet: first the check"
        assert "District" in page.text
        [account] = visits.rows(Context)
        assert (account.lti_id, account.label, account.lineitems_url, account.memberships_url) == (ACCOUNT, "", "", "")

    def test_without_the_console_an_honest_page(self, visits: Visits) -> None:
        with visits.live.here.database.unit() as session:
            session.execute(update(Registration).where(Registration.id == visits.row.id).values(admins_run_console=False))
        for claims in (visits.canvas.account_navigation(), {"roles": ADMINISTERS}):
            visit = visits.open(**claims)
            assert visit.rights == []
            assert "The district’s console is closed to administrators" in visit.get("home").text
            assert visit.get("district/").status_code == 403

    def test_never_an_earner(self, visits: Visits) -> None:
        visit = visits.open(roles=ADMINISTERS)
        assert visit.rights == ["console"]
        assert visit.get(f"evidence/work/{uuid4()}").status_code == 403

    def test_the_console_ends_for_open_visits_when_it_is_closed_to_them(self, visits: Visits) -> None:
        visit = visits.open(roles=ADMINISTERS)
        assert visit.get("district/").status_code == 200
        with visits.live.here.database.unit() as session:
            service.edit(session, visits.live.here, session.get_one(Registration, visits.row.id), admins_run_console=False)
        assert visit.get("district/").status_code == 403


class TestReviewers:
    """People of the pool, who come from wherever their LMS shows the tool."""

    @pytest.mark.parametrize("place", ["course_navigation", "account_navigation", "global_navigation", "user_navigation", "a course link"])
    def test_a_menu_leads_to_what_waits_for_them(self, visits: Visits, builder: World, place: str) -> None:
        account = place in ("account_navigation", "global_navigation", "user_navigation")
        claims: dict[str, Any] = {"roles": STUDIES, "https://www.instructure.com/placement": place}
        if account:
            claims = {**visits.canvas.account_navigation(), **claims, "roles": [INSTITUTION + "Instructor", USER]}
        elif place == "course_navigation":
            claims |= {"resource_link": {"id": visits.canvas.course, "title": "Professional learning"}}
        else:
            claims |= {"custom": {"page": "reviews"}, "https://www.instructure.com/placement": None}
        person_id = visits.open(**claims).row.person_id
        assert not visits.open(**claims).get().url.endswith("/review/"), "no reviewer yet"
        world, here = builder, visits.live.here
        with here.database.read() as session:
            person = session.get_one(Person, person_id)
        world.grant(person, "reviewer")
        seen = visits.open(**claims)
        assert "Nothing waits for you" in seen.get("review/").text
        activity = world.activity(world.context(visits.row))
        submission = world.submission(
            world.enrollment(activity, world.person(visits.row, "Wilhelmina Featherstonehaugh")), state="in_review"
        )
        review = world._add(
            Review(district_id=person.district_id, submission_id=submission.id, reviewer_id=person_id, seat=1, state="assigned", scores={},
                   overall_feedback="", decline_reason="", assigned_at=here.clock(), due_at=here.clock())
        )  # fmt: skip
        page = visits.open(**claims).get()
        assert page.url.endswith("/review/")
        assert str(review.id) in page.text
        desk = seen.get(f"review/{review.id}")
        assert "Your judgement" in desk.text
        assert "Featherstonehaugh" not in page.text + desk.text


class TestNames:
    """Privacy levels come and go."""

    def test_pseudonyms_are_stable_and_names_come_and_go(self, visits: Visits) -> None:
        seen = []
        for claims in (NOTHING_PERSONAL, NOTHING_PERSONAL, {}, NOTHING_PERSONAL, {**NOTHING_PERSONAL, "email": "ada@example.org"}):
            visit = visits.open(**claims)
            [person] = visits.rows(Person)
            seen.append((person.label, person.given_name, person.email))
            assert person.label in visit.get("home").text
        assert re.fullmatch("Teacher [0-9A-F]{4}", seen[0][0])
        alias = seen[0][0]
        assert seen == [
            (alias, "", ""),
            (alias, "", ""),
            ("Ada Teacher", "Ada", "ada@example.org"),
            (alias, "", ""),
            (alias, "", "ada@example.org"),
        ]

    def test_two_people_without_names_differ(self, visits: Visits) -> None:
        for sub in ("one", "two"):
            visits.open(sub=sub, **NOTHING_PERSONAL)
        assert len({person.label for person in visits.rows(Person)}) == 2

    @pytest.mark.parametrize(
        "given", [{"name": "", "email": ""}, {"name": None, "email": None}, {"name": "$Person.name.full", "email": "$Person.email.primary"}]
    )
    def test_empty_is_absent(self, visits: Visits, given: dict[str, Any]) -> None:
        visits.open(**{**NOTHING_PERSONAL, **given})
        [person] = visits.rows(Person)
        assert (person.label[:8], person.email) == ("Teacher ", "")


class TestNumbers:
    """Older Canvas, and others, send ids as JSON numbers."""

    def test_they_are_the_same_as_their_digits(self, visits: Visits) -> None:
        for kind in (int, str):
            visits.open(
                deployment_id=kind(5),
                context={"id": kind(7), "title": "Professional learning"},
                resource_link={"id": kind(8), "title": "Asking"},
                custom={"canvas_course_id": kind(3), "activity": kind(2026)},
            )
        assert [row.deployment_id for row in visits.rows(Deployment)] == ["5"]
        assert [row.lti_id for row in visits.rows(Context)] == ["7"]
        [link] = visits.rows(ResourceLink)
        assert (link.lti_id, link.custom) == ("8", {"canvas_course_id": "3", "activity": "2026"})

    def test_a_number_in_the_token_meets_its_digits_of_the_login(self, visits: Visits, browser: Browser) -> None:
        for named, status in (("5", 303), ("6", 403)):
            asked = browser.asked(visits.canvas, lti_deployment_id=named)
            token = visits.canvas.sign(visits.canvas.claims(asked["nonce"], deployment_id=5))
            assert browser.post({"state": asked["state"], "id_token": token}).status_code == status

    def test_for_whom_a_submission_is_opened(self, visits: Visits) -> None:
        review = {"message_type": "LtiSubmissionReviewRequest", "roles": TEACHES, "for_user": {"user_id": 42}}
        assert visits.open(**review).row.launch["for_user"] == "42"

    @pytest.mark.parametrize("value", [True, False, 1.5, 5.0, -5, None, [5], {"id": 5}, 10**300])
    @pytest.mark.parametrize("claim", ["deployment_id", "context", "resource_link", "for_user"])
    def test_nothing_else_is(self, visits: Visits, claim: str, value: Any) -> None:
        given: Any = {"deployment_id": value, "for_user": {"user_id": value}}.get(claim, {"id": value})
        more = {"message_type": "LtiSubmissionReviewRequest", "roles": TEACHES} if claim == "for_user" else {}
        assert_readable(visits.open(**{claim: given}, **more).answer)

    @pytest.mark.parametrize("value", [5, 0, 5.0, True])
    def test_a_person_is_no_number(self, visits: Visits, value: Any) -> None:
        assert_readable(visits.open(sub=value).answer)
        assert visits.rows(Person) == []


class TestVariables:
    """What an LMS does not know it sends as it was written."""

    def test_they_count_as_absent(self, visits: Visits) -> None:
        row = visits.open(
            name="$Person.name.full",
            given_name="${Person.name.given}",
            family_name="Family of ${Person.name.full}",
            email="$Person.email.primary",
            locale="$Message.locale",
            context={"id": "c", "label": "PL $Canvas.term.name", "title": "Learning ${Canvas.course.name}"},
            resource_link={"id": "l", "title": "Earn $500 with $Canvas.assignment.title"},
            custom={
                "a": "$Foo",
                "b": "x ${Foo.bar} y",
                "c": "$Foo.bar,$Foo.baz",
                "price": "$500",
                "deal": "2 for $5.00",
                "context_history": "$Context.id.history",
            },
        ).row
        [person], [context], [link] = (visits.rows(model) for model in (Person, Context, ResourceLink))
        assert (person.label[:8], person.given_name, person.family_name, person.email) == ("Teacher ", "", "", "")
        assert (context.title, context.label, context.history, link.title) == ("", "", [], "")
        assert row.launch["custom"] == link.custom == {"price": "$500", "deal": "2 for $5.00"}

    @pytest.mark.parametrize("title", ["Earn $500", "$500 for you", "Save ${5}", "Cash $$$", "US$ and A$AP", "Costs $5.50"])
    def test_money_is_none(self, visits: Visits, title: str) -> None:
        visits.open(resource_link={"id": "l", "title": title}, context={"id": "c", "label": title, "title": title})
        assert [row.title for row in (*visits.rows(ResourceLink), *visits.rows(Context))] == [title] * 2

    @pytest.mark.parametrize("claims", [{"context": {"id": "$Context.id"}}, {"resource_link": {"id": "${ResourceLink.id}"}}])
    def test_an_id_that_was_not_filled_in_names_nothing(self, visits: Visits, claims: dict[str, Any]) -> None:
        assert_readable(visits.open(**claims).answer)


class TestServiceAddresses:
    """Services stand at the account's main host, whatever host the browser shows; old ones mix http and https in one token."""

    def test_a_vanity_host_is_taken_as_it_is_and_followed(self, visits: Visits) -> None:
        for host in ("https://canvas.school.edu", "https://learn.school.edu"):
            course = f"{host}/api/lti/courses/3"
            row = visits.open(**{AGS: {"lineitem": f"{course}/line_items/1", "lineitems": f"{course}/line_items", "scope": []}}).row
            assert row.launch["lineitem_url"] == f"{course}/line_items/1"
            [context], [link] = visits.rows(Context), visits.rows(ResourceLink)
            assert (context.lineitems_url, link.lineitem_url) == (f"{course}/line_items", f"{course}/line_items/1")

    def test_http_and_https_in_one_token(self, visits: Visits, canvas: Canvas) -> None:
        with visits.live.here.database.unit() as session:
            values = {"token_url": f"{canvas.host}/login/oauth2/token", "auth_url": f"{canvas.host}/api/lti/authorize_redirect"}
            session.execute(update(Registration).where(Registration.id == visits.row.id).values(**values))
        course = f"{canvas.host}/api/lti/courses/3"
        mixed = {"lineitem": f"{course}/line_items/1", "lineitems": f"{course}/line_items".replace("https", "http"), "scope": []}
        visits.open(**{AGS: mixed, NRPS: {"context_memberships_url": f"{course}/names_and_roles".replace("https", "http")}})
        [context] = visits.rows(Context)
        assert (context.lineitems_url, context.memberships_url) == (f"{course}/line_items", f"{course}/names_and_roles")

    def test_http_at_a_host_that_we_do_not_know_is_left_out(self, visits: Visits) -> None:
        visits.open(**{AGS: {"lineitems": "http://elsewhere.example.edu/line_items", "scope": []}})
        assert [row.lineitems_url for row in visits.rows(Context)] == [""]


class TestRefusalsOfTheLms:
    """It answers with an error instead of a token (OpenID Connect core, 3.1.2.6)."""

    @pytest.mark.parametrize("error", REFUSALS)
    @pytest.mark.parametrize("state", ["own", "none", "unknown", "used"])
    def test_in_words_with_the_state_burnt(self, visits: Visits, browser: Browser, error: str, state: str) -> None:
        asked = browser.asked(visits.canvas)
        form = {"error": error, "error_description": "<b>secret words</b>", "state": asked["state"]}
        form["state"] = {"none": "", "unknown": "nobody-knows-it"}.get(state, form["state"])
        answer = browser.post(form)
        if state == "used":
            answer = browser.post(form)
            assert answer.status_code == 409
        else:
            assert REFUSALS[error] in answer.text
        assert_readable(answer)
        assert "secret words" not in answer.text
        assert visits.live.burnt(asked["state"]) == (state in ("own", "used"))
        way_back = f'<a class="usa-button" href="{visits.canvas.server.url_for("").rstrip("/")}" target="_top">'
        assert (way_back in answer.text) == (state in ("own", "used"))
        token = visits.canvas.sign(visits.canvas.claims(asked["nonce"]))
        again = browser.post({"state": asked["state"], "id_token": token})
        assert again.status_code == (409 if state in ("own", "used") else 303)

    @pytest.mark.parametrize(("vendor", "known"), [("moodle", True), ("canvas", True), ("other", False)])
    def test_the_way_back_where_it_is_known(self, live: LiveTool, platform: Platform, browser: Browser, vendor: str, known: bool) -> None:
        with live.here.database.unit() as session:
            session.execute(update(Registration).where(Registration.issuer == platform.issuer).values(vendor=vendor))
        asked = browser.asked(platform)
        answer = browser.post({"error": "login_required", "state": asked["state"]})
        assert ("Try again from your LMS" in answer.text) == known
        assert "Reload the LMS&#39;s page" in answer.text
