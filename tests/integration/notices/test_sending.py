"""E-mail from a notice's row to a mail server: once, to the right person, at the right time, whatever breaks on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti_tool.launch.models import Person
from lti_tool.notices import sending, service
from lti_tool.notices.models import Mail, MailStop, Notice
from tests.integration.notices.conftest import Post, Story, use


def body(message: Any, kind: str = "plain") -> str:
    return message.get_body((kind,)).get_content()


def test_a_notice_arrives(story: Story, post: Post) -> None:
    assert story.tell()
    assert story.send(minutes=5) is None
    assert post.taken == []  # what happens within ten minutes is told together
    story.send(minutes=6)
    [message] = post.taken
    assert message["Subject"] == "There is a decision about your work: “Asking good questions”"
    assert message["To"] == "Adabella Lovelace <ada@school.example>"
    assert message["From"].addresses[0].addr_spec == "no-reply@tool.example"
    assert message["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        text = body(message, kind)
        assert "Hello Adabella," in text
        assert "open the activity in your course “Professional learning” in Maple Moodle" in text
        assert "/notices/stop/" in text
        assert "earned" not in text.lower()
    assert [one.state for one in story.mails()] == ["sent"]
    story.send(days=2)
    assert len(post.taken) == 1


def test_a_mail_is_in_the_language_of_its_person(story: Story, post: Post) -> None:
    with story.world.tool.database.unit() as session:
        session.get_one(Person, story.ada.id).locale = "es-US"
    story.tell()
    story.tell("extended", day="2027-01-31T23:59:59+00:00")
    story.tell("deadline", day="2027-01-31T23:59:59+00:00", days=7)
    story.tell(person=story.ruth)
    story.send(minutes=11)
    hers = next(one for one in post.taken if "ada@" in one["To"])
    assert hers["Subject"] == "Ocurrieron 3 cosas en Microcredentials"
    for kind in ("plain", "html"):
        text = body(hers, kind)
        for said in (
            "Hola, Adabella:",
            "Su último día es el 31 de enero de 2027.",
            "Tiempo que queda para “Asking good questions”: 7 días",
            "Detener",
        ):
            assert said in text
    assert '<html lang="es-US">' in body(hers, "html")
    other = next(one for one in post.taken if one is not hers)
    assert other["Subject"].startswith("There is a decision")


def test_the_same_thing_is_told_once(story: Story, post: Post) -> None:
    assert story.tell()
    assert not story.tell()
    assert story.tell(thing="2")
    assert story.tell("badge")
    assert story.tell(person=story.ruth)
    assert len(story.notices()) == 4


def test_several_go_in_one_mail_and_the_next_an_hour_later(story: Story, post: Post) -> None:
    story.tell()
    story.tell("badge")
    story.send()
    [first] = post.taken
    assert first["Subject"] == "2 things have happened in Microcredentials"
    assert "Your badge is ready" in body(first)
    assert "There is a decision" in body(first)
    story.tell("extended", day="2027-01-31T23:59:59+00:00")
    story.send(minutes=20)
    assert len(post.taken) == 1
    story.send(minutes=45)
    assert post.subjects[1] == "You have more time for “Asking good questions”"
    assert "Your last day is January 31, 2027." in body(post.taken[1])


@pytest.mark.parametrize(
    ("zone", "leaves"), [("UTC", datetime(2026, 11, 25, 7, 0, tzinfo=UTC)), ("America/New_York", datetime(2026, 11, 25, 12, 0, tzinfo=UTC))]
)
def test_quiet_hours_are_the_districts(story: Story, post: Post, zone: str, leaves: datetime) -> None:
    use(story.tool, post, quiet_hours="20:00-07:00", timezone=zone)
    story.clock.now = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    story.tell()
    story.clock.now = leaves - timedelta(seconds=1)
    sending.send_due(story.tool)
    assert post.taken == []
    story.clock.now = leaves
    sending.send_due(story.tool)
    assert len(post.taken) == 1


def test_what_is_switched_off_does_not_leave(story: Story, post: Post) -> None:
    story.tell()
    story.tell("badge")
    with story.tool.database.unit() as session:
        service.choose(
            session, story.tool, district_id=story.ada.district_id, person_id=story.ada.id, wanted=["badge"], shown=["badge", "decision"]
        )
    story.send()
    assert post.subjects == ["Your badge is ready: “Asking good questions”"]


def test_a_stop_between_gathering_and_sending_counts(story: Story, post: Post) -> None:
    story.tell()
    story.clock.tick(minutes=11)
    assert sending.gather(story.tool) == 1
    with story.tool.database.unit() as session:
        service.choose(session, story.tool, district_id=story.ada.district_id, person_id=story.ada.id, wanted=[], shown=["decision"])
    story.send()
    assert post.met == []
    assert [one.state for one in story.mails()] == ["dropped"]


def test_a_refused_address_is_left_alone_until_it_changes(story: Story, post: Post) -> None:
    post.recipients["ada@school.example"] = "550 5.1.1 No such user"
    story.tell()
    story.tell(person=story.ruth)
    story.send()
    assert [str(one["To"]) for one in post.taken] == ["Ruth Feldman <ruth@school.example>"]
    assert sorted(one.state for one in story.mails()) == ["refused", "sent"]
    [stop] = story.rows(MailStop)
    assert (stop.person_id, stop.status) == (story.ada.id, 550)
    assert "ada@" not in stop.address_mark
    story.tell("badge")
    story.send(hours=2)
    assert post.met.count("ada@school.example") == 1
    with story.tool.database.unit() as session:
        session.get_one(Person, story.ada.id).email = "adabella@school.example"
    story.tell("extended", day="2027-01-31T23:59:59+00:00")
    story.send(hours=2)
    assert post.taken[-1]["To"].addresses[0].addr_spec == "adabella@school.example"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("450 4.2.1 Greylisted", "queued"),
        ("552 5.2.2 Mailbox full", "queued"),
        ("550 5.7.1 Relaying denied", "attention"),
        ("553 Not a mailbox", "refused"),
    ],
)
def test_what_a_refused_recipient_means(story: Story, post: Post, answer: str, state: str) -> None:
    post.recipients["ada@school.example"] = answer
    story.tell()
    story.send()
    [mail] = story.mails()
    assert (mail.state, mail.last_status, mail.lease_token) == (state, int(answer[:3]), None)
    assert len(story.rows(MailStop)) == (state == "refused")
    post.recipients.clear()
    story.send(hours=5)
    assert len(post.taken) == (state == "queued")


def test_it_is_tried_again_with_pauses_and_given_up_after_days(story: Story, post: Post) -> None:
    post.recipients["ada@school.example"] = "451 Later"
    story.tell()
    story.send()
    [first] = story.mails()
    assert first.due_at > story.clock() + timedelta(minutes=2)
    for _ in range(30):
        story.send(hours=4)
    [mail] = story.mails()
    assert (mail.state, mail.last_reason) == ("attention", "too_long")
    assert 10 < len(post.met) < 30


@pytest.mark.parametrize(("answer", "state"), [("452 Out of space", "queued"), ("554 5.7.1 Looks like spam", "attention")])
def test_a_message_that_is_not_taken(story: Story, post: Post, answer: str, state: str) -> None:
    post.data = [answer]
    story.tell()
    story.send()
    assert [one.state for one in story.mails()] == [state]
    story.send(hours=1)
    assert len(post.taken) == (state == "queued")


def test_a_connection_lost_before_the_message_costs_nothing(story: Story, post: Post) -> None:
    post.drops_before = 1
    story.tell()
    story.send()
    assert (post.taken, [(one.state, one.unsure) for one in story.mails()]) == ([], [("queued", 0)])
    story.send(minutes=3)
    assert len(post.taken) == 1


def test_a_connection_lost_after_the_message_gives_one_double_at_most(story: Story, post: Post) -> None:
    post.drops_after = 9
    story.tell()
    for _ in range(6):
        story.send(hours=5)
    assert len(post.taken) == 2
    assert len({str(one["Message-ID"]) for one in post.taken}) == 1
    [mail] = story.mails()
    assert (mail.state, mail.last_reason) == ("attention", "unsure")


def test_a_worker_that_dies_after_sending_gives_one_double_at_most(story: Story, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(sending, "_acknowledge", die)
    story.tell()
    for _ in range(5):
        try:
            story.send(minutes=12)
        except SystemExit:
            continue
    assert len(post.taken) == 2
    assert len({str(one["Message-ID"]) for one in post.taken}) == 1
    assert [one.last_reason for one in story.mails()] == ["unsure"]


def test_a_worker_that_wakes_up_late_changes_nothing(story: Story, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[Any] = []
    monkeypatch.setattr(sending, "_acknowledge", lambda *given: late.append(given))
    story.tell()
    story.clock.tick(minutes=11)
    assert sending.send_due(story.tool) is None
    monkeypatch.undo()
    story.send(minutes=11)
    assert [one.state for one in story.mails()] == ["sent"]
    with story.tool.database.unit() as session:
        session.get_one(Mail, story.mails()[0].id).sent_at = None
    sending._acknowledge(*late[0])
    assert story.mails()[0].sent_at is None


def test_many_workers_send_each_mail_once(story: Story, post: Post) -> None:
    for number in range(12):
        person = story.world.person(story.registration, f"Person{number} Q", email=f"p{number}@school.example")
        story.tell(person=person)
    story.clock.tick(minutes=11)
    threads = [threading.Thread(target=sending.send_due, args=(story.tool,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.met) == sorted(f"p{number}@school.example" for number in range(12))
    assert {one.state for one in story.mails()} == {"sent"}


def test_a_server_that_is_down_gets_its_mail_when_it_is_back(story: Story, post_with: Callable[..., Post]) -> None:
    away = Post(port=9)
    use(story.tool, away)
    story.tell()
    story.send()
    assert [(one.state, one.attempts, one.last_reason) for one in story.mails()] == [("queued", 0, "unreachable")]
    back = post_with()
    use(story.tool, back)
    story.send(seconds=30)
    assert back.taken == []  # it is left alone for a while
    story.send(minutes=2)
    assert len(back.taken) == 1


def test_a_sender_that_the_server_does_not_like_stops_nobody(story: Story, post: Post) -> None:
    post.refuses_sender = "550 Not from here"
    story.tell()
    story.send()
    assert [(one.state, one.last_reason) for one in story.mails()] == [("queued", "sender")]
    assert story.rows(MailStop) == []


def test_titles_and_names_open_no_door(story: Story, post: Post) -> None:
    evil = "Plan\r\nBcc: everybody@school.example\r\n\r\n<script>x</script> \u202e{0.__class__}"
    with story.tool.database.unit() as session:
        person = session.get_one(Person, story.ada.id)
        person.label, person.given_name = 'Ada\r\nX-Evil: 1 "<a@b.c>"', "Ада\nBcc: x@y.z"
    story.tell(title=evil)
    story.send()
    [message] = post.taken
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert post.met == ["ada@school.example"]
    assert "Plan Bcc: everybody@school.example <script>x</script> {0.__class__}" in str(message["Subject"])
    assert "Hello Ада Bcc: x@y.z," in body(message)
    assert "<script>" not in body(message, "html")
    assert message["To"].addresses[0].addr_spec == "ada@school.example"


NO_ADDRESSES = [
    "no address",
    "a@b@c.example",
    "ada@school.example, eve@evil.example",
    "ada@",
    "@x.example",
    "a b@c.example",
    "ada@localhost",
    "x" * 300 + "@school.example",
    "ada@school.example\r\nRCPT TO:<eve@evil.example>",
]


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_is_no_address_meets_no_server(story: Story, post: Post, email: str) -> None:
    with story.tool.database.unit() as session:
        session.get_one(Person, story.ada.id).email = email
    story.tell()
    story.send()
    assert post.met == []
    assert [one.mail_due_at for one in story.notices()] == [None]


def test_addresses_in_other_letters(story: Story, post: Post, post_with: Callable[..., Post]) -> None:
    with story.tool.database.unit() as session:
        session.get_one(Person, story.ada.id).email = "ada@schüle.example"
        session.get_one(Person, story.ruth.id).email = "рут@school.example"
    story.tell()
    story.tell(person=story.ruth)
    story.send()
    assert post.met == ["ada@xn--schle-mva.example"]
    assert sorted(one.state for one in story.mails()) == ["refused", "sent"]
    worldly = post_with(enable_SMTPUTF8=True)
    use(story.tool, worldly)
    with story.tool.database.unit() as session:
        session.delete(session.get_one(MailStop, story.ruth.id))
    story.tell("badge", person=story.ruth)
    story.send(hours=2)
    assert worldly.met == ["рут@school.example"]


@pytest.mark.parametrize("why", ["test user", "beta", "switched off", "no address", "no server"])
def test_who_gets_no_mail_reads_it_in_the_tool(story: Story, post: Post, why: str) -> None:
    person = story.ada
    if why == "test user":
        person = story.world.person(story.registration, "Test Student", is_test=True)
    elif why == "beta":
        person = story.world.person(story.world.registration(environment="beta"), "Ada Beta")
    elif why == "switched off":
        person = story.world.person(story.world.registration(state="disabled"), "Ada Off")
    elif why == "no address":
        person = story.world.person(story.registration, "No Address", email="")
    else:
        use(story.tool, post, smtp_host="", smtp_from="")
    story.tell(person=person)
    story.send()
    assert post.met == []
    assert [(one.read_at, one.person_id) for one in story.notices()] == [(None, person.id)]


def test_old_news_does_not_come_when_mail_is_switched_on(story: Story, post: Post) -> None:
    use(story.tool, post, smtp_host="", smtp_from="")
    story.tell()
    story.clock.tick(days=4)
    use(story.tool, post)
    story.tell("badge")
    story.send()
    assert post.subjects == ["Your badge is ready: “Asking good questions”"]


def test_a_reminder_of_a_day_that_is_over_does_not_leave(story: Story, post: Post) -> None:
    story.tell("deadline", day=(story.clock() + timedelta(hours=20)).isoformat(), days=0)
    story.send(hours=21)
    assert post.met == []


def test_a_link_leads_to_the_course_where_it_is_known(story: Story, post: Post) -> None:
    from lti_tool.launch.models import Context

    with story.tool.database.unit() as session:
        session.get_one(Context, story.context.id).lti_id = "42"
    story.tell()
    story.send()
    assert f"{story.registration.issuer}/course/view.php?id=42" in body(post.taken[0])
    assert "sesskey" not in str(post.taken[0])


def test_an_unknown_kind_or_fact_is_refused(story: Story) -> None:
    for kind, facts in (("nonsense", {}), ("extended", {}), ("decision", {"feedback": "x"})):
        with pytest.raises(ValueError, match=kind):
            story.tell(kind, **facts)
    assert story.notices() == []


def test_it_leaves_with_the_event_or_not_at_all(story: Story) -> None:
    def fail() -> None:
        with story.tool.database.unit() as session:
            told = {"kind": "badge", "thing": "1", "facts": {"title": "T"}, "at": story.clock()}
            service.queue(session, district_id=story.ada.district_id, person_id=story.ada.id, **told)  # type: ignore[arg-type]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert story.rows(Notice) == []


@pytest.mark.parametrize(("contact", "reply_to"), [("", None), ("Help desk, room 7", None), ("help@school.example", "help@school.example")])
def test_answers_go_to_who_helps_where_that_is_an_address(story: Story, post: Post, contact: str, reply_to: str | None) -> None:
    use(story.tool, post, contact_email=contact)
    story.tell()
    story.send()
    assert post.taken[0]["Reply-To"] == reply_to


def test_old_notices_go_and_new_ones_stay(story: Story, post: Post) -> None:
    story.tell()
    story.send()
    story.clock.tick(days=364)
    service.sweep(story.tool)
    assert (len(story.notices()), len(story.mails())) == (1, 1)
    story.tell("badge")
    story.clock.tick(days=2)
    service.sweep(story.tool)
    assert [one.kind for one in story.notices()] == ["badge"]
    assert story.mails() == []
