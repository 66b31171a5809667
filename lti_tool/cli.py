"""The `lti-tool` command."""

from __future__ import annotations

import signal
import sys
import threading
import time
import webbrowser
from types import FrameType
from typing import Any

import click

from lti_tool import jobs, migrations
from lti_tool import serve as server
from lti_tool.app import build_tool
from lti_tool.catalog.service import install_samples
from lti_tool.connection.policies import summary
from lti_tool.demo.stage import DISTRICTS, StageFailed, stage
from lti_tool.demo.walk import StepFailed, Walk
from lti_tool.doctor import examine
from lti_tool.errors import Problem
from lti_tool.platforms import service as platforms
from lti_tool.settings import Settings, SettingsError, load_settings
from lti_tool.tool import Tool


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        for fault in error.faults:
            click.echo(f"✗ {fault}", err=True)
        raise SystemExit(2) from error


def _tool() -> Tool:
    return build_tool(_settings())


@click.group()
@click.version_option(package_name="lti-tool")
def main() -> None:
    """Microcredentials for teachers inside Canvas and Moodle."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--also", multiple=True, metavar="HOST:PORT", help="listen here too, for example for a second origin that serves evidence")
@click.option("--no-worker", is_flag=True, help="only the web server; run `lti-tool worker` elsewhere")
def serve(host: str, port: int, also: tuple[str, ...], no_worker: bool) -> None:
    """Serve the tool: web server and worker. Migrates the database first."""
    here = _tool()
    migrations.upgrade(here.database)
    here.database.dispose()
    commands = [server.web_command([f"{host}:{port}", *also])]
    if not no_worker:
        commands.append(server.worker_command())
    raise SystemExit(server.run(commands))


@main.command()
@click.option("--threads", default=2, show_default=True)
def worker(threads: int) -> None:
    """Do the jobs: deliver scores, sign badges, sweep."""
    jobs.run(_tool(), threads=threads)


@main.command()
@click.option("--to", "revision", default="head", show_default=True, help="a revision; `base` removes everything")
def migrate(revision: str) -> None:
    """Bring the database's tables up to date."""
    here = _tool()
    if revision == "head":
        migrations.upgrade(here.database)
    else:
        migrations.downgrade(here.database, revision)
    click.echo("The database is up to date." if revision == "head" else f"The database is at {revision}.")


@main.command("check-config")
def check_config() -> None:
    """Say what is set, or every fault."""
    settings = _settings()
    for name, value in settings.model_dump().items():
        shown = "(set)" if name in ("secret_key", "encryption_keys") and value else value
        if name == "database_url" and "@" in str(value):
            shown = str(value).split("://", 1)[0] + "://…@" + str(value).rsplit("@", 1)[1]
        click.echo(f"{name} = {shown}")
    click.echo("✓ The settings are sound.")


@main.command()
def doctor() -> None:
    """Check the installation and every connection with an LMS; exit 1 if something does not work."""
    marks, faults = {"good": "✓", "attention": "!", "bad": "✗", "unknown": "·"}, 0
    for report in examine(_tool()):
        click.echo(f"{report.title}: {summary(report.checks)}")
        for check in report.checks:
            click.echo(f"  {marks[check.state]} {check.name}: {check.words}" + (f"\n    → {check.fix}" if check.fix else ""))
            faults += check.state == "bad"
    raise SystemExit(1 if faults else 0)


@main.command()
@click.option("--port", default=8000, show_default=True, help="the tool's; the practice LMS and the evidence take the next two")
@click.option("--no-browser", is_flag=True, help="do not open a browser")
@click.option("--check", is_flag=True, help="walk the whole job by HTTP and exit 0, or 1 with the failing step named")
def demo(port: int, no_browser: bool, check: bool) -> None:
    """Try everything on this machine: the tool and a practice LMS with sample content, started fresh."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        if check:
            raise SystemExit(_check())
        with stage(port) as ready:
            click.echo(f"\nOpen {ready.lms_url}/ and follow the story. Ctrl-C stops everything; nothing is kept.\n")
            if not no_browser:
                webbrowser.open(f"{ready.lms_url}/")
            threading.Event().wait()
    except StageFailed as error:
        click.echo(f"✗ {error}", err=True)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(1 if check else 0) from None


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # from wherever we are, so that what was started is stopped


def _check() -> int:
    started = time.monotonic()
    with stage(quiet=True, own_districts=True) as ready:
        for face in DISTRICTS:
            try:
                Walk(ready, face, click.echo).run()
            except StepFailed as failure:
                click.echo(f"✗ {failure}", err=True)
                return 1
    click.echo(f"✓ The whole job works ({time.monotonic() - started:.0f} s).")
    return 0


@main.group()
def platform() -> None:
    """The LMSs that this tool is registered with."""


@platform.command("add")
@click.option("--issuer", required=True)
@click.option("--client-id", required=True)
@click.option("--auth-url", required=True)
@click.option("--token-url", required=True)
@click.option("--jwks-url", required=True)
@click.option("--deployment-id", default=None)
@click.option("--district", default="My district", show_default=True)
@click.option("--name", default=None, help="what to call the LMS on screen")
def platform_add(**given: Any) -> None:
    """Register an LMS by hand, from the values that it shows."""
    here = _tool()
    migrations.upgrade(here.database)
    district_name = given.pop("district")
    try:
        with here.database.unit() as session:
            row = platforms.add_registration(session, here, district_name=district_name, **given)
            install_samples(session, here, row.district_id)
    except Problem as problem:
        click.echo(f"✗ {problem.title}: {problem.text}", err=True)
        sys.exit(1)
    click.echo(f"Registered {row.issuer} (client {row.client_id}) for {district_name}.")


@platform.command("list")
def platform_list() -> None:
    """Every registration."""
    with (here := _tool()).database.read() as session:
        for row in platforms.list_registrations(session):
            click.echo(f"{row.state:9} {row.vendor:7} {row.issuer}  client {row.client_id}  ({row.name})")
    here.database.dispose()


@platform.command("edit")
@click.option("--issuer", required=True)
@click.option("--client-id", required=True)
@click.option("--on/--off", "active", default=None, help="let people in, or nobody")
@click.option("--admins-run-console/--admins-stay-out", "console", default=None, help="may its administrators open the district console")
def platform_edit(issuer: str, client_id: str, active: bool | None, console: bool | None) -> None:
    """Switch a registration on or off, or the console for its administrators."""
    here = _tool()
    with here.database.unit() as session:
        row = platforms.find(session, issuer, client_id)
        if row is None:
            raise click.ClickException("There is no such registration; `lti-tool platform list` shows all.")
        platforms.edit(session, here, row, active=active, admins_run_console=console)
        runs = "run" if row.admins_run_console else "do not run"
        click.echo(f"{row.issuer} (client {row.client_id}) is {row.state}; its administrators {runs} the console.")


@platform.command("invite")
@click.option("--district", default="My district", show_default=True)
def platform_invite(district: str) -> None:
    """Print a one-time registration URL to paste into the LMS."""
    here = _tool()
    migrations.upgrade(here.database)
    with here.database.unit() as session:
        token = platforms.create_invite(session, here, district_name=district)
        install_samples(session, here, platforms.district_named(session, here, district).id)
    click.echo(f"{here.settings.base_url}/lti/register/{token}")
