"""Sample people and courses of the two schools."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from .models import Course, Item, Module, Person

FACES = ("canvas", "moodle")
_NAMESPACE = uuid.UUID("6a1d7b1e-6a0f-4c3e-8a5e-0d7a3f1c9b52")


@dataclass(frozen=True)
class Plan:
    """What a school starts with."""

    name: str
    people: list[Person]
    courses: list[Course]


def context_id(face: str, number: int) -> str:
    """A course's id for the tool: 40 hex digits on Canvas, the plain number on Moodle."""
    if face == "moodle":
        return str(number)
    return hashlib.sha1(f"practice course {number}".encode(), usedforsecurity=False).hexdigest()


def resource_link_id(face: str, number: int) -> str:
    """An activity's id for the tool: a UUID on Canvas, the plain number on Moodle."""
    return str(number) if face == "moodle" else str(uuid.uuid4())


# key, given name, family name, job, admin, test user
_STAFF = [
    ("alex", "Alex", "Whitfield", "LMS administrator", True, False),
    ("dana", "Dana", "Okafor", "Instructional designer", False, False),
    ("ada", "Ada", "Lindqvist", "Grade 4 teacher", False, False),
    ("olha", "Ольга", "Шевченко", "Mathematics teacher", False, False),
    ("marisol", "Marisol", "Ibáñez-O’Neill", "Special education teacher", False, False),
    ("ruth", "Ruth", "Feldman", "Reviewer, instructional coach", False, False),
    ("raj", "Raj", "Venkataraman", "Reviewer, mentor teacher", False, False),
    ("rosa", "Rosa", "Delgado", "Reviewer, department head", False, False),
]
_CANVAS_ONLY = [
    ("tomas", "Tomás", "Berg", "Teaching assistant", False, False),
    ("olive", "Olive", "Lindqvist", "Observer of Ada", False, False),
    ("test-student", "Test", "Student", "Student View", False, True),
]
_MOODLE_ONLY = [("nils", "Nils", "Aaltonen", "Non-editing teacher", False, False)]

_GIVEN = [
    "Amara",
    "Ben",
    "Chloé",
    "Dmitri",
    "Elif",
    "Femi",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Keiko",
    "Liam",
    "Mei",
    "Noor",
    "Omar",
    "Priya",
    "Quinn",
    "Rania",
    "Samuel",
    "Tariq",
]
_SPANISH = ("marisol",)  # what their LMS is set to
_FAMILY = ["Adeyemi", "Brooks", "Castillo", "Dvořák", "Ellison", "Fontaine", "Gupta", "Haddad"]

_PAGES = {
    "welcome": "Welcome. This course is where you keep your professional learning for the year: short readings, the "
    "meetings you signed up for, and the credentials you choose to earn.",
    "calendar": "We meet on the second Tuesday of each month, 15:30 to 16:45, in the library. Bring something from "
    "your classroom: a plan, a photo of the board, three pieces of student work.",
    "norms": "Assume good intent. Describe what you saw before you judge it. Protect students: no names, no faces without permission.",
    "reading": "Read one article of your choice about how students talk with each other about mathematics, and write "
    "down one move you want to try this week.",
    "first-weeks": "Seating, entry routine, first assignment, first call home: four small plans that make the first weeks calmer.",
}


def _person(face: str, number: int, row: tuple[str, str, str, str, bool, bool], crowd: bool = False) -> Person:
    key, given, family, job, admin, test = row
    host = "maplevalley.example" if face == "canvas" else "oakcounty.example"
    sub = str(number) if face == "moodle" else str(uuid.uuid5(_NAMESPACE, f"person {key}"))
    return Person(
        key=key,
        number=number,
        sub=sub,
        given=given,
        family=family,
        email=f"{key}@{host}",
        login=key,
        sis_id="" if admin or test else f"SIS-{number:04d}",
        job=job,
        locale="es" if key in _SPANISH else "en",
        admin=admin,
        test_user=test,
        crowd=crowd,
    )


def _course(
    face: str,
    number: int,
    label: str,
    title: str,
    summary: str,
    members: dict[str, str],
    modules: list[tuple[str, list[tuple[str, str, str]]]],
    take: Callable[[], int],
) -> Course:
    course = Course(number, context_id(face, number), label, title, summary, f"SIS-{label}", members)
    for module_title, items in modules:
        module = Module(take(), module_title)
        for item_title, kind, text in items:
            extensions = "txt,pdf,docx" if kind == "assignment" else ""
            module.items.append(Item(take(), number, item_title, kind, _PAGES[text], allowed_extensions=extensions))
        course.modules.append(module)
    return course


def plan(face: str, take: Callable[[], int]) -> Plan:
    """The sample school of that face; `take` hands out numbers. Raises KeyError for an unknown face."""
    names = {"canvas": "Maple Valley Schools", "moodle": "Oak County Schools"}
    rows = _STAFF + (_CANVAS_ONLY if face == "canvas" else _MOODLE_ONLY)
    people = [_person(face, number, row) for number, row in enumerate(rows, start=2)]
    crowd_size = 72 if face == "canvas" else 12
    for index in range(crowd_size):
        given, family = _GIVEN[index % len(_GIVEN)], _FAMILY[index % len(_FAMILY)]
        row = (f"teacher{index + 1:02d}", given, family, "New teacher", False, False)
        people.append(_person(face, 100 + index, row, crowd=True))
    learners = dict.fromkeys(("ada", "olha", "marisol", "ruth", "raj", "rosa"), "learner")
    extra = {"tomas": "assistant", "olive": "observer", "test-student": "test_learner"}
    if face == "moodle":
        extra = {"nils": "assistant"}
    first = _course(
        face,
        2,
        "PL2627",
        "Professional Learning 2026-27",
        "The district's year of professional learning, with the credentials you can earn.",
        {"dana": "instructor", **learners, **extra},
        [
            ("Start here", [("Welcome and norms", "page", "welcome"), ("Meeting calendar", "page", "calendar")]),
            (
                "Credentials",
                [("How we look at each other’s work", "page", "norms"), ("Reading: talk in the classroom", "assignment", "reading")],
            ),
        ],
        take,
    )
    crowd = {person.key: "learner" for person in people if person.crowd}
    second = _course(
        face,
        3,
        "NTA",
        "New Teacher Academy",
        "Two years of support for teachers who are new to the district.",
        {"dana": "designer" if face == "canvas" else "instructor", "rosa": "instructor", "ada": "learner", **crowd},
        [("First weeks", [("A calm start", "page", "first-weeks"), ("Norms", "page", "norms")])],
        take,
    )
    return Plan(names[face], people, [first, second])
