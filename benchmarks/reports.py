"""Whether reports open as quickly where a million submissions are stored, and how long a count takes. `make bench NAME=reports`."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import filling
import review
from launch import _BASE_URL, _prepare, _tool_environment
from lms import Lms
from measuring import own_database
from sqlalchemy import text

from lti_tool.app import create_app
from lti_tool.district.reports import recounting
from lti_tool.district.reports.registry import SPECS
from lti_tool.tool import Tool

_FEW, _MANY, _SCHOOLS = 1_000, 1_000_000, 60
_LIMIT = 1.3
_ONE = "SELECT id FROM microcredential ORDER BY id LIMIT 5"
_WORKPLACES = """
    INSERT INTO workplace (id, district_id, person_id, school, source, changed_at)
    SELECT gen_random_uuid(), district_id, id, 'School ' || (abs(hashtext(sub)) % :schools), 'coordinator', now()
    FROM person WHERE sub LIKE 'teacher-%' ON CONFLICT DO NOTHING
"""
_STARTED = "UPDATE enrollment SET started_at = coalesce(ended_at, now()) - interval '20 days' * (1 + length(id::text) % 7)"
PAGES = (
    review.Page("overview", "console", "/reports/"),
    review.Page("all to print", "console", "/reports/board"),
    *(review.Page(key, "console", f"/reports/{key}") for key in SPECS),
    review.Page("funnel of one", "console", "/reports/funnel?microcredential={}", _ONE),
    review.Page("earned, of a school", "console", "/reports/earned?school=School+7"),
    review.Page("a table as CSV", "console", "/reports/earned/2.csv"),
    review.Page("a workbook", "console", "/reports/funnel.xlsx"),
)


def _count(here: Tool, given: dict[str, Any]) -> float:
    """Schools and times that the common filling leaves out; then the count. Seconds that it took."""
    with here.database.unit() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(_WORKPLACES), {"schools": _SCHOOLS})
        session.execute(text(_STARTED))
    with here.database.engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    begun = time.monotonic()
    recounting.recount(here, given["district"])
    took = time.monotonic() - begun
    gc.collect()  # what the count held: a worker counts, not the process that answers
    gc.freeze()  # as our web servers do: a full collection would fall on whichever page's turn it is
    with here.database.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))  # what the filling left to write
    return took


def main() -> None:
    """Print the table; the last line is the worst ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200, help="visits to each page at each size")
    parser.add_argument("--many", type=int, default=_MANY, help="submissions of the larger district")
    asked = parser.parse_args()
    if asked.many <= _FEW or asked.times < 30:
        raise SystemExit("--many has to be more than 1,000, --times at least 30")
    logging.disable(logging.CRITICAL)
    review.PAGES = PAGES
    recounting.SMALL = -1  # both sizes read what was counted; nobody counts while a page opens
    recounting.at_once = lambda *_: False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        url = stack.enter_context(own_database("reports", folder))
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
            print(f"counted in {_count(here, given):.1f} s", flush=True)
            found.append(review._measure(here, app, asked.times))
    (few, _), (many, statements) = found
    print(f"\n{'page':<24}{'statements':>11}{f'p95 ms, {_FEW:,}':>16}{f'p95 ms, {asked.many:,}':>20}{'ratio':>8}")
    for page in PAGES:
        ratio = many[page.name] / few[page.name]
        print(f"{page.name:<24}{statements[page.name]:>11}{few[page.name]:>16.1f}{many[page.name]:>20.1f}{ratio:>8.2f}")
    worst = max(few, key=lambda name: many[name] / few[name])
    print(f"worst: {worst}; the limit is {_LIMIT}")
    print(f"ratio: {many[worst] / few[worst]:.2f} (worst report: p95 at {asked.many:,} submissions, against {_FEW:,})")


if __name__ == "__main__":
    main()
