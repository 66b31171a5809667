"""Rules of finding people by skill: what a figure may tell, which skills are meant. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

SMALL = 10
"""A figure about fewer people than this is not told as a number, and a school with fewer not at all."""
LONGEST_NOTE = 300
OFFERS = ("mentors", "leads", "visits")


@dataclass(frozen=True)
class Figure:
    """How many people: none, few (fewer than SMALL), or the number. `hidden`: nothing may be told."""

    kind: Literal["none", "few", "number", "hidden"]
    number: int = 0


def told(count: int) -> Figure:
    """What may be told of so many people of a district."""
    if count <= 0:
        return Figure("none")
    return Figure("few") if count < SMALL else Figure("number", count)


def told_of_school(count: int, *, known: int) -> Figure:
    """The same for a school of which so many people are known: of a small one nothing, for there everybody knows who is meant."""
    return Figure("hidden") if known < SMALL else told(count)


def told_of_the_rest(*, holders: int, named: int) -> Figure:
    """Of those who hold a skill and are not named. Never as a total from which the rest could be reckoned."""
    return told(holders - named)


@dataclass(frozen=True)
class Skill:
    """A microcredential that can be held: all its versions count. `topics` are the words that its newest version is filed under."""

    id: UUID
    title: str
    topics: tuple[str, ...]
    version_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Wanted:
    """Who is looked for; what is empty leaves everybody in. `offers`: all of them have to be offered; `schools`: one of them."""

    words: str = ""
    skill_id: UUID | None = None
    topic: str = ""
    schools: tuple[str, ...] = ()
    school_part: str = ""
    since: date | None = None
    until: date | None = None
    offers: tuple[str, ...] = ()

    @property
    def by_skill(self) -> bool:
        """Whether certain skills are meant."""
        return bool(self.words.strip() or self.skill_id or self.topic)


def meant(skills: Iterable[Skill], wanted: Wanted) -> tuple[Skill, ...]:
    """The skills that fit: this one, filed under this topic, and every word in the title or a topic."""
    words = wanted.words.casefold().split()

    def fits(skill: Skill) -> bool:
        said = " ".join((skill.title, *skill.topics)).casefold()
        return (
            wanted.skill_id in (None, skill.id)
            and (not wanted.topic or key(wanted.topic) in map(key, skill.topics))
            and all(word in said for word in words)
        )

    return tuple(filter(fits, skills))


def key(name: str) -> str:
    """By what a topic or a school is known, however it is written."""
    return " ".join(name.split()).lower()


def topics(skills: Iterable[Skill]) -> dict[str, tuple[str, tuple[UUID, ...]]]:
    """Topics by key: how it is written first, and the versions that are filed under it."""
    found: dict[str, tuple[str, list[UUID]]] = {}
    for skill in skills:
        for topic in {key(name): name for name in skill.topics}.values():
            found.setdefault(key(topic), (topic, []))[1].extend(skill.version_ids)
    return {one: (name, tuple(versions)) for one, (name, versions) in sorted(found.items())}


def own_only(chosen: Collection[UUID], own: Collection[UUID]) -> bool:
    """Whether somebody chose among their own badges."""
    return set(chosen) <= set(own)
