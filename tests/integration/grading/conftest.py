"""A practice LMS on loopback that knows the tool, and the tool's rows about it; and a bare platform whose answers a test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import jwt
import pytest
from flask import Flask, Response, request
from sqlalchemy import select

from lti_tool.catalog.models import Activity
from lti_tool.evidence.models import Enrollment
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.outcomes import desire_score
from lti_tool.grading.policies import Score
from lti_tool.grading.pump import deliver_due
from lti_tool.launch.models import Context, Person, ResourceLink
from lti_tool.platforms.models import Registration
from lti_tool.practice_lms import PracticeSettings, create_app
from lti_tool.practice_lms import models as lms_models
from lti_tool.practice_lms.faces import FACES
from lti_tool.practice_lms.lti import LINEITEM, MEMBERSHIP_READ, RESULT_READ, SCORE
from lti_tool.practice_lms.world import School
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.practice_lms.serving import serve

COURSE = 2


class Course:
    """The tool's side of one course of a platform: people at one activity, and their scores."""

    def __init__(self, world: World, clock: Clock, registration: Registration) -> None:
        self.world, self.here, self.clock, self.registration = world, world.tool, clock, registration
        self.context: Context = world.context(registration)
        self.activity: Activity = world.activity(self.context)

    def set_column(self, url: str, activity: Activity | None = None) -> None:
        with self.here.database.unit() as session:
            session.get_one(ResourceLink, (activity or self.activity).resource_link_id).lineitem_url = url

    def set_memberships(self, url: str) -> None:
        with self.here.database.unit() as session:
            session.get_one(Context, self.context.id).memberships_url = url

    def enrolled(self, person: Person, activity: Activity | None = None) -> Enrollment:
        return self.world.enrollment(activity or self.activity, person)

    def desire(self, enrollment: Enrollment, given: int = 100, *, comment: str = "Well done.") -> UUID:
        """Desire a score as settling does; its row's id."""
        with self.here.database.unit() as session:
            activity = session.get_one(Activity, enrollment.activity_id)
            score = Score(Decimal(given), Decimal(100))
            return desire_score(session, self.here, activity, enrollment, score, comment=comment, submitted_at=self.clock()).id

    def row(self, row_id: UUID) -> ScoreDelivery:
        with self.here.database.read() as session:
            return session.get_one(ScoreDelivery, row_id)

    def rows(self) -> list[ScoreDelivery]:
        with self.here.database.read() as session:
            return list(session.scalars(select(ScoreDelivery).order_by(ScoreDelivery.id)))

    def deliver(self, **later: float) -> timedelta | None:
        """Let time pass, then pump."""
        self.clock.tick(**later)
        return deliver_due(self.here)


class Lms(Course):
    """A course of the practice LMS."""

    def __init__(self, world: World, clock: Clock, school: School, jwks_url: str) -> None:
        self.school, self.face = school, FACES[school.face]
        ends = self.face.endpoints(school)
        registration = world.registration(
            issuer=school.issuer,
            auth_url=ends.authorization,
            token_url=ends.token,
            token_audience=ends.token,
            jwks_url=ends.key_set,
            vendor=school.face,
        )
        super().__init__(world, clock, registration)
        self.introduce(registration.client_id, jwks_url)
        self.column = self.add_column()
        self.set_column(self.column_url(self.column))
        self.ada = self.person("ada")

    def introduce(self, client_id: str, jwks_url: str) -> None:
        self.school.registrations[client_id] = lms_models.Registration(
            client_id=client_id,
            name="Microcredentials",
            login_url="",
            redirect_uris=[],
            jwks_url=jwks_url,
            target="",
            domain="",
            scopes={SCORE, RESULT_READ, LINEITEM, MEMBERSHIP_READ},
            asked_scopes={SCORE, RESULT_READ, LINEITEM, MEMBERSHIP_READ},
            privacy="public",
            messages=[],
            status="active",
            type_id=1,
            deployments={"1": None},
        )

    def add_column(self, maximum: float = 100) -> lms_models.LineItem:
        column = lms_models.LineItem(self.school.take(), COURSE, "Asking good questions", maximum, self.registration.client_id)
        self.school.line_items[column.number] = column
        return column

    def column_url(self, column: lms_models.LineItem) -> str:
        return self.face.column_url(self.school, column)

    def person(self, key: str) -> Person:
        known = self.school.people[key]
        return self.world.person(self.registration, known.name, sub=known.sub)

    def cell(self, key: str = "ada", column: lms_models.LineItem | None = None) -> lms_models.Grade:
        return self.school.grades[(column or self.column).number, key]

    @property
    def posts(self) -> list[dict[str, Any]]:
        """Every score as it came: body, status, content_type, reason, line_item."""
        return self.school.inspector.scores

    @property
    def tokens(self) -> int:
        """How many access tokens were given."""
        return len(self.school.tokens)

    @property
    def violations(self) -> list[str]:
        return [entry["problem"] for entry in self.school.inspector.violations]

    @property
    def mood(self) -> lms_models.Mood:
        return self.school.mood


@pytest.fixture
def lms_of(world: World, tool: Tool, clock: Clock) -> Iterator[Callable[[str], Lms]]:
    """Make a course of the practice LMS with this face."""

    def now() -> datetime:
        return tool.clock()  # a test may give the tool another clock

    with serve("127.0.0.1") as (place, base), serve("127.0.0.1") as (tool_place, tool_base):
        app = place.app = create_app(PracticeSettings(base, tool_base, clock=now))
        tool_place.app = world.app
        yield lambda face: Lms(world, clock, app.extensions["practice_world"].schools[face], tool_base + "/lti/jwks")


@pytest.fixture(params=["canvas", "moodle"])
def lms(request: pytest.FixtureRequest, lms_of: Callable[[str], Lms]) -> Lms:
    """A course of either face."""
    return lms_of(request.param)


@pytest.fixture
def canvas(lms_of: Callable[[str], Lms]) -> Lms:
    return lms_of("canvas")


@pytest.fixture
def moodle(lms_of: Callable[[str], Lms]) -> Lms:
    return lms_of("moodle")


Answer = Response | tuple[Any, ...] | str | dict[str, Any]


class Bare(Course):
    """A platform that answers what a test says: `answers` one by one, then 200; `token_answers` alike, then a token for an hour."""

    def __init__(self, world: World, clock: Clock, base: str, **given: Any) -> None:
        url = f"{base}/token"
        registration = world.registration(
            **{"issuer": base, "auth_url": f"{base}/auth", "token_url": url, "token_audience": url, "jwks_url": f"{base}/jwks", **given}
        )
        super().__init__(world, clock, registration)
        self.base = base
        self.answers: list[Answer | Callable[[], Answer]] = []
        self.token_answers: list[Answer | Callable[[], Answer]] = []
        self.posts: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.token_requests: list[dict[str, Any]] = []
        self.pages: dict[str, Callable[[], Answer]] = {}
        self.set_column(f"{base}/columns/1?type_id=7")
        self.set_memberships(f"{base}/members/1")

    def answer(self) -> Any:
        self.posts.append({"url": request.full_path, "type": request.content_type, "body": request.get_json(force=True)})
        self.authorizations.append(request.headers["Authorization"])
        return self._next(self.answers, ("", 200))

    def give_token(self) -> Any:
        form = request.form.to_dict()
        form["claims"] = jwt.decode(form["client_assertion"], options={"verify_signature": False})
        form["header"] = jwt.get_unverified_header(form["client_assertion"])
        self.token_requests.append(form)
        name = f"token-{len(self.token_requests)}"
        return self._next(self.token_answers, {"access_token": name, "token_type": "Bearer", "expires_in": 3600, "scope": form["scope"]})

    @staticmethod
    def _next(answers: list[Answer | Callable[[], Answer]], default: Answer) -> Any:
        found = answers.pop(0) if answers else default
        return found() if callable(found) and not isinstance(found, Response) else found


@pytest.fixture
def bare_of(world: World, clock: Clock) -> Iterator[Callable[..., Bare]]:
    """Make a bare platform; several share the address when asked, as the customers of hosted Canvas do."""
    with serve("127.0.0.1") as (place, base):
        app = place.app = Flask("platform")
        made: dict[str, Bare] = {}

        def caller() -> Bare:
            return made[jwt.decode(request.form["client_assertion"], options={"verify_signature": False})["sub"]]

        def make(**given: Any) -> Bare:
            bare = Bare(world, clock, base, **given)
            made[bare.registration.client_id] = bare
            return bare

        app.add_url_rule("/token", "token", lambda: caller().give_token(), methods=["POST"])
        app.add_url_rule("/columns/<n>/scores", "scores", lambda n: list(made.values())[-1].answer(), methods=["POST"])
        nothing: Answer = ("", 404)
        app.add_url_rule("/columns/<n>/results", "results", lambda n: list(made.values())[-1].pages.get("results", lambda: nothing)())
        app.add_url_rule("/members/<n>", "members", lambda n: list(made.values())[-1].pages[n]())
        yield make


@pytest.fixture
def bare(bare_of: Callable[..., Bare]) -> Bare:
    return bare_of()


def stamp(body: dict[str, Any]) -> datetime:
    """A posted timestamp."""
    return datetime.fromisoformat(body["timestamp"])
