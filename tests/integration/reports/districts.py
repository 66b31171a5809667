"""A district made up by a seed, row by row: everything that a count has to tell apart happens in it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lti_tool.badges.models import Award, BadgeIssuer
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.evidence.models import Answer, Enrollment, SelfAssessment, Submission
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from lti_tool.review.appeal_models import Appeal
from lti_tool.review.models import Decision, Review
from lti_tool.review.pool_models import Workplace
from tests.factories.world import World

SCHOOLS = ("Lincoln Elementary", "Roosevelt Middle", "Ada High", " Spaced School ", "")
KEYS = ("planning", "asking")


class Made:
    """A district; `id` is its id."""

    def __init__(self, world: World, seed: int, *, people: int = 60, tries: int = 160) -> None:
        self.world, self.draw, self.now = world, random.Random(seed), world.tool.clock()
        self.registration = world.registration()
        self.id: UUID = self.registration.district_id
        self.beta = world.registration(district_id=self.id, environment="beta")
        issuer = BadgeIssuer(district_id=self.id, slug=f"issuer-{new_id().hex}", name="I", created_at=self.now)
        self.issuer = world._add(issuer)
        context = world.context(self.registration)
        first = world.version(self.id)
        self.versions = [first, world.version(self.id, title="Second"), world.version(self.id, title="Third"), self._newer(first)]
        self.activities: list[Activity] = [world.activity(context, one) for one in self.versions for _ in range(2)]
        self.rows: list[Any] = []
        self.people = [self._person() for _ in range(people)]
        self.reviewers = [self._person() for _ in range(4)]
        pairs = [(one, person) for one in self.activities for person in self.people]
        for activity, person in self.draw.sample(pairs, min(tries, len(pairs))):
            self._try(activity, person)
        with world.tool.database.unit() as session:
            session.add_all(self.rows)

    def _newer(self, first: MicrocredentialVersion) -> MicrocredentialVersion:
        values = {"title": first.title, "content": first.content, "content_hash": "other", "published_at": self.now, "published_by": None}
        row = MicrocredentialVersion(
            district_id=self.id, microcredential_id=first.microcredential_id, number=2, activity_key=f"newer-{new_id().hex}", **values
        )
        return self.world._add(row)  # type: ignore[no-any-return]

    def _add(self, row: Any) -> Any:
        row.id = row.id or new_id()
        self.rows.append(row)
        return row

    def _moment(self, most: float = 700) -> datetime:
        return self.now - timedelta(seconds=self.draw.uniform(0, most * 86_400))

    def _person(self) -> Person:
        registration: Registration = self.beta if self.draw.random() < 0.1 else self.registration
        id_ = new_id()
        person = Person(
            id=id_,
            district_id=self.id,
            registration_id=registration.id,
            sub=f"erased:{id_}" if self.draw.random() < 0.08 else f"s-{id_}",
            label="P",
            given_name="",
            family_name="",
            email="",
            locale="",
            is_test=self.draw.random() < 0.08,
            created_at=self.now,
        )
        self.rows.append(person)
        if self.draw.random() < 0.85:
            school = self.draw.choices(SCHOOLS, [20, 20, 4, 8, 2])[0]
            self._add(Workplace(district_id=self.id, person_id=id_, school=school, source="coordinator", changed_at=self.now))
        return person

    def _try(self, activity: Activity, person: Person) -> None:
        draw, started = self.draw, self._moment()
        deadline = started + timedelta(days=draw.choice((365, 365, 380, 60)))
        state = draw.choice(("active", "active", "earned", "earned", "earned", "not_earned", "withdrawn"))
        ended = None if state == "active" else min(self.now, started + timedelta(seconds=draw.uniform(0, 450 * 86_400)))
        enrollment = self._add(
            Enrollment(
                district_id=self.id, person_id=person.id, activity_id=activity.id, version_id=activity.version_id, state=state,
                started_at=started, deadline_at=deadline, ended_at=ended,
            )
        )  # fmt: skip
        common = {"district_id": self.id, "enrollment_id": enrollment.id}
        if draw.random() < 0.2:
            self._add(Answer(**common, question_key="q", text="x", saved_at=started))
        for key in KEYS:
            if draw.random() < 0.5:
                level = draw.choice((None, 0, 1, 2))
                self._add(SelfAssessment(**common, criterion_key=key, level=level, note="", saved_at=started))
        attempts = draw.choice((0, 0, 1, 2)) if state in ("active", "withdrawn") else draw.choice((1, 1, 2, 3, 4))
        for attempt in range(1, attempts + 1):
            if draw.random() < 0.1:
                self._submission(enrollment, attempt, "returned_incomplete", None, set_aside=1)
            last = attempt == attempts
            if last and state == "active" and draw.random() < 0.6:
                self._submission(enrollment, attempt, draw.choice(("submitted", "in_review", "adjudicating")), None)
            else:
                self._submission(enrollment, attempt, "decided", state if last and state in ("earned", "not_earned") else "revise")
        if state == "earned":
            revoked = self._moment() if draw.random() < 0.15 else None
            self._add(
                Award(
                    **common, issuer_id=self.issuer.id, person_id=person.id, version_id=activity.version_id, public_id=new_id().hex,
                    awarded_at=ended, valid_from=ended, revoked_at=revoked, signing_due=False,
                )
            )  # fmt: skip

    def _submission(self, enrollment: Enrollment, attempt: int, state: str, outcome: str | None, *, set_aside: int = 0) -> None:
        draw = self.draw
        submitted = self._moment(600)
        decided = min(self.now, submitted + timedelta(seconds=draw.uniform(0, 40 * 86_400)))
        row = self._add(
            Submission(
                district_id=self.id, enrollment_id=enrollment.id, attempt=attempt, set_aside=set_aside, state=state, outcome=outcome,
                snapshot={}, snapshot_hash="h", submitted_at=submitted,
                decided_at=decided if state in ("decided", "returned_incomplete") else None,
            )
        )  # fmt: skip
        for seat in (1, 2):
            locked = state == "decided" or draw.random() < 0.3
            self._add(
                Review(
                    district_id=self.id, submission_id=row.id, reviewer_id=self.reviewers[2 * (attempt % 2) + seat - 1].id, seat=seat,
                    state="locked" if locked else draw.choice(("assigned", "in_progress", "withdrawn")), scores={}, overall_feedback="",
                    decline_reason="", assigned_at=submitted, due_at=submitted + timedelta(days=14), locked_at=decided if locked else None,
                )
            )  # fmt: skip
        if state == "decided":
            found = {key: {"met": draw.random() < 0.7, "levels": [1, 2], "settled_level": None} for key in KEYS if draw.random() < 0.9}
            self._add(
                Decision(
                    district_id=self.id, submission_id=row.id, outcome=outcome, criteria=found, decided_at=decided,
                    by_exception=draw.random() < 0.1,
                )
            )  # fmt: skip
            if draw.random() < 0.15:
                state = draw.choice(("upheld", "overturned", "remanded", "accepted", "refused", "withdrawn"))
                closed = None if state == "accepted" else self._moment(100)
                self._add(
                    Appeal(
                        district_id=self.id, submission_id=row.id, person_id=enrollment.person_id, ground="process", text="", state=state,
                        filed_at=decided, answer="", closed_at=closed,
                    )
                )  # fmt: skip
