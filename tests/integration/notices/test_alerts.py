"""A district's console hears of scores that don't arrive, once a day, and of nobody else's."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.grading.roster_models import Roster
from lti_tool.grading.telling import write_alerts
from lti_tool.notices.models import Notice
from tests.integration.grading.conftest import Bare, bare, bare_of

__all__ = ["bare", "bare_of"]


def told(bare: Bare) -> list[tuple[str, str, dict[str, object]]]:
    with bare.here.database.read() as session:
        return [(str(row.person_id), row.kind, row.facts) for row in session.query(Notice).order_by(Notice.id)]


def test_scores_that_wait_for_an_hour(bare: Bare) -> None:
    cora = bare.world.person(bare.registration, "Cora Coordinator")
    bare.world.grant(cora, "coordinator")
    admin = bare.world.person(bare.registration, "Alex Admin")
    bare.world.member(bare.context, admin, "console")
    elsewhere = bare.world.registration()
    bare.world.grant(bare.world.person(elsewhere, "Else Where"), "coordinator")
    bare.desire(bare.world.enrollment(bare.activity, bare.world.person(bare.registration)))
    bare.clock.tick(minutes=59)
    assert write_alerts(bare.here) == 0
    bare.clock.tick(minutes=1)
    assert write_alerts(bare.here) == 2
    assert write_alerts(bare.here) == 0
    wanted = {"lms": bare.registration.name, "count": 1}
    assert sorted(told(bare)) == sorted((str(one.id), "alert.scores", wanted) for one in (cora, admin))
    bare.clock.tick(days=1)
    assert write_alerts(bare.here) == 2
    bare.answers = [("", 200)]
    bare.deliver()
    bare.clock.tick(days=1)
    assert write_alerts(bare.here) == 0


def test_an_lms_that_lets_nobody_in(bare: Bare) -> None:
    cora = bare.world.person(bare.registration, "Cora Coordinator")
    bare.world.grant(cora, "coordinator")
    row = bare.world._add(
        Roster(district_id=bare.registration.district_id, registration_id=bare.registration.id, context_id=bare.context.id,
               failure="no_token", attempts=2, failed_at=bare.clock(), due_at=bare.clock() + timedelta(hours=1))
    )  # fmt: skip
    assert write_alerts(bare.here) == 0
    with bare.here.database.unit() as session:
        session.get_one(Roster, row.id).attempts = 3
    assert write_alerts(bare.here) == 1
    assert told(bare) == [(str(cora.id), "alert.connection", {"lms": bare.registration.name})]


def test_a_beta_alarms_nobody(bare: Bare) -> None:
    from lti_tool.platforms.models import Registration

    bare.world.grant(bare.world.person(bare.registration, "Cora Coordinator"), "coordinator")
    with bare.here.database.unit() as session:
        session.get_one(Registration, bare.registration.id).environment = "beta"
    bare.desire(bare.world.enrollment(bare.activity, bare.world.person(bare.registration)))
    bare.clock.tick(hours=2)
    assert write_alerts(bare.here) == 0
