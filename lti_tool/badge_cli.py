"""`lti-tool badges` and `lti-tool export`: keys of issuers, and everything public as plain files."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import migrations
from lti_tool.app import build_tool, create_app
from lti_tool.badges import keys, service, statuses
from lti_tool.badges.export import ExportFailed, Get, write
from lti_tool.badges.models import Award, BadgeIssuer
from lti_tool.platforms.models import District
from lti_tool.settings import SettingsError, load_settings
from lti_tool.tool import Tool


@click.group()
def badges() -> None:
    """Issuers of badges and the keys that sign them."""


@badges.command("issuers")
def issuers_list() -> None:
    """Every issuer: its short name, what it is called, its keys, and how many badges wait for a signature."""
    here = _tool()
    with here.database.read() as session:
        for row in session.scalars(select(BadgeIssuer).order_by(BadgeIssuer.slug)).all():
            kind = " (tests)" if row.is_test else " (default)" if row.is_default else ""
            waiting = session.scalar(select(func.count()).select_from(Award).where(Award.issuer_id == row.id, Award.signing_due)) or 0
            click.echo(f"{row.slug}{kind}: {row.name}; {waiting} badges wait for a signature")
            for key in keys.published(session, row.id):
                state = "signs" if key.retired_at is None else f"signed until {key.retired_at:%Y-%m-%d}"
                click.echo(f"    {key.kind:8} {key.public_multibase or key.kid}  {state}")
    here.database.dispose()


@badges.command("rotate")
@click.option("--issuer", "slug", required=True, help="short name, as `lti-tool badges issuers` shows it")
def rotate(slug: str) -> None:
    """Let new keys sign from now on. What older keys signed stays valid: they stay published."""
    here = _migrated()
    with here.database.unit() as session:
        fresh = keys.rotate(session, here, _issuer(session, slug).id)
    for key in fresh:
        click.echo(f"{key.kind:8} {key.public_multibase or key.kid} signs from now on.")


@badges.command("re-sign")
@click.option("--issuer", "slug", required=True, help="short name, as `lti-tool badges issuers` shows it")
@click.option("--key", "name", default="", help="the lost key, where it is not one that signs now")
@click.option("--yes", is_flag=True, help="do not ask")
def re_sign(slug: str, name: str, yes: bool) -> None:
    """A key of this issuer may be in other hands: withdraw it and sign all its badges anew.

    Can be stopped and called again: it goes on where it was.
    """
    here = _migrated()
    with here.database.read() as session:
        issuer_id = _issuer(session, slug).id
        unfinished = keys.unfinished(session, issuer_id)
    if unfinished and not name:
        click.echo(f"{unfinished} badges still bear a withdrawn signature: going on.")
    else:
        if not yes:
            click.confirm(
                "Badges that were saved elsewhere will not be valid any more until their teachers fetch them again. Go on?", abort=True
            )
        try:
            with here.database.unit() as session:
                marked = keys.compromise(session, here, issuer_id, name=name)
        except LookupError as unknown:
            raise click.ClickException(f"{name} is no published key of {slug}.") from unknown
        click.echo(f"The key is withdrawn. {marked} badges have to be signed anew.")
    signed = 0
    for done, waiting in service.signing_progress(here, issuer_id):
        signed += done
        click.echo(f"{signed} of {waiting}")
    statuses.sign_due(here)
    with here.database.read() as session:
        left = keys.unfinished(session, issuer_id)
    here.database.dispose()
    if left:
        raise click.ClickException(f"{left} badges could not be signed; the log says why. Call this again.")
    click.echo(f"Signed {signed} badges anew. None bears a withdrawn signature.")


@click.group()
def export() -> None:
    """Take out what has to last longer than this installation."""


@export.command("badges")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="an empty folder, or a new one")
@click.option("--district", "slug", default="", help="only this district, by its short name")
def export_badges(folder: Path, slug: str) -> None:
    """Write every public page, badge, key and status list as files that still verify when the tool is gone."""
    here = _migrated()
    district_id = None
    if slug:
        with here.database.read() as session:
            district = session.scalars(select(District).where(District.slug == slug)).one_or_none()
        if district is None:
            raise click.ClickException(f"There is no district {slug}.")
        district_id = district.id
    try:
        done = write(here, _answers(here), folder, district_id=district_id, say=click.echo)
    except FileExistsError as error:
        raise click.ClickException(f"{folder} is not empty. Name a new folder.") from error
    except ExportFailed as error:
        raise click.ClickException(str(error)) from error
    here.database.dispose()
    click.echo(f"Wrote {done.awards} badges in {len(done.files)} files to {folder}. README.txt there says how to serve them.")


def _answers(here: Tool) -> Get:
    client, numbers = create_app(here=here).test_client(), count()

    def get(path: str) -> tuple[int, str, bytes]:
        # Each request comes from a caller of its own, so that no limit for strangers stops us.
        caller = {"REMOTE_ADDR": f"export-{next(numbers)}"}
        answer = client.get(path, base_url=here.settings.base_url, environ_overrides=caller)
        try:
            return answer.status_code, answer.content_type or "", answer.data
        finally:
            answer.close()

    return get


def _tool() -> Tool:
    try:
        return build_tool(load_settings())
    except SettingsError as error:
        raise click.ClickException("\n".join(error.faults)) from error


def _migrated() -> Tool:
    here = _tool()
    migrations.upgrade(here.database)
    return here


def _issuer(session: Session, slug: str) -> BadgeIssuer:
    row = session.scalars(select(BadgeIssuer).where(BadgeIssuer.slug == slug)).one_or_none()
    if row is None:
        raise click.ClickException(f"There is no issuer {slug}; `lti-tool badges issuers` shows all.")
    return row
