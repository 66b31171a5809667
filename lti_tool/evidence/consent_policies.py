"""What a teacher says of the families' consent, where students can be recognized: never who the students are."""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMS = ("district", "school", "other")
"""Which form the families signed: the district's media release, one of the school, another one."""

MOST_STUDENTS = 2000
MOST_PLACE = 200

_BETWEEN = re.compile(r"[,;\n/|•]|\band\b|&")
_NAME = re.compile(r"[^\W\d_a-z][\w'’.-]*(?: [^\W\d_a-z][\w'’.-]*){0,2}")
_PLACES = frozenset(
    [
        "archive",
        "binder",
        "box",
        "building",
        "cabinet",
        "canvas",
        "classroom",
        "closet",
        "cloud",
        "copies",
        "cupboard",
        "desk",
        "district",
        "drawer",
        "drive",
        "envelope",
        "file",
        "files",
        "folder",
        "form",
        "forms",
        "google",
        "hall",
        "library",
        "locker",
        "main",
        "moodle",
        "office",
        "onedrive",
        "portal",
        "principal",
        "room",
        "safe",
        "school",
        "secretary",
        "server",
        "sharepoint",
        "shelf",
        "system",
        "teacher",
        "wing",
    ]
)


@dataclass(frozen=True)
class Consent:
    """The kind of form, how many students signed forms cover, and where these are kept. Empty and None where not said yet."""

    form: str = ""
    students: int | None = None
    place: str = ""


NONE = Consent()


def needed(students: str) -> bool:
    """Whether a declaration about students asks for consent."""
    return students == "identifiable"


def kept(students: str, consent: Consent) -> Consent:
    """What is stored beside this declaration: nothing where no consent is needed."""
    return consent if needed(students) else NONE


def complete(students: str, consent: Consent) -> bool:
    """Whether enough is said to hand the piece in."""
    if not needed(students):
        return True
    return consent.form in FORMS and (consent.students or 0) > 0 and bool(consent.place.strip())


def looks_like_names(place: str) -> bool:
    """Whether a text reads like a list of people: three or more parts that are each one to three capitalized words, and no place.

    A gentle check for a slip of the hand. It finds no single name, and words in scripts without capitals pass.
    """
    parts = [part.strip() for part in _BETWEEN.split(place)]
    names = [part for part in parts if _NAME.fullmatch(part) and _PLACES.isdisjoint(part.lower().split())]
    return len(names) >= 3
