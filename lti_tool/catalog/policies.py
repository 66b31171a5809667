"""What a draft must become before it is published: stable keys, and every fault in plain words. Pure.

A draft is a plain document in the shape of `MicrocredentialContent` in which anything may be empty and numbers may be text as typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.language import N_, _

Draft = dict[str, Any]
Path = tuple[str | int, ...]

LEVELS = ({"name": "Not yet", "description": ""}, {"name": "Almost", "description": ""}, {"name": "Met", "description": ""})
NEW_ROWS: Mapping[str, Draft] = {
    "components": {"title": "", "how": ""},
    "references": {"title": "", "url": "", "note": ""},
    "resources": {"title": "", "url": "", "note": ""},
    "overview_questions": {"key": "", "prompt": "", "help": "", "word_limit": "500"},
    "reflection_questions": {"key": "", "prompt": "", "help": "", "word_limit": "500"},
    "evidence": {
        "key": "",
        "title": "",
        "description": "",
        "accepts": ["text", "link", "file"],
        "minimum": "1",
        "maximum": "5",
        "criteria": [],
        "may_show_students": False,
    },
    "criteria": {"key": "", "title": "", "description": "", "levels": [dict(level) for level in LEVELS], "required_level": "2"},
    "levels": {"name": "", "description": ""},
    "alignments": {"framework": "", "name": "", "code": "", "url": "", "case_item": ""},
}
"""What "Add" puts into each list."""

_WHERE = {
    "title": N_("title"),
    "summary": N_("summary"),
    "competency": N_("competency"),
    "audience": N_("audience"),
    "tags": N_("topics"),
    "hours": N_("hours of work"),
    "key_method": N_("key method"),
    "description": N_("description"),
    "components": N_("step"),
    "how": N_("how to do it"),
    "rationale": N_("why it works"),
    "references": N_("source"),
    "resources": N_("resource"),
    "url": N_("web address"),
    "note": N_("note"),
    "overview_questions": N_("overview question"),
    "reflection_questions": N_("reflection question"),
    "prompt": N_("question"),
    "help": N_("help text"),
    "word_limit": N_("most words"),
    "evidence": N_("evidence"),
    "accepts": N_("what may be handed in"),
    "minimum": N_("at least"),
    "maximum": N_("at most"),
    "criteria": N_("criterion"),
    "levels": N_("level"),
    "required_level": N_("level needed to earn"),
    "name": N_("name"),
    "framework": N_("framework"),
    "code": N_("code"),
    "alignments": N_("standard"),
    "badge": N_("badge"),
    "family": N_("family"),
    "level": N_("how far it leads"),
    "case_item": N_("identifier in CASE"),
    "picture": N_("own picture"),
    "picture_alt": N_("own picture in words"),
}
_ORDER = {name: place for place, name in enumerate(MicrocredentialContent.model_fields)}
_KEY = re.compile(r"^[a-z][a-z0-9-]{0,39}$")


@dataclass(frozen=True)
class Fault:
    """One thing that keeps a draft from being published. `path` leads to it in the draft; `where` and `words` are for the author."""

    path: Path
    where: str
    words: str

    @property
    def anchor(self) -> str:
        """The id of its field in the editor."""
        return "-".join(str(part) for part in self.path)


class NotReady(Exception):
    """The draft can't be published yet; `faults` say why."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def blank(title: str = "") -> Draft:
    """A new draft: one empty row where at least one is needed."""
    return {
        "title": title,
        "summary": "",
        "competency": "",
        "audience": "All grades",
        "tags": [],
        "hours": "",
        "key_method": {"title": "", "description": "", "components": [new_row("components")]},
        "rationale": "",
        "references": [],
        "resources": [],
        "overview_questions": [new_row("overview_questions")],
        "evidence": [new_row("evidence")],
        "criteria": [new_row("criteria")],
        "reflection_questions": [new_row("reflection_questions")],
        "alignments": [],
        "badge": {"shape": "hexagon", "color": "teal", "pictogram": "star", "picture": "", "picture_alt": ""},
        "family": "",
        "level": "",
    }


def new_row(kind: str) -> Draft:
    """An empty row of the list `kind`."""
    return _copied(NEW_ROWS[kind])  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def slug(text: str, fallback: str) -> str:
    """`text` as a key: ASCII, lower case, hyphens, at most 32 characters; `fallback` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-")
    if not made:
        return fallback
    return made if made[0].isalpha() else f"{fallback}-{made}"[:40].rstrip("-")


def _give_keys(rows: Iterable[Draft], title: str, fallback: str) -> None:
    rows = list(rows)
    taken: set[str] = set()
    waiting = []
    for row in rows:
        if _KEY.match(row["key"]) and row["key"] not in taken:
            taken.add(row["key"])
        else:
            waiting.append(row)
    for row in waiting:
        row["key"] = ""
        if row[title].strip():
            wish = slug(row[title], fallback)
            key, n = wish, 2
            while key in taken:
                key, n = f"{wish[:36]}-{n}", n + 1
            taken.add(key)
            row["key"] = key


def tidy(draft: Draft) -> Draft:
    """A copy in which every titled row has a key of its own, and evidence names only criteria that are there.

    A key that a row has stays as it is, whatever becomes of its title: versions, answers and scores refer to it.
    """
    tidied: Draft = _copied(draft)
    _give_keys(tidied["criteria"], "title", "criterion")
    _give_keys(tidied["evidence"], "title", "evidence")
    _give_keys([*tidied["overview_questions"], *tidied["reflection_questions"]], "prompt", "question")
    known = {row["key"] for row in tidied["criteria"]} - {""}
    for row in tidied["evidence"]:
        row["criteria"] = [key for key in row["criteria"] if key in known]
    return tidied


def _where(path: Path) -> str:
    words: list[str] = []
    for part in path:
        if isinstance(part, int):
            words[-1] += f" {part + 1}"
        else:
            words.append(_(_WHERE.get(part, part)))
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _words(kind: str, limits: Mapping[str, Any], path: Path) -> str:
    last = path[-1] if path else ""
    match kind:
        case "missing" | "string_too_short":
            return _("Write something here.")
        case "string_too_long":
            return _("This is too long: at most %(most)s characters.", most=limits["max_length"])
        case "too_short":
            least = limits["min_length"]
            return _("Add at least one.") if least == 1 else _("Add at least %(least)s.", least=least)
        case "too_long":
            return _("At most %(most)s.", most=limits["max_length"])
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return _("Choose one.") if last == "required_level" else _("Give a whole number.")
        case "greater_than_equal":
            return _("Choose one.") if last == "required_level" else _("Give %(least)s or more.", least=limits["ge"])
        case "less_than_equal":
            return _("Give %(most)s or less.", most=limits["le"])
        case "string_pattern_mismatch":
            if last == "case_item":
                return _("An identifier in CASE looks like 6e1f4a52-7a6b-11e9-8f9e-2a86e4085a59.")
            return _("Give a web address that starts with https:// and has no spaces.") if last == "url" else _("Write it differently.")
        case "literal_error":
            return _("Choose one of those offered.")
    return _("Write it differently.")


def _own_faults(draft: Draft) -> list[tuple[Path, str]]:
    """What the document's types do not say."""
    found: list[tuple[Path, str]] = []
    for place, row in enumerate(draft["evidence"]):
        if not row["accepts"]:
            found.append((("evidence", place, "accepts"), _("Choose at least one.")))
        least, most = _number(row["minimum"]), _number(row["maximum"])
        if least is not None and most is not None and least > most:
            found.append((("evidence", place, "minimum"), _("This is more than the most that may be handed in.")))
    return found


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _at(draft: Draft, path: Path) -> Any:
    value: Any = draft
    for part in path:
        value = value[part]
    return value


def check(draft: Draft) -> tuple[MicrocredentialContent | None, tuple[Fault, ...]]:
    """The content that this draft makes, and no faults; or None and every fault, in the order of the document."""
    tidied = tidy(draft)
    found = _own_faults(tidied)
    content = None
    try:
        content = MicrocredentialContent.model_validate(tidied)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            path = one["loc"]
            if "key" in path or (not path and found):
                continue  # a row without a title has no key either, and says so already; whole-document rules repeat our own
            if one["type"] == "too_short" and len(_at(tidied, path)) >= one["ctx"]["min_length"]:
                continue  # enough rows, some with faults of their own: only sound ones were counted
            if one["type"] == "value_error":
                path = (*path, "required_level") if path[:1] == ("criteria",) else path
                words = _("Choose one.") if path[-1:] == ("required_level",) else _(str(one["msg"]).removeprefix("Value error, "))
            else:
                words = _words(one["type"], one.get("ctx", {}), path)
            found.append((path, words))
    faults = tuple(Fault(path, _where(path), words) for path, words in found)
    faults = tuple(sorted(faults, key=lambda fault: (_ORDER.get(str(fault.path[0]), 99) if fault.path else 99, _row(fault.path))))
    return (None, faults) if faults or content is None else (content, ())


def _row(path: Path) -> int:
    return path[1] if len(path) > 1 and isinstance(path[1], int) else -1


def content_of(draft: Draft) -> MicrocredentialContent:
    """The content that this draft makes. Raises NotReady with every fault."""
    content, faults = check(draft)
    if content is None:
        raise NotReady(faults)
    return content


def readable(draft: Draft) -> Draft:
    """The draft for a reader: numbers are numbers, so that a page made for content can show it; most texts may be empty."""
    shown = tidy(draft)
    for row in shown["criteria"]:
        row["title"] = row["title"].strip() or _("Criterion without a title")
        row["required_level"] = _number(row["required_level"]) or len(row["levels"])
    for row in [*shown["overview_questions"], *shown["reflection_questions"]]:
        row["word_limit"] = _number(row["word_limit"]) or 0
    for row in shown["evidence"]:
        row["minimum"], row["maximum"] = _number(row["minimum"]) or 0, _number(row["maximum"]) or 0
    return shown


def points_of(custom: Mapping[str, Any], otherwise: int = 100) -> int:
    """The points that a placed link names in its custom parameters, 1..100; platforms send them as text, or not at all."""
    points = _number(custom.get("points"))
    return points if points is not None and 1 <= points <= 100 else otherwise


SCORINGS = ("points", "percent", "pass")
"""What the gradebook shows of an outcome."""


def scoring_of(custom: Mapping[str, Any]) -> str:
    """What a placed link says that the gradebook shows; points where it says nothing, or nothing known."""
    said = str(custom.get("scoring", ""))
    return said if said in SCORINGS else SCORINGS[0]


def worth(scoring: str, points: int) -> int:
    """The most that a column holds: percent is of 100, pass is 1 or 0."""
    return {"percent": 100, "pass": 1}.get(scoring, points)
