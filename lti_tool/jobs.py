"""The worker's jobs. What must happen is always a row; a job only finds due rows, so losing one costs time and nothing else."""

from __future__ import annotations

import structlog
from huey import Huey, PostgresHuey, SqliteHuey, crontab

from lti_tool.badges.service import sign_due
from lti_tool.grading.pump import deliver_due
from lti_tool.launch.service import sweep
from lti_tool.tool import Tool

log = structlog.get_logger()


def _huey(here: Tool) -> Huey:
    settings = here.settings
    if not here.database.is_sqlite:
        dsn = settings.sqlalchemy_url.replace("+psycopg", "", 1)
        with here.database.alone():  # its tables are made on first use, and not by two processes at once
            return PostgresHuey("lti-tool", dsn=dsn, table_prefix="job", results=False)
    return SqliteHuey("lti-tool", filename=str(settings.data_dir / "jobs.db"), fsync=False, timeout=30, results=False)


def work_once(here: Tool) -> None:
    """Do everything that is due now: sign badges, deliver scores."""
    for job in (sign_due, deliver_due):
        try:
            job(here)
        except Exception as error:  # one job's fault must not keep the others from running
            log.error("job_failed", job=job.__name__, kind=type(error).__name__, exc_info=error)


def connect(here: Tool) -> Huey:
    """The queue of this installation; from now on `here.wake()` asks the worker to look at once."""
    huey = _huey(here)

    @huey.task()  # type: ignore[untyped-decorator]
    def work() -> None:
        work_once(here)

    @huey.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
    def every_minute() -> None:
        work_once(here)

    @huey.periodic_task(crontab(minute="17"))  # type: ignore[untyped-decorator]
    def every_hour() -> None:
        sweep(here)

    def wake() -> None:
        try:
            work()
        except Exception as error:  # the sweep finds the row a minute later
            log.warning("wake_failed", kind=type(error).__name__)

    here.wake = wake
    return huey
