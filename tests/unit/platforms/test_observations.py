"""What launches show of a connection, and when that is news."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.platforms.observations import OFFERS, changed, offers

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = dict.fromkeys(OFFERS, True)
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"


def test_offers_are_what_the_claims_say() -> None:
    found = offers(scopes=[AGS + "score", AGS + "lineitem"], gradebook=True, roster=False, named=True, mailed=True)
    assert found == {"names": True, "emails": True, "scores": True, "columns": True, "results": False, "roster": False}


def test_scopes_without_an_address_offer_nothing() -> None:
    found = offers(scopes=[AGS + "score"], gradebook=False, roster=True, named=False, mailed=False)
    assert [name for name, there in found.items() if there] == ["roster"]


def test_a_person_without_an_address_says_nothing_of_addresses() -> None:
    assert "emails" not in offers(scopes=[], gradebook=False, roster=False, named=True, mailed=False)
    assert offers(scopes=[], gradebook=False, roster=False, named=False, mailed=False)["emails"] is False


def test_the_first_launch_is_kept_and_loses_nothing() -> None:
    change = changed({}, message="LtiResourceLinkRequest", offered={**ALL, "roster": False}, now=NOW)
    assert change is not None
    assert (change.lost, change.gained) == ((), ())
    assert change.observed["messages"] == {"LtiResourceLinkRequest": NOW.isoformat()}


def test_a_narrowed_scope_is_a_loss_and_its_return_a_gain() -> None:
    first = changed({}, message="m", offered=ALL, now=NOW)
    assert first
    narrowed = changed(first.observed, message="m", offered={**ALL, "scores": False}, now=NOW)
    assert narrowed
    assert (narrowed.lost, narrowed.gained) == (("scores",), ())
    again = changed(narrowed.observed, message="m", offered=ALL, now=NOW)
    assert again
    assert (again.lost, again.gained) == ((), ("scores",))


def test_a_launch_outside_courses_loses_nothing() -> None:
    first = changed({}, message="m", offered=ALL, now=NOW)
    assert first
    assert changed(first.observed, message="m", offered=None, now=NOW) is None
    other = changed(first.observed, message="another", offered=None, now=NOW)
    assert other
    assert other.observed["offers"] == ALL
    assert other.lost == ()


_OFFERED = st.fixed_dictionaries({name: st.booleans() for name in OFFERS})


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | _OFFERED), max_size=12))
def test_the_same_launch_twice_is_news_once(launches: list[tuple[str, dict[str, bool] | None]]) -> None:
    observed: dict[str, object] = {}
    for message, offered in launches:
        change = changed(observed, message=message, offered=offered, now=NOW)
        observed = change.observed if change else observed
        assert changed(observed, message=message, offered=offered, now=NOW) is None
        if offered is not None:
            assert observed["offers"] == offered
