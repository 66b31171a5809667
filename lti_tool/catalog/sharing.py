"""Microcredentials that go from one district to another in one file: whole content, its hash, and where it is from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from lti_tool.catalog import policies
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.incoming import BAD_VALUE, EACH_KEY_ONCE, EMPTY, MOST_ROWS, ONE_KEY_TWICE, File, Incoming, Unreadable, Wrong, shown
from lti_tool.catalog.sheets import empty
from lti_tool.inputs import plain_text
from lti_tool.language import N_

FORMAT: Final = "microcredentials"
_VERSION: Final = 1
_KEY: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
_MOST_FAULTS: Final = 40


@dataclass(frozen=True)
class Shared:
    """A version as it is given away."""

    key: str
    number: int
    content: MicrocredentialContent
    published_at: datetime


def document(rows: Sequence[Shared], *, district: str, tool_url: str, made_at: datetime) -> dict[str, Any]:
    """The file."""
    return {
        "format": FORMAT,
        "version": _VERSION,
        "from": {"district": district, "tool": tool_url},
        "made_at": made_at.isoformat(),
        "microcredentials": [
            {
                "key": one.key,
                "number": one.number,
                "published_at": one.published_at.isoformat(),
                "content_hash": one.content.content_hash(),
                "content": one.content.model_dump(mode="json"),
            }
            for one in rows
        ],
    }


def read(found: Mapping[str, Any]) -> File:
    """Each microcredential, checked against its own hash. Raises Unreadable."""
    rows = found.get("microcredentials")
    if found.get("version") != _VERSION:
        raise Unreadable(N_("This file was made by a newer version of the tool. Ask for a file of format version 1."))
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        raise Unreadable(N_("The list of microcredentials is missing in this file. Export it again and choose it again."))
    if len(rows) > MOST_ROWS:
        raise Unreadable(N_("There are more microcredentials than can come in at once. Export at most 1,000."))
    origin = found.get("from")
    whose = _words(origin.get("district")) if isinstance(origin, Mapping) else ""
    taken: set[str] = set()
    return File("share", tuple(_row(number, one, whose, taken) for number, one in enumerate(rows, start=1)))


def _row(number: int, given: Mapping[str, Any], origin: str, taken: set[str]) -> Incoming:
    key, wrong = _words(given.get("key")), list[Wrong]()
    if key and not _KEY.match(key):
        wrong.append(Wrong(number, "key", BAD_VALUE, N_("Use small letters, digits and hyphens, at most 60."), (("value", shown(key)),)))
        key = ""
    if key in taken:
        wrong.append(Wrong(number, "key", ONE_KEY_TWICE, EACH_KEY_ONCE, (("value", key),)))
    taken |= {key} - {""}
    content = given.get("content")
    title = _words(content.get("title")) if isinstance(content, Mapping) else ""
    try:
        read_content = MicrocredentialContent.model_validate(content)
    except ValidationError as error:
        wrong += validation_faults(number, error)
        return Incoming(number, key, title, {**empty(), "title": title}, tuple(wrong), "", origin)
    said = given.get("content_hash")
    if said != read_content.content_hash():
        remedy = N_("Somebody changed the file after it was made, or it was damaged. Ask for it again.")
        wrong.append(Wrong(number, "content_hash", N_("The content is not what the file’s hash says."), remedy))
    return Incoming(number, key, read_content.title, read_content.model_dump(mode="json"), tuple(wrong), str(said)[:64], origin)


def validation_faults(number: int, error: ValidationError) -> list[Wrong]:
    """What keeps a document from being content, at its fields."""
    found = []
    for one in error.errors(include_url=False)[:_MOST_FAULTS]:
        path = one["loc"]
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        lacking = one["type"] in ("missing", "string_too_short", "too_short")
        remedy = (
            str(one["msg"]).removeprefix("Value error, ")
            if one["type"] == "value_error"
            else N_("Take this field out: we don’t know it.")
            if one["type"] == "extra_forbidden"
            else policies._words(one["type"], one.get("ctx", {}), path)
        )
        values = () if lacking else (("value", shown(one["input"])),)
        found.append(Wrong(number, field, EMPTY if lacking else BAD_VALUE, remedy, values))
    return found


def _words(value: Any) -> str:
    return plain_text(value).strip()[:200] if isinstance(value, str) else ""
