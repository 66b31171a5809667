"""What benchmarks share: a database of their own, a server process on one core, and the CPU time that both used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("TEST_POSTGRES") or os.environ.get("TEST_DATABASE_URL") or "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
_TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """One core for the server, another for the load; the same one where there is just one."""
    there = sorted(os.sched_getaffinity(0))
    return there[0], there[-1]


@contextmanager
def own_database(name: str, folder: Path) -> Iterator[URL]:
    """A PostgreSQL database that is dropped at the end; SQLite in `folder` where no server answers."""
    url = make_url(SERVER).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    own = f"bench_{name}_{os.getpid()}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{own}"'))
    except OperationalError:
        admin.dispose()
        yield make_url(f"sqlite:///{folder / 'bench.db'}")
        return
    try:
        yield url.set(database=own)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{own}" WITH (FORCE)'))
        admin.dispose()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads (proc(5)); 0 when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Backends:
    """The PostgreSQL processes that serve our database, whoever of ours uses them. SQLite has none."""

    def __init__(self, url: URL) -> None:
        self._engine: Engine | None = None
        if url.get_backend_name() == "postgresql":
            self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
            if not any(self._is_here(pid) for pid in self._pids()):
                raise SystemExit("PostgreSQL runs on another machine: its CPU time can't be counted. Name one here in TEST_POSTGRES.")

    @staticmethod
    def _is_here(pid: int) -> bool:
        try:
            return "postgres" in Path(f"/proc/{pid}/comm").read_text()
        except FileNotFoundError:
            return False

    def _pids(self) -> list[int]:
        if self._engine is None:
            return []
        with self._engine.connect() as connection:
            return list(connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")))

    def cpu(self) -> dict[int, float]:
        """CPU seconds of each."""
        return {pid: _cpu_seconds(pid) for pid in self._pids()}

    def close(self) -> None:
        """End our own connection."""
        if self._engine is not None:
            self._engine.dispose()


class Server:
    """gunicorn with the project's own configuration and one worker, pinned to one core."""

    def __init__(self, application: str, core: int, env: dict[str, str], log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "config" / "gunicorn.conf.py"), "--workers", "1"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--chdir", str(Path(__file__).parent), application]
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, env={**os.environ, **env}, stdout=output, stderr=output, start_new_session=True)
        os.sched_setaffinity(self._process.pid, {core})  # before the worker is forked, which inherits it
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.stop()
        raise SystemExit(f"the server did not start:\n{self._log.read_text()}")

    def cpu(self) -> dict[int, float]:
        """CPU seconds of gunicorn and its worker."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {each: _cpu_seconds(each) for each in (pid, *map(int, children))}

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """CPU seconds between two looks; a process that began in between counts wholly."""
    return sum(value - before.get(pid, 0.0) for pid, value in after.items())
