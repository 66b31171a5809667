"""The course's list of people, from a practice LMS and from platforms that send what no platform should."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from flask import Response, request
from sqlalchemy import func, select

from lti_tool.audit import AuditEvent
from lti_tool.errors import Problem
from lti_tool.grading import nrps
from lti_tool.grading.roster import RosterResult, refresh
from lti_tool.launch.models import Membership, Person
from tests.integration.grading.conftest import Bare, Course, Lms

TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
BIG = 3


def read(course: Course) -> RosterResult:
    actor = course.world.person(course.registration, "Dana Facilitator")
    return refresh(course.here, district_id=course.context.district_id, context_id=course.context.id, actor_id=actor.id, seconds=60)


def people(course: Course) -> dict[str, Person]:
    with course.here.database.read() as session:
        return {person.sub: person for person in session.scalars(select(Person))}


def memberships(course: Course) -> dict[str, Membership]:
    with course.here.database.read() as session:
        rows = session.execute(select(Person.sub, Membership).join(Membership, Membership.person_id == Person.id)).all()
        return {row.sub: row.Membership for row in rows}


def address(lms: Lms, number: int = 2) -> str:
    return {
        "canvas": f"{lms.school.issuer}/api/lti/courses/{number}/names_and_roles",
        "moodle": f"{lms.school.issuer}/mod/lti/services.php/CourseSection/{number}/bindings/1/memberships",
    }[lms.school.face]


def test_everybody_is_read_page_by_page(canvas: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = canvas.here.http.request

    def noted(method: str, url: str, **given: Any) -> Any:
        asked.append(url)
        return real(method, url, **given)

    monkeypatch.setattr(canvas.here.http, "request", noted)
    canvas.set_memberships(address(canvas, BIG))
    listed = [key for key, kind in canvas.school.courses[BIG].members.items() if kind != "test_learner"]
    assert len(listed) > 50
    result = read(canvas)
    assert result == RosterResult(len(listed), len(listed) - 1)  # Ada was known from a launch
    pages = [url for url in asked if "names_and_roles" in url]
    assert len(pages) == 2
    assert any(letter.isupper() for letter in pages[1].partition("bookmark:")[2])
    assert canvas.tokens == 1
    assert canvas.violations == []
    known = people(canvas)
    assert {canvas.school.people[key].sub for key in listed} <= known.keys()
    teacher = canvas.school.people["teacher01"]
    found = known[teacher.sub]
    assert (found.label, found.given_name, found.family_name, found.email) == (teacher.name, teacher.given, teacher.family, teacher.email)
    assert found.last_launch_at is None


def test_moodle_says_roles_in_short_and_pages_when_asked(moodle: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrps, "first_page", lambda url, rlid="": f"{url}?limit=4")
    moodle.set_memberships(address(moodle))
    result = read(moodle)
    assert result.people == len(moodle.school.courses[2].members)
    stands = memberships(moodle)
    assert stands[moodle.school.people["dana"].sub].roles == ["Instructor"]
    assert stands[moodle.school.people["nils"].sub].roles == ["Learner"]
    assert moodle.violations == []


def test_names_that_the_lms_keeps_to_itself(lms: Lms) -> None:
    lms.school.registrations[lms.registration.client_id].privacy = "anonymous"
    lms.set_memberships(address(lms))
    read(lms)
    olha = people(lms)[lms.school.people["olha"].sub]
    assert olha.label.startswith("Teacher ")
    assert (olha.given_name, olha.family_name, olha.email) == ("", "", "")
    lms.school.registrations[lms.registration.client_id].privacy = "public"
    assert read(lms).new == 0
    assert people(lms)[olha.sub].label == lms.school.people["olha"].name


def test_reading_twice_adds_nobody_and_gives_no_rights(lms: Lms) -> None:
    dana = lms.person("dana")
    lms.world.member(lms.context, dana, "facilitator", "designer")
    ada = people(lms)[lms.ada.sub]
    lms.set_memberships(address(lms))
    assert read(lms).new > 0
    first = people(lms).keys()
    lms.clock.tick(days=1)
    assert read(lms).new == 0
    assert len(people(lms)) == len(first) + 1  # the actor of the second reading
    stands = memberships(lms)
    assert {row.source for row in stands.values()} == {"launch", "roster"}
    assert [sub for sub, row in stands.items() if row.rights] == [dana.sub]
    assert (stands[dana.sub].rights, stands[dana.sub].source) == (["facilitator", "designer"], "launch")
    assert stands[dana.sub].seen_at == lms.clock()
    after = people(lms)[ada.sub]
    assert (after.label, after.email, after.last_launch_at) == (ada.label, ada.email, ada.last_launch_at)
    with lms.here.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "grading:roster:read")).all()
    assert len(events) == 2


def test_who_left_is_not_listed_any_more_but_stays_known(moodle: Lms) -> None:
    moodle.set_memberships(address(moodle))
    read(moodle)
    moodle.clock.tick(days=1)
    moodle.school.courses[2].members.pop("raj")
    read(moodle)
    stands = memberships(moodle)
    assert stands[moodle.school.people["raj"].sub].seen_at < moodle.clock()


def page(members: list[Any], following: str = "") -> Callable[[], Response]:
    def answer() -> Response:
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response(json.dumps({"id": "x", "context": {"id": "1"}, "members": members}), 200, headers, content_type=TYPE)

    return answer


def member(sub: Any, **given: Any) -> dict[str, Any]:
    return {"status": "Active", "user_id": sub, "roles": ["Learner"], "name": f"Name {sub}", **given}


def listed(bare: Bare) -> set[str]:
    return set(memberships(bare))


def test_odd_members_are_left_out_or_cleaned(bare: Bare) -> None:
    bare.pages["1"] = page(
        [
            member("fine"),
            member("suspended", status="Inactive"),
            member("gone", status="Deleted"),
            member(""),
            member(None),
            member({"id": 1}),
            member(True),
            member("x" * 256),
            member("nul\x00"),
            member("half\ud800"),
            member(4711),
            "not a member",
            member("odd", name="Nu\x00l and \ud83d half", given_name=["x"], family_name="$Person.name.family", email=7, roles="Learner"),
            member("long", name="y" * 900, roles=[1, "Learner", None, "Half\udfff"]),
            member("fine", name="Said twice"),
        ]
    )
    read(bare)
    assert listed(bare) == {"fine", "4711", "odd", "long"}
    known, stands = people(bare), memberships(bare)
    assert (known["odd"].label, known["odd"].given_name, known["odd"].family_name, known["odd"].email) == ("Nul and  half", "", "", "")
    assert stands["odd"].roles == []
    assert len(known["long"].label) == 255
    assert stands["long"].roles == ["Learner", "Half"]


@pytest.mark.parametrize("body", ["[]", "{}", '{"members": {}}', '{"members": null}', "7"])
def test_an_answer_that_is_no_list(bare: Bare, body: str) -> None:
    bare.pages["1"] = lambda: Response(body, content_type=TYPE)
    with pytest.raises(Problem) as problem:
        read(bare)
    assert "no list of people" in problem.value.text


def test_a_list_without_people(bare: Bare) -> None:
    bare.pages["1"] = page([])
    assert read(bare) == RosterResult(0, 0)


def test_a_next_page_elsewhere_is_refused(bare: Bare) -> None:
    bare.pages["1"] = page([member("one")], "http://127.0.0.1:9/members/2")
    with pytest.raises(Problem) as problem:
        read(bare)
    assert (problem.value.code, problem.value.status) == ("roster_unavailable", 502)
    assert listed(bare) == {"one"}


def test_a_relative_next_page_is_followed(bare: Bare) -> None:
    bare.pages["1"] = page([member("one")], "/members/2?Page=AbC")

    def second() -> Response:
        return page([member(request.args["Page"])])()

    bare.pages["2"] = second
    assert read(bare).people == 2
    assert listed(bare) == {"one", "AbC"}


def test_pages_that_go_round_in_circles_end(bare: Bare) -> None:
    bare.pages["1"] = page([member("one")], f"{bare.base}/members/2")
    bare.pages["2"] = page([member("two")], f"{bare.base}/members/2")
    with pytest.raises(Problem) as problem:
        read(bare)
    assert "in circles" in problem.value.text
    assert listed(bare) == {"one", "two"}


def test_the_first_page_keeps_the_query_of_the_lms(bare: Bare) -> None:
    seen: list[str] = []
    bare.set_memberships(f"{bare.base}/members/1?rlid=A%20b&empty=")

    def answer() -> Response:
        seen.append(request.query_string.decode())
        return page([])()

    bare.pages["1"] = answer
    read(bare)
    assert seen == ["rlid=A+b&empty=&limit=200"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("<html>", 200, content_type="text/html"),
        lambda: Response("", 403),
        lambda: Response("", 401),
        lambda: Response("", 302, {"Location": "/login"}),
        lambda: Response(iter([b'{"members": ["', *([b"x" * 1_000_000] * 100), b'"]}']), 200, content_type=TYPE),
    ],
    ids=["html", "403", "401", "302", "100 MB"],
)
def test_what_is_no_list(bare: Bare, answer: Callable[[], Response]) -> None:
    bare.pages["1"] = answer
    with pytest.raises(Problem) as problem:
        read(bare)
    assert problem.value.code == "roster_unavailable"
    assert problem.value.text
    assert listed(bare) == set()


def test_no_token_and_no_address(bare: Bare) -> None:
    bare.token_answers = [({"error": "invalid_client"}, 401)]
    with pytest.raises(Problem) as problem:
        read(bare)
    assert problem.value.code == "roster_unavailable"
    bare.set_memberships("")
    with pytest.raises(Problem) as problem:
        read(bare)
    assert "does not share" in problem.value.text


def test_five_thousand_people_in_little_memory(bare: Bare) -> None:
    def fifty() -> Response:
        start = request.args.get("from", 0, type=int)
        following = f"{bare.base}/members/1?from={start + 50}" if start < 4950 else ""
        return page([member(f"member-{number}", given_name="G", email="e@example.org") for number in range(start, start + 50)], following)()

    bare.pages["1"] = fifty
    tracemalloc.start()
    try:
        result = read(bare)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result == RosterResult(5000, 5000)
    assert peak < 16 * 1024 * 1024
    with bare.here.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Membership)) == 5000


def test_on_the_page(lms: Lms) -> None:
    lms.set_memberships(address(lms))
    dana = lms.world.browser(lms.person("dana"), "facilitator", activity=lms.activity)
    answer = dana.post("/scores/roster")
    assert answer.status_code == 303
    shown = dana.get(answer.location)
    assert shown.status_code == 200
    assert "course list has been read" in shown.text
    assert lms.school.people["olha"].sub in people(lms)


def test_an_lms_that_gives_no_list_says_so_on_the_page(bare: Bare) -> None:
    bare.pages["1"] = lambda: Response("", 403)
    dana = bare.world.browser(bare.world.person(bare.registration, "Dana"), "facilitator", activity=bare.activity)
    answer = dana.post("/scores/roster")
    assert answer.status_code == 502
    assert "did not let the tool read the list" in answer.text


def test_who_may_read_the_list(lms: Lms) -> None:
    lms.set_memberships(address(lms))
    earner = lms.world.browser(lms.ada, "earner", activity=lms.activity)
    dana = lms.world.browser(lms.person("dana"), "facilitator", activity=lms.activity)
    assert earner.post("/scores/roster").status_code == 403
    assert dana.post("/scores/roster", {"csrf_token": "forged"}).status_code == 400
    assert lms.world.browser(lms.person("rosa"), "console").post("/scores/roster").status_code == 400
    assert lms.world.app.test_client().post(f"{dana.prefix}/scores/roster").status_code in (400, 401)
    assert lms.tokens == 0


def test_another_districts_course_is_not_found(lms: Lms) -> None:
    other = lms.world.registration()
    with pytest.raises(Problem) as problem:
        refresh(lms.here, district_id=other.district_id, context_id=lms.context.id, actor_id=lms.ada.id)
    assert problem.value.code == "not_found"
