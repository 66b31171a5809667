"""Who may open what was uploaded, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.stored_policies import Facts
from lti_tool.evidence.uploads import FORMATS

TYPES = sorted({form.media_type for form in FORMATS})
facts = st.builds(
    Facts,
    st.sampled_from(TYPES),
    st.sampled_from(["off", "waiting", "clean", "infected", "too_large", "something new"]),
    st.sampled_from(["", "made", "as_is", "refused", "something new"]),
    st.sampled_from(["", *policies.REASONS, *policies.KEPT_PROPERTIES]),
)
parts = st.sampled_from(["original", "copy", "preview"])


@given(facts, parts, st.booleans())
def test_nothing_opens_before_it_is_known_to_be_clean(known: Facts, part: policies.Part, owner: bool) -> None:
    if known.scan not in ("off", "clean"):
        assert not policies.may_fetch(known, part, owner=owner)
        assert policies.state(known, owner=owner) in ("checking", "held")


@given(facts, parts)
def test_nobody_but_its_owner_gets_the_original_of_a_picture(known: Facts, part: policies.Part) -> None:
    if known.media_type.startswith("image/") and policies.may_fetch(known, part, owner=False):
        assert part != "original"
        assert known.outcome == "made"


@given(facts, parts)
def test_others_get_nothing_of_what_was_not_examined_or_refused(known: Facts, part: policies.Part) -> None:
    if known.outcome not in ("made", "as_is"):
        assert not policies.may_fetch(known, part, owner=False)


@given(facts)
def test_what_is_ready_can_be_fetched_and_what_is_held_has_words(known: Facts) -> None:
    for owner in (True, False):
        fetched = any(policies.may_fetch(known, part, owner=owner) for part in ("original", "copy", "preview"))
        assert fetched == (policies.state(known, owner=owner) == "ready")
    if known.scan in ("infected", "too_large") or (known.scan in ("off", "clean") and known.outcome == "refused"):
        assert policies.state(known, owner=False) == "held"
        assert policies.trouble(known)
    assert policies.trouble(known) == "" or policies.state(known, owner=False) != "ready"


@given(st.integers(1, 99), st.sampled_from(TYPES))
def test_neutral_names(number: int, media_type: str) -> None:
    name = policies.neutral_name(number, media_type)
    assert name.isascii()
    stem, _, extension = name.partition(".")
    assert stem == f"evidence-{number}"
    assert extension in {one for form in FORMATS if form.media_type == media_type for one in form.extensions}


def test_a_watermark_names_nobody_and_can_be_traced() -> None:
    person = UUID("019a0000-0000-7000-8000-0000deadbeef")
    assert policies.watermark(person, date(2026, 11, 26)) == "DEAD-BEEF  2026-11-26"


@pytest.mark.parametrize(("media_type", "life"), [("image/png", 10), ("application/pdf", 10), ("video/mp4", 120), ("audio/wav", 120)])
def test_links_live_for_minutes(media_type: str, life: int) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    assert policies.link_ends(now, media_type) - now == timedelta(minutes=life)


@given(st.integers(1, 20000), st.integers(1, 20000))
def test_previews_fit(width: int, height: int) -> None:
    small = policies.fitted(width, height, 1280)
    assert max(small) <= 1280
    assert min(small) >= 1
    if max(width, height) <= 1280:
        assert small == (width, height)


def test_every_kind_that_is_taken_is_examined_or_known_to_need_nothing() -> None:
    kinds = {media_type: policies.kind(media_type) for media_type in TYPES}
    assert {kinds[one] for one in TYPES if one.startswith("image/")} == {"picture"}
    assert {kinds[one] for one in TYPES if one.startswith(("audio/", "video/"))} == {"recording"}
    assert {one for one, kind in kinds.items() if kind == "other"} == {"text/plain"}
