"""A person is erased: what names them goes, what was decided stays, and whoever comes back is new."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import JSON, String, Text, select

from lti_tool.all_models import metadata
from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.blobs import StoreFailed
from lti_tool.database import upsert
from lti_tool.evidence import retention
from lti_tool.evidence.keeping_models import BlobDeletion
from lti_tool.evidence.models import Answer, Artifact, SelfAssessment, Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.launch.models import Membership, Person
from lti_tool.review import policies
from lti_tool.review.models import Decision, Review
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.keeping.conftest import Kept, upload

TYPED = {"name": "Ada Teacher", "word": "erase"}
SECRETS = (
    "Ada",
    "Grade five",
    "They ask each other",
    "wait too little",
    "My plan",
    "Our circle",
    "classroom",
    "Übung",
    "Binder",
    "I saw it.",
)


def erase(kept: Kept, person: Person | None = None, **typed: str) -> Any:
    return kept.coordinator().post(f"/keeping/people/{(person or kept.desk.ada).id}/erase", {**TYPED, **typed})


def everything(tool: Tool) -> str:
    """All texts of the database."""
    found = []
    with tool.database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if isinstance(column.type, String | Text | JSON) or "String" in repr(column.type)]
            if columns:
                found += [json.dumps([str(value) for value in row], ensure_ascii=False) for row in connection.execute(select(*columns))]
    return "\n".join(found)


@pytest.fixture
def earned(kept: Kept) -> Kept:
    """With a problem settled and a badge on its way."""
    [first, _] = kept.reviews()
    kept.report(first)
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/redo", upload(), content_type="multipart/form-data")
    kept.coordinator().post(f"/privacy/{kept.hold().id}", {"act": "accept"})
    kept.judge_all()
    return kept


def test_what_names_them_goes_and_what_was_decided_stays(earned: Kept) -> None:
    before = earned.submission()
    decision, hashes = earned.rows(Decision)[0], {row.sha256 for row in earned.rows(Artifact)}
    told = everything(earned.tool)
    assert all(secret in told for secret in SECRETS)
    assert erase(earned).status_code == 303
    left = everything(earned.tool)
    assert [secret for secret in SECRETS if secret in left] == []
    assert earned.desk.ada.email not in left
    assert earned.desk.ada.sub not in left
    after = earned.submission()
    assert (after.snapshot_hash, after.outcome, after.decided_at) == (before.snapshot_hash, "earned", before.decided_at)
    assert {copy["sha256"] for copy in after.snapshot["artifacts"]} == {row.sha256 for row in earned.rows(Artifact)} == hashes
    assert earned.rows(Decision)[0].criteria == decision.criteria
    levels = [policies.LockedScores(row.seat, {key: one["level"] for key, one in row.scores.items()}) for row in earned.rows(Review)]
    ruling = policies.decide({"planning": 2, "asking": 2}, levels, attempts_left=True)
    assert isinstance(ruling, policies.Decided), "the decision can still be computed again"
    assert earned.rows(Answer) == earned.rows(SelfAssessment) == []
    assert [row.credential for row in earned.rows(Award)] == [None]
    retention.finish(earned.tool)
    assert earned.desk.stored_files() == 0


def test_it_asks_twice(kept: Kept) -> None:
    for typed in ({"name": "Ada"}, {"name": ""}, {"word": ""}, {"word": "yes"}, {"name": "Ben Teacher"}):
        answer = erase(kept, **typed)
        assert answer.status_code == 422, typed
    assert kept.rows(Answer)
    assert erase(kept, name="  Ada   Teacher ", word="ERASE").status_code == 303


def test_a_legal_hold_blocks_it(kept: Kept) -> None:
    kept.coordinator().post(f"/keeping/people/{kept.desk.ada.id}/hold", {"reason": "Case 12"})
    answer = erase(kept)
    assert answer.status_code == 409
    assert "Lift it first" in answer.text
    assert "Not while the legal hold stands" in kept.coordinator().get(f"/keeping/people/{kept.desk.ada.id}").text
    kept.coordinator().post(f"/keeping/people/{kept.desk.ada.id}/lift")
    assert erase(kept).status_code == 303


def test_open_work_goes_whole(kept: Kept) -> None:
    [first, _] = kept.reviews()
    browser = kept.at_desk(first)
    kept.report(first)
    assert erase(kept).status_code == 303
    assert kept.rows(Submission) == kept.rows(Review) == []
    assert browser.get(f"/review/{first.id}").status_code == 404
    assert kept.enrollment().state == "withdrawn"
    retention.finish(kept.tool)
    assert kept.desk.stored_files() == 0


def test_their_visits_end_and_they_come_back_new_and_empty(kept: Kept) -> None:
    mine, ada = kept.mine(), kept.desk.ada
    erase(kept)
    assert mine.get("/home").status_code == 401
    assert not [row for row in kept.rows(FrameSession) if row.person_id == ada.id]
    assert not [row for row in kept.rows(Membership) if row.person_id == ada.id]
    values = {name: getattr(ada, name) for name in ("district_id", "registration_id", "sub", "label", "given_name", "family_name", "email")}
    more = {"locale": "", "is_test": False, "created_at": kept.tool.clock(), "last_launch_at": kept.tool.clock()}
    with kept.tool.database.unit() as session:  # as a launch does it
        again = upsert(session, Person, {**values, **more}, key=("registration_id", "sub"))
    assert again != ada.id
    new = kept.world._get(Person, again)
    page = kept.world.browser(new, "earner", activity=kept.desk.activity).get("/home").text
    assert "Activities in" in page
    assert "Microcredentials I work on" not in page


def test_a_reviewers_work_for_others_stays(kept: Kept) -> None:
    [first, second] = kept.reviews()
    kept.world.judge(first, 2)
    gone = kept.holder(second)
    sealed = kept.holder(first)
    assert erase(kept, gone, name=gone.label).status_code == 303
    others = {person.id for person in kept.reviewers} - {gone.id}
    assert {row.reviewer_id for row in kept.reviews()} == others, "the next one has the place"
    assert erase(kept, sealed, name=sealed.label).status_code == 303
    [locked] = [row for row in kept.reviews() if row.state == "locked"]
    assert locked.scores["planning"] == {"level": 2, "feedback": "I saw it."}
    assert "Erased person" in kept.coordinator().get(f"/review/submissions/{kept.submission().id}").text


def test_the_public_badge_goes_and_its_bytes_stay(earned: Kept) -> None:
    with earned.tool.database.unit() as session:
        award = session.scalars(select(Award)).one()
        award.credential, award.signed_at, award.is_public = b'{"signed": true}', earned.tool.clock(), True
        public_id = award.public_id
    client, address = earned.world.app.test_client(), f"/badges/{public_id}.json"
    assert client.get(address, base_url="http://127.0.0.1:8000").status_code == 200
    erase(earned)
    assert client.get(address, base_url="http://127.0.0.1:8000").status_code == 404
    assert earned.rows(Award)[0].credential == b'{"signed": true}'


def test_no_score_leaves_any_more(earned: Kept) -> None:
    assert [row.state for row in earned.rows(ScoreDelivery)] == ["queued"]
    erase(earned)
    [row] = earned.rows(ScoreDelivery)
    assert row.state == "refused"
    assert row.score_given == 100, "what was decided stays"


def test_who_may(kept: Kept, world: World) -> None:
    path = f"/keeping/people/{kept.desk.ada.id}"
    stranger = world.browser(world.person(world.registration(), "Stran Ger"), "console")
    for rest in ("", "/export", "/hold", "/lift", "/erase"):
        given = {**TYPED, "reason": "x"}
        for browser, status in (
            (kept.facilitator(), 403),
            (kept.desk.browser, 403),
            (kept.at_desk(kept.reviews()[0]), 403),
            (stranger, 404),
        ):
            answer = browser.post(path + rest, given) if rest else browser.get(path)
            assert answer.status_code == status, rest
    assert kept.rows(Answer)
    assert erase(kept, kept.dana, name="Dana Okafor").status_code == 409, "not oneself"
    assert erase(kept).status_code == 303
    assert kept.coordinator().get(path).status_code == 404
    assert erase(kept).status_code == 404
    events = [event for event in kept.rows(AuditEvent) if event.action == "keeping:person:erased"]
    assert [(event.actor_id, event.subject_id) for event in events] == [(kept.dana.id, kept.desk.ada.id)]


def test_a_store_that_fails_keeps_nothing_in_the_end(kept: Kept, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_key: str) -> None:
        raise StoreFailed("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(kept.tool.blobs, "delete", fail)
        assert erase(kept).status_code == 303
        retention.finish(kept.tool)
    assert kept.desk.stored_files() == 2
    clock.tick(minutes=11)
    retention.finish(kept.tool)
    assert kept.desk.stored_files() == 0
    with kept.tool.database.read() as session:
        assert session.scalars(select(BlobDeletion)).all() == []


def test_all_or_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle, nothing has happened."""
    from lti_tool.keeping import erasing

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(erasing, "_forget", die)
    before = everything(kept.tool)
    with pytest.raises(Killed), kept.tool.database.unit() as session:
        erasing.erase(session, kept.tool, district_id=kept.dana.district_id, person_id=kept.desk.ada.id, actor_id=kept.dana.id)
    assert everything(kept.tool) == before
    assert kept.desk.stored_files() == 2
