"""A microcredential as an Open Badges 3.0 Achievement: written for other systems, and what can be known of one that they give. Pure.

An Achievement says what is earned and how it is judged, but neither what is handed in nor why it works: what comes in is the beginning
of a draft.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from lti_tool.catalog import policies
from lti_tool.catalog.content import CASE_ITEM, Alignment, MicrocredentialContent
from lti_tool.catalog.incoming import MOST_ROWS, File, Incoming, Unreadable
from lti_tool.catalog.policies import Draft
from lti_tool.catalog.sheets import empty, faults
from lti_tool.inputs import plain_text
from lti_tool.language import N_

CONTEXTS: Final = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
_CF_ITEM: Final = "CFItem"
_KEY: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")


def document(version_id: UUID, key: str, number: int, content: MicrocredentialContent) -> dict[str, Any]:
    """The Achievement. Its id is the version's, as a name that belongs to no server: the badge's own pages come with a badge."""
    me = version_id.urn
    needed = "\n".join(
        f"- **{one.title}**: at least “{one.levels[one.required_level].name}”. {one.levels[one.required_level].description}"
        for one in content.criteria
    )
    made: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": me,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": content.title,
        "description": content.summary,
        "humanCode": key,
        "version": str(number),
        "criteria": {"narrative": f"{content.competency}\n\n{needed}"},
        "resultDescription": [
            {
                "id": f"{me}#{one.key}",
                "type": ["ResultDescription"],
                "name": one.title,
                "resultType": "RubricCriterionLevel",
                "requiredLevel": f"{me}#{one.key}.level-{one.required_level}",
                "rubricCriterionLevel": [
                    {
                        "id": f"{me}#{one.key}.level-{place}",
                        "type": ["RubricCriterionLevel"],
                        "name": level.name,
                        "level": str(place),
                        "description": level.description,
                    }
                    for place, level in enumerate(one.levels)
                ],
            }
            for one in content.criteria
        ],
    }
    if content.family:
        made["fieldOfStudy"] = content.family
    if content.tags:
        made["tag"] = list(dict.fromkeys(content.tags))
    if content.alignments:
        made["alignment"] = [alignment(one) for one in content.alignments]
    return made


def alignment(one: Alignment) -> dict[str, Any]:
    """A standard as badges name it. An item of a CASE framework goes by its GUID; a code for people then stands in the description."""
    item: dict[str, Any] = {"type": ["Alignment"], "targetName": one.name, "targetUrl": one.url, "targetFramework": one.framework}
    if one.cf_item:
        item |= {"targetType": _CF_ITEM, "targetCode": one.cf_item}
        if one.code and one.code != one.cf_item:
            item["targetDescription"] = one.code
    elif one.code:
        item["targetCode"] = one.code
    return item


def found_in(given: Any) -> list[Mapping[str, Any]]:
    """The Achievements of a document: itself, those of a list, or that of a badge."""
    if isinstance(given, list):
        return [one for part in given[: MOST_ROWS + 1] for one in found_in(part) if not isinstance(part, list)]
    if not isinstance(given, Mapping):
        return []
    kinds = given.get("type")
    if "Achievement" in (kinds if isinstance(kinds, list) else [kinds]):
        return [given]
    subject = given.get("credentialSubject")
    inner = subject.get("achievement") if isinstance(subject, Mapping) else given.get("achievement")
    return [inner] if isinstance(inner, Mapping) else []


def read(given: Sequence[Mapping[str, Any]]) -> File:
    """A draft for each. Raises Unreadable where there are too many."""
    if len(given) > MOST_ROWS:
        raise Unreadable(N_("There are more achievements than can come in at once. Split the file: at most 1,000."))
    taken: set[str] = set()
    return File("achievement", tuple(_row(number, one, taken) for number, one in enumerate(given, start=1)))


def _row(number: int, given: Mapping[str, Any], taken: set[str]) -> Incoming:
    code = text(given.get("humanCode"), 60)
    named = f"ob-{hashlib.sha256(ident.encode()).hexdigest()[:12]}" if (ident := text(given.get("id"), 2000)) else ""
    key = next((one for one in (code, named) if _KEY.match(one) and one not in taken), "")  # the same again changes its draft
    taken.add(key)
    draft = draft_of(given)
    return Incoming(number, key, draft["title"], draft, tuple(faults(number, draft, {}, set())), "", text(given.get("id"), 200))


def draft_of(given: Mapping[str, Any]) -> Draft:
    """What is known. A competency is the first paragraph of the criteria, all of which are kept as the method's description."""
    criteria = given.get("criteria")
    narrative = text(criteria.get("narrative"), 8000) if isinstance(criteria, Mapping) else ""
    description = text(given.get("description"), 8000)
    tags = [text(one, 40) for one in listed(given.get("tag"))]
    draft = {
        **empty(),
        "title": text(given.get("name"), 120),
        "summary": shortened(description, 400),
        "competency": shortened(narrative.split("\n\n")[0] or description, 600),
        "family": text(given.get("fieldOfStudy"), 80),
        "tags": list(dict.fromkeys(one for one in tags if one))[:20],
        "criteria": [_criterion(one) for one in _objects(given.get("resultDescription")) if _objects(one.get("rubricCriterionLevel"))][:12],
        "alignments": [_alignment(one) for one in _objects(given.get("alignment"))][:20],
    }
    draft["key_method"] = {"title": "", "description": narrative or description, "components": []}
    return policies.tidy(draft)


def _criterion(given: Mapping[str, Any]) -> Draft:
    """Levels from low to high, as far as they say so; one that earns that is not among them is left open."""
    levels = _objects(given.get("rubricCriterionLevel"))[:6]
    if all(_whole(one.get("level")) is not None for one in levels):
        levels.sort(key=lambda one: _whole(one.get("level")) or 0)
    needed = next((place for place, one in enumerate(levels) if one.get("id") and one.get("id") == given.get("requiredLevel")), 0)
    return {
        **policies.new_row("criteria"),
        "title": text(given.get("name"), 200),
        "levels": [{"name": text(one.get("name"), 60), "description": text(one.get("description"), 8000)} for one in levels],
        "required_level": str(needed) if needed else "",
    }


def _alignment(given: Mapping[str, Any]) -> Draft:
    code = text(given.get("targetCode"), 100)
    item = case_item(code) if given.get("targetType") == _CF_ITEM else ""
    return {
        "framework": text(given.get("targetFramework"), 200),
        "name": text(given.get("targetName"), 200),
        "code": text(given.get("targetDescription"), 100) if item else code,
        "url": address(given.get("targetUrl")),
        "case_item": item,
    }


def _whole(value: Any) -> int | None:
    given = str(value)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in listed(value) if isinstance(one, Mapping)]


def listed(value: Any) -> list[Any]:
    """A list, or the one thing that stands in place of it."""
    return value[:200] if isinstance(value, list) else [] if value is None else [value]


def text(value: Any, most: int) -> str:
    """A text, cut where it would not fit; nothing for anything else."""
    return plain_text(value).strip()[:most] if isinstance(value, str) else ""


def shortened(given: str, most: int) -> str:
    """As much as fits, with a sign that there was more."""
    line = " ".join(given.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def case_item(value: str) -> str:
    """An identifier in CASE, which is a UUID; nothing for any other."""
    return value if re.match(CASE_ITEM, value) else ""


def address(value: Any) -> str:
    """An https address; nothing for any other, which must not become a link."""
    given = text(value, 500)
    return given if re.match(r"^https://\S+$", given) else ""
