"""A launch that says nothing new, on PostgreSQL: one statement looks whether that is so and opens the visit, which spends the state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, exists, literal_column, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from lti_tool.launch.models import FOUND_BY, Context, Membership, Person, ResourceLink, SpentState
from lti_tool.launch.sayings import Sayings
from lti_tool.launch.wall import Launch
from lti_tool.platforms.models import Registration
from lti_tool.secrets_box import digest
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession

_IDS = ("person_id", "context_id", "resource_link_id")


def _statement() -> Any:
    """Joins find the rows only where the same was said of them not long ago. What is not found has to be written: nothing happens."""

    def same(model: Any, name: str, seen: Any) -> Any:
        return and_(FOUND_BY[model], model.told == bindparam(f"{name}_told"), seen > bindparam("since"))

    known = (
        select(Person.id.label("person_id"), Context.id.label("context_id"), ResourceLink.id.label("resource_link_id"))
        .select_from(Registration)
        .join(Person, same(Person, "person", Person.last_launch_at))
        .join(Context, same(Context, "context", Context.seen_at))
        .join(Membership, same(Membership, "membership", Membership.seen_at))
        .outerjoin(ResourceLink, same(ResourceLink, "link", ResourceLink.seen_at))
        .where(Registration.id == bindparam("registration"), Registration.state == literal_column("'active'"))
        .where(or_(bindparam("link_told") == literal_column("''"), ResourceLink.id.is_not(None)))
        .where(~exists().where(SpentState.state_hash == bindparam("state_hash")))
        .subquery("known")
    )
    visits = cast(Table, FrameSession.__table__)
    row = [known.c[one.name] if one.name in _IDS else bindparam(f"frame_{one.name}", type_=one.type) for one in visits.columns]
    opening = postgresql.insert(visits).from_select(list(visits.columns), select(*row).select_from(known))
    return opening.on_conflict_do_nothing().returning(visits.c.id)


@lru_cache(maxsize=4)
def _compiled(dialect: Dialect) -> tuple[str, tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The statement in the driver's words, and what makes its parameters fit: building it anew each time costs more than sending it."""
    compiled = _statement().compile(dialect=dialect)
    fitting = ((name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiled.binds.items())
    return str(compiled), tuple((name, fit) for name, fit in fitting if fit)


def opened(here: Tool, launch: Launch, said: Sayings, frame: dict[str, Any], *, since: datetime) -> bool:
    """Open the frame of this row if the launch says nothing that was not said since then. False where it does, or its state is spent."""
    facts = launch.facts
    if facts.context is None or said.context is None or said.membership is None:
        return False
    values = {
        "registration": launch.registration.id,
        "sub": facts.person.sub,
        "context": facts.context.id,
        "link": facts.link.id if facts.link and said.link else "",
        "person_told": said.person.told,
        "context_told": said.context.told,
        "membership_told": said.membership.told,
        "link_told": said.link.told if said.link else "",
        "since": since,
        "state_hash": digest(launch.state_text),
        **{f"frame_{name}": value for name, value in frame.items() if name not in _IDS},
    }
    words, fitting = _compiled(here.database.engine.dialect)
    for name, fit in fitting:
        values[name] = fit(values[name])
    with here.database.driver() as cursor:
        return cursor.execute(words, values).fetchone() is not None
