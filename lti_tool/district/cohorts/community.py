"""A course's community: who works on what and helps, as each of them wants it told; to people of this course alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.district.cohorts.departures import gone
from lti_tool.district.cohorts.models import CommunityPost
from lti_tool.errors import bad_request, forbidden, not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.launch.models import Membership, Person
from lti_tool.tool import Tool

PAGE = 50
LONGEST_NOTE = 300
_SHARED = ("active", "earned")


@dataclass(frozen=True)
class Post:
    """What somebody tells the course. `email` only where they show it; `hidden`: for who runs the course, and for themselves."""

    id: UUID
    person_id: UUID
    name: str
    title: str
    helps: bool
    seeks: bool
    note: str
    email: str
    hidden: bool
    hidden_reason: str


@dataclass(frozen=True)
class OwnSkill:
    """A microcredential that the viewer works on in this course, and what they tell of it; `post` is None while nothing is told."""

    microcredential_id: UUID
    title: str
    earned: bool
    post: CommunityPost | None

    @property
    def is_told(self) -> bool:
        """Whether others see it now."""
        return self.post is not None and self.post.hidden_at is None and (not self.earned or self.post.keeps_on)


@dataclass(frozen=True)
class Told:
    """What a teacher wants told."""

    shared: bool
    helps: bool
    seeks: bool
    shows_email: bool
    keeps_on: bool
    note: str


def _work() -> ColumnElement[bool]:
    """The condition that an enrollment is the work of which a post tells, and that it goes on or is kept on being told."""
    return and_(
        Enrollment.person_id == CommunityPost.person_id,
        MicrocredentialVersion.microcredential_id == CommunityPost.microcredential_id,
        Activity.context_id == CommunityPost.context_id,
        or_(Enrollment.state == "active", and_(Enrollment.state == "earned", CommunityPost.keeps_on)),
    )


def still_here(session: Session, context_id: UUID, person_id: UUID) -> bool:
    """Whether the course's list does not say that the person has left."""
    return session.scalar(select(Person.id).where(Person.id == person_id, ~gone(context_id, Person.id))) is not None


def posts(
    session: Session,
    *,
    district_id: UUID,
    context_id: UUID,
    now: datetime,
    runs: bool,
    skill: UUID | None = None,
    after: UUID | None = None,
) -> tuple[tuple[Post, ...], UUID | None]:
    """What people of the course tell, the newest first, a page at a time. `runs`: also what was hidden."""
    work = (
        select(Enrollment.id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(_work(), or_(Enrollment.state == "earned", Enrollment.deadline_at >= now, Enrollment.appeal_open))
        .correlate(CommunityPost)
    )
    listed = Membership.context_id == CommunityPost.context_id, Membership.person_id == CommunityPost.person_id
    query = (
        select(CommunityPost, Person.label, Person.email, Microcredential.title)
        .join(Person, Person.id == CommunityPost.person_id)
        .join(Microcredential, Microcredential.id == CommunityPost.microcredential_id)
        .where(
            CommunityPost.district_id == district_id,
            CommunityPost.context_id == context_id,
            Person.is_test.is_(False),
            work.exists(),
            select(Membership.id).where(*listed).correlate(CommunityPost).exists(),
            ~gone(CommunityPost.context_id, CommunityPost.person_id),
        )
    )
    if not runs:
        query = query.where(CommunityPost.hidden_at.is_(None))
    if skill is not None:
        query = query.where(CommunityPost.microcredential_id == skill)
    if after is not None:
        query = query.where(CommunityPost.id < after)
    rows = session.execute(query.order_by(CommunityPost.id.desc()).limit(PAGE + 1)).all()
    shown = tuple(
        Post(
            row.id,
            row.person_id,
            label,
            title,
            row.helps,
            row.seeks,
            row.note,
            email if row.shows_email else "",
            row.hidden_at is not None,
            row.hidden_reason,
        )
        for row, label, email, title in rows[:PAGE]
    )
    return shown, shown[-1].id if len(rows) > PAGE else None


def own_skills(session: Session, *, district_id: UUID, context_id: UUID, person_id: UUID) -> tuple[OwnSkill, ...]:
    """What the viewer works on in this course or has earned in it, with what they tell of it."""
    rows = session.execute(
        select(Microcredential.id, Microcredential.title, Enrollment.state)
        .join(MicrocredentialVersion, MicrocredentialVersion.microcredential_id == Microcredential.id)
        .join(Enrollment, Enrollment.version_id == MicrocredentialVersion.id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .where(
            Enrollment.district_id == district_id,
            Enrollment.person_id == person_id,
            Activity.context_id == context_id,
            Enrollment.state.in_(_SHARED),
        )
        .order_by(Microcredential.title, Enrollment.started_at)
    )
    mine = CommunityPost.district_id == district_id, CommunityPost.context_id == context_id, CommunityPost.person_id == person_id
    told = {row.microcredential_id: row for row in session.scalars(select(CommunityPost).where(*mine))}
    found: dict[UUID, OwnSkill] = {}
    for microcredential_id, title, state in rows:
        active = state == "active" or (microcredential_id in found and not found[microcredential_id].earned)
        found[microcredential_id] = OwnSkill(microcredential_id, title, not active, told.get(microcredential_id))
    return tuple(found.values())


def skills_of(session: Session, *, district_id: UUID, context_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """The microcredentials of a course's activities, by title."""
    rows = session.execute(
        select(Microcredential.id, Microcredential.title)
        .join(MicrocredentialVersion, MicrocredentialVersion.microcredential_id == Microcredential.id)
        .join(Activity, Activity.version_id == MicrocredentialVersion.id)
        .where(Activity.district_id == district_id, Activity.context_id == context_id)
        .distinct()
        .order_by(Microcredential.title, Microcredential.id)
    )
    return tuple((one, title) for one, title in rows)


def tell(
    session: Session, here: Tool, *, district_id: UUID, context_id: UUID, person_id: UUID, microcredential_id: UUID, told: Told
) -> None:
    """Tell the course, tell something else, or nothing any more. A note that was hidden stays hidden. Raises Problem(not_found)."""
    own = {one.microcredential_id: one for one in own_skills(session, district_id=district_id, context_id=context_id, person_id=person_id)}
    if microcredential_id not in own:
        raise not_found("no work of this person in this course")
    row, now = own[microcredential_id].post, here.clock()
    if not told.shared and row is not None and row.hidden_at is None:
        session.delete(row)
    elif told.shared or row is not None:
        if row is None:
            row = CommunityPost(
                id=new_id(), district_id=district_id, context_id=context_id, person_id=person_id, microcredential_id=microcredential_id
            )
            session.add(row)
        row.helps, row.seeks, row.shows_email, row.keeps_on = told.helps, told.seeks, told.shows_email, told.keeps_on
        row.note, row.changed_at = (plain_text(told.note).strip()[:LONGEST_NOTE] if told.shared else ""), now
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="cohorts:community:told" if told.shared else "cohorts:community:ended",
        actor_id=person_id,
        subject_id=microcredential_id,
        context=context_id,
    )


def hide(session: Session, here: Tool, *, row: CommunityPost, actor_id: UUID, reason: str) -> None:
    """Whoever runs the course takes a note away; its teacher reads why. Raises Problem(bad_request, forbidden)."""
    words = plain_text(reason).strip()[:LONGEST_NOTE]
    if not words:
        raise bad_request(_("Please say why."))
    if row.person_id == actor_id:
        raise forbidden("own note")
    row.hidden_at, row.hidden_by, row.hidden_reason = here.clock(), actor_id, words
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action="cohorts:community:hidden",
        actor_id=actor_id,
        subject_id=row.person_id,
        reason=words,
        post=row.id,
    )


def show(session: Session, here: Tool, *, row: CommunityPost, actor_id: UUID) -> None:
    """It may be seen again. Raises Problem(forbidden)."""
    if row.person_id == actor_id:
        raise forbidden("own note")
    row.hidden_at, row.hidden_by, row.hidden_reason = None, None, ""
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action="cohorts:community:shown",
        actor_id=actor_id,
        subject_id=row.person_id,
        post=row.id,
    )


def post_of(session: Session, *, district_id: UUID, context_id: UUID | None, post_id: UUID) -> CommunityPost:
    """A note in this course. Raises Problem(not_found)."""
    row = session.get(CommunityPost, post_id, with_for_update=True)
    if row is None or row.district_id != district_id or row.context_id != context_id:
        raise not_found("no such note in this course")
    return row
