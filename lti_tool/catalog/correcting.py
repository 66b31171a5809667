"""What may differ in a correction: texts, and nothing that a teacher's work is asked for or judged by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lti_tool.catalog.content import MicrocredentialContent

_TEXTS = ("title", "summary", "competency", "audience", "tags", "rationale")
_TEXTS_OF_ROWS: Mapping[str, tuple[str, ...]] = {
    "references": ("title", "url", "note"),
    "resources": ("title", "url", "note"),
    "overview_questions": ("prompt", "help"),
    "reflection_questions": ("prompt", "help"),
    "evidence": ("title", "description"),
}


def is_patch(old: MicrocredentialContent, new: MicrocredentialContent) -> bool:
    """Whether `new` only corrects texts of `old`, and says anything else at all.

    Criteria, levels and the level that is needed, what evidence is asked for and how many pieces, every key, word limits, hours,
    standards and the drawing of the badge are the same; so are how many rows each list has and their order.
    """
    return old.content_hash() != new.content_hash() and _bones(old) == _bones(new)


def _bones(content: MicrocredentialContent) -> dict[str, Any]:
    """The document without the texts that a correction may change."""
    bones = content.model_dump(mode="json", exclude=set(_TEXTS))
    for name, texts in _TEXTS_OF_ROWS.items():
        bones[name] = [{key: value for key, value in row.items() if key not in texts} for row in bones[name]]
    for row in bones["evidence"]:  # sets, whatever order a form sends them in
        row["accepts"], row["criteria"] = sorted(row["accepts"]), sorted(row["criteria"])
    bones["key_method"] = len(content.key_method.components)
    bones["badge"].pop("picture_alt")
    return bones
