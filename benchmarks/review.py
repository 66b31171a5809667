"""Whether pages of the review room stay as quick where a million submissions are stored. Run by `make bench NAME=review`."""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filling
from flask import Flask
from launch import _BASE_URL, _prepare, _tool_environment
from lms import Lms
from measuring import own_database
from sqlalchemy import event, select, text
from werkzeug.test import Client

from lti_tool.app import create_app
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import frames

_FEW, _MANY = 1_000, 1_000_000
_LIMIT = 1.3
_OPEN_OF_ONE = "SELECT id FROM review WHERE reviewer_id = :reviewer AND state IN ('assigned', 'in_progress') ORDER BY id LIMIT 20"
_DONE_OF_ONE = "SELECT id FROM review WHERE reviewer_id = :reviewer AND state = 'locked' ORDER BY locked_at DESC LIMIT 20"
_OPEN_WORK = "SELECT id FROM submission WHERE state = 'in_review' ORDER BY id LIMIT 50"
_COURSES = "SELECT id FROM activity ORDER BY id LIMIT 40"
_TITLES = "SELECT id FROM microcredential ORDER BY id LIMIT 5"


@dataclass(frozen=True)
class Page:
    """A page under measure. `{}` in its path stands for one of the ids that `ids` (SQL) gives; `who`: reviewer, console, facilitator."""

    name: str
    who: str
    path: str
    ids: str = ""


PAGES = (
    Page("a reviewer's list", "reviewer", "/review/"),
    Page("desk", "reviewer", "/review/{}", _OPEN_OF_ONE),
    Page("desk of a finished review", "reviewer", "/review/{}", _DONE_OF_ONE),
    Page("a reviewer's own figures", "reviewer", "/review/agreement/own"),
    Page("reviewers", "console", "/review/people"),
    Page("places of a submission", "console", "/review/submissions/{}", _OPEN_WORK),
    Page("people at an activity", "console", "/activities/{}", _COURSES),
    Page("people at the own activity", "facilitator", "/activities/{}", "SELECT id FROM activity WHERE context_id = :course"),
    Page("agreement by microcredential", "console", "/review/agreement/"),
    Page("agreement by reviewer", "console", "/review/agreement/reviewers"),
    Page("agreement by criterion", "console", "/review/agreement/microcredentials/{}", _TITLES),
    Page("open work", "console", "/open-work/"),
    Page("open work, late", "console", "/open-work/?late=1"),
    Page("how busy reviewers are", "console", "/open-work/reviewers"),
    Page("appeals", "console", "/appeals/"),
    Page("trail", "console", "/district/trail"),
    Page("trail, of decisions", "console", "/district/trail?action=review+decided"),
)


class Visitors:
    """Browsers that stand in a frame of the tool, in this process."""

    def __init__(self, here: Tool, app: Flask) -> None:
        with here.database.read() as session:
            registration = session.scalars(select(Registration)).one()
            reviewer = session.scalars(select(Person).where(Person.sub == "reviewer-3")).one()
            course = session.scalars(select(Context).where(Context.lti_id == "course-3")).one()
            deployment = session.scalars(select(Deployment)).one()
        self.given = {"reviewer": reviewer.id, "course": course.id}
        self._clients: dict[str, tuple[Client, str]] = {}
        with here.database.unit() as session:
            other = Person(
                **dict.fromkeys(("given_name", "family_name", "email", "locale"), ""),
                district_id=registration.district_id,
                registration_id=registration.id,
                sub=f"runner-{time.monotonic_ns()}",
                label="Runner",
                is_test=False,
                created_at=here.clock(),
            )
            session.add(other)
            session.flush()
            for who, person, rights in (
                ("reviewer", reviewer, []),
                ("console", other, ["console"]),
                ("facilitator", other, ["facilitator"]),
            ):
                context = course if who == "facilitator" else None
                opened, row = frames.made(
                    here,
                    district_id=registration.district_id,
                    registration_id=registration.id,
                    deployment_id=deployment.id,
                    person_id=person.id,
                    person_name=person.label,
                    context_id=context.id if context else None,
                    context_title="",
                    resource_link_id=None,
                    rights=rights,
                    frame_ancestors=[],
                    launch={"message_type": "LtiResourceLinkRequest", "custom": {}},
                )
                frames.keep(session, row)
                self._clients[who] = (app.test_client(), f"/s/{opened.id}~{opened.secret}")

    def get(self, who: str, path: str) -> float:
        """Milliseconds until the whole page is there. Raises SystemExit for any answer but 200."""
        client, prefix = self._clients[who]
        begun = time.perf_counter()
        answer = client.get(prefix + path, base_url=_BASE_URL)
        answer.get_data()
        took = 1000 * (time.perf_counter() - begun)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        return took


def _paths(here: Tool, page: Page, given: dict[str, Any]) -> list[str]:
    if not page.ids:
        return [page.path]
    clause = text(page.ids)
    with here.database.read() as session:
        found = session.scalars(clause, {name: value for name, value in given.items() if name in clause._bindparams}).all()
    if not found:
        raise SystemExit(f"nothing to open for “{page.name}”")
    return [page.path.format(one) for one in found]


def _measure(here: Tool, app: Flask, times: int) -> tuple[dict[str, float], dict[str, int]]:
    """The 95th percentile in milliseconds and the number of statements of each page. Pages take turns."""
    visitors, took, statements = Visitors(here, app), defaultdict[str, list[float]](list), defaultdict[str, list[int]](list)
    paths = {page.name: _paths(here, page, visitors.given) for page in PAGES}
    asked = [0]

    def note(*_: object) -> None:
        asked[0] += 1

    for page in PAGES:  # the first visit fills what is kept in memory, and notes that somebody looked
        for path in paths[page.name]:
            visitors.get(page.who, path)
    event.listen(here.database.engine, "before_cursor_execute", note)
    for turn in range(times):
        for page in PAGES:
            ways, asked[0] = paths[page.name], 0
            took[page.name].append(visitors.get(page.who, ways[turn % len(ways)]))
            statements[page.name].append(asked[0])
    event.remove(here.database.engine, "before_cursor_execute", note)
    return (
        {name: sorted(values)[int(len(values) * 0.95)] for name, values in took.items()},
        {name: max(values) for name, values in statements.items()},
    )


def main() -> None:
    """Print the table; the last line is the worst ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--times", type=int, default=300, help="visits to each page at each size, after one to each address that is not counted"
    )
    parser.add_argument("--many", type=int, default=_MANY, help="submissions of the larger district")
    asked = parser.parse_args()
    if asked.many <= _FEW or asked.times < 30:
        raise SystemExit("--many has to be more than 1,000, --times at least 30")
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        url = stack.enter_context(own_database("review", folder))
        if url.get_backend_name() != "postgresql":
            raise SystemExit("This needs a PostgreSQL server: TEST_POSTGRES names one.")
        os.environ.update(_tool_environment(url, folder))
        here = _prepare(Lms(f"{_BASE_URL}/lti/launch"))
        stack.callback(here.database.dispose)
        app, given, found = create_app(here=here), filling.prepare(here), []
        for first, last in ((1, _FEW), (_FEW + 1, asked.many)):
            begun = time.monotonic()
            filling.grow(here, given, first, last)
            print(f"{last:,} submissions are stored ({time.monotonic() - begun:.0f} s)", flush=True)
            found.append(_measure(here, app, asked.times))
    (few, few_statements), (many, many_statements) = found
    print(f"\n{'page':<32}{'statements':>11}{f'p95 ms, {_FEW:,}':>16}{f'p95 ms, {asked.many:,}':>20}{'ratio':>8}")
    for page in PAGES:
        ratio = many[page.name] / few[page.name]
        print(f"{page.name:<32}{many_statements[page.name]:>11}{few[page.name]:>16.1f}{many[page.name]:>20.1f}{ratio:>8.2f}")
    if grown := [page.name for page in PAGES if few_statements[page.name] != many_statements[page.name]]:
        raise SystemExit(f"the number of statements is not constant: {', '.join(grown)}")
    worst = max(few, key=lambda name: many[name] / few[name])
    print(f"worst: {worst}; the limit is {_LIMIT}")
    print(f"ratio: {many[worst] / few[worst]:.2f} (worst page: p95 at {asked.many:,} submissions, against {_FEW:,})")


if __name__ == "__main__":
    main()
