"""The chain of the trail: whatever is changed, dropped, put in or moved shows, and where."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool import audit, audit_chain
from lti_tool.audit_chain import Check, Link

AT = datetime(2026, 11, 24, 9, 0, 0, 120, tzinfo=UTC)


def chain(length: int, reasons: dict[int, str] | None = None) -> list[Link]:
    links, previous = [], audit_chain.START
    for n in range(1, length + 1):
        reason = (reasons or {}).get(n, "")
        salt, digest = audit_chain.committed(reason)
        content = audit_chain.content(
            sequence=n,
            previous=previous,
            id=UUID(int=n),
            district_id=UUID(int=99),
            at=AT + timedelta(seconds=n),
            action="review:decided",
            actor_id=UUID(int=5) if n % 2 else None,
            subject_id=UUID(int=7),
            details={"outcome": "earned", "n": n, "ü": ["é", None, True]},
            reason_digest=digest,
        )
        previous = audit_chain.digest(content)
        links.append(Link(content, previous, reason, salt))
    return links


def walked(links: list[Link], marks: dict[int, str] | None = None) -> Check:
    check = Check(marks=marks or {})
    check.follow(links)
    check.end()
    return check


def test_the_form_never_changes() -> None:
    [link] = chain(1)
    assert audit_chain.canonical(link.content) == (
        '{"action":"review:decided","actor":"00000000-0000-0000-0000-000000000005","at":"2026-11-24T09:00:01.000120Z",'
        '"details":{"n":1,"outcome":"earned","ü":["é",null,true]},"district":"00000000-0000-0000-0000-000000000063",'
        '"id":"00000000-0000-0000-0000-000000000001","previous":"","reason":"","sequence":1,'
        '"subject":"00000000-0000-0000-0000-000000000007"}'
    )
    assert link.hash == "358dceb67531b753a2b166e0e1f0cb33b303ee57afc57c837089bfad7dbaf862"


def test_a_time_is_the_same_wherever_it_is_written() -> None:
    def written(at: datetime) -> str:
        given = {"sequence": 1, "previous": "", "id": UUID(int=1), "district_id": UUID(int=1), "action": "a", "details": {}}
        return str(audit_chain.content(at=at, actor_id=None, subject_id=None, reason_digest="", **given)["at"])

    assert written(AT.astimezone(timezone(timedelta(hours=5)))) == written(AT) == "2026-11-24T09:00:00.000120Z"


def test_a_sound_chain() -> None:
    links = chain(20, {3: "The school was closed."})
    check = walked(links)
    assert (check.count, check.head, check.broken, check.erased) == (20, links[-1].hash, None, 0)
    assert walked([]).head == audit_chain.START


@given(st.integers(2, 12), st.data())
def test_any_tampering_is_found_where_it_begins(length: int, data: st.DataObject) -> None:
    links = chain(length, {1: "Because."})
    at = data.draw(st.integers(0, length - 2))
    what = data.draw(st.sampled_from(["change", "rehash", "drop", "repeat", "swap"]))
    changed = copy.deepcopy(links)
    if what == "change":
        field = data.draw(st.sampled_from(["action", "actor", "subject", "at", "id", "district", "details", "reason", "previous"]))
        changed[at] = replace(changed[at], content={**changed[at].content, field: "other"})
    elif what == "rehash":  # with its own hash made to fit: the next one gives it away
        content = {**changed[at].content, "action": "other"}
        changed[at] = Link(content, audit_chain.digest(content), changed[at].reason, changed[at].salt)
    elif what == "drop":
        del changed[at]
    elif what == "repeat":
        changed.insert(at, changed[at])
    else:
        changed[at], changed[at + 1] = changed[at + 1], changed[at]
    found = walked(changed)
    assert found.broken is not None
    assert found.broken[0] == {"rehash": at + 2, "repeat": at + 2}.get(what, at + 1)
    assert found.count == found.broken[0] - 1


def test_words_can_be_erased_and_not_changed() -> None:
    links = chain(3, {2: "A long illness."})
    erased = [links[0], replace(links[1], reason="", salt=""), links[2]]
    assert (walked(erased).broken, walked(erased).erased) == (None, 1)
    other = [links[0], replace(links[1], reason="A short illness."), links[2]]
    assert walked(other).broken == (2, "its reason was changed")


def test_the_same_words_have_another_hash_each_time() -> None:
    assert audit_chain.committed("Illness")[1] != audit_chain.committed("Illness")[1]
    assert audit_chain.committed("") == ("", "")


def test_a_chain_made_anew_or_cut_off_does_not_meet_what_was_noted() -> None:
    links = chain(5)
    assert walked(links, {3: links[2].hash, 5: links[4].hash}).broken is None
    assert walked(chain(5, {1: "another"}), {3: links[2].hash}).broken == (3, "its hash is not the one that was noted")
    assert walked(links[:4], {5: links[4].hash}).broken == (5, "the trail ends, but event 5 was noted")


def test_details_are_written_as_they_will_be_read() -> None:
    given = {"a": [0.5, Decimal("1.50")], "when": AT, "day": AT.date(), "who": UUID(int=5), "yes": True, "none": None, 1: ("x",)}
    kept = audit._plain(given)
    assert kept == {
        "a": ["0.5", "1.50"],
        "when": "2026-11-24T09:00:00.000120+00:00",
        "day": "2026-11-24",
        "who": "00000000-0000-0000-0000-000000000005",
        "yes": True,
        "none": None,
        "1": ["x"],
    }
    assert json.loads(json.dumps(kept)) == kept
    with pytest.raises(TypeError, match="set can't stand"):
        audit._plain({"a": {1}})
