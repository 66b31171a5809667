"""The portfolio: pieces across microcredentials, chosen, taken out, renamed, deleted; and the criteria that they show."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from lti_tool.blobs import StoreFailed
from lti_tool.database import new_id
from lti_tool.evidence import retention
from lti_tool.evidence.models import Artifact, ArtifactUse
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.evidence.conftest import PDF, Desk, artifact_ids


def another(desk: Desk) -> Desk:
    """The same teacher's second microcredential in the same course."""
    activity = desk.world.activity(desk.context, desk.world.version(desk.registration.district_id, title="Second one"))
    enrollment = desk.world.enrollment(activity, desk.ada)
    return Desk(desk.world, desk.registration, desk.context, desk.ada, activity, desk.browser, enrollment)


def uses(desk: Desk) -> list[tuple[UUID, str]]:
    return [(use.enrollment_id, use.requirement_key) for use in desk.rows(ArtifactUse)]


def test_a_piece_serves_in_several_places_and_stays_one(desk: Desk) -> None:
    desk.upload("plan", PDF, "plan.pdf", title="My plan")
    second = another(desk)
    page = second.get("/requirement/recording").text
    assert "choose a piece from your portfolio" in page
    listed = second.get("/requirement/recording/choose").text
    assert "My plan" in listed
    assert "In “Asking good questions”: Lesson plan" in listed
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    for _ in range(2):  # pressing twice is no error
        answer = second.post("/requirement/recording/choose", {"artifact": str(piece)})
        assert answer.status_code == 303
        assert "Say which criteria it shows" in desk.browser.get(answer.location).text
    assert uses(desk) == [(desk.enrollment.id, "plan"), (second.enrollment.id, "recording")]
    assert len(desk.rows(Artifact)) == 1
    portfolio = desk.browser.get("/evidence/portfolio").text
    assert portfolio.count("My plan") == 1
    assert "In “Second one”: Recording" in portfolio
    assert "1 piece of evidence" in desk.browser.get("/home").text
    assert "My plan" not in second.get("/requirement/recording/choose").text, "it is there already"


def test_what_is_taken_out_stays_in_the_portfolio(desk: Desk) -> None:
    desk.upload("plan", PDF, "plan.pdf", title="My plan")
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    assert desk.post(f"/requirement/recording/artifact/{piece}/take-out").status_code == 404
    answer = desk.post(f"/requirement/plan/artifact/{piece}/take-out")
    assert "still in your portfolio" in desk.browser.get(answer.location).text
    assert uses(desk) == []
    assert desk.stored_files() == 1
    assert "Not used in any draft" in desk.browser.get("/evidence/portfolio").text
    assert "Add 1 piece to “Lesson plan”." in desk.get("/check").text


def test_renamed_everywhere_and_deleted_from_every_draft(desk: Desk) -> None:
    desk.upload("plan", PDF, "plan.pdf", title="My plan")
    second = another(desk)
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    second.post("/requirement/plan/choose", {"artifact": str(piece)})
    empty = desk.browser.post(f"/evidence/portfolio/{piece}", {"title": " "})
    assert empty.status_code == 422
    assert desk.browser.post(f"/evidence/portfolio/{piece}", {"title": "Better\nname"}).status_code == 303
    assert "Better name" in second.get("/requirement/plan").text
    page = desk.browser.get(f"/evidence/portfolio/{piece}").text
    assert "the 2 places" in page
    assert "No copy is left." in page
    assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 303
    assert (uses(desk), desk.rows(Artifact), desk.stored_files()) == ([], [], 0)


def test_what_another_microcredential_submitted_is_kept(desk: Desk) -> None:
    second = another(desk)
    second.write_everything()
    [piece] = artifact_ids(second.get("/requirement/plan"))
    desk.post("/requirement/plan/choose", {"artifact": str(piece)})
    second.submit()
    page = desk.browser.get(f"/evidence/portfolio/{piece}").text
    assert "Second one, attempt 1" in page
    assert "keeps its copy" in page
    assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 303
    assert "My plan" not in desk.browser.get("/evidence/portfolio").text
    [submission] = desk.submissions()
    frozen = submission.snapshot["artifacts"][0]
    assert b"".join(desk.world.tool.blobs.read(frozen["blob_key"])) == PDF
    assert "My plan" in desk.browser.get(f"/evidence/submission/{submission.id}").text


def test_a_file_goes_although_the_store_does_not_answer_at_first(desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.upload("plan", PDF, "plan.pdf")
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    [artifact] = desk.rows(Artifact)
    blobs = desk.world.tool.blobs

    def silent(key: str) -> None:
        raise StoreFailed("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(blobs, "delete", silent)
        assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 303
    assert desk.rows(Artifact) == []
    assert blobs.exists(artifact.blob_key)
    clock.tick(hours=1)
    assert retention.finish(desk.world.tool) == 0
    assert not blobs.exists(artifact.blob_key)


def test_students_who_must_not_be_seen_come_in_by_no_way(desk: Desk) -> None:
    desk.post("/requirement/recording/add/text", {"title": "Film", "text": "t", "students": "identifiable"})
    [piece] = artifact_ids(desk.get("/requirement/recording"))
    assert "Students must not be seen in this part." in desk.get("/requirement/plan/choose").text
    assert desk.post("/requirement/plan/choose", {"artifact": str(piece)}).status_code == 409
    desk.post(f"/artifact/{piece}", {"title": "Film", "text": "t", "students": "none"})
    assert desk.post("/requirement/plan/choose", {"artifact": str(piece)}).status_code == 303
    said = desk.post(f"/artifact/{piece}?requirement=recording", {"title": "Film", "text": "t", "students": "identifiable"})
    assert said.status_code == 400, "it serves in the plan as well"
    second = another(desk)
    second.post("/requirement/recording/choose", {"artifact": str(piece)})
    second.post(f"/artifact/{piece}", {"title": "Film", "text": "t", "students": "identifiable"})
    assert "that shows students; they must not be seen in this part" in desk.get("/check").text


def test_a_full_part_or_another_kind_is_refused(desk: Desk, world: World) -> None:
    small = [{"key": "plan", "title": "Plan", "description": "One.", "maximum": 1, "accepts": ["text"]}]
    activity = world.activity(desk.context, world.version(desk.registration.district_id, title="Small", evidence=small))
    tiny = Desk(world, desk.registration, desk.context, desk.ada, activity, desk.browser, world.enrollment(activity, desk.ada))
    desk.upload("plan", PDF, "plan.pdf", title="A file")
    desk.post("/requirement/plan/add/text", {"title": "First", "text": "t", "students": "none"})
    desk.post("/requirement/plan/add/text", {"title": "Second", "text": "t", "students": "none"})
    file, first, second = artifact_ids(desk.get("/requirement/plan"))
    assert "A file" not in tiny.get("/requirement/plan/choose").text
    assert tiny.post("/requirement/plan/choose", {"artifact": str(file)}).status_code == 400
    assert tiny.post("/requirement/plan/choose", {"artifact": str(first)}).status_code == 303
    assert tiny.post("/requirement/plan/choose", {"artifact": str(second)}).status_code == 409
    assert "This part is full" in tiny.get("/requirement/plan/choose").text


def test_the_portfolio_comes_in_pages(desk: Desk) -> None:
    tool = desk.world.tool
    empty = dict.fromkeys(("text", "url", "blob_key", "filename", "media_type", "sha256", "students"), "")
    own = {"district_id": desk.ada.district_id, "person_id": desk.ada.id, "created_at": tool.clock(), "changed_at": tool.clock()}
    with tool.database.unit() as session:
        session.add_all(Artifact(**own, **empty, id=new_id(), kind="text", size=0, title=f"No {number}!") for number in range(23))
    first = desk.browser.get("/evidence/portfolio").text
    assert first.count('class="file-list__item"') == 20
    assert "No 22!" in first
    assert "No 2!" not in first
    oldest = artifact_ids_of_portfolio(first)[-1]
    rest = desk.browser.get(f"/evidence/portfolio?before={oldest}").text
    assert [f"No {n}!" in rest for n in (0, 1, 2, 3)] == [True, True, True, False]


def artifact_ids_of_portfolio(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/portfolio/([0-9a-f-]{36})", page)))


def test_which_criteria_a_piece_shows_is_said_frozen_and_shown(desk: Desk) -> None:
    desk.write_everything()
    assert "No evidence is said to show these criteria yet" in desk.get("/check").text
    [plan] = artifact_ids(desk.get("/requirement/plan"))
    form = desk.get(f"/artifact/{plan}?requirement=plan").text
    assert form.index('value="planning"') < form.index('value="asking"'), "what the part is judged by comes first"
    given = {"title": "My plan", "students": "none", "criteria": ["asking", "planning"]}
    assert desk.post(f"/artifact/{plan}?requirement=plan", given).status_code == 303
    assert "Shows: Planning, Asking" in desk.get("/requirement/plan").text
    assert desk.post(f"/artifact/{plan}?requirement=plan", {**given, "criteria": ["nonsense"]}).status_code == 422
    assert desk.post(f"/artifact/{plan}?requirement=recording", given).status_code == 404
    page = desk.get("/check").text
    assert "Shows: Planning, Asking" in page
    assert "No evidence is said to show" not in page
    desk.submit()
    [submission] = desk.submissions()
    assert [copy["criteria"] for copy in submission.snapshot["artifacts"]] == [["planning", "asking"], []]


def test_a_part_that_is_judged_by_one_criterion_offers_it(desk: Desk) -> None:
    page = desk.get("/requirement/plan/add/text").text
    assert 'value="planning" checked' in page
    desk.post("/requirement/plan/add/text", {"title": "T", "text": "t", "students": "none", "criteria": "planning"})
    assert [use.criteria for use in desk.rows(ArtifactUse)] == [["planning"]]
    assert "No piece is said to show Asking yet" in desk.get().text
