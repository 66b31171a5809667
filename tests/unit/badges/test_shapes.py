"""Only values of our own making are left out of a shape: whatever an author or teacher writes is looked at again."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from lti_tool.badges import shapes, signing
from lti_tool.badges.credential import compose, hashed_email
from lti_tool.badges.signing import SigningError
from tests.unit.badges.samples import DID_DOCUMENT, KEY, KEY_ID, SIGNED_AT, facts
from tests.unit.badges.test_signing import changed, places

LIST = "https://badges.example.org/issuers/meadow-valley/status/1.json"


def document(**given: Any) -> dict[str, Any]:
    values = {"status_list_url": LIST, "status_index": 77, "valid_until": datetime(2029, 1, 1, tzinfo=UTC), "earner_name": None}
    return compose(facts(**values | given))


def test_two_awards_of_one_version_have_one_shape() -> None:
    other = document(
        award_url="https://badges.example.org/badges/0a1b",
        earner_id=uuid4(),
        earner_email=hashed_email("bo@example.org", "0123abcd"),
        awarded_at=datetime(2026, 5, 1, tzinfo=UTC),
        valid_from=datetime(2026, 5, 2, tzinfo=UTC),
        valid_until=datetime(2030, 1, 1, tzinfo=UTC),
        status_index=131_071,
    )
    first = document(earner_email=hashed_email("ada@example.org", "4567cdef"))
    assert shapes.of(first, KEY_ID) == shapes.of(other, KEY_ID)
    assert shapes.of(first, KEY_ID) != shapes.of(first, KEY_ID + "x")


OWN = {
    ("id",),
    ("validFrom",),
    ("validUntil",),
    ("awardedDate",),
    ("credentialSubject", "id"),
    ("credentialSubject", "identifier", 0, "identityHash"),
    ("credentialSubject", "identifier", 0, "salt"),
    ("credentialStatus", "id"),
    ("credentialStatus", "statusListIndex"),
    ("credentialStatus", "statusListCredential"),
}


@pytest.mark.parametrize("path", list(places(document())), ids=lambda path: ".".join(map(str, path)))
def test_any_other_value_makes_another_shape(path: tuple[Any, ...]) -> None:
    whole = document()
    other = copy.deepcopy(changed(whole, path))
    same = shapes.of(whole, KEY_ID) == shapes.of(other, KEY_ID)
    assert not same or path in OWN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), "not an address"),
        (("id",), "https://badges.example.org/badges/k3Jd\n"),
        (("validFrom",), "soon"),
        (("validFrom",), {"@value": "2026-01-01T00:00:00Z"}),
        (("credentialSubject", "id"), "_:blank"),
        (("credentialStatus", "statusListCredential"), "data:text/plain,x"),
    ],
)
def test_a_value_that_is_not_of_our_making_is_looked_at(path: tuple[str, ...], value: Any) -> None:
    whole = document()
    other = copy.deepcopy(whole)
    holder = other
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert shapes.of(whole, KEY_ID) != shapes.of(other, KEY_ID)


def test_an_added_term_is_refused_although_the_shape_without_it_is_known() -> None:
    signing.sign(document(), KEY, KEY_ID, created=SIGNED_AT)
    for holder in ("", "credentialSubject", "credentialStatus"):
        other = document()
        (other[holder] if holder else other)["districtPayCredit"] = 200
        with pytest.raises(SigningError):
            signing.sign(other, KEY, KEY_ID, created=SIGNED_AT)


def test_a_known_shape_signs_to_the_same_bytes_as_one_that_is_looked_at() -> None:
    whole = document()
    shapes._known.clear()
    looked_at = signing.sign(whole, KEY, KEY_ID, created=SIGNED_AT)
    assert shapes.known(shapes.of(whole, KEY_ID))
    assert signing.sign(whole, KEY, KEY_ID, created=SIGNED_AT) == looked_at
    assert signing.verify(looked_at, DID_DOCUMENT).valid
    assert json.loads(looked_at)["credentialStatus"]["statusListIndex"] == "77"


def test_shapes_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_MOST", 3)
    shapes._known.clear()
    for number in range(10):
        shapes.remember(bytes([number]))
    assert len(shapes._known) <= 3
    assert shapes.known(bytes([9]))
