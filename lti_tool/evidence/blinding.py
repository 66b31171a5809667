"""Names where they must not be read: what people wrote, without who they are. Pure: texts in, texts out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lti_tool.language import N_, _

HIDDEN = N_("(name hidden)")
_TITLES = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Frau|Herr|Señora?|Madame|Monsieur|Coach)\.?\s+"
_SHORTEST = 3


@dataclass(frozen=True)
class Names:
    """What the LMS says of a person: `label` is the name in full, any part may be empty."""

    label: str = ""
    given: str = ""
    family: str = ""
    email: str = ""

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds the full name in either order, the family name with or without a title, and the e-mail address.

        A given name by itself is left alone: it is often a word, or a student's. A family name counts only as it is written, with its
        capital, so that Ms. Young's young readers stay readable.
        """
        whole = [self.label, f"{self.given} {self.family}", f"{self.family}, {self.given}", f"{self.family} {self.given}", self.email]
        parts = [rf"(?i:{_spaced(one)})" for one in whole if len(one.strip(" ,")) >= _SHORTEST and (" " in one.strip(" ,") or "@" in one)]
        family = self.family.strip() or (self.label.split()[-1] if len(self.label.split()) > 1 else "")
        if len(family) >= _SHORTEST and not family[0].islower():
            parts.append(rf"(?:{_TITLES})?{_spaced(family)}")
        return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)") if parts else None


def _spaced(name: str) -> str:
    """The name with any white space between its words, which a line end may be."""
    return r"\s+".join(re.escape(word) for word in name.split())


def blinded(text: str, people: Iterable[Names]) -> str:
    """The text with the names of these people replaced by HIDDEN."""
    for person in people:
        if (pattern := person.pattern) is not None:
            text = pattern.sub(lambda _found: _(HIDDEN), text)
    return text


def tells(text: str, person: Names) -> bool:
    """Whether the text holds a name of this person."""
    return person.pattern is not None and bool(person.pattern.search(text))
