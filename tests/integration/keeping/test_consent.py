"""The families' consent: asked for where students can be recognized, frozen, and shown to each as much as is theirs to know."""

from __future__ import annotations

import pytest

from lti_tool.evidence.models import Artifact
from lti_tool.evidence.snapshot import Snapshot
from tests.integration.evidence.conftest import PNG
from tests.integration.keeping.conftest import CONSENT, Kept

ADD = "/requirement/recording/add/text"


@pytest.fixture
def drafting(kept: Kept) -> Kept:
    """The first attempt came back; there is room for another piece."""
    kept.desk.decide("revise")
    recording = kept.recording()
    kept.desk.post(f"/requirement/recording/artifact/{recording.id}/take-out")
    return kept


def test_submitting_needs_all_of_it_and_saving_nothing(drafting: Kept) -> None:
    desk = drafting.desk
    assert desk.upload("recording", PNG, "a.png", students="identifiable").status_code == 303
    for given, complete in (
        ({}, False),
        ({"consent_form": "school"}, False),
        ({"consent_form": "school", "consent_students": "3"}, False),
        ({"consent_form": "school", "consent_students": "3", "consent_place": "Office"}, True),
    ):
        piece = drafting.rows(Artifact)[-1]
        assert desk.post(f"/artifact/{piece.id}", {"title": "T", "students": "identifiable", **given}).status_code == 303
        assert ("Say which consent form" in desk.get("/check").text) != complete
    answer = desk.post("/submit", {"names_removed": "y", "families_agreed": "y"})
    assert answer.status_code == 303
    copies = Snapshot.model_validate(drafting.submission().snapshot).artifacts
    [consent] = [copy.consent for copy in copies if copy.consent]
    assert (consent.form, consent.students, consent.place) == ("school", 3, "Office")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"consent_place": "Ana Diaz, Ben Ode, Carla Fox"}, "reads like a list of names"),
        ({"consent_students": "many"}, "Give a whole number"),
        ({"consent_students": "-1"}, "Give a whole number"),
        ({"consent_students": "99999"}, "Give a whole number"),
    ],
)
def test_what_is_refused_loses_nothing_typed(drafting: Kept, wrong: dict[str, str], words: str) -> None:
    answer = drafting.desk.post(ADD, {"title": "Talk", "text": "They said", **CONSENT, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert "They said" in answer.text
    assert next(iter(wrong.values())) in answer.text
    assert 'value="district" checked' in answer.text


def test_nothing_is_kept_where_nobody_can_be_recognized(drafting: Kept) -> None:
    place = "Ana Diaz, Ben Ode, Carla Fox"  # not even looked at
    assert drafting.desk.post(ADD, {"title": "T", "text": "t", **CONSENT, "students": "none", "consent_place": place}).status_code == 303
    row = drafting.rows(Artifact)[-1]
    assert (row.consent_form, row.consent_students, row.consent_place) == ("", None, "")


def test_a_form_that_is_none_of_ours(drafting: Kept) -> None:
    assert drafting.desk.post(ADD, {"title": "T", "text": "t", **CONSENT, "consent_form": "blank"}).status_code == 422


def test_the_form_remembers_what_was_said(drafting: Kept) -> None:
    drafting.desk.post(ADD, {"title": "T", "text": "t", **CONSENT})
    page = drafting.desk.get(f"/artifact/{drafting.rows(Artifact)[-1].id}").text
    assert 'value="district" checked' in page
    assert 'value="24"' in page
    assert "Binder in the office" in page


def test_reviewers_see_that_it_is_there_and_coordinators_what_it_says(kept: Kept) -> None:
    [first, _] = kept.reviews()
    desk = kept.at_desk(first).get(f"/review/{first.id}").text
    assert "consent is on file" in desk
    assert "Binder" not in desk
    assert "24 students" not in desk.replace("Grade five, 24 students", "")
    for browser in (kept.coordinator(), kept.facilitator()):
        page = browser.get(f"/review/submissions/{kept.submission().id}").text
        assert "Binder in the office" in page
        assert "District’s media release" in page
    own = kept.desk.browser.get(f"/evidence/submission/{kept.submission().id}").text
    assert "Binder in the office" in own


def test_copies_frozen_before_there_was_consent_keep_their_hash(kept: Kept) -> None:
    """The JSON of a piece without consent is what it always was."""
    snapshot = kept.submission().snapshot
    assert [("consent" in copy) for copy in snapshot["artifacts"]] == [False, True]
    assert Snapshot.model_validate(snapshot).digest() == kept.submission().snapshot_hash
