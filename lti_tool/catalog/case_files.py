"""CASE packages (CASE 1.1, CFPackage): competencies as items, rubrics as rubrics; written, and read (1.0 too) as drafts. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from lti_tool.catalog import policies
from lti_tool.catalog.achievements import address, case_item, shortened, text
from lti_tool.catalog.content import Criterion, MicrocredentialContent
from lti_tool.catalog.incoming import MOST_ROWS, File, Incoming, Unreadable
from lti_tool.catalog.policies import Draft
from lti_tool.catalog.sheets import empty, faults
from lti_tool.language import N_


@dataclass(frozen=True)
class Item:
    """A version that is written into a package."""

    version_id: UUID
    key: str
    content: MicrocredentialContent
    published_at: datetime


def document(rows: Sequence[Item], *, district_id: UUID, district: str, made_at: datetime) -> dict[str, Any]:
    """One framework of the district: an item and a rubric for each microcredential, and to which standards the items are related."""
    root, changed = uuid5(district_id, "case"), _time(made_at)
    items, rubrics, associations = [], [], []
    for one in rows:
        me, when = uuid5(root, one.key), _time(one.published_at)
        mine = {"title": one.content.title, "identifier": str(me), "uri": me.urn}
        items.append(
            {
                "identifier": str(me),
                "uri": me.urn,
                "fullStatement": one.content.competency,
                "abbreviatedStatement": one.content.title,
                "humanCodingScheme": one.key,
                "CFItemType": "Competency",
                "notes": one.content.summary,
                "language": "en",
                "lastChangeDateTime": when,
            }
            | ({"conceptKeywords": list(one.content.tags)} if one.content.tags else {})
        )
        rubrics.append(_rubric(one, me, mine, when))
        for place, aligned in enumerate(one.content.alignments):
            relation = uuid5(me, f"alignment {place}")
            associations.append(
                {
                    "identifier": str(relation),
                    "uri": relation.urn,
                    "associationType": "isRelatedTo",
                    "originNodeURI": mine,
                    "destinationNodeURI": {
                        "title": aligned.name,
                        "identifier": aligned.cf_item.lower() or str(uuid5(root, aligned.url)),
                        "uri": aligned.url,
                    },
                    "lastChangeDateTime": when,
                }
            )
    return {
        "CFDocument": {
            "identifier": str(root),
            "uri": root.urn,
            "creator": district,
            "title": f"Microcredentials of {district}",
            "lastChangeDateTime": changed,
            "language": "en",
        },
        "CFItems": items,
        "CFAssociations": associations,
        "CFRubrics": rubrics,
    }


def _rubric(one: Item, me: UUID, item: Mapping[str, str], when: str) -> dict[str, Any]:
    rubric = uuid5(me, "rubric")
    return {
        "identifier": str(rubric),
        "uri": rubric.urn,
        "title": one.content.title,
        "description": one.content.summary,
        "lastChangeDateTime": when,
        "CFRubricCriteria": [_written(criterion, rubric, item, place, when) for place, criterion in enumerate(one.content.criteria)],
    }


def _written(criterion: Criterion, rubric: UUID, item: Mapping[str, str], place: int, when: str) -> dict[str, Any]:
    me = uuid5(rubric, criterion.key)
    levels = [(uuid5(me, f"level {at}"), at, level) for at, level in enumerate(criterion.levels)]
    return {
        "identifier": str(me),
        "uri": me.urn,
        "category": criterion.title,
        "description": criterion.description or criterion.title,
        "CFItemURI": dict(item),
        "position": place + 1,
        "rubricId": str(rubric),
        "lastChangeDateTime": when,
        "CFRubricCriterionLevels": [
            {
                "identifier": str(ident),
                "uri": ident.urn,
                "quality": level.name,
                "description": level.description,
                "score": float(at),
                "position": at + 1,
                "feedback": _NEEDED if at == criterion.required_level else "",
                "rubricCriterionId": str(me),
                "lastChangeDateTime": when,
            }
            for ident, at, level in levels
        ],
    }


_NEEDED: Final = "Needed to earn"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(found: Mapping[str, Any]) -> File:
    """A draft for each rubric with its item; of a framework without rubrics, for each item at its ends. The item becomes the standard that
    the draft answers to, the item above it (or else the framework) its family. Raises Unreadable.
    """
    head = found.get("CFDocument")
    framework = text(head.get("title"), 200) if isinstance(head, Mapping) else ""
    items = {ident: one for one in _objects(found.get("CFItems")) if (ident := text(one.get("identifier"), 100))}
    parents = _parents(found.get("CFAssociations"))
    rubrics = _objects(found.get("CFRubrics"))
    wanted: list[tuple[Mapping[str, Any] | None, Mapping[str, Any]]] = []
    for rubric in rubrics:
        of = next((_named(one.get("CFItemURI")) for one in _objects(rubric.get("CFRubricCriteria")) if _named(one.get("CFItemURI"))), "")
        wanted.append((rubric, items.get(of, {})))
    if not rubrics:
        above = set(parents.values())
        wanted = [(None, one) for ident, one in items.items() if ident not in above]
    if len(wanted) > MOST_ROWS:
        raise Unreadable(N_("This framework has more items than can come in at once. Export a part of it: at most 1,000."))
    if not wanted:
        raise Unreadable(N_("This CASE package has neither rubrics nor items. Export it again with them."))
    rows = []
    taken: set[str] = set()
    for number, (one, item) in enumerate(wanted, start=1):
        parent = items.get(parents.get(text(item.get("identifier"), 100), ""), {})
        family = text(parent.get("abbreviatedStatement"), 80) or text(parent.get("fullStatement"), 80) or framework[:80]
        draft = _draft(one, item, framework, family)
        code = text(item.get("humanCodingScheme"), 60).lower()
        ident = text((one or item).get("identifier"), 100)
        named = f"case-{hashlib.sha256(ident.encode()).hexdigest()[:12]}" if ident else ""
        key = next((one for one in (policies.slug(code, "item") if code else "", named) if one and one not in taken), "")
        taken.add(key)
        rows.append(Incoming(number, key, draft["title"], draft, tuple(faults(number, draft, {}, set())), "", framework))
    return File("case", tuple(rows))


def _parents(value: Any) -> dict[str, str]:
    """Item -> the one above it."""
    return {
        _named(one.get("originNodeURI")): _named(one.get("destinationNodeURI"))
        for one in _objects(value)
        if one.get("associationType") == "isChildOf"
    }


def _named(value: Any) -> str:
    """The identifier that a link names."""
    return (
        text(value.get("identifier"), 100) if isinstance(value, Mapping) else text(value, 300).rsplit("/", 1)[-1].removeprefix("urn:uuid:")
    )


def _draft(rubric: Mapping[str, Any] | None, item: Mapping[str, Any], framework: str, family: str) -> Draft:
    statement = text(item.get("fullStatement"), 8000)
    title = text(item.get("abbreviatedStatement"), 120) or (text(rubric.get("title"), 120) if rubric else "") or statement
    summary = text(item.get("notes"), 8000) or (text(rubric.get("description"), 8000) if rubric else "") or statement
    draft = {
        **empty(),
        "title": shortened(title, 120),
        "summary": shortened(summary, 400),
        "competency": shortened(statement, 600),
        "family": family,
        "criteria": [_criterion(one) for one in _objects(rubric.get("CFRubricCriteria"))][:12] if rubric else [],
    }
    if url := address(item.get("uri")):
        standard = {"framework": framework, "name": shortened(statement or title, 200), "url": url}
        code, ident = text(item.get("humanCodingScheme"), 100), text(item.get("identifier"), 100)
        draft["alignments"] = [standard | {"code": code, "case_item": case_item(ident)}]
    return policies.tidy(draft)


def _criterion(given: Mapping[str, Any]) -> Draft:
    levels = _objects(given.get("CFRubricCriterionLevels"))[:6]
    levels.sort(key=lambda one: (_number(one.get("score")), _number(one.get("position"))))
    needed = next((place for place, one in enumerate(levels) if text(one.get("feedback"), 100) == _NEEDED), 0)
    title, about = text(given.get("category"), 200), text(given.get("description"), 8000)
    return {
        **policies.new_row("criteria"),
        "title": title or shortened(about, 200),
        "description": about if title and about != title else "",
        "levels": [{"name": text(one.get("quality"), 60), "description": text(one.get("description"), 8000)} for one in levels],
        "required_level": str(needed) if needed else "",
    }


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e9 else 0.0


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
