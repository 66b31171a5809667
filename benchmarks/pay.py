"""What it takes to put a pay rule in force that begins in the past: the request, and then the worker. `make bench NAME=pay`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from measuring import ROOT, own_database
from sqlalchemy import func, insert, select, text

sys.path[:0] = [str(ROOT)]

from lti_tool import migrations  # noqa: E402
from lti_tool.app import build_tool, create_app  # noqa: E402
from lti_tool.badges.models import Award, BadgeIssuer  # noqa: E402
from lti_tool.database import new_id  # noqa: E402
from lti_tool.district.pay import crediting, policies, rules  # noqa: E402
from lti_tool.district.pay.models import PayEntry  # noqa: E402
from lti_tool.evidence.models import Enrollment  # noqa: E402
from lti_tool.launch.models import Person  # noqa: E402
from lti_tool.settings import Settings  # noqa: E402
from lti_tool.tool import Tool  # noqa: E402
from tests.factories.world import World  # noqa: E402

_EACH = 4
"""Badges of a teacher, each of another microcredential."""


def _fill(here: Tool, number: int) -> tuple[World, Any]:
    """So many badges, earned on this day; and the registration."""
    world = World(here, create_app(here=here))
    registration = world.registration()
    district, context, now = registration.district_id, world.context(registration), here.clock()
    activities = [world.activity(context, world.version(district, title=f"Number {one}")) for one in range(_EACH)]
    issuer = world._add(BadgeIssuer(district_id=district, slug=f"issuer-{new_id().hex}", name="I", created_at=now))
    teachers = [new_id() for _ in range(number // _EACH)]
    people = [
        {"id": id_, "district_id": district, "registration_id": registration.id, "sub": f"s-{id_}", "label": "P", "given_name": "",
         "family_name": "", "email": "", "locale": "", "is_test": False, "created_at": now}
        for id_ in teachers
    ]  # fmt: skip
    tries = [
        {"id": new_id(), "district_id": district, "person_id": id_, "activity_id": one.id, "version_id": one.version_id, "state": "earned",
         "started_at": now, "deadline_at": now + timedelta(days=90), "ended_at": now}
        for id_ in teachers for one in activities
    ]  # fmt: skip
    awards = [
        {"id": new_id(), "district_id": district, "issuer_id": issuer.id, "enrollment_id": one["id"], "person_id": one["person_id"],
         "version_id": one["version_id"], "public_id": new_id().hex, "awarded_at": now, "valid_from": now, "signing_due": False}
        for one in tries
    ]  # fmt: skip
    with here.database.unit() as session:
        for model, rows in ((Person, people), (Enrollment, tries), (Award, awards)):
            session.execute(insert(model), rows)
    return world, registration


def _draft(here: Tool, person: Person) -> Any:
    first = policies.first_day(policies.contract_year(here.today(), 7, 1), 7, 1)
    given = rules.Given("Stipend", "usd", 20_000, 60_000, False, None, "forfeit", 7, 1, (), "all", (), None, first)
    with here.database.unit() as session:
        return rules.write(session, here, district_id=person.district_id, rule_id=None, given=given, actor_id=person.id).id


def main() -> None:
    """The last line is how long the request takes, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--badges", type=int, default=20_000, help="badges that were earned before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, own_database("pay", Path(name)) as url:
        settings = Settings(
            data_dir=Path(name), development=True, log_level="ERROR", database_url=url.render_as_string(hide_password=False)
        )
        here = build_tool(settings)
        migrations.upgrade(here.database)
        world, registration = _fill(here, asked.badges)
        if not here.database.is_sqlite:
            with here.database.engine.connect() as connection:
                connection.execute(text("ANALYZE"))
        paula = world.person(registration, "Paula Payroll")
        browser = world.browser(paula, "console", "payroll")
        world.grant(paula, "payroll")
        path = f"/pay/rules/{_draft(here, paula)}/start"
        begun = time.monotonic()
        answer = browser.post(path)
        request = time.monotonic() - begun
        looks, begun = [0.0], time.monotonic()
        while crediting.credit_due(here) is not None:
            looks.append(time.monotonic() - begun - sum(looks))
        worker = time.monotonic() - begun
        with here.database.read() as session:
            written = session.scalar(select(func.count()).select_from(PayEntry))
        here.database.dispose()
    print(f"{written:,} entries for {asked.badges:,} badges; answer {answer.status_code}")
    print(f"worker: {worker:.0f} s in {len(looks)} looks, the longest of {max(looks):.2f} s")
    print(f"request: {request:.2f} s")


if __name__ == "__main__":
    main()
