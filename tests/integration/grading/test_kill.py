"""Nothing is lost and nothing is stale, though everything is killed at random: web, workers, the database's connections, the disk.

`KILL_SECONDS=40 KILL_SEED=7 KILL_WORKERS=4 make test-quick ARGS="tests/integration/grading/test_kill.py --timeout 0"` looks longer,
elsewhere, and with more workers.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import OperationalError

from lti_tool import jobs
from lti_tool.all_models import metadata
from lti_tool.app import build_tool, create_app
from lti_tool.practice_lms import PracticeSettings
from lti_tool.practice_lms import create_app as create_lms
from lti_tool.settings import Settings
from lti_tool.tool import Tool, utc_now
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.grading.conftest import Lms
from tests.integration.grading.killing import Killing, free_port
from tests.practice_lms.serving import serve


@contextmanager
def killing(lms: Lms) -> Iterator[Killing]:
    """A run against this LMS, with the real time."""
    here = lms.here
    here.clock = utc_now
    queue = jobs.connect(here)
    run = Killing(lms, here)
    try:
        yield run
    finally:
        run.end()
        queue.storage.close()
        if not here.database.is_sqlite:
            with here.database.engine.begin() as connection:
                for table in inspect(connection).get_table_names():
                    if table.startswith("job"):
                        connection.execute(text(f'DROP TABLE "{table}" CASCADE'))


def cut_connections(here: Tool) -> None:
    """As when PostgreSQL goes down: everybody's connections end, in the middle of whatever they do."""
    with here.database.engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(others))


@pytest.mark.parametrize("face", ["moodle", "canvas"])
def test_killed_at_random_nothing_is_lost_or_stale(lms_of: Callable[[str], Lms], face: str) -> None:
    with killing(lms_of(face)) as run:
        events = [] if run.here.database.is_sqlite else [lambda: cut_connections(run.here)]
        run.run(*events)
        run.check()
    assert run.kills >= 2
    assert {post["status"] for post in run.lms.posts} >= {200, 503}


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A PostgreSQL server of our own: its URL, and how it is ended at once and started again."""
    programs = Path(os.path.realpath(shutil.which("pg_ctl") or "/nowhere")).parent
    if not (programs / "initdb").exists():
        pytest.skip("no PostgreSQL on this machine to start")
    user = "nobody" if os.getuid() == 0 else None  # it does not run as root
    home = Path("/tmp") / f"kill_{os.getpid()}_{tmp_path.name}"
    home.mkdir(mode=0o700)
    if user:
        shutil.chown(home, user)

    def do(*command: str) -> None:
        subprocess.run([str(programs / command[0]), *command[1:]], user=user, check=True, cwd=home, stdout=subprocess.DEVNULL, env={})

    port, data = free_port(), str(home / "data")
    start = ("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", f"-p {port} -k {home} -c listen_addresses=127.0.0.1", "start")
    try:
        do("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        do(*start)

        def restart() -> None:
            do("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
            do(*start)

        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", restart
    finally:
        subprocess.run([str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop"], user=user, check=False, cwd=home, env={})
        shutil.rmtree(home, ignore_errors=True)


def test_postgresql_crashes_in_the_middle(own_postgres: tuple[str, Callable[[], None]], tmp_path: Path, clock: Clock) -> None:
    url, restart = own_postgres
    here = build_tool(
        Settings(data_dir=tmp_path / "data", database_url=url, development=True, base_url="http://127.0.0.1:8000", log_level="CRITICAL"),
        clock=clock,
    )
    metadata.create_all(here.database.engine)
    world = World(here, create_app(here=here))
    with serve("127.0.0.1") as (place, base), serve("127.0.0.1") as (tool_place, tool_base):

        def now() -> datetime:
            return here.clock()  # it becomes the real one

        app: Flask = create_lms(PracticeSettings(base, tool_base, clock=now))
        place.app, tool_place.app = app, world.app
        lms = Lms(world, clock, app.extensions["practice_world"].schools["moodle"], tool_base + "/lti/jwks")
        with killing(lms) as run:
            run.run(restart)
            run.check()
    here.database.dispose()
    assert run.kills >= 2


def test_a_full_disk_loses_nothing(lms: Lms) -> None:
    """SQLite may not grow: what can't be committed is told so, and what was committed arrives once there is room."""
    here = lms.here
    if not here.database.is_sqlite:
        pytest.skip("PostgreSQL's disk is PostgreSQL's")
    pages: list[int] = [0]

    @event.listens_for(here.database.engine, "checkout")
    def limit(connection: object, _record: object, _proxy: object) -> None:
        most = pages[0] or 1_073_741_823
        connection.execute(f"PRAGMA max_page_count={most}").close()  # type: ignore[attr-defined]

    enrollments = [lms.enrolled(lms.world.person(lms.registration, f"Teacher {n}", sub=f"9{n:04}")) for n in range(60)]
    before = lms.desire(lms.enrolled(lms.ada))
    with here.database.engine.connect() as connection:
        pages[0] = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    here.database.engine.dispose()
    committed = 0
    try:
        for enrollment in enrollments:
            lms.desire(enrollment, comment="x" * 3000)
            committed += 1
    except OperationalError as error:
        told = str(error)
    assert "full" in told
    assert len(lms.rows()) == 1 + committed
    with suppress(OperationalError):  # rows that stand there can be changed, unless that needs room, too
        lms.deliver(seconds=1)
    pages[0] = 0
    here.database.engine.dispose()
    for _ in range(3):
        lms.deliver(seconds=100)
    assert lms.row(before).state == "sent"
    assert lms.cell().shown == 100
    assert {row.state for row in lms.rows()} <= {"sent", "refused"}  # those whom the LMS does not know
    assert len(lms.rows()) == 1 + committed


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_disk_that_fills_between_post_and_acknowledgement(lms: Lms) -> None:
    """In a child, so that the limit ends with it: the post arrives, nothing can be written any more; the next try settles it."""
    if not lms.here.database.is_sqlite:
        pytest.skip("PostgreSQL's disk is PostgreSQL's")
    row = lms.desire(lms.enrolled(lms.ada))
    lms.here.database.dispose()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            from lti_tool.grading import claims

            real = claims.acknowledge

            def full(*args: object, **kwargs: object) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                real(*args, **kwargs)  # type: ignore[arg-type]

            claims.acknowledge = full
            lms.deliver()
        except OperationalError:
            status = 7
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 7
    assert (lms.row(row).state, lms.cell().shown) == ("queued", 100)
    lms.deliver(seconds=100)
    assert lms.row(row).state == "sent"
    assert len({post["body"]["timestamp"] for post in lms.posts}) == 2
    assert {post["body"]["scoreGiven"] for post in lms.posts} == {100}
