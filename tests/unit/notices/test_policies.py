"""When e-mail may leave, what its words are, and what its links prove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.database import new_id
from lti_tool.notices import policies, stopping, words
from lti_tool.notices.mailing import address_of
from lti_tool.notices.smtp import Fate, ServerDown, recipient_fate
from lti_tool.secrets_box import Box
from lti_tool.settings import Settings

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
HOURS = st.times().map(lambda at: f"{at:%H:%M}")
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Europe/Kyiv"])


@given(now=MOMENTS, start=HOURS, end=HOURS, zone=ZONES)
def test_quiet_hours_end_soon_and_at_their_end(now: datetime, start: str, end: str, zone: str) -> None:
    over = policies.quiet_until(now, f"{start}-{end}", zone)
    if over is not None:
        assert now < over <= now + timedelta(hours=26)
        local = over.astimezone(ZoneInfo(zone))
        assert f"{local:%H:%M}" == end or local.utcoffset() != now.astimezone(ZoneInfo(zone)).utcoffset()
    assert policies.quiet_until(now, "", zone) is None


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [((19, 59), False), ((20, 0), True), ((23, 59), True), ((0, 0), True), ((6, 59), True), ((7, 0), False), ((12, 0), False)],
)
def test_quiet_hours_over_midnight(hour: tuple[int, int], quiet: bool) -> None:
    now = datetime(2026, 11, 24, *hour, tzinfo=UTC)
    assert (policies.quiet_until(now, "20:00-07:00", "UTC") is not None) == quiet


@given(attempts=st.integers(1, 10_000), jitter=st.floats(0, 1))
def test_pauses_grow_to_hours_and_not_further(attempts: int, jitter: float) -> None:
    assert timedelta(minutes=2) < policies.pause(attempts, jitter) <= timedelta(hours=5)


def test_every_kind_has_a_topic_and_says_only_what_it_knows() -> None:
    facts = {"title": "T", "day": "2027-01-31T12:00:00+00:00", "days": 3, "lms": "L", "count": 2, "words": "W"}
    for kind, said in words.WORDS.items():
        assert words.topic_of(kind) in words.TOPICS
        assert words.faults(kind, {name: facts[name] for name in said.needs}) == []
        for name in said.needs:
            assert words.faults(kind, {other: facts[other] for other in said.needs if other != name}) == [f"lacks {name}"]
        subject, text = words.said(kind, {name: facts[name] for name in said.needs}, "UTC")
        assert "{" not in subject + text
        assert len(subject) < 100
    assert {words.topic_of(kind) for kind in words.WORDS} == set(words.TOPICS)
    assert words.faults("deadline", {"title": "T", "day": facts["day"], "days": 0}) == []


def test_words_stand_in_one_place() -> None:
    """A translation replaces `words.py`; templates of e-mails hold none."""
    folder = Path(words.__file__).parents[1] / "templates" / "notices"
    for name in ("mail.txt", "mail.html"):
        import re

        shown = re.sub(r"\{[{%].*?[%}]\}|<[^>]*>|[\s():\-]", "", (folder / name).read_text(), flags=re.DOTALL)
        assert shown == ""


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = words.one_line(text)
    assert len(line) <= 200
    assert line.splitlines() in ([], [line])
    assert line.isprintable() or not line.isascii()


@given(st.text(), st.text())
def test_an_address_is_one_and_stays_in_its_line(address: str, name: str) -> None:
    found = address_of(address, name)
    if found is not None:
        assert found.addr_spec.count("@") == 1
        assert not set(found.addr_spec) & set('\r\n <>,;"\\')
        assert found.addr_spec.isprintable()


def test_a_day_is_that_of_the_district() -> None:
    moment = datetime(2027, 1, 31, 3, 0, tzinfo=UTC)
    assert words.day(moment, "UTC") == "January 31, 2027"
    assert words.day(moment, "America/New_York") == "January 30, 2027"


@pytest.mark.parametrize(
    ("status", "said", "fate"),
    [
        (450, "", Fate.LATER),
        (421, "", Fate.LATER),
        (550, "No such user", Fate.NO_SUCH_ADDRESS),
        (550, "5.1.1 No such user", Fate.NO_SUCH_ADDRESS),
        (550, "5.7.1 Relaying denied", Fate.REJECTED),
        (552, "5.2.2 Mailbox full", Fate.LATER),
        (554, "We don't like you", Fate.REJECTED),
        (554, "5.1.8 Bad sender's system", Fate.NO_SUCH_ADDRESS),
    ],
)
def test_what_a_refusal_means(status: int, said: str, fate: Fate) -> None:
    assert recipient_fate(status, said) is fate


@pytest.mark.parametrize("status", [530, 535, -1, 354])
def test_what_is_about_us_stops_the_round(status: int) -> None:
    with pytest.raises(ServerDown):
        recipient_fate(status, "")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    return Box(Settings(data_dir=tmp_path_factory.mktemp("data"), development=True))


@given(st.text())
def test_a_made_up_link_is_none_of_ours(box: Box, text: str) -> None:
    assert stopping.read(box, text) is None


def test_a_link_says_who_and_what(box: Box) -> None:
    for topic in (*words.TOPICS, stopping.ALL):
        stop = stopping.Stop(new_id(), topic)
        token = stopping.token(box, stop)
        assert stopping.read(box, token) == stop
        assert len(token) < 120
    assert stopping.read(box, stopping.token(box, stopping.Stop(new_id(), "nonsense"))) is None
