"""Commands for the districts of an installation: `lti-tool district list`, `add`, `rename`."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import func, select

from lti_tool import audit
from lti_tool.errors import Problem
from lti_tool.platforms import service as platforms
from lti_tool.platforms.models import District, Registration
from lti_tool.tool import Tool

_Build = Callable[[], Tool]


@click.group()
def district() -> None:
    """The districts of this installation. Nobody of one sees anything of another."""


@district.command("list")
@click.pass_obj
def listed(build: _Build) -> None:
    """Every district: its short name, its name, how many LMSs it has and how many of them are on."""
    with (here := build()).database.read() as session:
        count = func.count(Registration.id)
        on = func.count(Registration.id).filter(Registration.state == "active")
        query = select(District.slug, District.name, count, on).outerjoin(Registration, Registration.district_id == District.id)
        for slug, name, every, active in session.execute(query.group_by(District.id, District.slug, District.name).order_by(District.name)):
            click.echo(f"{slug:24}  {name}  ({every} LMS{'' if every == 1 else 's'}, {active} on)")
    here.database.dispose()


@district.command("add")
@click.argument("name")
@click.pass_obj
def added(build: _Build, name: str) -> None:
    """Make a district called NAME. Invite its LMS next: `lti-tool platform invite --district NAME`."""
    here, tidy = build(), " ".join(name.split())
    if not tidy:
        raise click.BadParameter("a district needs a name")
    with here.database.unit() as session:
        if session.scalar(select(District.id).where(func.lower(District.name) == tidy.lower())) is not None:
            raise click.ClickException("There is a district of that name already; `lti-tool district list` shows all.")
        row = platforms.district_named(session, here, tidy)
        audit.record(session, district_id=row.id, at=here.clock(), action="district:district:added")
        slug = row.slug
    here.database.dispose()
    click.echo(f"{tidy} is here; its short name is {slug}.")


@district.command("rename")
@click.argument("short_name")
@click.argument("name")
@click.pass_obj
def renamed(build: _Build, short_name: str, name: str) -> None:
    """Call the district SHORT_NAME by another NAME. The short name stays: addresses and commands know the district by it."""
    here, tidy = build(), " ".join(name.split())
    if not tidy:
        raise click.BadParameter("a district needs a name")
    try:
        with here.database.unit() as session:
            row = session.scalars(select(District).where(District.slug == short_name)).one_or_none()
            if row is None:
                raise click.ClickException("There is no such district; `lti-tool district list` shows all.")
            platforms.rename_district(session, row.id, tidy)
            audit.record(session, district_id=row.id, at=here.clock(), action="district:district:renamed", name=tidy)
    except Problem as problem:
        raise click.ClickException(problem.text) from problem
    here.database.dispose()
    click.echo(f"{short_name} is called {tidy} now.")
