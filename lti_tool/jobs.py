"""The worker's jobs. What must happen is always a row; a job only finds due rows, so losing one costs time and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from huey import Huey, PostgresHuey, SqliteHuey, crontab

from lti_tool import logs
from lti_tool.badges.service import sign_due
from lti_tool.district.pay.crediting import credit_due
from lti_tool.district.pay.service import turn_years
from lti_tool.district.reports.recounting import recount_due
from lti_tool.evidence.deadlines import write_reminders
from lti_tool.evidence.examining import examine_due
from lti_tool.evidence.links import look_due
from lti_tool.evidence.retention import finish as finish_deletions
from lti_tool.evidence.retention import sweep as sweep_evidence
from lti_tool.evidence.upload_checking import finish_due, sweep_uploads
from lti_tool.grading.pump import deliver_due
from lti_tool.grading.roster import read_due
from lti_tool.grading.telling import write_alerts
from lti_tool.launch.service import sweep
from lti_tool.linking.service import sweep as sweep_handed_files
from lti_tool.notices.sending import send_due
from lti_tool.notices.service import sweep as sweep_notices
from lti_tool.platforms.notices import ask_due
from lti_tool.review.drifting import ask_who_drifts
from lti_tool.review.overdue import look_after_late
from lti_tool.review.seats import fill_all
from lti_tool.review.telling import remind_reviewers
from lti_tool.tool import Tool

log = structlog.get_logger()

_T = TypeVar("_T")
_MINUTE = timedelta(minutes=1)
_SCHEDULED = 3
"""So many looks ahead are enough; without a limit every wake would start a chain of its own."""


def _huey(here: Tool) -> Huey:
    settings = here.settings
    if not here.database.is_sqlite:
        dsn = settings.sqlalchemy_url.replace("+psycopg", "", 1)
        with here.database.alone():  # its tables are made on first use, and not by two processes at once
            return PostgresHuey("lti-tool", dsn=dsn, table_prefix="job", results=False)
    return SqliteHuey("lti-tool", filename=str(settings.data_dir / "jobs.db"), fsync=False, timeout=30, results=False)


def work_once(here: Tool) -> timedelta | None:
    """Do everything that is due now: sign badges, deliver scores, ask to be told of copied courses, check uploads that were left, look
    at uploaded files and at links, send e-mail, read course lists, credit what new pay rules give for the past, take away files whose
    time is over.

    Returns how soon to look again, None when nothing waits.
    """
    _attempt(sign_due, here)
    wait = _attempt(deliver_due, here)
    _attempt(ask_due, here)
    _attempt(finish_due, here)
    _attempt(finish_deletions, here)
    mails = _attempt(send_due, here)
    lists = _attempt(read_due, here)
    more = _attempt(examine_due, here)
    recognized = _attempt(credit_due, here)
    if _attempt(look_due, here):
        more = timedelta()
    return min((one for one in (wait, mails, lists, more, recognized) if one is not None), default=None)


def _attempt(job: Callable[[Tool], _T], here: Tool) -> _T | None:
    try:
        return job(here)
    except Exception as error:  # one job's fault must not keep the others from running
        log.error("job_failed", job=job.__name__, kind=type(error).__name__, exc_info=error)
        return None


def connect(here: Tool) -> Huey:
    """The queue of this installation; from now on `here.wake()` asks the worker to look at once."""
    huey = _huey(here)

    def look() -> None:
        wait = work_once(here)
        if wait is not None and not wait:
            work()
        elif wait is not None and wait < _MINUTE and huey.scheduled_count() < _SCHEDULED:
            work.schedule(delay=max(wait.total_seconds(), 1))

    @huey.task()  # type: ignore[untyped-decorator]
    def work() -> None:
        look()

    @huey.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
    def every_minute() -> None:
        look()
        _attempt(recount_due, here)

    @huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
    def every_ten_minutes() -> None:
        _attempt(write_alerts, here)

    @huey.periodic_task(crontab(minute="17"))  # type: ignore[untyped-decorator]
    def every_hour() -> None:
        _attempt(sweep, here)
        _attempt(sweep_handed_files, here)
        _attempt(write_reminders, here)
        _attempt(remind_reviewers, here)
        _attempt(sweep_uploads, here)
        _attempt(look_after_late, here)
        _attempt(fill_all, here)

    @huey.periodic_task(crontab(hour="3", minute="41"))  # type: ignore[untyped-decorator]
    def every_night() -> None:
        _attempt(sweep_evidence, here)
        _attempt(sweep_notices, here)
        _attempt(ask_who_drifts, here)
        _attempt(turn_years, here)

    def wake() -> None:
        try:
            work()
        except Exception as error:  # the sweep finds the row a minute later
            log.warning("wake_failed", kind=type(error).__name__)

    here.wake = wake
    return huey


def run(here: Tool, *, threads: int) -> None:
    """Work until SIGTERM: what is under way is then brought to its end."""
    logs.connect(here.settings)
    huey = connect(here)
    here.wake()
    huey.create_consumer(workers=threads, initial_delay=0.05, max_delay=0.5, graceful_signal="TERM").run()
