"""Roles as LMSs have them: those that give nothing, those that end, and who is who, against the running tool."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select, update

from lti_tool.launch.models import Membership, Person
from lti_tool.web.models import RoleGrant
from tests.conformance.conftest import Visits
from tests.factories.canvas import ADMINISTERS, MENTOR, OBSERVES, STUDENT_VIEW, STUDIES, TEACHES, USER
from tests.factories.platform import INSTRUCTOR, LEARNER


class TestRolesThatGiveNothing:
    """Let in, told what they see, and shown nobody's work."""

    @pytest.mark.parametrize(
        ("roles", "words"),
        [
            (OBSERVES, "You are here as an observer"),
            ([MENTOR], "You are here as an observer"),
            (["http://example.org/roles#Wizard"], "Your role has nothing to do here"),
            ([USER], "Your role has nothing to do here"),
            ([], "Your role has nothing to do here"),
        ],
    )
    def test_a_page_says_so(self, visits: Visits, roles: list[str], words: str) -> None:
        visit = visits.open(roles=roles)
        assert visit.rights == []
        page = visit.get()
        assert (page.status_code, words in page.text) == (200, True)
        assert "there is nothing for you to open" in page.text or "you can’t see anybody’s work" in page.text
        for path in ("catalog/", "review/", "review/people", "district/"):
            assert visit.get(path).status_code == 403, path

    def test_observers_who_are_more_are_treated_as_more(self, visits: Visits) -> None:
        assert visits.open(roles=[*OBSERVES, LEARNER]).rights == ["earner"]


class TestRolesThatEnd:
    """A role that the LMS or the district takes away ends at once, in tabs that are open, too."""

    def test_in_the_same_course(self, visits: Visits) -> None:
        tab = visits.open(roles=TEACHES)
        assert tab.get("catalog/").status_code == 200
        visits.open(roles=STUDIES)
        assert tab.rights == []
        assert tab.get("catalog/").status_code == 403
        assert tab.get("review/people").status_code == 403

    def test_no_right_travels_to_another_course(self, visits: Visits) -> None:
        here = visits.open(roles=TEACHES)
        there = visits.open(roles=STUDIES, context={"id": "another", "title": "Another"})
        assert (here.rights, there.rights) == (["designer", "facilitator"], ["earner"])
        assert there.get("catalog/").status_code == 403
        [person] = visits.rows(Person)
        with visits.live.here.database.read() as session:
            rights = session.scalars(select(Membership.rights).where(Membership.person_id == person.id).order_by(Membership.id)).all()
        assert rights == [["designer", "facilitator"], ["earner"]]

    def test_an_administrator_no_more_is_none_in_any_tab(self, visits: Visits) -> None:
        account = visits.open(**visits.canvas.account_navigation())
        sub = visits.canvas.account_navigation()["sub"]
        course = visits.open(sub=sub, roles=[*ADMINISTERS, INSTRUCTOR])
        visits.open(sub=sub, roles=[*ADMINISTERS, LEARNER], context={"id": "a course to learn in"})
        assert account.get("district/").status_code == 200, "still an administrator, though a learner there"
        visits.open(sub=sub, roles=STUDIES, context={"id": "another"})
        assert (account.rights, course.rights) == ([], ["designer", "facilitator"])
        assert account.get("district/").status_code == 403

    def test_somebody_elses_launch_changes_nothing(self, visits: Visits) -> None:
        tab = visits.open(roles=TEACHES)
        visits.open(sub="another", roles=STUDIES)
        assert tab.get("catalog/").status_code == 200

    @pytest.mark.parametrize(("role", "path"), [("reviewer", "review/"), ("author", "catalog/"), ("coordinator", "district/")])
    def test_what_the_district_gave_and_took(self, visits: Visits, role: str, path: str) -> None:
        tab = visits.open()
        assert tab.get(path).status_code == 403
        now, here = visits.live.clock(), visits.live.here
        with here.database.unit() as session:
            session.add(
                RoleGrant(district_id=visits.row.district_id, person_id=tab.row.person_id, role=role, granted_by=None, granted_at=now)
            )
        assert tab.get(path).status_code == 200
        visits.open()
        assert tab.get(path).status_code == 200, "a launch takes away only what launches gave"
        with here.database.unit() as session:
            session.execute(update(RoleGrant).where(RoleGrant.person_id == tab.row.person_id).values(revoked_at=now))
        assert tab.get(path).status_code == 403


class TestWhoIsWho:
    """A person is a registration and a sub. Nothing else ever makes two of them one."""

    def test_after_a_merge_in_canvas_there_are_two(self, visits: Visits) -> None:
        """An old course goes on under the old id, a new one begins under the surviving one; name and e-mail are the same."""
        old = visits.open(sub="11111111-0000-4000-8000-000000000000")
        new = visits.open(sub="22222222-0000-4000-8000-000000000000", context={"id": "another", "title": "Another"})
        again = visits.open(sub="11111111-0000-4000-8000-000000000000")
        assert old.row.person_id == again.row.person_id != new.row.person_id
        assert len(visits.rows(Person)) == 2

    def test_an_address_that_goes_to_somebody_else_links_nobody(self, visits: Visits) -> None:
        first = visits.open(sub="one", email="office@example.org")
        self._reviewer(visits, first.row.person_id)
        second = visits.open(sub="two", email="office@example.org")
        assert first.row.person_id != second.row.person_id
        assert (first.get("review/").status_code, second.get("review/").status_code) == (200, 403)

    def _reviewer(self, visits: Visits, person_id: UUID) -> None:
        with visits.live.here.database.unit() as session:
            now = visits.live.clock()
            session.add(
                RoleGrant(district_id=visits.row.district_id, person_id=person_id, role="reviewer", granted_by=None, granted_at=now)
            )

    def test_student_view_is_a_person_of_its_own(self, visits: Visits) -> None:
        teacher = visits.open(sub="teacher", roles=TEACHES)
        student = visits.open(sub="of-the-test-student", roles=STUDENT_VIEW)
        assert (student.rights, student.row.person_id != teacher.row.person_id) == (["preview"], True)
        assert [person.is_test for person in visits.rows(Person)] == [False, True]
