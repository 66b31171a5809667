"""The `lti-tool` command."""

from __future__ import annotations

import signal
import sys
import threading
import time
import webbrowser
from datetime import datetime
from types import FrameType
from typing import Any
from uuid import UUID

import click

from lti_tool import cli_district, cli_trust, jobs, migrations
from lti_tool import serve as server
from lti_tool.app import build_tool
from lti_tool.badge_cli import badges, export
from lti_tool.catalog.service import install_samples
from lti_tool.connection.policies import summary
from lti_tool.demo.stage import DISTRICTS, StageFailed, stage
from lti_tool.demo.walk import StepFailed, Walk
from lti_tool.district.queries import installed, traced
from lti_tool.doctor import examine
from lti_tool.errors import Problem
from lti_tool.notices.trial import trial
from lti_tool.platforms import keys as tool_keys
from lti_tool.platforms import service as platforms
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.resealing import reseal
from lti_tool.secrets_box import SecretLost
from lti_tool.settings import Settings, SettingsError, load_settings
from lti_tool.tool import Tool

_SECRET = ("secret_key", "encryption_keys", "s3_secret_key", "smtp_password")


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
@click.pass_context
def main(context: click.Context) -> None:
    """Microcredentials for teachers inside Canvas and Moodle."""
    context.obj = _tool


main.add_command(cli_trust.audit)
main.add_command(cli_trust.replay)
main.add_command(cli_district.district)
main.add_command(cli_trust.pay_check)


main.add_command(badges)
main.add_command(export)


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
        shown = "(set)" if name in _SECRET and value else value
        if name == "database_url" and "@" in str(value):
            shown = str(value).split("://", 1)[0] + "://…@" + str(value).rsplit("@", 1)[1]
        click.echo(f"{name} = {shown}")
    click.echo("· E-mail is set up; `lti-tool doctor` tries it." if settings.smtp_host else "· No e-mail is set up (LTI_TOOL_SMTP_HOST).")
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
@click.option("--own-login", is_flag=True, help="it shares issuer and client id with another LMS: give it a login address of its own")
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
        click.echo(f"✗ {problem.title}: {problem.text}\n  → {problem.who}", err=True)
        sys.exit(1)
    click.echo(f"Registered {row.issuer} (client {row.client_id}) for {district_name}.")
    if row.environment != PRODUCTION:
        click.echo(f"This is a {row.environment} environment: people can try everything, and a badge says that it is a test.")
    if row.login_key:
        base = here.settings.base_url
        click.echo(
            "It shares issuer and client id with another LMS, so it has a login address of its own:\n"
            f"  {base}{row.login_path}\n"
            "Enter it in Canvas as “OpenID Connect Initiation Url” of the developer key (the other addresses stay as they are),\n"
            "or let the key read its configuration by “Enter URL” from\n"
            f"  {base}/lti/canvas.json?login={row.login_key}"
        )


@platform.command("list")
def platform_list() -> None:
    """Every registration: state, vendor, environment, district and name; address and last use; id."""
    with (here := _tool()).database.read() as session:
        for one in installed(session):
            row = one.registration
            opened = f"last opened {_when(one.last_launch_at)}" if one.last_launch_at else "never opened"
            click.echo(f"{row.state:8}  {row.vendor:6}  {row.environment:10}  {one.district}: {row.name}")
            own = f"  login key {row.login_key}" if row.login_key else ""
            click.echo(f"          {row.issuer}  client {row.client_id}{own}  {opened}")
            click.echo(f"          {row.id}")
    here.database.dispose()


@platform.command("edit")
@click.option("--id", "registration_id", type=click.UUID, default=None, help="the registration as `lti-tool platform list` shows it, or:")
@click.option("--issuer", default="")
@click.option("--client-id", default="")
@click.option("--login-key", default="", help="of a registration that has a login address of its own")
@click.option("--on/--off", "active", default=None, help="let people in, or nobody")
@click.option("--admins-run-console/--admins-stay-out", "console", default=None, help="may its administrators open the district console")
def platform_edit(
    registration_id: UUID | None, issuer: str, client_id: str, login_key: str, active: bool | None, console: bool | None
) -> None:
    """Switch a registration on or off, or the console for its administrators. Name it by id, by login key, or by issuer and client id."""
    here = _tool()
    with here.database.unit() as session:
        if registration_id is not None:
            row = session.get(Registration, registration_id)
        elif login_key:
            row = platforms.find_by_login_key(session, login_key)
        else:
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


@main.group()
def keys() -> None:
    """The tool's own keys: they sign what it sends to LMSs."""


@keys.command("list")
def keys_list() -> None:
    """Every key: its id, what it does now, when it was made."""
    here = _tool()
    with here.database.read() as session:
        for times, state in tool_keys.listed(session, here):
            until = times.published_until()
            words = {
                "signs": "signs" if times.retired_at is None else f"signs until {_when(times.retired_at)}",
                "waits": f"published, signs from {_when(times.signs_from)}",
                "published": f"published until {_when(until)}" if until else "published",
                "gone": "not published any more",
            }
            click.echo(f"{times.kid}  {words[state]:36}  made {_when(times.created_at)}")
    here.database.dispose()


@keys.command("rotate")
@click.option("--at-once", is_flag=True, help="the new key signs from now on: for a key that somebody else may have")
@click.option("--withdraw", is_flag=True, help="with --at-once: publish no older key any more, for a key that somebody else surely has")
def keys_rotate(at_once: bool, withdraw: bool) -> None:
    """Make a new key. Every LMS gets time to see it before it signs; nobody has to do anything, and nothing stops."""
    if withdraw and not at_once:
        raise click.UsageError("--withdraw goes with --at-once: something has to sign in place of what is withdrawn.")
    here = _tool()
    migrations.upgrade(here.database)
    with here.database.unit() as session:
        fresh = tool_keys.rotate(session, here, at_once=at_once, withdraw=withdraw)
    signs = "signs from now on" if fresh.signs_from <= fresh.created_at else f"is published and signs from {_when(fresh.signs_from)}"
    click.echo(f"The new key {fresh.kid} {signs}.")
    click.echo("The older keys are withdrawn." if withdraw else "`lti-tool keys list` shows how long the older ones stay published.")


@keys.command("reseal")
def keys_reseal() -> None:
    """Encrypt every private key in the database with the newest encryption key, so that the older ones can be taken out."""
    here = _tool()
    migrations.upgrade(here.database)
    try:
        with here.database.unit() as session:
            done = reseal(session, here)
    except SecretLost as lost:
        click.echo(f"✗ None of the encryption keys opens: {lost}. Nothing was changed.", err=True)
        raise SystemExit(1) from lost
    click.echo(f"Sealed {done} private keys with the newest encryption key. The older ones can be taken out now.")


@main.command("mail")
@click.argument("address")
def try_mail(address: str) -> None:
    """Send an e-mail to ADDRESS, to see that the mail server takes it; exit 1 if it does not."""
    words = trial(_settings(), address)
    click.echo(f"✗ {words}" if words else f"✓ The mail server has taken an e-mail to {address}.", err=bool(words))
    raise SystemExit(1 if words else 0)


@main.command()
@click.argument("reference")
def trace(reference: str) -> None:
    """Say who looked: REFERENCE stands in the watermark of a picture that turned up elsewhere, for example 7F3A-2C91."""
    with _tool().database.read() as session:
        found = traced(session, reference)
    for one in found:
        click.echo(f"{one.label} <{one.email}>, {one.district}, {one.lms}")
    if not found:
        click.echo("✗ Nobody has this reference. It is eight digits and letters from A to F.", err=True)
        raise SystemExit(1)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
