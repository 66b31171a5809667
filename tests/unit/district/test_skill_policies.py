"""Small figures are not told; skills are found by what they are called."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.district.skills.policies import SMALL, Skill, Wanted, key, meant, told, told_of_school, told_of_the_rest, topics

NAMES = st.text("abcdefgh äé", min_size=1, max_size=12).filter(lambda one: one.strip() != "")
SKILLS = st.builds(
    Skill,
    st.uuids(),
    NAMES,
    st.lists(NAMES, max_size=4).map(tuple),
    st.lists(st.uuids(), min_size=1, max_size=3).map(tuple),
)


@given(st.integers(0, 60), st.integers(0, 60))
def test_no_number_below_the_limit(count: int, known: int) -> None:
    for figure in (told(count), told_of_school(count, known=known), told_of_the_rest(holders=count, named=0)):
        assert figure.number == 0 or figure.number >= SMALL
        assert (figure.kind == "number") == (figure.number > 0)
    assert (told_of_school(count, known=known).kind == "hidden") == (known < SMALL)
    assert (told(count).kind == "none") == (count == 0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_rest_can_not_be_reckoned(holders: int, named: int) -> None:
    figure = told_of_the_rest(holders=max(holders, named), named=named)
    assert figure == told(max(holders, named) - named)


@given(st.lists(SKILLS, max_size=6), NAMES)
def test_nothing_wanted_means_everything_and_more_words_find_less(skills: list[Skill], words: str) -> None:
    assert meant(skills, Wanted()) == tuple(skills)
    some = meant(skills, Wanted(words=words))
    assert set(meant(skills, Wanted(words=f"{words} {words}x"))) <= set(some) <= set(skills)
    for skill in skills:
        assert skill in meant(skills, Wanted(words=skill.title.upper()))
        for topic in skill.topics:
            assert skill in meant(skills, Wanted(topic=topic))
            assert set(skill.version_ids) <= set(topics(skills)[key(topic)][1])


@given(st.lists(SKILLS, max_size=6))
def test_a_topic_written_in_two_ways_is_one(skills: list[Skill]) -> None:
    found = topics(skills)
    assert set(found) == {key(topic) for skill in skills for topic in skill.topics}
    for _, versions in found.values():
        assert versions


def test_one_skill_is_meant_by_its_id() -> None:
    one, other = (Skill(UUID(int=n), "Asking", ("Talk",), (UUID(int=n + 10),)) for n in (1, 2))
    assert meant((one, other), Wanted(skill_id=one.id)) == (one,)
