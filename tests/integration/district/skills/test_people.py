"""Who is found by skill, by whom, and what they see."""

from __future__ import annotations

import csv
from io import StringIO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.database import new_id
from lti_tool.district.skills.models import SkillProfile, SkillShown
from lti_tool.keeping import erasing, export
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.district.skills.conftest import Staff

SEARCHES = ("/skills/", "/skills/?find=1", "/skills/people.csv", "/skills/map", "/skills/{skill}", "/skills/people/{person}")


def paths(staff: Staff, person: UUID) -> list[str]:
    return [path.format(skill=staff.skill, person=person) for path in SEARCHES]


def test_who_may_search(staff: Staff, world: World) -> None:
    ada = staff.holder("Ada Lovelace", "Oak Middle")
    for right in ("console", "leader"):
        browser = staff.browser(staff.teacher("Col League"), right)
        assert {browser.get(path).status_code for path in paths(staff, ada.id)} == {200}, right
    for right in ("earner", "facilitator", "designer", "reviewer", "author", "preview"):
        browser = staff.browser(staff.teacher("Col League"), right)
        answers = [browser.get(path) for path in paths(staff, ada.id)]
        assert {answer.status_code for answer in answers} == {403}, right
        assert not any("Lovelace" in answer.text for answer in answers)
    preview = staff.browser(staff.teacher("Test Student"), "preview")
    assert preview.get("/skills/mine").status_code == preview.post("/skills/mine").status_code == 403
    stranger = world.browser(world.person(world.registration(), "Stran Ger"), "console")
    assert {stranger.get(path).status_code for path in paths(staff, ada.id)[4:]} == {404}
    assert "Lovelace" not in stranger.get("/skills/?find=1").text + stranger.get("/skills/people.csv").text


def test_nobody_without_a_visit(staff: Staff) -> None:
    ada = staff.holder("Ada Lovelace")
    browser = staff.leader()
    token = browser.token()
    browser.client._cookies.clear()
    assert {browser.get(path).status_code for path in [*paths(staff, ada.id), "/skills/mine"]} == {401}
    assert browser.client.post(browser.prefix + "/skills/mine", data={"csrf_token": token}).status_code == 401


def test_nobody_is_found_who_has_not_chosen_it(staff: Staff) -> None:
    ada = staff.teacher("Ada Lovelace", "Oak Middle")
    staff.award(ada)
    leader, own = staff.leader(), staff.browser(ada)
    assert "You are not found" in own.get("/skills/mine").text
    assert "Lovelace" not in leader.get("/skills/?find=1").text
    assert leader.get(f"/skills/people/{ada.id}").status_code == 404
    assert own.post("/skills/mine", {"is_found": "y", "mentors": "y", "note": "On Fridays.", "scope": "all"}).status_code == 303
    page = leader.get("/skills/?find=1").text
    assert "Ada Lovelace" in page
    assert "Would mentor" in page
    assert "On Fridays." in page
    assert "ada@example.org" in leader.get(f"/skills/people/{ada.id}").text
    preview = own.get("/skills/mine").text
    assert "On Fridays." in preview
    assert f"/skills/{staff.skill}" not in preview, "it leads nowhere that they may not go"
    assert own.post("/skills/mine", {"mentors": "y", "scope": "all"}).status_code == 303
    assert "Lovelace" not in leader.get("/skills/?find=1").text
    assert leader.get(f"/skills/people/{ada.id}").status_code == 404


def test_a_choice_of_badges(staff: Staff, world: World) -> None:
    ada = staff.teacher("Ada Lovelace")
    other = world.activity(staff.context, world.version(ada.district_id, title="Small groups", tags=["Talk"]))
    first, second = staff.award(ada), staff.award(ada, other)
    own, leader = staff.browser(ada), staff.leader()
    bad = own.post("/skills/mine", {"is_found": "y", "scope": "some", "note": "Kept words."})
    assert bad.status_code == 422
    assert "Choose at least one badge" in bad.text
    assert "Kept words." in bad.text
    assert own.post("/skills/mine", {"is_found": "y", "scope": "some", "badges": str(second.id)}).status_code == 303
    page = leader.get(f"/skills/people/{ada.id}").text
    assert "Small groups" in page
    assert "Formative assessment" not in page
    assert "Lovelace" not in leader.get("/skills/?find=1&words=formative").text
    ben = staff.teacher("Ben Babbage")
    for stolen in (str(first.id), str(uuid4()), "x"):
        assert staff.browser(ben).post("/skills/mine", {"is_found": "y", "scope": "some", "badges": stolen}).status_code == 404
    with world.tool.database.read() as session:
        assert session.scalars(select(SkillShown.award_id)).all() == [second.id]
        assert session.scalars(select(SkillProfile.person_id)).all() == [ada.id]
    assert own.post("/skills/mine", {"is_found": "y", "scope": "all", "note": "x" * 301}).status_code == 422
    assert own.post("/skills/mine", {"is_found": "y"}).status_code == 422


def test_only_badges_that_stand(staff: Staff, world: World, clock: Clock) -> None:
    ada = staff.holder("Ada Lovelace")
    leader = staff.leader()
    assert "Lovelace" in leader.get("/skills/?find=1").text

    def set_award(**values: object) -> str:
        with world.tool.database.unit() as session:
            session.execute(update(Award).where(Award.person_id == ada.id).values(**values))
        return leader.get("/skills/?find=1").text + leader.get(f"/skills/{staff.skill}").text

    now = clock()
    assert "Lovelace" not in set_award(revoked_at=now)
    assert "Lovelace" not in set_award(revoked_at=None, valid_until=now)
    assert "Lovelace" not in set_award(valid_until=None, is_test=True)
    assert "Lovelace" in set_award(is_test=False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("words=formative", {"Ada", "Ben", "Cleo"}),
        ("words=FEEDBACK+formative", {"Ada", "Ben", "Cleo"}),
        ("words=groups", set()),
        ("topic=assessment", {"Ada", "Ben", "Cleo"}),
        ("part=middle", {"Ada", "Ben"}),
        ("part=%25", set()),
        ("school=Oak+Middle&school=Lake+High", {"Ada", "Cleo"}),
        ("school=oak++middle", {"Ada"}),
        ("mentors=1", {"Ada", "Cleo"}),
        ("mentors=1&part=middle", {"Ada"}),
        ("mentors=1&leads=1", {"Cleo"}),
        ("visits=1", set()),
        ("since=2026-11-25", {"Cleo"}),
        ("until=2026-11-24", {"Ada", "Ben"}),
    ],
)
def test_what_can_be_asked(staff: Staff, clock: Clock, query: str, names: set[str]) -> None:
    staff.holder("Ada Lovelace", "Oak Middle", mentors="y")
    staff.holder("Ben Babbage", "Elm Middle")
    clock.tick(days=2)
    staff.holder("Cleo Curie", "Lake High", mentors="y", leads="y")
    page = staff.leader().get(f"/skills/?find=1&{query}").text
    assert {name for name in ("Ada", "Ben", "Cleo") if f"{name} " in page} == names
    table = staff.leader().get(f"/skills/people.csv?{query}").text
    assert {name for name in ("Ada", "Ben", "Cleo") if f"{name} " in table} == names


def test_bad_addresses(staff: Staff) -> None:
    leader = staff.leader()
    for query in ("since=x", "until=2026-13-01", "skill=x", "after=x"):
        assert leader.get(f"/skills/?find=1&{query}").status_code == 400, query
    assert leader.get("/skills/map?topics=x").status_code == 400
    assert leader.get(f"/skills/{new_id()}").status_code == 404
    assert leader.get(f"/skills/people/{new_id()}").status_code == 404


def test_the_table_is_guarded_and_holds_who_consents_only(staff: Staff) -> None:
    staff.holder("=SUM(A1)", "Oak Middle", note="+1", mentors="y")
    hidden = staff.teacher("Hid Den")
    staff.award(hidden)
    rows = list(csv.reader(StringIO(staff.leader().get("/skills/people.csv").text.lstrip("\ufeff"))))
    assert rows[0] == ["Name", "E-mail", "School", "Would mentor", "Would lead", "Offers a classroom visit", "Note", "Badges"]
    assert rows[1][0] == "'=SUM(A1)"
    assert rows[1][3:] == ["yes", "no", "no", "'+1", "Formative assessment (2026-11-24)"]
    assert len(rows) == 2


def test_the_trail_says_who_looked_and_names_nobody(staff: Staff, world: World) -> None:
    ada = staff.holder("Ada Lovelace", "Oak Middle", note="A secret note")
    leader = staff.leader()
    for path in paths(staff, ada.id):
        leader.get(path)
    with world.tool.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action.like("skills:%")).order_by(AuditEvent.sequence)).all()
    assert [event.action for event in events] == [
        "skills:choice:changed",
        "skills:people:searched",
        "skills:people:exported",
        "skills:people:searched",
        "skills:person:seen",
    ]
    assert events[-1].subject_id == ada.id
    for event in events:
        assert "Lovelace" not in str(event.details)
        assert "secret" not in str(event.details) + event.reason


def test_pages_and_queries_do_not_grow(staff: Staff, world: World) -> None:
    staff.holder("Ada Lovelace", "Oak Middle")
    leader = staff.leader()
    pages = ("/skills/?find=1", f"/skills/{staff.skill}", "/skills/map")
    few = []
    for path in pages:
        with counted(world.tool) as asked:
            leader.get(path)
        few.append(len(asked))
    for n in range(55):
        staff.holder(f"Holder {n:02}", f"School {n:02}")
    for path, before in zip(pages, few, strict=True):
        with counted(world.tool) as asked:
            page = leader.get(path)
        assert len(asked) == before, path
        assert page.status_code == 200
    page = leader.get("/skills/?find=1").text
    assert page.count("person-card") - page.count("person-card__") == 50
    following = page.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert leader.get(following).text.count('class="card person-card"') == 6
    assert len(leader.get("/skills/people.csv").text.splitlines()) == 57
    assert leader.get("/skills/map?school=zzz").status_code == 200


def test_figures_of_a_skill(staff: Staff) -> None:
    staff.holder("Ada Lovelace", "Oak Middle", mentors="y")
    for n in range(11):
        staff.award(staff.teacher(f"Quiet {n}", "Oak Middle"))
    for n in range(10):
        staff.teacher(f"Without {n}", "elm middle" if n else "Elm Middle")
    staff.award(staff.teacher("Only One", "Tiny School"))
    page = staff.leader().get(f"/skills/{staff.skill}").text
    assert "12 others hold it" in page
    assert "1 of those who want to be found would mentor" in page
    assert "1 school of this list has nobody" in page
    rows = {row.split("</th>")[0].rpartition(">")[2]: row.split("</th>")[1] for row in page.split("<tr>")[2:]}
    assert "12" in rows["Oak Middle"]
    assert "Nobody" in rows["Elm Middle"]
    assert "Small school" in rows["Tiny School"]
    assert "Quiet" not in page
    assert "Only One" not in page
    assert "Professional learning" in page
    chart = staff.leader().get("/skills/map").text
    assert "Assessment" in chart
    assert "nothing is told" in chart


def test_an_export_has_it_and_an_erasure_takes_it(staff: Staff, world: World) -> None:
    ada = staff.holder("Ada Lovelace", "Oak Middle", mentors="y", note="On Fridays.")
    admin = staff.teacher("Adm In")
    with world.tool.database.read() as session:
        told = export.gather(session, district_id=ada.district_id, person_id=ada.id, now=world.tool.clock()).data["found_by_skill"]
    assert (told["found"], told["mentors"], told["note"]) == (True, True, "On Fridays.")
    with world.tool.database.unit() as session:
        erasing.erase(session, world.tool, district_id=ada.district_id, person_id=ada.id, actor_id=admin.id)
    with world.tool.database.read() as session:
        assert session.scalars(select(SkillProfile)).all() == []
    assert staff.leader().get(f"/skills/people/{ada.id}").status_code == 404
