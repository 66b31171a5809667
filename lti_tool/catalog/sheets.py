"""A spreadsheet of microcredentials as CSV: read into drafts with every fault at its row and column, and written. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Final

from lti_tool.catalog import policies, sheet_columns
from lti_tool.catalog.entry_policies import LEVELS
from lti_tool.catalog.incoming import BAD_VALUE, EACH_KEY_ONCE, EMPTY, MOST_ROWS, ONE_KEY_TWICE, File, Incoming, Unreadable, Wrong, shown
from lti_tool.catalog.policies import Draft, Path
from lti_tool.catalog.sheet_columns import Column
from lti_tool.inputs import plain_text, separator_of
from lti_tool.language import N_

_MOST_COLUMNS: Final = 400
_KEY: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
_FORMULA: Final = re.compile(r"^'(?=\s*[=+\-@\t\r])")
_YES: Final = {"yes": True, "y": True, "true": True, "1": True, "x": True, "sí": True, "si": True, "verdadero": True}
_NO: Final = {"no": False, "n": False, "false": False, "0": False, "falso": False}


def read(text: str) -> File:
    """Every row of a CSV file, whichever separator it has. Raises Unreadable where it is no table of microcredentials."""
    rows = _table(text)
    header = [one.strip().lower() for one in rows[0]] if rows else []
    columns: list[Column | None] = [sheet_columns.column(name) for name in header]
    if not any(columns):
        raise Unreadable(N_("The first row has none of the columns that we know. Download the template and fill that in."))
    wrong = [
        Wrong(1, name, N_("No column is called “%(value)s”."), N_("Correct the name, or take the column out."), (("value", shown(name)),))
        for name, column in zip(header, columns, strict=True)
        if name and column is None
    ]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    wrong += [Wrong(1, name, N_("Two columns have the same name."), N_("Take one of them out.")) for name in twice]
    if len(rows) - 1 > MOST_ROWS:
        wrong.append(
            Wrong(MOST_ROWS + 2, "", N_("There are more rows than can come in at once."), N_("Split the file: at most 1,000 rows."))
        )
    if any(one.row == 1 for one in wrong):
        return File("csv", (), tuple(wrong))
    found: list[Incoming] = []
    keys: dict[str, int] = {}
    for number, cells in enumerate(rows[1 : MOST_ROWS + 1], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        one = _row(number, columns, cells)
        if one.key and one.key in keys:
            again = Wrong(number, "key", ONE_KEY_TWICE, EACH_KEY_ONCE, (("value", one.key),))
            one = Incoming(one.row, one.key, one.title, one.draft, (*one.wrong, again))
        keys.setdefault(one.key, number)
        found.append(one)
    if not found and not wrong:
        wrong.append(Wrong(2, "", EMPTY, N_("Fill in one row for each microcredential.")))
    return File("csv", tuple(found), tuple(wrong))


def _table(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=separator_of(text)):
            if len(row) > _MOST_COLUMNS:
                raise Unreadable(N_("A row of this file has far too many columns. Download the template and fill that in."))
            found.append(row)
            if len(found) > MOST_ROWS + 2:
                break
    except csv.Error as error:
        raise Unreadable(
            N_("This is no table that we can read. Save it from your spreadsheet as “CSV UTF-8” and choose it again.")
        ) from error
    return found


def _row(number: int, columns: Sequence[Column | None], cells: Sequence[str]) -> Incoming:
    given = {column: _cell(cell) for column, cell in zip(columns, cells, strict=False) if column is not None}
    given = {column: cell for column, cell in given.items() if cell}
    wrong: list[Wrong] = []
    if extra := [cell for cell in cells[len(columns) :] if cell.strip()]:
        said = N_("More cells than the first row has columns: “%(value)s”.")
        wrong.append(Wrong(number, "", said, N_("Put quotation marks around texts with separators."), (("value", shown(extra[0])),)))
    draft, known = _document(number, given, wrong)
    key = next((cell for column, cell in given.items() if column.kind == "key"), "")
    if key and not _KEY.match(key):
        remedy = N_("Use small letters, digits and hyphens, at most 60.")
        wrong.append(Wrong(number, "key", BAD_VALUE, remedy, (("value", shown(key)),)))
        key = ""
    return Incoming(number, key, str(draft["title"]), draft, (*wrong, *faults(number, draft, known, {one.column for one in wrong})))


def _cell(cell: str) -> str:
    return _FORMULA.sub("", plain_text(cell).strip())


def _document(number: int, given: Mapping[Column, str], wrong: list[Wrong]) -> tuple[Draft, dict[Path, str]]:
    """The draft that these cells make, and which column each of its values came from."""
    draft = empty()
    known: dict[Path, str] = {}
    places = _places(given)
    judged: dict[int, tuple[str, list[str]]] = {}
    for column, cell in sorted(given.items(), key=lambda one: one[0].path[-1] if one[0].kind == "rubric_level" else 0):
        if column.kind == "key":
            continue
        path = tuple(places[column.path[:at]][part] if isinstance(part, int) else part for at, part in enumerate(column.path))
        value = _value(number, column, cell, wrong)
        known[path] = column.name
        if column.kind == "numbers":
            judged[int(path[1])] = (column.name, value)
            value = []
        _put(draft, path, value)
    draft = policies.tidy(draft)
    criteria = {str(one + 1): draft["criteria"][place]["key"] for one, place in places.get(("criteria",), {}).items()}
    for place, (name, numbers) in judged.items():
        draft["evidence"][place]["criteria"] = [criteria[one] for one in numbers if criteria.get(one)]
        if unknown := [one for one in numbers if one not in criteria]:
            said, remedy = N_("There is no criterion %(value)s in this row."), N_("Write the numbers of criteria that are filled in.")
            wrong.append(Wrong(number, name, said, remedy, (("value", shown(", ".join(unknown))),)))
    return draft, known


def _places(given: Mapping[Column, str]) -> dict[Path, dict[int, int]]:
    """For each list, which numbers are filled: what is left out closes up."""
    used: dict[Path, set[int]] = {}
    for column in given:
        for at, part in enumerate(column.path):
            if isinstance(part, int):
                used.setdefault(column.path[:at], set()).add(part)
    return {path: {number: place for place, number in enumerate(sorted(numbers))} for path, numbers in used.items()}


def empty() -> Draft:
    """A draft without any rows."""
    draft = policies.blank()
    draft["key_method"]["components"] = []
    return {**draft, **{name: [] for name in ("overview_questions", "evidence", "criteria", "reflection_questions")}}


def _put(draft: Draft, path: Path, value: Any) -> None:
    place: Any = draft
    for at, part in enumerate(path[:-1]):
        if isinstance(part, int):
            while len(place) <= part:
                place.append(_new_row(str(path[at - 1])))
            place = place[part]
        else:
            place = place[part]
    if path[-2:-1] == ("levels",):
        place.append(value)  # columns of levels come in their order
    else:
        place[path[-1]] = value


def _new_row(kind: str) -> Draft:
    row = policies.new_row(kind)
    return {**row, "levels": [], "required_level": ""} if kind == "criteria" else row


def _value(number: int, column: Column, cell: str, wrong: list[Wrong]) -> Any:
    reader = _READERS.get(column.kind)
    if reader is None:
        return cell
    value, remedy = reader(cell)
    if remedy:
        wrong.append(Wrong(number, column.name, BAD_VALUE, remedy, (("value", shown(cell)),)))
    return value


def _topics(cell: str) -> tuple[Any, str]:
    return list(dict.fromkeys(one.strip() for one in re.split(r"[;\n|]", cell) if one.strip())), ""


def _level_word(cell: str) -> tuple[Any, str]:
    if cell.lower() in LEVELS:
        return cell.lower(), ""
    return "", N_("Write foundational, advanced or leading, or leave it empty.")


def _accepts(cell: str) -> tuple[Any, str]:
    found = [one.strip().lower() for one in re.split(r"[,;|\n]", cell) if one.strip()]
    if found and set(found) <= {"text", "link", "file"}:
        return list(dict.fromkeys(found)), ""
    return ["text", "link", "file"], N_("Write text, link or file, with commas between them.")


def _numbers(cell: str) -> tuple[Any, str]:
    found = [one for one in re.split(r"[,;\s]+", cell) if one]
    if all(one.isascii() and one.isdigit() and len(one) < 3 for one in found):
        return found, ""
    return [], N_("Write the numbers of criteria, with commas between them, such as 1, 2.")


def _yes(cell: str) -> tuple[Any, str]:
    known = {**_YES, **_NO}
    if cell.lower() in known:
        return known[cell.lower()], ""
    return False, N_("Write yes or no.")


def _choice(cell: str) -> tuple[Any, str]:
    return cell.lower(), ""


def _place_of_level(cell: str) -> tuple[Any, str]:
    if cell.isascii() and cell.isdigit() and 2 <= int(cell[:4]) <= sheet_columns.MOST_LEVELS:
        return str(int(cell) - 1), ""
    return "", N_("Write the number of the level that earns it; level 1 can’t be the one.")


def _rubric_level(cell: str) -> tuple[Any, str]:
    name, colon, description = cell.partition(":")
    if not colon or not name.strip() or not description.strip():
        return {"name": cell[:60], "description": ""}, N_("Write it as “Name: what reviewers see”.")
    return {"name": name.strip(), "description": description.strip()}, ""


_READERS: Final[dict[str, Callable[[str], tuple[Any, str]]]] = {
    "topics": _topics,
    "level": _level_word,
    "accepts": _accepts,
    "numbers": _numbers,
    "yes": _yes,
    "choice": _choice,
    "level_number": _place_of_level,
    "rubric_level": _rubric_level,
}


def faults(number: int, draft: Draft, known: dict[Path, str], told: set[str]) -> list[Wrong]:
    """What keeps the draft from being published, at the columns that it belongs to: what is empty can be written later, the rest blocks."""
    found: list[Wrong] = []
    for fault in policies.check(draft)[1]:
        name = sheet_columns.name_of(fault.path, known)
        if name in told:
            continue
        value = _at(draft, fault.path)
        lacking = value in ("", None, [], ())
        blocks = not lacking or fault.path == ("title",)
        said = EMPTY if lacking else BAD_VALUE
        values = () if lacking else (("value", shown(value)),)
        found.append(Wrong(number, name, said, fault.words, values, blocks))
    return found


def _at(draft: Draft, path: Path) -> Any:
    value: Any = draft
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ""
    return value


def written(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[list[str]]:
    """Rows of a file that holds these microcredentials (key, content): the header, then one for each. Reading it gives the same again."""
    counts = _counts([content for _key, content in rows])
    levels = max((len(one["levels"]) for _key, content in rows for one in content["criteria"]), default=3)
    columns = sheet_columns.columns(counts, levels=levels)
    yield [one.name for one in columns]
    for key, content in rows:
        yield [key if one.kind == "key" else _cell_of(content, one) for one in columns]


def _counts(contents: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in sheet_columns.SERIES:
        table = str(one.path(0)[0])
        lists = [content[table]["components"] if table == "key_method" else content[table] for content in contents]
        counts[one.pattern] = min(one.most, max((len(rows) for rows in lists), default=0))
    return counts


def _cell_of(content: Mapping[str, Any], column: Column) -> str:
    if column.kind == "rubric_level":
        level = _at(dict(content), column.path)
        return f"{level['name']}: {level['description']}" if level else ""
    value = _at(dict(content), column.path)
    match column.kind:
        case "topics":
            return "; ".join(value)
        case "accepts":
            return ", ".join(value)
        case "numbers":
            keys = [one["key"] for one in content["criteria"]]
            return ", ".join(str(keys.index(one) + 1) for one in value or () if one in keys)
        case "yes":
            return "yes" if value else "no" if value is False else ""
        case "level_number":
            return str(int(value) + 1) if str(value).isdigit() else ""
    return str(value)


def template() -> Iterator[list[str]]:
    """The file to fill in: the header, and one row of examples."""
    columns = sheet_columns.columns()
    yield [one.name for one in columns]
    yield [one.example for one in columns]
