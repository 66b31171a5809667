"""The guided story: who does what next, and how far a school has come."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from .models import Course, Item
from .web import face_of
from .world import School


@dataclass
class Step:
    """One step. `state` is done, next or later; `note` says what is known about it."""

    key: str
    title: str
    text: str
    person: str
    url: str
    button: str
    done: bool
    state: str = "later"
    note: str = ""


def _activity(school: School) -> Item | None:
    """The activity the story is about: the first graded one, else the first one placed."""
    placed = [item for item in school.placed() if item.published]
    return next((item for item in placed if item.line_item is not None), placed[0] if placed else None)


def _opened(school: School, person: str, item: Item | None) -> bool:
    return item is not None and any(
        launch.used and launch.person == person and launch.item == item.number for launch in school.launches.values()
    )


def steps(school: School) -> list[Step]:
    """All steps of the story in order, each with the page it happens on."""
    course: Course = next(iter(school.courses.values()))
    item = _activity(school)
    registered = any(face_of(school).placements(tool) for tool in school.active_registrations())
    add = url_for("admin.add", face=school.face)
    if school.registrations and not registered:
        add = url_for("admin.app", face=school.face, client_id=list(school.registrations)[-1])
    here = url_for("pages.course", face=school.face, number=course.number)
    activity = url_for("pages.item", face=school.face, number=course.number, item=item.number) if item else here
    grades = url_for("pages.grades", face=school.face, number=course.number)
    graded = item is not None and item.line_item is not None
    grade = school.grade(item.line_item or 0, "ada") if item and graded else None
    scored = grade is not None and grade.shown is not None
    chooser = "" if school.face == "canvas" else ", also in the activity chooser"
    found = [
        Step(
            "register",
            "Add the app",
            f"Alex, the LMS administrator, pastes the app’s registration link, looks at what it asks for and turns it on{chooser}.",
            "alex",
            add,
            "Be Alex and add the app",
            registered,
        ),
        Step(
            "place",
            "Put a credential into the course",
            "Dana, the course designer, picks a credential from the catalog and saves it as an activity.",
            "dana",
            here,
            "Be Dana and open the course",
            item is not None,
        ),
        Step(
            "earn",
            "Earn it",
            "Ada, a grade 4 teacher, opens the activity, assesses herself, gathers evidence and submits it.",
            "ada",
            activity,
            "Be Ada and open the activity",
            scored or _opened(school, "ada", item),
        ),
        Step(
            "assign",
            "Name the reviewers",
            "Dana opens the same activity and asks Ruth and Raj to review.",
            "dana",
            activity,
            "Be Dana and open the activity",
            scored or _opened(school, "dana", item),
        ),
        Step(
            "review-1",
            "First review",
            "Ruth scores every criterion. She sees neither Ada’s name nor Raj’s scores.",
            "ruth",
            activity,
            "Be Ruth and open the activity",
            scored or _opened(school, "ruth", item),
        ),
        Step(
            "review-2",
            "Second review",
            "Raj does the same. When both have finished, the outcome is settled.",
            "raj",
            activity,
            "Be Raj and open the activity",
            scored or _opened(school, "raj", item),
        ),
        Step(
            "score",
            "See the score",
            "The score has come into the gradebook by itself.",
            "ada",
            grades,
            "Be Ada and open her grades",
            scored,
        ),
        Step(
            "badge",
            "Show the badge",
            "Ada opens the activity again: her badge is there, ready to share. “My work” says what her district gives for it.",
            "ada",
            activity,
            "Be Ada and open the badge",
            False,
        ),
    ]
    _mark(found, scored)
    return found


def _mark(found: list[Step], scored: bool) -> None:
    for step in found:
        if step.done:
            step.state = "done"
            step.note = "Opened" if step.key in ("earn", "assign", "review-1", "review-2") and not scored else "Done"
    upcoming = next((step for step in found if not step.done), None)
    if upcoming is not None:
        upcoming.state, upcoming.note = "next", "Next"


def next_step(school: School) -> Step | None:
    """The step that is up next in that school."""
    return next((step for step in steps(school) if step.state == "next"), None)
