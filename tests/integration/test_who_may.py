"""Every endpoint of review, home and district: without a visit 401, with the wrong role 403, somebody else's things 404."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.models import Decision, Review
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

# method, path, who may
ENDPOINTS = [
    ("GET", "/home", "earner facilitator designer reviewer console preview author -"),
    ("GET", "/activities/{activity}", "earner preview facilitator console"),
    ("GET", "/activities/{activity}/people/{ada}", "facilitator console"),
    ("POST", "/activities/{activity}/people/{ada}/extend", "facilitator console"),
    ("GET", "/review/", "reviewer"),
    ("GET", "/review/{review}", "reviewer"),
    ("POST", "/review/{review}", "reviewer"),
    ("POST", "/review/{review}/decline", "reviewer"),
    ("POST", "/review/{review}/example", "reviewer"),
    ("GET", "/review/people", "facilitator console"),
    ("POST", "/review/people/add", "facilitator console"),
    ("POST", "/review/people/remove", "facilitator console"),
    ("GET", "/review/submissions/{submission}", "facilitator console"),
    ("POST", "/review/submissions/{submission}", "facilitator console"),
    ("POST", "/review/submissions/{submission}/more-time", "facilitator console"),
    ("POST", "/review/submissions/{submission}/exception", "console"),
    ("GET", "/open-work/", "console"),
    ("GET", "/open-work/reviewers", "console"),
    ("GET", "/open-work/settings", "console"),
    ("POST", "/open-work/settings", "console"),
    ("GET", "/reviewers/{ada}", "console"),
    ("POST", "/reviewers/{ada}/qualification", "console"),
    ("POST", "/reviewers/{ada}/workplace", "console"),
    ("POST", "/reviewers/{ada}/calibration/{credential}", "console"),
    ("GET", "/calibration/", "reviewer"),
    ("POST", "/calibration/begin/{credential}", "reviewer"),
    ("GET", "/calibration/{calibration}", "reviewer"),
    ("POST", "/calibration/{calibration}", "reviewer"),
    ("GET", "/examples/", "console author"),
    ("GET", "/examples/from/{submission}", "console"),
    ("POST", "/examples/from/{submission}", "console"),
    ("GET", "/examples/write/{credential}", "console author"),
    ("POST", "/examples/write/{credential}", "console author"),
    ("GET", "/examples/{anchor}", "console author"),
    ("POST", "/examples/{anchor}", "console author"),
    ("POST", "/desk/{review}/notes/{artifact}", "reviewer"),
    ("POST", "/desk/{review}/notes/{note}/remove", "reviewer"),
    ("POST", "/desk/{review}/return", "reviewer"),
    ("GET", "/desk/phrases", "reviewer"),
    ("POST", "/desk/phrases", "reviewer"),
    ("POST", "/desk/phrases/{note}/delete", "reviewer"),
    ("GET", "/appeals/new/{submission}", "earner preview"),
    ("POST", "/appeals/new/{submission}", "earner preview"),
    ("GET", "/appeals/mine/{appeal}", "earner preview"),
    ("POST", "/appeals/mine/{appeal}/withdraw", "earner preview"),
    ("GET", "/appeals/", "facilitator console"),
    ("GET", "/appeals/{appeal}", "facilitator console"),
    ("POST", "/appeals/{appeal}", "facilitator console"),
    ("GET", "/appeals/panel/{seat}", "reviewer"),
    ("POST", "/appeals/panel/{seat}", "reviewer"),
    ("POST", "/appeals/panel/{seat}/decline", "reviewer"),
    ("GET", "/district/", "console"),
    ("GET", "/district/people", "console"),
    ("GET", "/district/people/{ada}", "console"),
    ("POST", "/district/people/{ada}/roles", "console"),
    ("POST", "/district/people/{ada}/roles/{grant}/end", "console"),
    ("GET", "/district/settings", "console"),
    ("POST", "/district/settings", "console"),
    ("GET", "/support/people/{ada}", "console"),
    ("POST", "/support/people/{ada}", "console"),
    ("POST", "/support/leave", ""),
    ("GET", "/district/lms/", "console"),
    ("POST", "/district/lms/invite", "console"),
    ("POST", "/district/lms/invites/{note}/withdraw", "console"),
    ("GET", "/district/lms/{registration}", "console"),
    ("POST", "/district/lms/{registration}/name", "console"),
    ("POST", "/district/lms/{registration}/switch", "console"),
    ("POST", "/district/lms/{registration}/admins", "console"),
    ("GET", "/district/trail", "console"),
    ("GET", "/district/trail.csv", "console"),
    ("GET", "/district/trail.jsonl", "console"),
    ("GET", "/review/agreement/", "console"),
    ("GET", "/review/agreement/reviewers", "console"),
    ("GET", "/review/agreement/own", "reviewer"),
    ("GET", "/review/agreement/microcredentials.csv", "console"),
    ("GET", "/review/agreement/reviewers.csv", "console"),
    ("GET", "/review/agreement/microcredentials/{microcredential}", "console"),
    ("GET", "/review/agreement/microcredentials/{microcredential}.csv", "console"),
    ("GET", "/connection/", "console"),
    ("POST", "/connection/", "console"),
]
RIGHTS = ("earner", "facilitator", "designer", "reviewer", "console", "preview", "author", "-")
ROOMS = (
    "review",
    "home",
    "district",
    "support",
    "lms",
    "connection",
    "coordinating",
    "reviewers",
    "calibration",
    "anchors",
    "agreement",
    "desk",
    "appeal",
)
OWNED = [row for row in ENDPOINTS if "{" in row[1]]


def ids(scene: Scene) -> dict[str, str]:
    submission, [first, _] = scene.seated()
    world = scene.world
    judged = world.submission(scene.enrollment, attempt=2, state="decided", outcome="revise", decided_at=world.tool.clock())
    common = {"district_id": scene.ada.district_id}
    world._add(
        Decision(
            **common,
            submission_id=judged.id,
            outcome="revise",
            criteria={key: {"met": False, "levels": [], "settled_level": None} for key in ("planning", "asking")},
            decided_at=world.tool.clock(),
        )
    )
    appeal = world._add(
        Appeal(
            **common,
            submission_id=judged.id,
            person_id=scene.ada.id,
            ground="process",
            text="x",
            state="accepted",
            filed_at=world.tool.clock(),
            answer="",
        )
    )
    seat = world._add(
        PanelSeat(
            **common,
            appeal_id=appeal.id,
            reviewer_id=first.reviewer_id,
            state="assigned",
            vote="",
            reasons="",
            decline_reason="",
            assigned_at=world.tool.clock(),
            due_at=world.tool.clock(),
        )
    )
    made = world.calibration(scene.activity, scene.reviewers[0])
    credential = world._get(MicrocredentialVersion, scene.activity.version_id).microcredential_id
    return {
        "activity": str(scene.activity.id),
        "ada": str(scene.ada.id),
        "review": str(first.id),
        "submission": str(submission.id),
        "anchor": str(made.anchor_id),
        "calibration": str(made.id),
        "credential": str(credential),
        "microcredential": str(credential),
        "appeal": str(appeal.id),
        "seat": str(seat.id),
        "artifact": submission.snapshot["artifacts"][0]["id"],
        "note": str(new_id()),
        "grant": str(world.grant(scene.ada, "board").id),
        "registration": str(scene.registration.id),
    }


def ask(browser: FrameBrowser, method: str, path: str) -> TestResponse:
    return browser.get(path) if method == "GET" else browser.post(path)


def test_the_table_is_complete(scene: Scene) -> None:
    rules = {
        (method, rule.rule.removeprefix("/s/<frame_key>"))
        for rule in scene.world.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in ROOMS and rule.endpoint != "home.start"
        for method in rule.methods & {"GET", "POST"}
    }
    assert len(rules) == len(ENDPOINTS), rules


@pytest.mark.parametrize(("method", "path", "may"), ENDPOINTS)
def test_each_role(scene: Scene, method: str, path: str, may: str) -> None:
    url = path.format(**ids(scene))
    for right in RIGHTS:
        person = scene.world.person(scene.registration, "Somebody Else")
        browser = scene.world.browser(person, *({right} - {"-"}), activity=scene.activity)
        status = ask(browser, method, url).status_code
        assert (status == 403) != (right in may.split()), f"{right} got {status}"
        assert status < 500


@pytest.mark.parametrize(("method", "path", "may"), ENDPOINTS)
def test_without_a_visit(scene: Scene, method: str, path: str, may: str) -> None:
    browser = scene.world.browser(scene.dana, "facilitator", "reviewer", "console", "earner", activity=scene.activity)
    url, token = browser.prefix + path.format(**ids(scene)), browser.token()
    browser.client._cookies.clear()
    answer = browser.client.open(url, method=method, data={"csrf_token": token} if method == "POST" else None)
    assert answer.status_code == 401
    assert not re.search(r"\bAda\b", answer.text)


@pytest.mark.parametrize(("method", "path", "may"), OWNED)
def test_another_district(scene: Scene, world: World, method: str, path: str, may: str) -> None:
    registration = world.registration()
    stranger = world.person(registration, "Stranger")
    activity = world.activity(world.context(registration))
    browser = world.browser(stranger, "earner", "facilitator", "reviewer", "console", activity=activity)
    answer = ask(browser, method, path.format(**ids(scene)))
    assert answer.status_code in ((404, 422) if path.endswith("/decline") else (404,))
    assert not re.search(r"\bAda\b", answer.text)


@pytest.mark.parametrize(("method", "path", "may"), [row for row in OWNED if "{review}" in row[1]])
def test_another_reviewer(scene: Scene, method: str, path: str, may: str) -> None:
    values = ids(scene)
    [second] = [row for row in scene.rows(Review) if row.seat == 2]
    assert ask(scene.desk(second), method, path.format(**values)).status_code == 404


@pytest.mark.parametrize(("method", "path", "may"), [row for row in OWNED if "facilitator" in row[2]])
def test_a_facilitator_of_another_course(scene: Scene, world: World, method: str, path: str, may: str) -> None:
    other = world.activity(world.context(scene.registration, "Other course"))
    browser = world.browser(world.person(scene.registration, "Fay Facilitator"), "facilitator", "designer", activity=other)
    answer = ask(browser, method, path.format(**ids(scene)))
    assert answer.status_code == 404
    assert "Adabella" not in answer.text


def test_a_teacher_sees_activities_of_the_course_they_came_from_only(scene: Scene, world: World) -> None:
    other = world.activity(world.context(scene.registration, "Other course"))
    browser = world.browser(scene.ada, "earner", activity=other)
    assert browser.get(f"/activities/{scene.activity.id}").status_code == 404
    home = browser.get("/home").text
    assert "open it from its own course" in home
    assert f"/activities/{scene.activity.id}" not in home


def test_damaged_addresses(scene: Scene) -> None:
    browser = scene.world.browser(scene.dana, "facilitator", "reviewer", "console", "earner", activity=scene.activity)
    for path in ("/activities/x", "/activities/../..", "/review/x", "/review/submissions/x", "/activities/%00"):
        assert browser.get(path).status_code == 404, path
    assert browser.get("/district/trail?before=x").status_code == 400
