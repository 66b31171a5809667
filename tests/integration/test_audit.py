"""The trail on a real database: chained with the change that it tells of, guarded, verifiable by anybody, erasable where it must be."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from lti_tool import audit, migrations
from lti_tool.audit import AuditEvent
from lti_tool.database import Database
from lti_tool.launch.models import Membership, Person
from lti_tool.platforms.models import District, Registration
from lti_tool.tool import Tool
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.test_migrations import empty

__all__ = ["empty"]


@pytest.fixture
def registration(world: World) -> Registration:
    return world.registration()


def note(tool: Tool, district_id: UUID, count: int = 1, **given: object) -> None:
    with tool.database.unit() as session:
        for _ in range(count):
            values = {"action": "test:thing:done", "subject_id": uuid4(), **given}
            audit.record(session, district_id=district_id, at=tool.clock(), **values)  # type: ignore[arg-type]


def checked(tool: Tool, district_id: UUID) -> tuple[int, tuple[int, str] | None]:
    with tool.database.read() as session:
        found = audit.verify(session, district_id)
    return found.count, found.broken


def rows(tool: Tool, district_id: UUID) -> list[AuditEvent]:
    with tool.database.read() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.district_id == district_id).order_by(AuditEvent.sequence)))


def forge(tool: Tool, statement: str, **given: object) -> None:
    """What somebody with the database in hand could do: without the guard."""
    with tool.database.unit() as session:
        if tool.database.is_sqlite:
            for name in ("audit_event_stands", "audit_event_stays"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        assert session.execute(text(statement), given).rowcount == 1  # type: ignore[attr-defined]


def test_each_district_has_its_own_chain_from_one(tool: Tool, world: World, registration: Registration) -> None:
    other = world.registration().district_id
    note(tool, registration.district_id, 3)
    note(tool, other, 2)
    with tool.database.unit() as session:  # one change that tells of both
        for district_id in (registration.district_id, other):
            audit.record(session, district_id=district_id, at=tool.clock(), action="test:both:done", nested={"a": [1, "ü", None, True]})
    assert [row.sequence for row in rows(tool, registration.district_id)] == [1, 2, 3, 4]
    assert checked(tool, registration.district_id) == (4, None)
    assert checked(tool, other) == (3, None)
    last = rows(tool, other)[-1]
    assert last.previous == rows(tool, other)[-2].hash
    assert last.details == {"nested": {"a": [1, "ü", None, True]}}


def test_what_is_rolled_back_leaves_no_trace(tool: Tool, registration: Registration) -> None:
    note(tool, registration.district_id)

    def fails() -> None:
        with tool.database.unit() as session:
            audit.record(session, district_id=registration.district_id, at=tool.clock(), action="test:never:done")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fails()
    note(tool, registration.district_id)
    assert [row.action for row in rows(tool, registration.district_id)] == ["test:thing:done"] * 2
    assert checked(tool, registration.district_id) == (2, None)


def test_text_that_no_database_holds_is_noted_as_it_will_be_read(tool: Tool, registration: Registration) -> None:
    note(tool, registration.district_id, reason="half\ud800 and\x00", said="null\x00", **{"key\x00": "x"})
    [row] = rows(tool, registration.district_id)
    assert (row.reason, row.details) == ("half\ufffd and\ufffd", {"said": "null\ufffd", "key\ufffd": "x"})
    assert checked(tool, registration.district_id) == (1, None)


def test_many_at_once_make_one_chain(tool: Tool, world: World, registration: Registration) -> None:
    """Each changes a person that the others hold on to as well, in turns, so that waiting in a circle would show."""
    other = world.registration().district_id
    people = [world.person(registration) for _ in range(2)]
    barrier, faults = threading.Barrier(8), []

    def work(number: int) -> None:
        barrier.wait()
        for n in range(10):
            try:
                with tool.database.unit() as session:
                    districts = (registration.district_id, other) if (number + n) % 2 else (other, registration.district_id)
                    for district_id in districts:
                        audit.record(session, district_id=district_id, at=tool.clock(), action=f"test:by{number}:done", n=n)
                    person = session.get_one(Person, people[(number + n) % 2].id, with_for_update=True)
                    person.label = f"By {number}"
            except Exception as error:
                faults.append(error)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert faults == []
    assert checked(tool, registration.district_id) == (80, None)
    assert checked(tool, other) == (80, None)


def test_who_references_what_another_holds_waits_before_the_chain_and_not_inside(
    tool: Tool, world: World, registration: Registration
) -> None:
    """A holds a row and comes to the chain; B, at its end, needs to know that the row is there. Nobody may wait in a circle."""
    if tool.database.is_sqlite:
        return  # one writes at a time
    context, person = world.context(registration), world.person(registration)
    a_holds, b_comes = threading.Event(), threading.Event()

    def a() -> None:
        with tool.database.unit() as session:
            session.get_one(Person, person.id, with_for_update=True)
            a_holds.set()
            assert b_comes.wait(20)
            _until_somebody_waits(tool)
            audit.record(session, district_id=registration.district_id, at=tool.clock(), action="test:a:done")

    def b() -> None:
        assert a_holds.wait(20)
        with tool.database.unit() as session:
            values = {"roles": [], "rights": [], "source": "launch", "seen_at": tool.clock()}
            session.add(Membership(district_id=registration.district_id, context_id=context.id, person_id=person.id, **values))
            audit.record(session, district_id=registration.district_id, at=tool.clock(), action="test:b:done")
            b_comes.set()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(a), pool.submit(b)]:
            one.result(60)
    assert [row.action for row in rows(tool, registration.district_id)] == ["test:a:done", "test:b:done"]
    assert checked(tool, registration.district_id) == (2, None)


def _until_somebody_waits(tool: Tool) -> None:
    with tool.database.engine.connect() as connection:
        for _ in range(100_000):
            if connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                return
    raise AssertionError("nobody waits")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'other'",
        "UPDATE audit_event SET actor_id = NULL, reason = '', reason_salt = ''",
        "UPDATE audit_event SET details = '{}'",
        "UPDATE audit_event SET reason = 'another'",
        "UPDATE audit_event SET hash = 'x'",
        "UPDATE audit_event SET subject_ref = ''",
        "DELETE FROM audit_event",
    ],
)
def test_the_database_lets_nobody_change_it(tool: Tool, world: World, registration: Registration, statement: str) -> None:
    note(tool, registration.district_id, actor_id=world.person(registration).id, reason="Because.", a=1)
    with pytest.raises(IntegrityError), tool.database.unit() as session:
        session.execute(text(statement))
    assert checked(tool, registration.district_id) == (1, None)
    if not tool.database.is_sqlite:
        with pytest.raises(IntegrityError), tool.database.unit() as session:
            session.execute(text("TRUNCATE audit_event"))


def test_a_migrated_database_is_guarded_too(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.unit() as session:
        district = District(slug="s", name="S", created_at=datetime(2026, 1, 2, tzinfo=UTC))
        session.add(district)
        session.flush()
        audit.record(session, district_id=district.id, at=district.created_at, action="test:thing:done")
    for statement in ("UPDATE audit_event SET action = 'other'", "DELETE FROM audit_event"):
        with pytest.raises(IntegrityError), empty.unit() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_event SET action = 'other' WHERE sequence = 3", (3, "its content was changed")),
        ("UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE sequence = 1", (1, "its content was changed")),
        ("UPDATE audit_event SET reason = 'Another.' WHERE sequence = 2", (2, "its reason was changed")),
        ("UPDATE audit_event SET previous = 'x' WHERE sequence = 4", (4, "it does not follow the event before it")),
        ("DELETE FROM audit_event WHERE sequence = 2", (2, "event 2 is missing")),
    ],
)
def test_who_gets_around_the_guard_is_found(tool: Tool, registration: Registration, statement: str, broken: tuple[int, str]) -> None:
    note(tool, registration.district_id, 5, reason="Because.")
    forge(tool, statement)
    assert checked(tool, registration.district_id) == (broken[0] - 1, broken)


def test_what_was_there_before_is_chained_by_the_migration(empty: Database) -> None:
    migrations.upgrade(empty, "0008")
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with empty.unit() as session:
        session.execute(text("INSERT INTO district (id, slug, name, created_at) VALUES (:id, 's', 'S', :at)"), {"id": "0" * 32, "at": at})
        for n in range(5):
            values = {"id": f"{n:032x}", "d": "0" * 32, "at": at.replace(second=9 - n), "s": "a" * 32}
            details = json.dumps({"reason": "Illness", "until": "2027"} if n == 2 else {"n": n})
            statement = "INSERT INTO audit_event (id, district_id, at, action, subject_id, details) VALUES (:id, :d, :at, 'x:y:z', :s, :j)"
            session.execute(text(statement), {**values, "j": details})
    migrations.upgrade(empty)
    with empty.read() as session:
        check = audit.verify(session, UUID(int=0))
        assert (check.count, check.broken) == (5, None)
        found = session.scalars(select(AuditEvent).order_by(AuditEvent.sequence)).all()
        assert [row.id.int for row in found] == [4, 3, 2, 1, 0]
        assert (found[2].reason, found[2].details, found[2].subject_ref) == ("Illness", {"until": "2027"}, "aaaaaa")
    migrations.downgrade(empty, "0008")
    with empty.read() as session:
        kept = session.scalars(text("SELECT details FROM audit_event ORDER BY at")).all()
    kept = [json.loads(one) if isinstance(one, str) else one for one in kept]
    assert kept == [{"n": 4}, {"n": 3}, {"until": "2027", "reason": "Illness"}, {"n": 1}, {"n": 0}]


def test_a_change_without_events_asks_nothing_more(tool: Tool, world: World, registration: Registration) -> None:
    person = world.person(registration)
    with counted(tool) as statements, tool.database.unit() as session:
        session.merge(person).label = "Another"
    assert not [one for one in statements if "audit_event" in one or "CONSTRAINTS" in one]


def test_the_count_of_statements_does_not_grow_with_the_trail(tool: Tool, registration: Registration) -> None:
    note(tool, registration.district_id)
    with counted(tool) as few:
        note(tool, registration.district_id)
    note(tool, registration.district_id, 50)
    with counted(tool) as many:
        note(tool, registration.district_id)
    assert len(few) == len(many)
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 53
