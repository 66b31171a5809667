"""The samples are whole: every key leads somewhere, every example could be submitted and reviewed as it stands."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest

from lti_tool.catalog.content import Reference
from lti_tool.catalog.samples import Sample, load_samples

SAMPLES = load_samples()
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)


def words(text: str) -> int:
    return len(text.split())


def test_the_six_samples_are_there() -> None:
    assert [sample.key for sample in SAMPLES] == [
        "autism-inclusion",
        "close-reading",
        "computational-thinking",
        "design-thinking",
        "formative-assessment",
        "small-group-work",
    ]


def test_badges_can_be_told_apart() -> None:
    badges = [sample.content.badge for sample in SAMPLES]
    assert len({badge.color for badge in badges}) == len(SAMPLES)
    assert len({badge.pictogram for badge in badges}) == len(SAMPLES)
    assert {sample.key: sample.content.badge.pictogram for sample in SAMPLES} == {
        "autism-inclusion": "heart",
        "close-reading": "book",
        "computational-thinking": "code",
        "design-thinking": "bulb",
        "formative-assessment": "check",
        "small-group-work": "people",
    }


@each_sample
def test_the_definition_is_complete(sample: Sample) -> None:
    content = sample.content
    assert content.competency.startswith("The teacher ")
    assert content.competency.count(".") == 1
    assert 10 <= content.hours <= 20
    assert content.tags
    assert 3 <= len(content.key_method.components) <= 5
    assert 2 <= len(content.overview_questions) <= 3
    assert len(content.reflection_questions) == 2
    assert 3 <= len(content.evidence) <= 4
    assert 4 <= len(content.criteria) <= 5
    assert content.references
    assert content.resources
    assert content.alignments
    assert any(requirement.may_show_students for requirement in content.evidence)


@each_sample
def test_a_criterion_has_three_different_levels_and_evidence_that_shows_it(sample: Sample) -> None:
    shown = set(itertools.chain.from_iterable(requirement.criteria for requirement in sample.content.evidence))
    for criterion in sample.content.criteria:
        assert [level.name for level in criterion.levels] == ["Not yet", "Almost there", "Met"]
        assert len({level.description for level in criterion.levels}) == 3
        assert criterion.required_level == 2
        assert criterion.key in shown
    assert all(requirement.criteria for requirement in sample.content.evidence)


@each_sample
def test_the_research_that_the_rationale_names_can_be_looked_up(sample: Sample) -> None:
    """Years in the rationale's parentheses all stand in the title of a reference, and no address is listed twice."""
    listed = " ".join(reference.title for reference in sample.content.references)
    for year in re.findall(r"\((?:[^()]*, )?(\d{4})\)", sample.content.rationale):
        assert year in listed
    urls = [reference.url for reference in links(sample)]
    assert len(set(urls)) == len(urls)


def links(sample: Sample) -> tuple[Reference, ...]:
    return sample.content.references + sample.content.resources


@each_sample
def test_the_example_answers_every_question_within_its_limit(sample: Sample) -> None:
    questions = sample.content.overview_questions + sample.content.reflection_questions
    assert set(sample.example.answers) == {question.key for question in questions}
    for question in questions:
        assert 60 <= words(sample.example.answers[question.key]) <= min(150, question.word_limit)


@each_sample
def test_the_example_rates_itself_on_every_criterion(sample: Sample) -> None:
    assert set(sample.example.self_assessment) == {criterion.key for criterion in sample.content.criteria}
    for criterion in sample.content.criteria:
        assert sample.example.self_assessment[criterion.key].level < len(criterion.levels)


@each_sample
def test_the_example_holds_the_evidence_that_is_asked_for(sample: Sample) -> None:
    pieces = Counter(piece.requirement for piece in sample.example.evidence)
    assert set(pieces) == {requirement.key for requirement in sample.content.evidence}
    for requirement in sample.content.evidence:
        assert requirement.minimum <= pieces[requirement.key] <= requirement.maximum
    for piece in sample.example.evidence:
        requirement = sample.content.requirement(piece.requirement)
        assert piece.kind in requirement.accepts
        assert piece.students == "none" or requirement.may_show_students


@each_sample
def test_a_piece_of_evidence_has_what_its_kind_needs_and_nothing_else(sample: Sample) -> None:
    for piece in sample.example.evidence:
        assert piece.text
        assert bool(piece.url) == (piece.kind == "link")
        assert bool(piece.filename) == bool(piece.content) == (piece.kind == "file")
        assert not piece.url or piece.url.startswith("https://example.org/")
        assert not piece.filename or re.fullmatch(r"[a-z0-9-]+\.txt", piece.filename)


@each_sample
def test_two_reviewers_find_everything_met_in_words_of_their_own(sample: Sample) -> None:
    first, second = sample.example.reviews
    for scores in (first, second, sample.example.adjudication):
        assert set(scores) == {criterion.key for criterion in sample.content.criteria}
        for criterion in sample.content.criteria:
            assert criterion.required_level <= scores[criterion.key].level < len(criterion.levels)
    feedback = [score.feedback for scores in (first, second, sample.example.adjudication) for score in scores.values()]
    assert len(set(feedback)) == len(feedback)


def test_no_two_samples_say_the_same() -> None:
    assert len({sample.content.content_hash() for sample in SAMPLES}) == len(SAMPLES)
