"""What is worth a look before a draft is published, though nothing has to be done about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.catalog.policies import Draft, tidy
from lti_tool.language import _

_TO_SAY = re.compile(r"\[[^\][]{2,80}\](?!\()")  # what a frame leaves to the author; a link has its address behind it


@dataclass(frozen=True)
class Hint:
    """Something worth a look. `anchor` is its place in the editor."""

    anchor: str
    words: str


def hints(draft: Draft) -> tuple[Hint, ...]:
    """Everything that is worth a look, in the order of the editor."""
    return tuple(_found(tidy(draft)))


def _found(draft: Draft) -> Iterator[Hint]:
    if any(_TO_SAY.search(text) for text in _texts(draft)):
        yield Hint("basics", _("Somewhere words in [brackets] still wait for yours."))
    if not draft["references"]:
        yield Hint("references", _("No source is named for the research behind the method."))
    judged = {key for row in draft["evidence"] for key in row["criteria"]}
    for place, row in enumerate(draft["criteria"]):
        if row["key"] and row["key"] not in judged:
            yield Hint(f"criteria-{place}", _("No evidence is judged by the criterion “%(title)s”.", title=row["title"]))
    for place, row in enumerate(draft["evidence"]):
        if row["key"] and not row["criteria"]:
            yield Hint(f"evidence-{place}", _("The evidence “%(title)s” is judged by no criterion.", title=row["title"]))
    if not draft["alignments"]:
        yield Hint("alignments", _("No standard is named that this answers to."))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
