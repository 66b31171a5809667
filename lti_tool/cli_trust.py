"""Commands by which somebody makes sure of what is stored: `lti-tool audit verify`, `audit export`, `replay`, `pay-check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import click
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool import audit as trail
from lti_tool.district.pay.replaying import replay as replay_pay
from lti_tool.platforms.models import District
from lti_tool.review.replaying import replay as replay_all
from lti_tool.tool import Tool

_Build = Callable[[], Tool]


def _districts(session: Session, named: str | None) -> Sequence[tuple[UUID, str, str]]:
    """Id, slug and name of all, or of the one with this slug or name."""
    query = select(District.id, District.slug, District.name).order_by(District.name, District.id)
    if named is not None:
        query = query.where(or_(District.slug == named, District.name == named))
    found = [(one, slug, name) for one, slug, name in session.execute(query)]
    if named is not None and len(found) != 1:
        raise click.ClickException("There is no such district." if not found else "Several districts have this name: give its short name.")
    return found


@click.group()
def audit() -> None:
    """The trail of who did what: every event carries the hash of the one before."""


def _notes(given: Sequence[str]) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for one in given:
        slug, _, rest = one.partition(":")
        number, _, digest = rest.partition(":")
        if not (number.isascii() and number.isdigit() and digest):
            raise click.BadParameter("write it as this command printed it, for example springfield:1234:9f86d0…", param_hint="--noted")
        found.setdefault(slug, {})[int(number)] = digest
    return found


@audit.command()
@click.option("--district", "named", default=None, help="only this one, by name or short name")
@click.option("--noted", multiple=True, help="what an earlier run printed, as short name:number:hash; may be given more than once")
@click.pass_obj
def verify(build: _Build, named: str | None, noted: Sequence[str]) -> None:
    """Walk along every district's chain; says what is intact and the first event that is broken, and exits 1 if any is.

    Note the last line of each district somewhere else: whoever made a whole chain anew can't meet it.
    """
    notes, here, broken = _notes(noted), build(), False
    with here.database.read() as session:
        districts = _districts(session, named)
        if unknown := notes.keys() - {slug for _, slug, _ in districts}:
            raise click.ClickException(f"There is no district {', '.join(sorted(unknown))} here.")
        for district_id, slug, name in districts:
            check = trail.verify(session, district_id, marks=notes.get(slug))
            if check.broken:
                broken = True
                number, words = check.broken
                click.echo(f"✗ {name}: broken at event {number}: {words}. The {check.count} before it are intact.", err=True)
                continue
            erased = f", the words of {check.erased} erased" if check.erased else ""
            click.echo(f"✓ {name}: {check.count} events, intact{erased}.")
            if check.count:
                click.echo(f"  {slug}:{check.count}:{check.head}")
    here.database.dispose()
    raise SystemExit(1 if broken else 0)


@audit.command()
@click.option("--district", "named", required=True, help="by name or short name")
@click.pass_obj
def export(build: _Build, named: str) -> None:
    """Print a district's whole trail, one line of JSON for each event."""
    here = build()
    with here.database.read() as session:
        [(district_id, _, _)] = _districts(session, named)
        for row in trail.in_order(session, district_id):
            click.echo(trail.line(row))
    here.database.dispose()


@click.command()
@click.option("--district", "named", default=None, help="only this one, by name or short name")
@click.pass_obj
def replay(build: _Build, named: str | None) -> None:
    """Compute every decision again from the locked scores and the frozen rubric; prints each that differs, and exits 1 if one does."""
    here, different = build(), 0
    with here.database.read() as session:
        for district_id, _, name in _districts(session, named):
            found = replay_all(session, district_id)
            for submission_id, words in found.different:
                click.echo(f"✗ {name}: submission {submission_id}: {words}", err=True)
            exceptions = f", {found.by_exception} made by exception" if found.by_exception else ""
            wrong = len({submission_id for submission_id, _ in found.different})
            mark, tail = ("✗", f", {wrong} different") if wrong else ("✓", "")
            click.echo(f"{mark} {name}: {found.same} decisions come out as stored{exceptions}{tail}.")
            different += wrong
    here.database.dispose()
    raise SystemExit(1 if different else 0)


@click.command()
@click.option("--district", "named", default=None, help="only this one, by name or short name")
@click.pass_obj
def pay_check(build: _Build, named: str | None) -> None:
    """Compute the ledger of pay again from awards, revocations and rules; prints what differs, and exits 1 if anything does."""
    here, different = build(), 0
    with here.database.read() as session:
        for district_id, _, name in _districts(session, named):
            found = replay_pay(session, here, district_id)
            for subject_id, words in found.different:
                click.echo(f"✗ {name}: {subject_id}: {words}", err=True)
            mark = "✗" if found.different else "✓"
            click.echo(f"{mark} {name}: {found.same} accounts and {found.batches} batches come out as stored.")
            different += len(found.different)
    here.database.dispose()
    raise SystemExit(1 if different else 0)
