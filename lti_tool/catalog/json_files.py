"""Files in JSON that strangers give: read with limits, then told apart. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from lti_tool.catalog import achievements, case_files, sharing
from lti_tool.catalog.incoming import File, Unreadable
from lti_tool.language import N_

_MOST_DEPTH: Final = 24
_DAMAGED: Final = N_("This is no JSON that we can read: the file is damaged, or something else. Export it again and choose it again.")
_UNKNOWN: Final = N_(
    "We don’t know what this file is. It may be one that was exported here, an Open Badges achievement, or a CASE package."
)


def read(text: str) -> File:
    """What the file holds. Raises Unreadable."""
    found = loaded(text)
    if isinstance(found, Mapping) and found.get("format") == sharing.FORMAT:
        return sharing.read(found)
    if isinstance(found, Mapping) and "CFDocument" in found:
        return case_files.read(found)
    if given := achievements.found_in(found):
        return achievements.read(given)
    raise Unreadable(_UNKNOWN)


def loaded(text: str) -> Any:
    """JSON without tricks: not too deep, no numbers that are none, no text that can't be stored. Raises Unreadable."""
    if _depth(text) > _MOST_DEPTH or "\\u0000" in text:
        raise Unreadable(_DAMAGED)
    try:
        found = json.loads(text, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode()  # half a letter can't be stored
        return found
    except (ValueError, RecursionError) as error:
        raise Unreadable(_DAMAGED) from error


def _refuse(_name: str) -> NoReturn:
    raise ValueError("no number")


def _depth(text: str) -> int:
    """How deep lists and objects stand in each other, without parsing them."""
    depth = most = 0
    inside = escaped = False
    for one in text:
        if inside:
            if escaped:
                escaped = False
            elif one == "\\":
                escaped = True
            elif one == '"':
                inside = False
        elif one == '"':
            inside = True
        elif one in "[{":
            depth += 1
            most = max(most, depth)
            if most > _MOST_DEPTH:
                return most
        elif one in "]}":
            depth -= 1
    return most
