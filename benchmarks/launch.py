"""Launches per CPU-second beside what is possible and beside stock pylti1p3. See README.md; run by `make bench NAME=launch`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anatomy
from lms import CLIENT_ID, DEPLOYMENT_ID, ISSUER, Browser, Lms
from measuring import Backends, Server, cores, own_database, spent
from sqlalchemy import URL, func, select, text

from lti_tool.all_models import metadata
from lti_tool.app import build_tool, create_app
from lti_tool.launch.models import SpentState
from lti_tool.platforms import keysets, service
from lti_tool.platforms.models import PlatformKeySet
from lti_tool.settings import load_settings
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession

TOOL, LIMIT, STOCK = "this tool", "limit: Flask + RS256 + one insert", "stock pylti1p3, keys cached, nothing durable"
_BASE_URL = "https://tool.bench.example"
_CLIENTS = 4
_WARM_SECONDS = 10.0


def _tool_environment(url: URL, folder: Path) -> dict[str, str]:
    """Settings as in production: https, no development."""
    return {
        "LTI_TOOL_BASE_URL": _BASE_URL,
        "LTI_TOOL_DATABASE_URL": url.render_as_string(hide_password=False),
        "LTI_TOOL_DATA_DIR": str(folder / "data"),
        "LTI_TOOL_LOG_LEVEL": "WARNING",
    }


def _prepare(lms: Lms) -> Tool:
    """Tables, one registration, and its keys as if fetched a moment ago (no key set is served at its address)."""
    here = build_tool(load_settings())
    metadata.create_all(here.database.engine)
    with here.database.unit() as session:
        session.execute(text("CREATE TABLE limit_launch (issuer text NOT NULL, sub text NOT NULL, nonce text PRIMARY KEY)"))
        row = service.add_registration(
            session,
            here,
            district_name="Bench",
            issuer=ISSUER,
            client_id=CLIENT_ID,
            auth_url=f"{ISSUER}/auth",
            token_url=f"{ISSUER}/token",
            jwks_url=f"{ISSUER}/jwks",
            deployment_id=DEPLOYMENT_ID,
        )
        keys, now = keysets.usable({"keys": [lms.jwk]}), here.clock()
        session.add(PlatformKeySet(registration_id=row.id, keys={"keys": keys}, fetched_at=now, tried_at=now))
    return here


@contextmanager
def _key_server(lms: Lms) -> Iterator[str]:
    """Where stock pylti1p3 reads the keys, once."""
    document = json.dumps({"keys": [lms.jwk]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks"
        server.shutdown()
        thread.join()


def _load(server: Server, lms: Lms, seconds: float) -> int:
    """Launches that were let in, by clients that each start the next when one is done. Raises SystemExit on any other answer."""
    end, done, faults = time.monotonic() + seconds, [0] * _CLIENTS, []

    def client(index: int) -> None:
        browser = Browser(server.port)
        try:
            while time.monotonic() < end and not faults:
                answer, _form, _cookies = browser.launch(lms)
                if answer.status not in (302, 303):
                    raise SystemExit(f"launch answered {answer.status}")
                done[index] += 1
        except (OSError, SystemExit) as fault:
            faults.append(fault)
        finally:
            browser.close()

    threads = [threading.Thread(target=client, args=(index,)) for index in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"the load stopped: {faults[0]}")
    return sum(done)


def _refuses(server: Server, lms: Lms) -> None:
    """The checks are on: the same launch twice, and a token that another key signed."""
    browser, stranger = Browser(server.port), Lms(lms.target)
    answer, form, cookies = browser.launch(lms)
    again = browser.post("/lti/launch", form, cookies)
    forged, _form, _cookies = browser.launch(stranger)
    browser.close()
    if (answer.status, again.status, forged.status) != (303, 409, 403):
        raise SystemExit(f"the tool is not as it should be: {answer.status}, replayed {again.status}, forged {forged.status}")


def _kept(here: Tool) -> tuple[int, int]:
    """Visits stored, and logins burnt by a launch."""
    with here.database.read() as session:
        frames = session.scalar(select(func.count()).select_from(FrameSession)) or 0
        burnt = session.scalar(select(func.count()).select_from(SpentState)) or 0
    return frames, burnt


def _measure(servers: dict[str, Server], backends: Backends, lms: Lms, rounds: int, seconds: float) -> dict[str, list[tuple[float, ...]]]:
    """For each round and subject: launches per CPU-second, CPU milliseconds of the server and of PostgreSQL per launch, launches."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in servers}
    for name, server in servers.items():
        _load(server, lms, 1.5 if name != TOOL else _WARM_SECONDS)  # everybody has been here before: see PEOPLE in lms.py
    for _ in range(rounds):
        for name, server in servers.items():
            web, database = server.cpu(), backends.cpu()
            count = _load(server, lms, seconds)
            cpu = spent(web, server.cpu()), spent(database, backends.cpu())
            found[name].append((count / sum(cpu), 1000 * cpu[0] / count, 1000 * cpu[1] / count, count))
    return found


def _print_table(found: dict[str, list[tuple[float, ...]]], database: str) -> None:
    columns = f"{'median':>8}{'min':>8}{'max':>8}{'ratio':>8}{'server ms':>11}{'database ms':>13}"
    print(f"\n{f'launches per CPU-second (server + {database})':<52}{columns}")
    limits = [row[0] for row in found[LIMIT]]
    for name, rows in found.items():
        rates = [row[0] for row in rows]
        ratio = statistics.median(rate / limit for rate, limit in zip(rates, limits, strict=True))
        web, data = (statistics.median(row[column] for row in rows) for column in (1, 2))
        print(f"{name:<52}{statistics.median(rates):>8.0f}{min(rates):>8.0f}{max(rates):>8.0f}{ratio:>8.2f}{web:>11.2f}{data:>13.2f}")


def _print_queries(here: Tool, flow: anatomy.Flow) -> None:
    print("\nWhat is sent to the database (people known before)")
    for step, notes in anatomy.asked(here, flow).items():
        queries = [note for note in notes if " " in note]
        print(f"  {step}: {len(queries)} statements, {len(notes)} round trips: {', '.join(notes)}")


def main() -> None:
    """Run everything, print the table; the last line is the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often the three take turns")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load, each turn")
    parser.add_argument("--profile", action="store_true", help="only say where the time of one login and launch goes")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    server_core, load_core = cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        url = stack.enter_context(own_database("launch", folder))
        environment = _tool_environment(url, folder)
        os.environ.update(environment)
        lms = Lms(f"{_BASE_URL}/lti/launch")
        here = _prepare(lms)
        stack.callback(here.database.dispose)
        app = create_app(here=here)
        on_postgres = url.get_backend_name() == "postgresql"
        database = "PostgreSQL" if on_postgres else "SQLite"
        if not on_postgres:
            print("No PostgreSQL answers (TEST_POSTGRES names one): everything runs on SQLite, whose work is inside the server's.")
        print(f"id_token: {len(lms.token('n' * 43))} bytes; server on core {server_core}, load on core {load_core}; {_CLIENTS} clients")
        if given.profile:
            anatomy.meet(anatomy.Flow(app, lms))
            _print_queries(here, anatomy.Flow(app, lms))
            parts = anatomy.breakdown(here, app, lms, 400)
            print(f"\nCPU milliseconds of one login and launch in the server alone: {sum(took for _label, took in parts):.2f}")
            for label, took in parts:
                print(f"  {took:6.3f}  {label}")
            return
        os.sched_setaffinity(0, {load_core})
        driver_url = url.set(drivername="postgresql" if on_postgres else "sqlite").render_as_string(hide_password=False)
        own = {
            "BENCH_JWK": json.dumps(lms.jwk),
            "BENCH_DATABASE": driver_url,
            "BENCH_JWKS_URL": stack.enter_context(_key_server(lms)),
        }
        servers = {}
        for number, (name, application) in enumerate(
            {TOOL: "lti_tool.wsgi:application()", LIMIT: "limit_app:app", STOCK: "stock_app:app"}.items()
        ):
            servers[name] = Server(application, server_core, environment | own, folder / f"{number}.log")
            stack.callback(servers[name].stop)
        backends = Backends(url)
        stack.callback(backends.close)
        _refuses(servers[TOOL], lms)
        before = _kept(here)
        found = _measure(servers, backends, lms, given.rounds, given.seconds)
        after = _kept(here)
        _print_table(found, database)
        _print_queries(here, anatomy.Flow(app, lms))
        print(f"\nkept by this tool: {after[0] - before[0]} visits, {after[1] - before[1]} logins burnt; a refusal would end the run")
        ratio = statistics.median(ours[0] / limit[0] for ours, limit in zip(found[TOOL], found[LIMIT], strict=True))
        what = f"launches per CPU-second, of Flask + RS256 + one {database} insert"
    print(f"ratio: {ratio:.2f} ({what})")


if __name__ == "__main__":
    main()
