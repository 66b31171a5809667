"""The demo's example: a sample teacher's finished work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.catalog.samples import Sample, load_samples
from lti_tool.evidence.models import Answer, Artifact, ArtifactUse
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.integration.evidence.conftest import Desk


@pytest.fixture
def demo(tool: Tool) -> Tool:
    """The tool of a demo."""
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "demo": True})
    return tool


def sit_at(sit: Callable[..., Desk], sample: Sample) -> Desk:
    desk = sit(**sample.content.model_dump(mode="json"))
    with desk.world.tool.database.unit() as session:
        version = session.get_one(MicrocredentialVersion, desk.enrollment.version_id)
        session.get_one(Microcredential, version.microcredential_id).key = sample.key
    return desk


@pytest.mark.parametrize("sample", load_samples(), ids=lambda sample: sample.key)
def test_every_example_is_complete_and_can_be_submitted(demo: Tool, sit: Callable[..., Desk], sample: Sample) -> None:
    desk = sit_at(sit, sample)
    assert "Fill in the example" in desk.get().text
    answer = desk.post("/fill-example")
    assert answer.status_code == 303
    assert "Filled in with the example." in desk.browser.get(answer.location).text
    assert "Fill in the example" not in desk.get().text
    assert "Submit for review" in desk.get("/check").text
    assert desk.post("/submit", {"names_removed": "y", "families_agreed": "y"}).status_code == 303
    assert len(desk.submissions()[0].snapshot["artifacts"]) == len(sample.example.evidence)


def test_the_example_overwrites_nothing(demo: Tool, sit: Callable[..., Desk]) -> None:
    sample = load_samples()[0]
    desk = sit_at(sit, sample)
    question = sample.content.overview_questions[0].key
    requirement = next(one.key for one in sample.content.evidence if "text" in one.accepts)
    desk.post("/answers/overview", {f"text_{question}": "My own words"})
    desk.post(f"/requirement/{requirement}/add/text", {"title": "My own piece", "text": "Mine", "students": "none"})
    desk.post("/fill-example")
    assert next(row.text for row in desk.rows(Answer) if row.question_key == question) == "My own words"
    titles = {row.id: row.title for row in desk.rows(Artifact)}
    assert [titles[row.artifact_id] for row in desk.rows(ArtifactUse) if row.requirement_key == requirement] == ["My own piece"]
    before = len(desk.rows(Artifact))
    desk.post("/fill-example")
    assert len(desk.rows(Artifact)) == before


def test_no_example_where_there_is_none(demo: Tool, desk: Desk) -> None:
    assert "Fill in the example" not in desk.get().text
    assert desk.post("/fill-example").status_code == 404


def test_no_example_outside_the_demo(sit: Callable[..., Desk]) -> None:
    desk = sit_at(sit, load_samples()[0])
    assert "Fill in the example" not in desk.get().text
    assert desk.post("/fill-example").status_code == 404
    assert desk.rows(Answer) == []
