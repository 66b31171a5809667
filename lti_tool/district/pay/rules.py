"""Rules of recognition: written as drafts, tried out on the past, put in force, changed by a new one from a day on, and ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges.models import Award
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack
from lti_tool.database import new_id
from lti_tool.district.pay import crediting, ledger, policies, words
from lti_tool.district.pay.models import Employee, PayRule
from lti_tool.district.pay.policies import Earned, Effect
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.review.coordinating_queries import microcredentials
from lti_tool.tool import Tool

MOST_TRIED = 20_000
"""So many awards a rule is tried out on."""
_MOST_DRAFTS = 50


@dataclass(frozen=True)
class Given:
    """What a rule says, as it was filled in; amounts in hundredths."""

    name: str
    unit: str
    amount: int
    cap: int | None
    recurring: bool
    again_cap: int | None
    over_cap: str
    start_month: int
    start_day: int
    groups: tuple[str, ...]
    extent: str
    microcredentials: tuple[UUID, ...]
    budget: int | None
    begins_on: date


def one(session: Session, district_id: UUID, rule_id: UUID, *, for_update: bool = False) -> PayRule:
    """A rule of this district. Raises Problem(not_found)."""
    query = select(PayRule).where(PayRule.id == rule_id, PayRule.district_id == district_id)
    rule = session.scalars(query.with_for_update() if for_update else query).one_or_none()
    if rule is None:
        raise not_found("no such rule")
    return rule


def write(session: Session, here: Tool, *, district_id: UUID, rule_id: UUID | None, given: Given, actor_id: UUID | None) -> PayRule:
    """Write a draft, or a new one; `actor_id`: None for the tool itself.

    Raises Problem: not_found; conflict for a rule in force; bad_request for what does not fit.
    """
    known = session.execute(
        select(Microcredential.id, Microcredential.state).where(
            Microcredential.district_id == district_id, Microcredential.id.in_(given.microcredentials)
        )
    ).all()
    if len(known) != len(set(given.microcredentials)):
        raise bad_request(_("Choose microcredentials from the list."), "microcredentials")
    if given.extent == "except" and any(state == STACK for _id, state in known):
        raise bad_request(_("A stack gives something only where a rule names it, so it can’t be left out."), "microcredentials")
    if rule_id is None:
        drafts = select(func.count()).where(PayRule.district_id == district_id, PayRule.state == "draft")
        if (session.scalar(drafts) or 0) >= _MOST_DRAFTS:
            raise bad_request(_("There are many drafts already. Put one in force, or change one."), "drafts")
        key = new_id()
        rule = PayRule(id=key, series_id=key, district_id=district_id, state="draft", made_by=actor_id, made_at=here.clock())
        session.add(rule)
    else:
        rule = one(session, district_id, rule_id, for_update=True)
        if rule.state != "draft":
            raise conflict(_("This rule is in force, so it can’t be changed any more. Make a new one that follows it."), "in force")
    follows = rule.series_id != rule.id
    if follows and (given.unit, given.start_month, given.start_day) != (rule.unit, rule.start_month, rule.start_day):
        raise bad_request(_("A rule that follows another has the same unit and the same start of the contract year."), "series")
    for name in ("name", "unit", "amount", "cap", "recurring", "again_cap", "over_cap", "start_month", "start_day", "extent", "budget"):
        setattr(rule, name, getattr(given, name))
    rule.groups, rule.microcredentials = list(given.groups), [str(each) for each in given.microcredentials]
    rule.begins_on = given.begins_on
    session.flush()
    _record(session, here, rule, "written", actor_id)
    return rule


def follow(session: Session, here: Tool, *, district_id: UUID, rule_id: UUID, actor_id: UUID) -> PayRule:
    """A draft that begins as a copy of a rule in force and will take its place. Raises Problem: not_found; conflict where it has ended."""
    old = one(session, district_id, rule_id, for_update=True)
    if old.state != "in_force" or old.ends_on is not None:
        raise conflict(_("Only the newest rule that is in force can be followed by another."), "not the newest")
    waiting = select(PayRule).where(PayRule.district_id == district_id, PayRule.series_id == old.series_id, PayRule.state == "draft")
    if (draft := session.scalars(waiting).first()) is not None:
        return draft
    copied = ("name", "unit", "amount", "cap", "recurring", "again_cap", "over_cap", "start_month", "start_day", "extent", "budget")
    draft = PayRule(
        id=new_id(),
        district_id=district_id,
        series_id=old.series_id,
        state="draft",
        made_by=actor_id,
        made_at=here.clock(),
        begins_on=max(here.today(), old.begins_on) + timedelta(days=1),
        groups=list(old.groups),
        microcredentials=list(old.microcredentials),
        **{name: getattr(old, name) for name in copied},
    )
    session.add(draft)
    session.flush()
    _record(session, here, draft, "written", actor_id)
    return draft


def put_in_force(session: Session, here: Tool, *, district_id: UUID, rule_id: UUID, actor_id: UUID | None) -> None:
    """From now on the rule never changes. A new one that begins in the past credits what was earned since, in order, and may go on with
    that afterwards (crediting). One that follows another ends that on the day before.

    Raises Problem: not_found; conflict where it is in force; bad_request for a first day that does not fit.
    """
    rule = one(session, district_id, rule_id, for_update=True)
    if rule.state != "draft":
        raise conflict(_("This rule is in force already."), "in force")
    day = here.today()
    if rule.series_id != rule.id:
        old = _newest(session, rule)
        if rule.begins_on <= max(day, old.begins_on):
            raise bad_request(
                _("A rule that follows another begins tomorrow at the earliest, and after the first day of the other."), "begins"
            )
        old.ends_on = rule.begins_on - timedelta(days=1)
    elif rule.begins_on < policies.first_day(
        policies.contract_year(day, rule.start_month, rule.start_day), rule.start_month, rule.start_day
    ):
        raise bad_request(_("A rule begins in the present contract year at the earliest."), "begins")
    rule.state, rule.in_force_at = "in_force", here.clock()
    session.flush()
    _record(session, here, rule, "in_force", actor_id)
    if rule.series_id == rule.id and rule.begins_on <= day:
        crediting.begin(session, here, rule)


def end(session: Session, here: Tool, *, district_id: UUID, rule_id: UUID, last: date, actor_id: UUID) -> None:
    """The rule holds until the end of this day, and nothing takes its place. Raises Problem: not_found; conflict; bad_request."""
    rule = one(session, district_id, rule_id, for_update=True)
    if rule.state != "in_force" or rule.ends_on is not None:
        raise conflict(_("This rule is not in force, or its end is set already."), "ended")
    if last < max(here.today(), rule.begins_on):
        raise bad_request(_("Choose today or a later day, on which the rule is in force."), "ends")
    rule.ends_on = last
    _record(session, here, rule, "ended", actor_id)


def delete_draft(session: Session, here: Tool, *, district_id: UUID, rule_id: UUID, actor_id: UUID) -> None:
    """A draft that nobody wants. Raises Problem: not_found; conflict for a rule in force."""
    rule = one(session, district_id, rule_id, for_update=True)
    if rule.state != "draft":
        raise conflict(_("A rule that is in force stays. You can end it."), "in force")
    _record(session, here, rule, "dropped", actor_id)
    session.delete(rule)


def tried(session: Session, here: Tool, rule: PayRule) -> tuple[tuple[Effect, ...], bool]:
    """What the rule would have credited in the present contract year and the one before, had it held then, by today's employee groups;
    and whether that is all, or only the first of very many awards."""  # noqa: D209
    year = policies.contract_year(here.today(), rule.start_month, rule.start_day)
    since = policies.first_day(year - 1, rule.start_month, rule.start_day)
    rows = session.execute(
        select(Award.person_id, Award.id, Microcredential.id, Microcredential.state == STACK, Award.awarded_at, Employee.grouped)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .join(Person, Person.id == Award.person_id)
        .join(Registration, Registration.id == Person.registration_id)
        .outerjoin(Employee, Employee.person_id == Award.person_id)
        .where(
            Award.district_id == rule.district_id,
            Award.is_test.is_(False),
            Award.revoked_at.is_(None),
            Person.is_test.is_(False),
            Registration.environment == PRODUCTION,
        )
        .order_by(Award.awarded_at.desc(), Award.id.desc())
        .limit(MOST_TRIED)
    ).all()
    awards = [Earned(who, award, mc, stack, here.day_of(at), group or None) for who, award, mc, stack, at, group in reversed(rows)]
    terms = ledger.terms_of(rule)
    found = policies.effect(terms, [each for each in awards if each.day >= since], month=rule.start_month, start=rule.start_day)
    return found, len(rows) < MOST_TRIED


def choices(session: Session, district_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """What a rule can name: microcredentials, then stacks that are or were published."""
    stacks = session.execute(
        select(MicrocredentialVersion.microcredential_id, Stack.title, Stack.state)
        .join(Stack, Stack.version_id == MicrocredentialVersion.id)
        .where(Stack.district_id == district_id)
        .order_by(Stack.title, Stack.id)
    )
    return (
        *microcredentials(session, district_id),
        *((key, words.titled(title, stack=True, retired=state == "retired")) for key, title, state in stacks),
    )


def titles(session: Session, district_id: UUID, wanted: Collection[UUID]) -> tuple[str, ...]:
    """Titles of microcredentials by their ids, stacks last."""
    query = select(Microcredential.title, Microcredential.state == STACK).where(
        Microcredential.district_id == district_id, Microcredential.id.in_(wanted)
    )
    found = session.execute(query.order_by(Microcredential.state == STACK, Microcredential.title))
    return tuple(words.titled(title, stack=stack) for title, stack in found)


def stacks_named(session: Session, district_id: UUID, written: Iterable[PayRule]) -> frozenset[UUID]:
    """Which of the ids that these rules name are those of stacks."""
    wanted = {UUID(key) for rule in written for key in rule.microcredentials}
    query = select(Microcredential.id).where(
        Microcredential.district_id == district_id, Microcredential.id.in_(wanted), Microcredential.state == STACK
    )
    return frozenset(session.scalars(query)) if wanted else frozenset()


def _newest(session: Session, rule: PayRule) -> PayRule:
    query = select(PayRule).where(
        PayRule.district_id == rule.district_id,
        PayRule.series_id == rule.series_id,
        PayRule.state == "in_force",
        PayRule.ends_on.is_(None),
    )
    old = session.scalars(query.with_for_update()).first()
    if old is None:
        raise conflict(_("The rule that this one would follow has ended. Make a new rule instead."), "ended")
    return old


def _record(session: Session, here: Tool, rule: PayRule, verb: str, actor_id: UUID | None) -> None:
    audit.record(
        session,
        district_id=rule.district_id,
        at=here.clock(),
        action=f"pay:rule:{verb}",
        actor_id=actor_id,
        subject_id=rule.id,
        unit=rule.unit,
        amount=rule.amount,
        cap=rule.cap,
        begins_on=rule.begins_on,
        ends_on=rule.ends_on,
    )
