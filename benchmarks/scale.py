"""Whether a launch takes longer where more is stored: at 1,000 people and at 1,000,000. Run by `make bench NAME=scale`."""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import anatomy
from launch import _BASE_URL, _prepare, _tool_environment
from lms import Lms
from measuring import own_database
from sqlalchemy import text

from lti_tool.app import create_app
from lti_tool.tool import Tool

_FEW, _MANY = 1_000, 1_000_000

# Everything grows together: a registration to 1,000 people, a course to 25 of them with five links, one membership each.
_GROW = """
INSERT INTO registration (id, district_id, issuer, client_id, auth_url, token_url, token_audience, jwks_url, vendor, name, state, scopes,
    admins_run_console, created_at, details)
SELECT gen_random_uuid(), d.id, 'https://lms-' || n || '.example', 'client-' || n, 'a', 't', 't', 'j', 'other', 'x', 'active', '[]', true,
    now(), '{}'
FROM generate_series(CAST(:first AS int) / 1000, CAST(:last AS int) / 1000) n, (SELECT id FROM district LIMIT 1) d
ON CONFLICT DO NOTHING;
INSERT INTO person (id, district_id, registration_id, sub, label, given_name, family_name, email, locale, is_test, created_at)
SELECT gen_random_uuid(), r.district_id, r.id, 'person-' || n, 'Teacher ' || n, 'Teacher', n::text, n || '@example.org', 'en', false, now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n, (SELECT id, district_id FROM registration ORDER BY created_at LIMIT 1) r;
INSERT INTO context (id, district_id, registration_id, deployment_id, lti_id, title, label, lineitems_url, memberships_url, service_scopes,
    history, created_at, seen_at)
SELECT gen_random_uuid(), r.district_id, r.id, d.id, 'course-' || n, 'Course', 'C', '', '', '[]', '[]', now(), now()
FROM generate_series(CAST(:first AS int) / 25, CAST(:last AS int) / 25) n,
    (SELECT id, district_id FROM registration ORDER BY created_at LIMIT 1) r,
    (SELECT id FROM deployment LIMIT 1) d
ON CONFLICT DO NOTHING;
INSERT INTO resource_link (id, district_id, registration_id, context_id, lti_id, title, lineitem_url, custom, created_at, seen_at)
SELECT gen_random_uuid(), c.district_id, c.registration_id, c.id, 'link-' || n, 'Link', '', '{}', now(), now()
FROM context c, generate_series(1, 5) n WHERE c.lti_id LIKE 'course-%' ON CONFLICT DO NOTHING;
INSERT INTO membership (id, district_id, context_id, person_id, roles, rights, source, seen_at)
SELECT gen_random_uuid(), p.district_id, c.id, p.id, '[]', '[]', 'launch', now()
FROM person p JOIN context c ON c.lti_id = 'course-' || (substr(p.sub, 8)::int / 25) WHERE p.sub LIKE 'person-%' ON CONFLICT DO NOTHING;
INSERT INTO frame_session (id, district_id, registration_id, deployment_id, person_id, secret_hash, rights, frame_ancestors, launch,
    created_at, expires_at)
SELECT md5(p.id::text), p.district_id, p.registration_id, d.id, p.id, 'x', '[]', '[]', '{}', now(), now() + interval '8 hours'
FROM person p, (SELECT id FROM deployment LIMIT 1) d WHERE p.sub LIKE 'person-%' ON CONFLICT DO NOTHING;
"""


def _grow(here: Tool, first: int, last: int) -> None:
    with here.database.unit() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # what refers to what is right; a million checks take long
        for statement in _GROW.split(";\n"):
            if statement.strip():
                session.execute(text(statement), {"first": first, "last": last} if ":first" in statement else {})
    with here.database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))


def _milliseconds(flow: anatomy.Flow, times: int) -> list[float]:
    """How long each of so many logins with its launch took, on the clock of the wall."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        flow.launch(*flow.login())
        found.append(1000 * (time.perf_counter() - begun))
    return found


def main() -> None:
    """Print the table; the last line is the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3000, help="launches at each size; the first third is not counted")
    times = parser.parse_args().times
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        url = stack.enter_context(own_database("scale", folder))
        if url.get_backend_name() != "postgresql":
            raise SystemExit("This needs a PostgreSQL server: TEST_POSTGRES names one.")
        os.environ.update(_tool_environment(url, folder))
        lms = Lms(f"{_BASE_URL}/lti/launch")
        here = _prepare(lms)
        stack.callback(here.database.dispose)
        flow = anatomy.Flow(create_app(here=here), lms)
        medians = []
        print(f"{'people':>10}{'median ms':>12}{'p95 ms':>10}   (login and launch in one process, PostgreSQL beside it)")
        for first, last in ((1, _FEW), (_FEW + 1, _MANY)):
            _grow(here, first, last)
            took = sorted(_milliseconds(flow, times)[times // 3 :])
            medians.append(statistics.median(took))
            print(f"{last:>10,}{medians[-1]:>12.2f}{took[int(len(took) * 0.95)]:>10.2f}")
    print(f"ratio: {medians[1] / medians[0]:.2f} (time of a launch at {_MANY:,} people, against {_FEW:,})")


if __name__ == "__main__":
    main()
