"""What the approval team and the authors do: hand in, comment, answer, settle comments, vote, take back; and what the district asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog import approval_gate, policies, standards
from lti_tool.catalog.approval_models import ApprovalComment, ApprovalRound, ApprovalVote, CatalogSetting, DraftWriter
from lti_tool.catalog.approval_policies import may_resolve, outcome
from lti_tool.catalog.models import Microcredential
from lti_tool.catalog.service import corrects, latest_version, own
from lti_tool.database import new_id, upsert
from lti_tool.errors import conflict, not_found
from lti_tool.language import _
from lti_tool.launch.accounts import accounts
from lti_tool.notices import service as notices
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

_MOST_TOLD = 200
_TOLD = {"changes_requested": "approval.changes", "rejected": "approval.rejected", "approved": "approval.approved"}


def approvers(session: Session, here: Tool, district_id: UUID) -> list[UUID]:
    """Who is on the approval team."""
    found = session.scalars(
        select(RoleGrant.person_id).where(RoleGrant.held(district_id, "approver", at=here.clock())).distinct().limit(_MOST_TOLD)
    )
    return list(found)


def choose(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, required: bool, quorum: int) -> None:
    """What the district asks for from now on. What is with the team goes on as it was handed in."""
    now = here.clock()
    values = {"district_id": district_id, "approval_required": required, "quorum": quorum, "changed_at": now}
    upsert(session, CatalogSetting, values, key=("district_id",))
    audit.record(
        session,
        district_id=district_id,
        at=now,
        actor_id=person_id,
        action="catalog:approval:settings",
        required=required,
        quorum=quorum,
    )


def submit(
    session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID, message: str, patch: bool
) -> ApprovalRound:
    """Hand the draft to the team, as it is now.

    Raises policies.NotReady with every fault, Problem(not_found), and Problem(conflict): no draft, with the team already, nothing
    changed since the latest version or since it was rejected, more than texts in a correction.
    """
    row = own(session, district_id, microcredential_id)
    if row.draft is None:
        raise conflict(_("There is no draft: begin the next version first."), "no draft")
    approval_gate.refuse_while_open(session, row)
    content, latest, last = policies.content_of(row.draft), latest_version(session, row.id), _last(session, row.id)
    digest = content.content_hash()
    if latest is not None and row.state == "published" and latest.content_hash == digest:
        raise conflict(_("Nothing has changed since the latest version."), "same content")
    if last is not None and last.state == "rejected" and last.content_hash == digest:
        raise conflict(_("This draft was not taken as it is. Change it before you hand it in again."), "rejected content")
    if patch and not corrects(latest, content):
        raise conflict(_("More than texts has changed, so this is a new version and no correction."), "no patch")
    now = here.clock()
    for writer in (person_id, row.author_id):
        approval_gate.wrote(session, row, writer, now)
    made = ApprovalRound(
        id=new_id(),
        district_id=district_id,
        microcredential_id=row.id,
        number=last.number + 1 if last else 1,
        state="in_review",
        title=content.title,
        content=content.model_dump(mode="json"),
        content_hash=digest,
        based_on_id=latest.id if latest else None,
        patch=patch,
        quorum=approval_gate.rules(session, district_id).needed(patch=patch),
        message=message,
        submitted_by=person_id,
        submitted_at=now,
        decided_at=None,
        version_id=None,
    )
    session.add(made)
    session.flush()
    _record(session, here, made, person_id, "submit", number=made.number, patch=patch, content_hash=digest)
    writers = _writers(session, row.id)
    _tell(session, here, made, "approval.asked", [one for one in approvers(session, here, district_id) if one not in writers])
    return made


def _last(session: Session, microcredential_id: UUID) -> ApprovalRound | None:
    return session.scalar(
        select(ApprovalRound).where(ApprovalRound.microcredential_id == microcredential_id).order_by(ApprovalRound.number.desc()).limit(1)
    )


def _writers(session: Session, microcredential_id: UUID) -> list[UUID]:
    return list(session.scalars(select(DraftWriter.person_id).where(DraftWriter.microcredential_id == microcredential_id)))


def _loaded(session: Session, district_id: UUID, round_id: UUID) -> ApprovalRound:
    """The round, with its microcredential locked. Raises Problem(not_found)."""
    row = session.scalar(select(ApprovalRound).where(ApprovalRound.id == round_id, ApprovalRound.district_id == district_id))
    if row is None:
        raise not_found("round")
    own(session, district_id, row.microcredential_id)
    session.refresh(row)
    return row


def is_writer(session: Session, row: ApprovalRound, person_id: UUID) -> bool:
    """Whether this person has a part in the draft, in this account or another."""
    own = accounts(session, row.district_id, [person_id])[person_id]
    wrote = select(DraftWriter.person_id).where(DraftWriter.microcredential_id == row.microcredential_id, DraftWriter.person_id.in_(own))
    return person_id == row.submitted_by or session.scalar(wrote.limit(1)) is not None


def vote(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    round_id: UUID,
    person_id: UUID,
    verdict: str,
    reason: str,
    answers: Mapping[str, Any],
) -> ApprovalRound:
    """What an approver says of a round; they may say something else while it is open.

    Raises Problem(not_found), and Problem(conflict): not open, one's own draft, voted already in another account, a standard that is
    not met in an approval.
    """
    row = _loaded(session, district_id, round_id)
    _must_be_open(row)
    if is_writer(session, row, person_id):
        raise conflict(_("You have a part in this draft, so others judge it. You can comment and answer."), "own draft")
    if verdict == "approve" and not standards.all_met(answers):
        raise conflict(_("Approving asks for a yes to every standard."), "standards")
    others = accounts(session, district_id, [person_id])[person_id] - {person_id}
    twice = select(ApprovalVote.id).where(ApprovalVote.round_id == row.id, ApprovalVote.person_id.in_(others))
    if session.scalar(twice.limit(1)) is not None:
        raise conflict(_("You have voted already, from another account."), "same person")
    now = here.clock()
    found = session.scalar(select(ApprovalVote).where(ApprovalVote.round_id == row.id, ApprovalVote.person_id == person_id))
    if found is None:
        found = ApprovalVote(id=new_id(), district_id=district_id, round_id=row.id, person_id=person_id)
        session.add(found)
    found.verdict, found.reason, found.answers = verdict, reason, dict(answers)
    found.standards, found.voted_at = standards.VERSION, now
    session.flush()
    _record(session, here, row, person_id, "vote", verdict=verdict, standards=standards.VERSION)
    _asked_no_more(session, here, row, [person_id])
    _settle(session, here, row)
    return row


def _must_be_open(row: ApprovalRound) -> None:
    if row.state != "in_review":
        raise conflict(_("This round is over: the draft was decided, published or taken back meanwhile."), "not in review")


def _settle(session: Session, here: Tool, row: ApprovalRound) -> None:
    """Bring the round into the state that its votes and comments give."""
    verdicts = session.scalars(select(ApprovalVote.verdict).where(ApprovalVote.round_id == row.id)).all()
    state = outcome(verdicts, quorum=row.quorum, open_blocking=_open_blocking(session, row.microcredential_id))
    if state == row.state:
        return
    row.state, row.decided_at = state, here.clock()
    _record(session, here, row, None, state, content_hash=row.content_hash)
    _asked_no_more(session, here, row, approvers(session, here, row.district_id))
    _tell(session, here, row, _TOLD[state], _writers(session, row.microcredential_id))


def _open_blocking(session: Session, microcredential_id: UUID) -> int:
    query = select(func.count()).where(
        ApprovalComment.microcredential_id == microcredential_id, ApprovalComment.blocking, ApprovalComment.resolved_at.is_(None)
    )
    return session.scalar(query) or 0


def comment(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    round_id: UUID,
    person_id: UUID,
    section: str,
    text: str,
    blocking: bool,
    parent_id: UUID | None = None,
) -> ApprovalComment:
    """Say something about a section, or answer what somebody said. A writer's own comments block nothing.

    An answer stands in the section of what it answers. Raises Problem(not_found), Problem(conflict) once the draft is decided.
    """
    row = _loaded(session, district_id, round_id)
    writer = is_writer(session, row, person_id)
    told = _writers(session, row.microcredential_id)
    if parent_id is None:
        _must_be_open(row)
    else:
        parent = _comment(session, row, parent_id)
        if parent.parent_id is not None:
            raise not_found("comment")
        section, told = parent.section, [*told, parent.person_id]
    made = ApprovalComment(
        id=new_id(),
        district_id=district_id,
        microcredential_id=row.microcredential_id,
        round_id=row.id,
        parent_id=parent_id,
        section=section,
        text=text,
        blocking=blocking and not writer and parent_id is None,
        person_id=person_id,
        said_at=here.clock(),
        resolved_at=None,
        resolved_by=None,
    )
    session.add(made)
    session.flush()
    _record(session, here, row, person_id, "comment", section=section, blocking=made.blocking)
    _tell(session, here, row, "approval.comment", [one for one in dict.fromkeys(told) if one != person_id])
    return made


def _comment(session: Session, row: ApprovalRound, comment_id: UUID) -> ApprovalComment:
    found = session.scalar(
        select(ApprovalComment).where(
            ApprovalComment.id == comment_id,
            ApprovalComment.microcredential_id == row.microcredential_id,
            ApprovalComment.district_id == row.district_id,
        )
    )
    if found is None:
        raise not_found("comment")
    return found


def resolve(session: Session, here: Tool, *, district_id: UUID, round_id: UUID, comment_id: UUID, person_id: UUID) -> None:
    """Call a comment settled. Raises Problem(not_found), and Problem(conflict) for a writer whose draft it blocks."""
    row = _loaded(session, district_id, round_id)
    found = _comment(session, row, comment_id)
    if found.resolved_at is not None:
        return
    if not may_resolve(blocking=found.blocking, writer=is_writer(session, row, person_id)):
        raise conflict(_("This comment holds your own draft up: somebody of the team settles it. You can answer it."), "own draft")
    found.resolved_at, found.resolved_by = here.clock(), person_id
    session.flush()
    _record(session, here, row, person_id, "resolve", section=found.section, blocking=found.blocking)
    if row.state == "in_review":
        _settle(session, here, row)


def withdraw(session: Session, here: Tool, *, district_id: UUID, round_id: UUID, person_id: UUID) -> Microcredential:
    """Take the draft back, to go on writing; an approval is gone with it. Raises Problem(not_found, conflict)."""
    row = _loaded(session, district_id, round_id)
    if row.state not in ("in_review", "approved"):
        raise conflict(_("This round is over: the draft was decided, published or taken back meanwhile."), "not open")
    row.state, row.decided_at = "withdrawn", here.clock()
    _record(session, here, row, person_id, "withdraw")
    _asked_no_more(session, here, row, approvers(session, here, district_id))
    return own(session, district_id, row.microcredential_id)


def _record(session: Session, here: Tool, row: ApprovalRound, person_id: UUID | None, verb: str, **details: Any) -> None:
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        actor_id=person_id,
        action=f"catalog:approval:{verb}",
        subject_id=row.id,
        microcredential=str(row.microcredential_id),
        **details,
    )


def _asked_no_more(session: Session, here: Tool, row: ApprovalRound, people: Collection[UUID]) -> None:
    notices.done(session, here, district_id=row.district_id, people=people, kinds=("approval.asked",), things=[row.id])


def _tell(session: Session, here: Tool, row: ApprovalRound, kind: str, people: list[UUID]) -> None:
    for person_id in people:
        notices.queue(
            session,
            district_id=row.district_id,
            person_id=person_id,
            kind=kind,
            thing=row.id,
            facts={"title": row.title},
            at=here.clock(),
        )
