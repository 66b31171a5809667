"""What is searched of a microcredential: one short plain text, and the facts that lists are narrowed by. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lti_tool.language import N_, _

LEVELS: Final = {"foundational": N_("Foundational"), "advanced": N_("Advanced"), "leading": N_("Leading")}
"""How demanding one is, by the code that content holds."""


def level_name(code: str) -> str:
    """What a level is called, for its reader."""
    return _(LEVELS[code])


FORMATS: Final = {
    "text": N_("A written answer"),
    "link": N_("A link"),
    "file": N_("A file"),
    "recording": N_("A recording"),
}
"""What evidence is handed in as."""
EFFORTS: Final = {
    "short": (N_("Up to 10 hours"), 0, 10),
    "medium": (N_("11 to 20 hours"), 11, 20),
    "long": (N_("21 to 40 hours"), 21, 40),
    "very-long": (N_("More than 40 hours"), 41, 100_000),
}
"""Bands of hours: words, least, most."""

_MOST_WORDS: Final = 2000
_MOST_TOPICS: Final = 20
_RECORDING: Final = re.compile(r"\b(record|video|film|audio|clip|footage|grab[ao]|víde)", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. Empty members ask for nothing; unknown codes were dropped by `asked`."""

    q: str = ""
    family: str = ""
    effort: str = ""
    level: str = ""
    format: str = ""
    tag: str = ""
    state: str = ""
    mark: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return any(vars(self).values())

    def query(self) -> dict[str, str]:
        """As parts of an address; only what is asked for."""
        return {name: value for name, value in vars(self).items() if value}


def folded(text: str) -> str:
    """`text` for comparing: lower case, without accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def searched(document: Mapping[str, Any], title: str) -> str:
    """What a search looks through: title, family, topics, audience, summary, competency, standards."""
    aligned = [f"{_text(one, 'name')} {_text(one, 'code')} {_text(one, 'framework')}" for one in _rows(document, "alignments")]
    parts = [title, _text(document, "family"), " ".join(topics(document)), _text(document, "audience")]
    parts += [_text(document, "summary"), _text(document, "competency"), *aligned]
    return folded(" · ".join(part for part in parts if part))[:_MOST_WORDS]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search; all of them have to be found."""
    return tuple(dict.fromkeys(folded(text.replace("\x00", "")[:200]).split()))[:8]


def topics(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Topics, each once, without the sign that parts them in a column."""
    given = document.get("tags")
    found = [str(one).replace("|", "/").strip() for one in given] if isinstance(given, list | tuple) else []
    return tuple(dict.fromkeys(one for one in found if one))[:_MOST_TOPICS]


def formats(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What evidence is handed in as; a recording where a requirement takes files or links and speaks of one."""
    found: set[str] = set()
    for one in _rows(document, "evidence"):
        kinds = one.get("accepts")
        accepted = {str(kind) for kind in kinds} if isinstance(kinds, list | tuple) else set()
        found |= accepted
        if accepted & {"file", "link"} and _RECORDING.search(f"{_text(one, 'title')} {_text(one, 'description')}"):
            found.add("recording")
    return tuple(kind for kind in FORMATS if kind in found)


def hours(document: Mapping[str, Any]) -> int | None:
    """Hours of work as a number; a draft may hold any text."""
    given = str(document.get("hours", "")).strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def level(document: Mapping[str, Any]) -> str:
    """The level's code; empty for none or an unknown one."""
    given = _text(document, "level")
    return given if given in LEVELS else ""


def packed(values: Iterable[str]) -> str:
    """Several values in one column, each between two signs, so that one can be looked for."""
    joined = "|".join(values)
    return f"|{joined}|" if joined else ""


def unpacked(column: str) -> tuple[str, ...]:
    """The values again."""
    return tuple(one for one in column.split("|") if one)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _rows(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = document.get(name)
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list | tuple) else []
