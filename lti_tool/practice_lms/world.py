"""Everything the practice LMS remembers: two schools, in memory, behind one lock."""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from . import seed
from .keys import KeptKeySets, shared_key
from .models import Course, Grade, Item, Launch, LineItem, Module, Mood, Person, Registration
from .settings import PracticeSettings


@dataclass
class Token:
    """An access token: whose, for what, until when."""

    client_id: str
    scopes: set[str]
    expires: datetime


@dataclass(frozen=True)
class RegistrationToken:
    """What an admin's registration may do until when: make this client, or `updates` it. Only an update may be repeated."""

    client_id: str
    expires: datetime
    updates: bool = False


@dataclass
class Inspector:
    """What the tool did. `violations` broke a rule, `remarks` are allowed but worth knowing; `notices` are what it was told."""

    violations: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)


class School:
    """One school's LMS: people, courses, tools, grades."""

    def __init__(self, world: World, face: str) -> None:
        self.world = world
        self.face = face
        self.issuer: str = f"{world.settings.base_url}/{face}"
        self.key = shared_key(face)
        self.hint_secret = secrets.token_hex(32)
        self.numbers = count(1000)
        plan = seed.plan(face, self.take)
        self.name: str = plan.name
        self.account_context_id: str = hashlib.sha1(f"{self.issuer} account".encode(), usedforsecurity=False).hexdigest()
        self.guid: str = hashlib.md5(self.issuer.encode(), usedforsecurity=False).hexdigest()
        self.people: dict[str, Person] = {person.key: person for person in plan.people}
        self.courses: dict[int, Course] = {course.number: course for course in plan.courses}
        self.registrations: dict[str, Registration] = {}
        self.kept_key_sets: KeptKeySets | None = {} if face == "moodle" else None  # Canvas fetches them each time
        self.registration_tokens: dict[str, RegistrationToken] = {}
        self.line_items: dict[int, LineItem] = {}
        self.grades: dict[tuple[int, str], Grade] = {}
        self.homework: dict[tuple[int, str], list[Any]] = {}
        self.launches: dict[str, Launch] = {}
        self.tokens: dict[str, Token] = {}
        self.assertion_ids: set[str] = set()
        self.nonces: set[str] = set()
        self.mood: Mood = Mood()
        self.random = random.Random(7)  # noqa: S311 (chance for moods, repeatable)
        self.inspector = Inspector()

    def take(self) -> int:
        """The next free number."""
        return next(self.numbers)

    def now(self) -> datetime:
        """The time as this LMS's clock shows it (moods may set it wrong), UTC."""
        return self.world.settings.clock() + timedelta(seconds=self.mood.clock_offset_seconds)

    def violation(self, where: str, problems: Iterable[str]) -> list[str]:
        """Write down what the tool did wrong; returns the problems for the answer."""
        told = list(problems)
        for problem in told:
            entry = {"at": self.now().isoformat(), "where": where, "problem": problem}
            self.inspector.violations.append(entry)
        return told

    def remark(self, where: str, note: str) -> None:
        """Write down something allowed but worth knowing."""
        self.inspector.remarks.append({"at": self.now().isoformat(), "where": where, "note": note})

    def person_by_sub(self, sub: str) -> Person | None:
        """Who a subject is. Canvas takes its own numeric id as well."""
        for person in self.people.values():
            if sub in (person.sub, str(person.number)):
                return person
        return None

    def item(self, number: int) -> Item | None:
        """An item of any course."""
        return next((item for course in self.courses.values() for item in course.items() if item.number == number), None)

    def module(self, course: Course, number: int | None) -> Module:
        """A module of the course; the first one when the number is unknown."""
        return next((module for module in course.modules if module.number == number), course.modules[0])

    def active_registrations(self) -> list[Registration]:
        """Tools that may be launched."""
        return [registration for registration in self.registrations.values() if registration.status == "active"]

    def start_launch(self, launch: Launch) -> Launch:
        """Remember a launch until the tool comes back for it; forgets the oldest of very many."""
        self.launches[launch.key] = launch
        while len(self.launches) > 5000:
            self.launches.pop(next(iter(self.launches)))
        return launch

    def grade(self, line_item: int, person: str) -> Grade | None:
        """The gradebook cell, when there is one."""
        return self.grades.get((line_item, person))

    def placed(self) -> list[Item]:
        """Activities of the tool, newest last."""
        return [item for course in self.courses.values() for item in course.items() if item.client_id]

    def place(self, module: Module, item: Item, column: LineItem | None) -> Item:
        """Put an activity into a module, with its gradebook column when it is graded."""
        item.resource_link_id = seed.resource_link_id(self.face, item.number)
        if column is not None:
            column.item, column.coupled, column.resource_link_id = item.number, True, item.resource_link_id
            self.line_items[column.number] = column
            item.line_item = column.number
        module.items.append(item)
        return item

    def duplicate(self, item: Item, course: Course, module: Module) -> Item:
        """A copy of an item: new resource link, new column without grades, same title, url and custom values."""
        copy = Item(
            number=self.take(),
            course_id=course.number,
            title=item.title,
            kind=item.kind,
            text=item.text,
            published=item.published,
            client_id=item.client_id,
            url=item.url,
            custom=dict(item.custom),
            new_window=item.new_window,
            hidden=item.hidden,
            allowed_extensions=item.allowed_extensions,
            embeds=[dict(embed) for embed in item.embeds],
        )
        if not item.client_id:
            module.items.append(copy)
            return copy
        copy.ancestors = [item.resource_link_id, *item.ancestors]
        column = None
        if item.line_item is not None and (old := self.line_items.get(item.line_item)):
            column = LineItem(
                number=self.take(),
                course_id=course.number,
                label=old.label,
                maximum=old.maximum,
                client_id=old.client_id,
                resource_id=old.resource_id,
                tag=old.tag,
                submission_review=old.submission_review,
                submission_type=old.submission_type,
            )
        return self.place(module, copy, column)

    def copy_course(self, course: Course) -> Course:
        """Copy a course as an LMS does for a new term: new ids everywhere, nobody's work, the source in the history."""
        number = self.take()
        copies = sum(1 for other in self.courses.values() if course.context_id in other.history) + 1
        copy = Course(
            number=number,
            context_id=seed.context_id(self.face, number),
            label=f"{course.label}_{copies}",
            title=f"{course.title} copy {copies}",
            summary=course.summary,
            sis_id="",
            members=dict(course.members),
            history=[course.context_id, *course.history],
        )
        for module in course.modules:
            twin = Module(self.take(), module.title)
            copy.modules.append(twin)
            for item in module.items:
                self.duplicate(item, copy, twin)
        self.courses[number] = copy
        for registration in self.registrations.values():
            if course.number in registration.deployments.values():
                registration.deployments[self.deployment_id(copy.context_id)] = number
        return copy

    def deployment_id(self, context_id: str) -> str:
        """A deployment id in the form Canvas uses."""
        return f"{self.take()}:{context_id}"

    def remove_item(self, item: Item) -> None:
        """Delete an item together with its column."""
        for module in self.courses[item.course_id].modules:
            module.items = [other for other in module.items if other.number != item.number]
        if item.line_item is not None:
            self.line_items.pop(item.line_item, None)


class World:
    """Both schools and the lock that guards them. Handlers hold `lock` while they read or change a school."""

    def __init__(self, settings: PracticeSettings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.schools: dict[str, School] = {}
        for face in seed.FACES:
            self.reset(face)

    def reset(self, face: str) -> None:
        """Start a school over with its sample content. Its signing key stays."""
        with self.lock:
            self.schools[face] = School(self, face)
