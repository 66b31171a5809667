"""Names and roles."""

from __future__ import annotations

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import NRPS
from tests.practice_lms.grades import MEMBERS

CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"


def roster(stage: Stage, face: str) -> tuple[str, dict[str, str]]:
    """The address from a launch, and headers to ask with."""
    stage.register(face)
    claims = stage.open(face, "dana", stage.place(face)["number"])
    headers = {**stage.tool.headers([NRPS]), "Accept": MEMBERS}
    return claims[CLAIM]["context_memberships_url"], headers


def test_moodle_gives_everybody_with_short_roles(stage: Stage) -> None:
    url, headers = roster(stage, "moodle")
    answer = requests.get(url, headers=headers, timeout=10)
    roles = {member["ext_user_username"]: member["roles"] for member in answer.json()["members"]}
    assert roles["dana"] == ["Instructor"]
    assert roles["nils"] == roles["ada"] == ["Learner"]
    assert "alex" not in roles
    assert "Link" not in answer.headers
    page = requests.get(url + "?limit=3", headers=headers, timeout=10)
    assert len(page.json()["members"]) == 3
    assert page.links["next"]["url"] == url + "?limit=3&from=3"
    only = requests.get(url, params={"role": MEMBERSHIP + "#Instructor"}, headers=headers, timeout=10).json()["members"]
    assert [member["ext_user_username"] for member in only] == ["dana"]
    assert requests.get(url, headers={**headers, "Accept": "application/json"}, timeout=10).status_code == 400
    assert requests.get(url + "?rlid=999", headers=headers, timeout=10).status_code == 404


def test_canvas_gives_fifty_to_a_page(stage: Stage) -> None:
    url, headers = roster(stage, "canvas")
    url = url.replace("/courses/2/", "/courses/3/")
    members, pages = [], 0
    following: str | None = url
    while following:
        answer = requests.get(following, headers=headers, timeout=10)
        members += answer.json()["members"]
        pages += 1
        following = answer.links.get("next", {}).get("url")
    assert pages == 2
    assert len(members) == len({member["user_id"] for member in members}) == stage.inspect("canvas")["courses"][1]["members"]


def test_canvas_page_marks_depend_on_letter_case(stage: Stage) -> None:
    url, headers = roster(stage, "canvas")
    first = requests.get(url.replace("/courses/2/", "/courses/3/"), headers=headers, timeout=10)
    following = first.links["next"]["url"]
    assert following != following.lower()
    assert requests.get(following.lower(), headers=headers, timeout=10).status_code == 404
    assert any("letter case" in told for told in stage.violations("canvas"))


def test_canvas_roles_and_the_unlisted_test_student(stage: Stage) -> None:
    url, headers = roster(stage, "canvas")
    members = {member["email"].partition("@")[0]: member for member in requests.get(url, headers=headers, timeout=10).json()["members"]}
    assert members["tomas"]["roles"] == [MEMBERSHIP + "#Instructor", MEMBERSHIP + "/Instructor#TeachingAssistant"]
    assert members["olive"]["roles"] == [MEMBERSHIP + "#Mentor"]
    assert not {"test-student", "alex"} & set(members)
    learners = requests.get(url, params={"role": MEMBERSHIP + "#Learner"}, headers=headers, timeout=10).json()["members"]
    assert {member["email"].partition("@")[0] for member in learners} == {"ada", "olha", "marisol", "ruth", "raj", "rosa"}


def test_canvas_link_membership_brings_custom_values(stage: Stage) -> None:
    url, headers = roster(stage, "canvas")
    link = stage.inspect("canvas")["items"][0]["resource_link_id"]
    member = requests.get(url, params={"rlid": link}, headers=headers, timeout=10).json()["members"][0]
    custom = member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"]
    assert custom["key"] == "close-reading"
    assert requests.get(url, params={"rlid": "foreign"}, headers=headers, timeout=10).status_code == 422


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_privacy_and_scope_hold_for_the_roster_too(stage: Stage, face: str) -> None:
    url, headers = roster(stage, face)
    stage.control(face, privacy="anonymous")
    members = requests.get(url, headers=headers, timeout=10).json()["members"]
    assert not any({"name", "email"} & set(member) for member in members)
    stage.control(face, scopes=[])
    assert requests.get(url, headers=headers, timeout=10).status_code == 401
