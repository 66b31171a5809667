"""A CASE package holds what the specification lists and nothing else: its schema takes no further members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from lti_tool.catalog import case_files
from lti_tool.catalog.case_files import Item
from lti_tool.catalog.content import Alignment
from lti_tool.catalog.samples import load_samples

IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

# CASE 1.1, information model, classes as they stand inside a CFPackage. A name with ! has to be there; the words are kinds of values.
COMMON = "identifier!:id uri!:address lastChangeDateTime!:time"
LINK = "title!:text identifier!:id uri!:address"
CLASSES = {
    "package": "CFDocument!:document CFItems:items CFAssociations:associations CFRubrics:rubrics",
    "document": f"{COMMON} creator!:text title!:text description:text language:text version:text notes:text",
    "item": f"{COMMON} fullStatement!:text abbreviatedStatement:text humanCodingScheme:text CFItemType:text notes:text language:text"
    " conceptKeywords:texts",
    "association": f"{COMMON} associationType!:relation originNodeURI!:link destinationNodeURI!:link",
    "rubric": f"{COMMON} title:text description:text CFRubricCriteria:criteria",
    "criterion": f"{COMMON} category:text description:text CFItemURI:link position:whole rubricId:id CFRubricCriterionLevels:levels",
    "level": f"{COMMON} description:text quality:text score:number feedback:text position:whole rubricCriterionId:id",
    "link": LINK,
}
SIMPLE = {
    "id": lambda value: bool(IDENTIFIER.fullmatch(value)),
    "address": lambda value: bool(ADDRESS.fullmatch(value)),
    "time": lambda value: bool(TIME.fullmatch(value)),
    "text": lambda value: isinstance(value, str),
    "texts": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "relation": lambda value: value in ("isChildOf", "isRelatedTo"),
    "whole": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
}
MANY = {"items": "item", "associations": "association", "rubrics": "rubric", "criteria": "criterion", "levels": "level"}


def faults(value: Any, kind: str, place: str = "package") -> list[str]:
    """What is there and may not be, what is missing, and values of another kind."""
    if kind in SIMPLE:
        return [] if SIMPLE[kind](value) else [f"{place}: {value!r} is no {kind}"]
    if kind in MANY:
        return [fault for number, one in enumerate(value) for fault in faults(one, MANY[kind], f"{place}[{number}]")]
    members = {name.removesuffix("!"): (of, name.endswith("!")) for name, of in (word.split(":") for word in CLASSES[kind].split())}
    assert isinstance(value, Mapping)
    found = [f"{place}.{name} is not in the specification" for name in value if name not in members]
    found += [f"{place}.{name} is missing" for name, (_, needed) in members.items() if needed and name not in value]
    return found + [fault for name, one in value.items() if name in members for fault in faults(one, members[name][0], f"{place}.{name}")]


@pytest.fixture
def package() -> dict[str, Any]:
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    rows = [Item(uuid4(), sample.key, sample.content, at) for sample in load_samples()]
    return case_files.document(rows, district_id=uuid4(), district="Maple", made_at=at)


def test_what_is_written_is_a_package(package: dict[str, Any]) -> None:
    assert package["CFAssociations"], "a sample that answers to a standard is among them"
    assert faults(package, "package") == []


def test_every_identifier_is_used_once_and_every_link_leads_somewhere(package: dict[str, Any]) -> None:
    criteria = [criterion for rubric in package["CFRubrics"] for criterion in rubric["CFRubricCriteria"]]
    levels = [level for criterion in criteria for level in criterion["CFRubricCriterionLevels"]]
    every = [package["CFDocument"], *package["CFItems"], *package["CFAssociations"], *package["CFRubrics"], *criteria, *levels]
    assert len({one["identifier"] for one in every}) == len(every)
    items = {one["identifier"] for one in package["CFItems"]}
    assert {criterion["CFItemURI"]["identifier"] for criterion in criteria} == items
    assert {one["originNodeURI"]["identifier"] for one in package["CFAssociations"]} <= items


def test_of_the_empty_catalog_too() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert faults(case_files.document([], district_id=uuid4(), district="Maple", made_at=at), "package") == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"CFPackageURI": {}}, "package.CFDocument.CFPackageURI is not in the specification"),
        ({"identifier": "7"}, "package.CFDocument.identifier: '7' is no id"),
        ({"lastChangeDateTime": "yesterday"}, "package.CFDocument.lastChangeDateTime: 'yesterday' is no time"),
    ],
)
def test_these_tests_find_faults(package: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    package["CFDocument"] |= change
    assert faults(package, "package") == [fault]


def test_a_standard_keeps_its_own_identifier() -> None:
    guid = "8C2AE3B4-7B1A-4A3E-9D55-0A7F4F3F2A11"
    standard = Alignment(framework="F", name="N", url="https://a.example/t3", case_item=guid)
    content = load_samples()[0].content.model_copy(update={"alignments": (standard,)})
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = case_files.document([Item(uuid4(), "a", content, at)], district_id=uuid4(), district="Maple", made_at=at)
    assert [one["destinationNodeURI"]["identifier"] for one in made["CFAssociations"]] == [guid.lower()]
