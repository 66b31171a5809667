"""What the filters of lists offer, in words: for the catalog's page and the picker."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.catalog.entry_policies import EFFORTS, FORMATS, LEVELS
from lti_tool.catalog.marks import MARKS
from lti_tool.language import N_, _

_STATES = (("published", N_("Published")), ("draft", N_("Drafts")), ("retired", N_("Retired")))

Offered = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Filters:
    """Codes with their words, in the language spoken."""

    efforts: Offered
    levels: dict[str, str]
    formats: dict[str, str]
    states: Offered
    marks: Offered


def filters_page() -> Filters:
    """Everything that lists can be narrowed by, beside families and topics."""
    return Filters(
        tuple((code, _(words)) for code, (words, _least, _most) in EFFORTS.items()),
        {code: _(words) for code, words in LEVELS.items()},
        {code: _(words) for code, words in FORMATS.items()},
        tuple((code, _(words)) for code, words in _STATES),
        tuple((one.code, _(one.label)) for one in MARKS),
    )
