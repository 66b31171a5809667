"""Scores per CPU-second of the worker, beside bare requests and stock pylti1p3. See README.md; run by `make bench NAME=scores`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from measuring import cores, own_database
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.registration import Registration as StockRegistration
from pylti1p3.service_connector import ServiceConnector
from sqlalchemy import insert, select, update

from lti_tool.all_models import metadata
from lti_tool.app import build_tool
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.evidence.models import Enrollment
from lti_tool.grading.ags import RESULT_SCOPE, SCORE_SCOPE
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.pump import deliver_due
from lti_tool.launch.models import Context, Person, ResourceLink
from lti_tool.platforms.models import Deployment, District, Registration
from lti_tool.platforms.service import add_registration
from lti_tool.settings import Settings
from lti_tool.tool import Tool

TOOL, LATER, BARE, STOCK = (
    "this tool",
    "this tool, later scores: reads before it sends",
    "bare requests.Session",
    "stock pylti1p3, as its example",
)
_PEOPLE, _LINKS = 200, 10
_STOCK_SCORES = 20
_COMMENT = "Earned: independent reviewers found every criterion met."


@contextmanager
def _sink(core: int) -> Iterator[str]:
    """The LMS, in a process of its own on another core."""
    command = [sys.executable, str(Path(__file__).with_name("score_sink.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(process.pid, {core})
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"  # type: ignore[union-attr]
        finally:
            process.kill()


def _prepare(here: Tool, base: str) -> int:
    """One registration, 200 people at 10 activities each: as many scores. How many."""
    metadata.create_all(here.database.engine)
    now = here.clock()
    with here.database.unit() as session:
        registration = add_registration(
            session,
            here,
            district_name="Bench",
            issuer=base,
            client_id="bench",
            auth_url=f"{base}/auth",
            token_url=f"{base}/token",
            jwks_url=f"{base}/jwks",
            deployment_id="1",
        )
        registration.vendor = "canvas"
        session.flush()
        ids = {"district_id": session.scalars(select(District.id)).one(), "registration_id": registration.id}
        assert session.get(Registration, registration.id) is not None
        deployment = session.scalars(select(Deployment)).one()
        context, parent, version = new_id(), new_id(), new_id()
        session.add_all(
            [
                Context(
                    id=context,
                    **ids,
                    deployment_id=deployment.id,
                    lti_id="1",
                    title="",
                    label="",
                    lineitems_url=f"{base}/line_items",
                    memberships_url="",
                    service_scopes=[SCORE_SCOPE, RESULT_SCOPE],
                    history=[],
                    created_at=now,
                    seen_at=now,
                ),
                Microcredential(
                    id=parent, district_id=ids["district_id"], key="k", title="T", state="published", created_at=now, changed_at=now
                ),
                MicrocredentialVersion(
                    id=version,
                    district_id=ids["district_id"],
                    microcredential_id=parent,
                    number=1,
                    title="T",
                    content={},
                    content_hash="",
                    activity_key="a",
                    published_at=now,
                ),
            ]
        )
        people = [
            {"id": new_id(), **ids, "sub": f"{n:08x}-5ab1-4f6e-9c3d-{n * 7919:012x}", "label": "", "given_name": "", "family_name": ""}
            | {"email": "", "locale": "", "is_test": False, "created_at": now}
            for n in range(_PEOPLE)
        ]
        session.execute(insert(Person), people)
        for n in range(_LINKS):
            link, activity = new_id(), new_id()
            url = f"{base}/api/lti/courses/1/line_items/{n}"
            session.add(
                ResourceLink(
                    id=link, **ids, context_id=context, lti_id=str(n), title="", lineitem_url=url, custom={}, created_at=now, seen_at=now
                )
            )
            session.add(
                Activity(
                    id=activity,
                    district_id=ids["district_id"],
                    context_id=context,
                    resource_link_id=link,
                    version_id=version,
                    points=Decimal(100),
                    created_at=now,
                )
            )
            session.flush()
            for person in people:
                work = new_id()
                common = {"district_id": ids["district_id"], "person_id": person["id"], "activity_id": activity}
                session.add(Enrollment(id=work, **common, version_id=version, state="active", started_at=now, deadline_at=now))
                session.add(
                    ScoreDelivery(
                        **common,
                        registration_id=ids["registration_id"],
                        enrollment_id=work,
                        version=1,
                        score_given=Decimal(100),
                        score_maximum=Decimal(100),
                        comment=_COMMENT,
                        submitted_at=now,
                        desired_at=now,
                        state="sent",
                        due_at=now,
                    )
                )
    return _PEOPLE * _LINKS


def _queue(here: Tool, *, later: bool) -> None:
    """Everybody's score is due: the first one, or a later one than an hour ago."""
    values: dict[str, object] = {"state": "queued", "due_at": here.clock(), "desired_at": here.clock(), "lease_token": None}
    first = {"sent_version": 0, "timestamp": None, "tried": [], "version": 1}
    again = {"version": ScoreDelivery.version + 1, "timestamp": datetime(2026, 1, 1, tzinfo=UTC), "tried": ["100/100"]}
    with here.database.unit() as session:
        session.execute(update(ScoreDelivery).values(**values, **(again if later else first)))


def _timed(work: Callable[[], int]) -> float:
    """What the work did per CPU-second of this process, all its threads."""
    began = time.process_time()
    count = work()
    return count / (time.process_time() - began)


def _tool(here: Tool, count: int, *, later: bool) -> float:
    _queue(here, later=later)

    def work() -> int:
        while deliver_due(here) is not None:
            pass
        return count

    rate = _timed(work)
    with here.database.read() as session:
        left = session.scalars(select(ScoreDelivery.state).where(ScoreDelivery.state != "sent").limit(1)).one_or_none()
    if left is not None:
        raise SystemExit(f"a score was not acknowledged: {left}")
    return rate


def _bare(base: str, bodies: list[str]) -> float:
    """The same bodies by a session of requests that is kept, with a token that is known."""
    headers = {"Authorization": "Bearer bench-token", "Content-Type": "application/vnd.ims.lis.v1.score+json", "Accept": "application/json"}

    def work() -> int:
        with requests.Session() as session:
            for n, body in enumerate(bodies):
                url = f"{base}/api/lti/courses/1/line_items/{n % _LINKS}/scores"
                if not session.post(url, data=body.encode(), headers=headers, timeout=(3.05, 10)).ok:
                    raise SystemExit("the sink refused")
        return len(bodies)

    return _timed(work)


def _stock(base: str, bodies: list[str]) -> float:
    """As the example of pylti1p3 does: for each score a service of its own, which asks for a token."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def work() -> int:
        for body in bodies:
            said = json.loads(body)
            registration = StockRegistration()
            registration.set_issuer(base).set_client_id("bench").set_auth_token_url(f"{base}/token")
            registration.set_tool_private_key(private.decode()).set_tool_public_key(public.decode())
            grade = Grade().set_user_id(said["userId"]).set_score_given(100).set_score_maximum(100).set_timestamp(said["timestamp"])
            grade.set_activity_progress("Completed").set_grading_progress("FullyGraded").set_comment(_COMMENT)
            url = f"{base}/api/lti/courses/1/line_items/0"
            service = AssignmentsGradesService(ServiceConnector(registration), {"scope": [SCORE_SCOPE], "lineitem": url})
            service.put_grade(grade, LineItem().set_id(url))
        return len(bodies)

    return _timed(work)


def main() -> None:
    """Measure in turns and print the figures; the last line is the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    logging.disable(logging.CRITICAL)
    own, other = cores()
    with tempfile.TemporaryDirectory() as name, own_database("scores", Path(name)) as url, _sink(other) as base:
        os.sched_setaffinity(0, {own})
        here = build_tool(
            Settings(
                database_url=url.render_as_string(hide_password=False),
                data_dir=Path(name) / "data",
                base_url="http://127.0.0.1:8000",
                development=True,
                log_level="CRITICAL",
            )
        )
        count = _prepare(here, base)
        _tool(here, count, later=False)  # warm, and the bodies for the others
        bodies = requests.get(f"{base}/bodies", timeout=30).json()
        if len(bodies) != count:
            raise SystemExit(f"{len(bodies)} scores arrived, {count} were sent")
        figures: dict[str, list[float]] = {TOOL: [], LATER: [], BARE: [], STOCK: []}
        for _ in range(rounds):
            figures[TOOL].append(_tool(here, count, later=False))
            figures[BARE].append(_bare(base, bodies))
            figures[LATER].append(_tool(here, count, later=True))
            figures[STOCK].append(_stock(base, bodies[:_STOCK_SCORES]))
            requests.get(f"{base}/bodies", timeout=30)
        here.database.dispose()
    _report(url.get_backend_name(), count, figures)


def _report(backend: str, count: int, figures: dict[str, list[float]]) -> None:
    say = sys.stdout.write
    say(f"{count} scores claimed from {backend}, sent, acknowledged; per CPU-second of the process that sends them\n")
    for name, rates in figures.items():
        say(f"  {name:50} {statistics.median(rates):8.0f}\n")
    pairs = {name: statistics.median(a / b for a, b in zip(figures[TOOL], figures[name], strict=True)) for name in (BARE, STOCK)}
    say(f"against stock pylti1p3: {pairs[STOCK]:.0f} times\n")
    say(f"ratio: {pairs[BARE]:.2f} (scores per CPU-second of the worker, against bare requests.Session posting the same bodies)\n")


if __name__ == "__main__":
    main()
