"""The columns of a spreadsheet of microcredentials: one row each, lists spread over numbered columns. Pure.

`criterion_2_level_3` holds the third level of the second criterion as “Name: what reviewers see”; `evidence_1_criteria` the numbers of the
criteria by which the first piece of evidence is judged. The reader takes more numbered columns than the template shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lti_tool.language import N_

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Column:
    """A column by its name. `path` leads to its value in a draft; `kind` says how it is read. `words` explain it in the template."""

    name: str
    path: Path
    kind: str
    words: str
    example: str = ""
    needed: bool = False


_PLAIN: Final = (
    Column("key", ("key",), "key", N_("A short name that stays the same. Empty for a new one; the same key again changes its draft."), ""),
    Column("title", ("title",), "text", N_("What it is called, at most 120 characters."), "Asking good questions", needed=True),
    Column("family", ("family",), "text", N_("The group that it belongs to in the catalog."), "Classroom talk"),
    Column("level", ("level",), "level", N_("foundational, advanced or leading; or empty."), "foundational"),
    Column("audience", ("audience",), "text", N_("For whom."), "All grades"),
    Column("topics", ("tags",), "topics", N_("Topics, with a semicolon between them."), "questions; discussion"),
    Column("hours", ("hours",), "number", N_("Hours of work, a whole number from 1 to 500."), "12", needed=True),
    Column("summary", ("summary",), "text", N_("One or two sentences for the catalog, at most 400 characters."), "…", needed=True),
    Column("competency", ("competency",), "text", N_("What the teacher can do afterwards, in one sentence."), "…", needed=True),
    Column("method", ("key_method", "title"), "text", N_("Name of the key method."), "Plan, ask, wait", needed=True),
    Column("method_description", ("key_method", "description"), "text", N_("The method, in Markdown."), "…", needed=True),
    Column("rationale", ("rationale",), "text", N_("Why it works."), "…", needed=True),
    Column("badge_shape", ("badge", "shape"), "choice", N_("hexagon, circle, shield, rosette or octagon."), "hexagon"),
    Column("badge_color", ("badge", "color"), "choice", N_("teal, indigo, plum, forest, amber, rose or slate."), "teal"),
    Column("badge_pictogram", ("badge", "pictogram"), "choice", N_("people, book, heart, code, bulb, check, star or speech."), "speech"),
)


@dataclass(frozen=True)
class Series:
    """Columns with a number in their name: rows of one list of a draft, at most `most` of them. `offered` are in the template."""

    pattern: str
    path: Callable[[int], Path]
    kind: str
    words: str
    example: str
    most: int
    offered: int

    def column(self, number: int) -> Column:
        """The column of this number, from 1."""
        return Column(self.pattern.replace("#", str(number)), self.path(number - 1), self.kind, self.words, self.example)


def _rows(*parts: str) -> Callable[[int], Path]:
    return lambda place: (parts[0], place, *parts[1:])


def _in_method(part: str) -> Callable[[int], Path]:
    return lambda place: ("key_method", "components", place, part)


def _reading(name: str, table: str, words: str) -> tuple[Series, ...]:
    return (
        Series(f"{name}_#", _rows(table, "title"), "text", words, "…", 20, 2),
        Series(f"{name}_#_url", _rows(table, "url"), "text", N_("Its web address, which starts with https://"), "https://…", 20, 2),
        Series(f"{name}_#_note", _rows(table, "note"), "text", N_("Why read it."), "", 20, 2),
    )


def _asking(name: str, words: str) -> tuple[Series, ...]:
    table = f"{name}s"
    return (
        Series(f"{name}_#", _rows(table, "prompt"), "text", words, "…", 10, 3),
        Series(f"{name}_#_help", _rows(table, "help"), "text", N_("Help for the answer."), "", 10, 0),
        Series(f"{name}_#_words", _rows(table, "word_limit"), "number", N_("Most words; 500 if empty, 0 for any number."), "500", 10, 3),
        Series(f"{name}_#_key", _rows(table, "key"), "text", N_("Comes with an export; leave it as it is."), "", 10, 0),
    )


SERIES: Final = (
    Series("step_#", _in_method("title"), "text", N_("A step of the method."), "Plan three open questions", 12, 3),
    Series("step_#_how", _in_method("how"), "text", N_("How a teacher does it."), "…", 12, 3),
    *_asking("overview_question", N_("A question about the class, answered in writing. At least one.")),
    Series("evidence_#", _rows("evidence", "title"), "text", N_("Something the teacher hands in. At least one."), "Lesson plan", 12, 3),
    Series("evidence_#_description", _rows("evidence", "description"), "text", N_("What it should contain."), "…", 12, 3),
    Series("evidence_#_accepts", _rows("evidence", "accepts"), "accepts", N_("text, link, file; all if empty."), "text, file", 12, 3),
    Series("evidence_#_minimum", _rows("evidence", "minimum"), "number", N_("At least so many; 1 if empty."), "1", 12, 0),
    Series("evidence_#_maximum", _rows("evidence", "maximum"), "number", N_("At most so many; 5 if empty."), "5", 12, 0),
    Series("evidence_#_criteria", _rows("evidence", "criteria"), "numbers", N_("Numbers of the criteria that judge it."), "1, 2", 12, 3),
    Series("evidence_#_students", _rows("evidence", "may_show_students"), "yes", N_("yes if students may be seen or heard."), "no", 12, 3),
    Series("evidence_#_key", _rows("evidence", "key"), "text", N_("Comes with an export; leave it as it is."), "", 12, 0),
    Series("criterion_#", _rows("criteria", "title"), "text", N_("A row of the rubric. At least one."), "Planning", 12, 4),
    Series("criterion_#_about", _rows("criteria", "description"), "text", N_("What the criterion is about."), "", 12, 4),
    Series("criterion_#_needed", _rows("criteria", "required_level"), "level_number", N_("Level that earns it: its number."), "3", 12, 4),
    Series("criterion_#_key", _rows("criteria", "key"), "text", N_("Comes with an export; leave it as it is."), "", 12, 0),
    *_asking("reflection_question", N_("A question about what changed, answered in writing. At least one.")),
    *_reading("reference", "references", N_("Research behind the method.")),
    *_reading("resource", "resources", N_("Something for the teacher to read.")),
    Series("standard_#", _rows("alignments", "name"), "text", N_("A published standard that it answers to."), "", 20, 1),
    Series("standard_#_code", _rows("alignments", "code"), "text", N_("The standard’s code."), "", 20, 1),
    Series("standard_#_framework", _rows("alignments", "framework"), "text", N_("The framework that it is from."), "", 20, 1),
    Series("standard_#_url", _rows("alignments", "url"), "text", N_("The standard’s web address."), "", 20, 1),
    Series("standard_#_case", _rows("alignments", "case_item"), "text", N_("The item’s identifier in CASE, if it has one."), "", 20, 0),
)
_LEVEL_WORDS: Final = N_("A level, from low to high, as “Name: what reviewers see”.")
MOST_LEVELS: Final = 6
_NUMBERED: Final = re.compile(r"\d+")
_LEVEL: Final = re.compile(r"^criterion_(\d{1,2})_level_(\d)$")
_BY_PATTERN: Final = {one.pattern: one for one in SERIES}
_BY_NAME: Final = {one.name: one for one in _PLAIN}


def _level(criterion: int, level: int) -> Column:
    path = ("criteria", criterion - 1, "levels", level - 1)
    return Column(
        f"criterion_{criterion}_level_{level}", path, "rubric_level", _LEVEL_WORDS, f"{('Not yet', 'Almost', 'Met')[level % 3 - 1]}: …"
    )


def column(name: str) -> Column | None:
    """The column of this name; None for one that we do not know."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    if found := _LEVEL.match(name):
        numbers = int(found[1]), int(found[2])
        return _level(*numbers) if 1 <= numbers[0] <= 12 and 1 <= numbers[1] <= MOST_LEVELS else None
    numbers_in = _NUMBERED.findall(name)
    series = _BY_PATTERN.get(_NUMBERED.sub("#", name)) if len(numbers_in) == 1 and len(numbers_in[0]) < 3 else None
    return series.column(int(numbers_in[0])) if series and 1 <= int(numbers_in[0]) <= series.most else None


def columns(counts: dict[str, int] | None = None, *, levels: int = 3) -> list[Column]:
    """The columns of the template; or, with `counts` (pattern -> how many), those that an export of so much needs."""
    found = list(_PLAIN)
    groups: dict[str, list[Series]] = {}
    for one in SERIES:
        groups.setdefault(one.pattern.split("_#")[0], []).append(one)
    for group in groups.values():
        for number in range(1, max(_many(one, counts) for one in group) + 1):
            found += [one.column(number) for one in group if number <= _many(one, counts)]
            if group[0].pattern == "criterion_#":
                found += [_level(number, level) for level in range(1, levels + 1)]
    return found


def _many(one: Series, counts: dict[str, int] | None) -> int:
    return one.offered if counts is None else counts.get(one.pattern, 0)


def name_of(path: Path, known: dict[Path, str]) -> str:
    """The column that a fault at `path` belongs to: its own, or the one of the same row of a list where it is to be written."""
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    for plain in _PLAIN:
        if plain.path[: len(path)] == path:
            return plain.name
    at = next((at for at, part in enumerate(path) if isinstance(part, int)), None)
    if at is None:
        return next((one.column(1).name for one in SERIES if one.path(0)[: len(path)] == path), str(path[0]) if path else "")
    row, place = path[: at + 1], int(path[at])
    beside = next((name for there, name in known.items() if there[: at + 1] == row), "")
    number = int(found[0]) if (found := _NUMBERED.search(beside)) else place + 1
    if path[0] == "criteria" and path[at + 1 : at + 2] == ("levels",):
        return _level(number, int(path[at + 2]) + 1 if len(path) > at + 2 else 1).name
    for length in range(len(path), at, -1):
        for one in SERIES:
            if one.path(place)[:length] == path[:length]:
                return one.column(number).name
    return str(path[0])
