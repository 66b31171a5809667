"""What is asked of the families' consent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence import consent_policies as rule
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.policies import STUDENTS

WHOLE = Consent("district", 24, "Binder in the office")


@given(st.sampled_from([*STUDENTS, ""]), st.sampled_from(["", *rule.FORMS, "x"]), st.none() | st.integers(-5, 3000), st.text(max_size=20))
def test_only_identifiable_students_need_it_and_then_all_of_it(students: str, form: str, count: int | None, place: str) -> None:
    consent = Consent(form, count, place)
    whole = form in rule.FORMS and count is not None and count > 0 and bool(place.strip())
    assert rule.complete(students, consent) == (students != "identifiable" or whole)
    assert rule.kept(students, consent) == (consent if students == "identifiable" else Consent())


@pytest.mark.parametrize(
    "lacking", [Consent("", 24, "Office"), Consent("school", None, "Office"), Consent("school", 0, "O"), Consent("other", 3, " ")]
)
def test_each_part_is_needed(lacking: Consent) -> None:
    assert rule.complete("identifiable", WHOLE)
    assert not rule.complete("identifiable", lacking)


@pytest.mark.parametrize(
    "place",
    [
        "Ana Diaz, Ben Ode, Carla Fox",
        "Maya; Liam; Noor",
        "Maya, Liam and Noor",
        "Ana\nBen\nCarla\nDmitri",
        "José Núñez, Zoë Brontë, Ömer Şahin",
        "Maya O’Brien, Liam Smith-Jones, Noor A.",
    ],
)
def test_a_list_of_names_is_noticed(place: str) -> None:
    assert rule.looks_like_names(place)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "Binder in the school office",
        "Main Office, Filing Cabinet, Top Drawer",
        "Google Drive, folder Consent 2026, Grade 5",
        "With Principal Dana Okafor",
        "Locked drawer, room 12",
        "district media release on file, with the secretary, since September",
        "在学校办公室，文件夹里",
    ],
)
def test_a_place_is_no_list_of_names(place: str) -> None:
    assert not rule.looks_like_names(place)
