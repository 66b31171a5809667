"""What happens to microcredentials: drafted, saved, published as frozen versions, retired; and placed as activities."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog import approval_gate, naming, policies, starting
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.correcting import is_patch
from lti_tool.catalog.models import STACK, Activity, Microcredential, MicrocredentialVersion
from lti_tool.catalog.samples import load_samples
from lti_tool.database import new_id
from lti_tool.errors import conflict, not_found
from lti_tool.inputs import overtaken, plain_text
from lti_tool.language import _
from lti_tool.launch.models import Context, ResourceLink
from lti_tool.tool import Tool

_UNTITLED = "Untitled"


def own(session: Session, district_id: UUID, microcredential_id: UUID) -> Microcredential:
    """The row, locked for this unit of work. Raises Problem(not_found)."""
    row = session.scalar(
        select(Microcredential)
        .where(Microcredential.id == microcredential_id, Microcredential.district_id == district_id, Microcredential.state != STACK)
        .with_for_update()
    )
    if row is None:
        raise not_found("microcredential")
    return row


def latest_version(session: Session, microcredential_id: UUID) -> MicrocredentialVersion | None:
    """The newest version, with its latest correction."""
    return session.scalar(
        select(MicrocredentialVersion).where(MicrocredentialVersion.microcredential_id == microcredential_id, naming.newest())
    )


def create_draft(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID | None, copy_of: UUID | None = None, start: str = ""
) -> Microcredential:
    """A new microcredential with a blank draft, a copy of the district's version `copy_of`, or the frame `start`.

    Raises Problem(not_found).
    """
    draft = starting.draft(start)
    if copy_of is not None:
        version = session.scalar(
            select(MicrocredentialVersion).where(MicrocredentialVersion.id == copy_of, MicrocredentialVersion.district_id == district_id)
        )
        if version is None:
            raise not_found("version")
        draft = {**version.content, "title": _("%(title)s (copy)", title=version.title[:105])}
    now = here.clock()
    row = Microcredential(
        id=new_id(),
        district_id=district_id,
        key=f"mc-{secrets.token_hex(5)}",
        title=draft["title"] or _UNTITLED,
        state="draft",
        draft=draft,
        draft_number=1,
        author_id=person_id,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    approval_gate.wrote(session, row, person_id, now)
    audit.record(
        session,
        district_id=district_id,
        at=now,
        actor_id=person_id,
        action="catalog:draft:create",
        subject_id=row.id,
        copy_of=str(copy_of or ""),
    )
    return row


def revise(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID | None) -> Microcredential:
    """Begin the next version: the draft becomes a copy of the latest one. A draft that is there stays. Raises Problem(not_found)."""
    row = own(session, district_id, microcredential_id)
    latest = latest_version(session, row.id)
    if row.draft is None and latest is not None:
        row.draft, row.draft_number, row.draft_editor, row.changed_at = dict(latest.content), row.draft_number + 1, "", here.clock()
        approval_gate.wrote(session, row, person_id, row.changed_at)
        audit.record(
            session, district_id=district_id, at=row.changed_at, actor_id=person_id, action="catalog:draft:revise", subject_id=row.id
        )
    return row


def save_draft(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    microcredential_id: UUID,
    draft: policies.Draft,
    seen: int,
    editor: str,
    person_id: UUID | None = None,
) -> Microcredential:
    """Keep the draft in whatever state it is; where there was none, the next version begins.

    `seen` is the draft's number when the author's page (`editor`, a random name) was made. Raises Problem(conflict) when somebody
    else saved or published since or the approval team has the draft, and Problem(not_found).
    """
    row = own(session, district_id, microcredential_id)
    if overtaken(seen=seen, page=editor, revision=row.draft_number, saved_in=row.draft_editor):
        raise conflict(_("Somebody saved or published this microcredential in another window."), "draft number")
    if row.draft != draft:
        approval_gate.refuse_while_open(session, row)
        approval_gate.wrote(session, row, person_id, here.clock())
        row.draft, row.draft_number, row.draft_editor, row.changed_at = draft, row.draft_number + 1, editor, here.clock()
        if row.state == "draft":
            row.title = str(draft["title"]).strip()[:120] or _UNTITLED
    return row


def discard_draft(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID | None) -> Microcredential:
    """Throw the draft of a next version away; the published versions stay. Raises Problem(not_found, conflict)."""
    row = own(session, district_id, microcredential_id)
    if latest_version(session, row.id) is None:
        raise conflict(_("This has never been published: retire it instead."), "no version")
    approval_gate.let_go(session, row, None, here.clock())
    row.draft, row.draft_number, row.draft_editor, row.changed_at = None, row.draft_number + 1, "", here.clock()
    audit.record(session, district_id=district_id, at=row.changed_at, actor_id=person_id, action="catalog:draft:discard", subject_id=row.id)
    return row


def _freeze(
    session: Session,
    here: Tool,
    row: Microcredential,
    content: MicrocredentialContent,
    person_id: UUID | None,
    latest: MicrocredentialVersion | None,
    *,
    patch: bool = False,
) -> MicrocredentialVersion:
    now = here.clock()
    version = MicrocredentialVersion(
        id=new_id(),
        district_id=row.district_id,
        microcredential_id=row.id,
        number=latest.number + (not patch) if latest else 1,
        patch=latest.patch + 1 if latest and patch else 0,
        title=content.title,
        content=content.model_dump(mode="json"),
        content_hash=content.content_hash(),
        activity_key=secrets.token_urlsafe(16),
        published_at=now,
        published_by=person_id,
    )
    session.add(version)
    session.flush()
    approval_gate.let_go(session, row, version, now)
    row.title, row.state, row.changed_at = content.title, row.state if patch else "published", now
    row.draft, row.draft_number, row.draft_editor = None, row.draft_number + 1, ""
    audit.record(
        session,
        district_id=row.district_id,
        at=now,
        actor_id=person_id,
        action="catalog:version:publish",
        subject_id=version.id,
        number=version.number,
        patch=version.patch,
        content_hash=version.content_hash,
    )
    return version


def publish(
    session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID | None, patch: bool = False
) -> MicrocredentialVersion:
    """Freeze the draft as the next version, or as a correction (`patch`) of the latest. Links that are placed keep their version.

    Raises policies.NotReady with every fault, Problem(not_found), and Problem(conflict) where there is no draft, nothing has changed,
    more than texts would be corrected, or the district asks for an approval that this content does not have.
    """
    row = own(session, district_id, microcredential_id)
    if row.draft is None:
        raise conflict(_("There is no draft to publish: it may have been published a moment ago."), "no draft")
    content = policies.content_of(row.draft)
    latest = latest_version(session, row.id)
    if latest is not None and row.state == "published" and latest.content_hash == content.content_hash():
        words = _("Nothing has changed since version %(number)s.", number=naming.numbered(latest.number, latest.patch))
        raise conflict(words, "same content")
    if patch and not corrects(latest, content):
        raise conflict(_("More than texts has changed, so this is a new version and no correction."), "no patch")
    approval_gate.demand_approval(session, row, content.content_hash(), patch=patch)
    return _freeze(session, here, row, content, person_id, latest, patch=patch)


def corrects(latest: MicrocredentialVersion | None, content: MicrocredentialContent) -> bool:
    """Whether this content may be published as a correction of that version."""
    return latest is not None and is_patch(MicrocredentialContent.model_validate(latest.content), content)


def retire(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID | None) -> Microcredential:
    """No new placements from now on; what is placed goes on. Publishing a new version brings it back. Raises Problem(not_found)."""
    row = own(session, district_id, microcredential_id)
    if row.state != "retired":
        row.state, row.changed_at = "retired", here.clock()
        audit.record(
            session,
            district_id=district_id,
            at=row.changed_at,
            actor_id=person_id,
            action="catalog:microcredential:retire",
            subject_id=row.id,
        )
    return row


def install_samples(session: Session, here: Tool, district_id: UUID) -> list[MicrocredentialVersion]:
    """Publish version 1 of every sample that the district does not have yet (known by its key). Gives those made now."""
    known = set(session.scalars(select(Microcredential.key).where(Microcredential.district_id == district_id)))
    made = []
    for sample in load_samples():
        if sample.key in known:
            continue
        now = here.clock()
        row = Microcredential(
            id=new_id(),
            district_id=district_id,
            key=sample.key,
            title=sample.content.title,
            state="draft",
            draft=None,
            draft_number=0,
            author_id=None,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        made.append(_freeze(session, here, row, sample.content, None, None))
    return made


def _named_version(session: Session, district_id: UUID, custom: Mapping[str, Any]) -> MicrocredentialVersion | None:
    key = custom.get("activity")
    if not isinstance(key, str) or not key or len(key) > 100:
        return None
    return session.scalar(
        select(MicrocredentialVersion).where(
            MicrocredentialVersion.activity_key == plain_text(key), MicrocredentialVersion.district_id == district_id
        )
    )


def ensure_activity(
    session: Session, here: Tool, *, district_id: UUID, context_id: UUID, resource_link_id: UUID, custom: Mapping[str, Any]
) -> Activity | None:
    """The activity of this link, made at its first launch; None where the link names nothing of this district.

    The key in `custom["activity"]` is a template: every link gets an activity of its own, and a copied course starts clean.
    When a designer points the same link at another version, the activity follows; enrollments keep the version they began with.
    """
    link = session.scalar(
        select(ResourceLink)
        .where(ResourceLink.id == resource_link_id, ResourceLink.district_id == district_id, ResourceLink.context_id == context_id)
        .with_for_update()  # two first launches at once: the second waits, then finds the row
    )
    if link is None:
        return None
    version = _named_version(session, district_id, custom)
    activity = session.scalar(select(Activity).where(Activity.resource_link_id == resource_link_id, Activity.district_id == district_id))
    now = here.clock()
    if activity is not None:
        if version is not None and version.id != activity.version_id:
            activity.version_id = version.id
            activity.points, activity.scoring = Decimal(policies.points_of(custom)), policies.scoring_of(custom)
            audit.record(
                session,
                district_id=district_id,
                at=now,
                action="catalog:activity:repoint",
                subject_id=activity.id,
                version_id=str(version.id),
            )
        return activity
    if version is None:
        return None
    source = _source(session, link, version)
    activity = Activity(
        id=new_id(),
        district_id=district_id,
        context_id=context_id,
        resource_link_id=resource_link_id,
        version_id=version.id,
        points=Decimal(policies.points_of(custom)),
        scoring=policies.scoring_of(custom),
        copied_from_id=source.id if source else None,
        created_at=now,
    )
    session.add(activity)
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="catalog:activity:create",
        subject_id=activity.id,
        version_id=str(version.id),
        copied_from=str(source.id) if source else "",
    )
    return activity


def _source(session: Session, link: ResourceLink, version: MicrocredentialVersion) -> Activity | None:
    """The activity that this link was copied from with its course: same version, in the course's history, same title before any other."""
    history = session.scalar(select(Context.history).where(Context.id == link.context_id)) or []
    if not history:
        return None
    candidates = session.execute(
        select(Activity, ResourceLink.title, Context.lti_id)
        .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
        .join(Context, Context.id == Activity.context_id)
        .where(
            Activity.district_id == link.district_id,
            Activity.version_id == version.id,
            Context.registration_id == link.registration_id,
            Context.lti_id.in_(history),
            Context.id != link.context_id,
        )
        .order_by(Activity.created_at, Activity.id)
    ).all()
    best = min(candidates, key=lambda found: (history.index(found[2]), found[1] != link.title), default=None)
    return best[0] if best else None
