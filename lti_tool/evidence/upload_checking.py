"""An upload whose parts are all there is checked, byte by byte, and becomes a piece of evidence; what nobody finishes is swept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select

from lti_tool.blobs import BlobGone, PartLies, StoredBlob, StoreFailed
from lti_tool.errors import Problem, bad_request
from lti_tool.evidence import artifacts
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.service import Owner, open_draft
from lti_tool.evidence.upload_models import Upload, UploadPart
from lti_tool.evidence.upload_policies import LEASE, digest_of, lying, missing_parts
from lti_tool.evidence.upload_service import UNFINISHED, announced, clear, gone, own, rows_of, stored_sizes
from lti_tool.evidence.uploads import Received, Refused, ends, judge
from lti_tool.language import N_, _
from lti_tool.tool import Tool

log = structlog.get_logger()

_DAMAGED = N_("The file arrived damaged, so nothing of it was kept. Please send it again.")
_AT_ONCE = 10


class Incomplete(Exception):
    """Parts have not arrived; `missing` are their numbers."""

    def __init__(self, missing: list[int]) -> None:
        super().__init__("parts are missing")
        self.missing = missing


def complete(here: Tool, owner: Owner, upload_id: UUID, *, digest: str, sha256: str = "", given: dict[str, Any]) -> Upload:
    """Everything has been sent: check it and make it a piece of evidence. Asked again, it says the same and does nothing twice.

    `digest` is upload_policies.digest_of the parts as the sender has them; `sha256`, for senders who know it, that of the whole file;
    `given` the title, text, students, consent and criteria of the piece, as artifacts.add_file takes them.

    The state of the answer: done; checking, where another process is at it; refused, with a reason; cancelled.
    Raises Incomplete, StoreFailed, and Problem(not_found, conflict, bad_request, upload_gone): the upload then stays for a later try.
    """
    with here.database.read() as session:
        row = own(session, owner, upload_id)
        if row.state not in UNFINISHED:
            return row
        open_draft(session, here, owner, row.enrollment_id)
        rows = rows_of(session, row)
    if row.state == "open":
        if missing := missing_parts(stored_sizes(here, row, rows), row.size, row.part_size):
            raise Incomplete(missing)
        if digest != digest_of(one.sha256 for one in rows):
            raise bad_request(_("The file that arrived is not the one that was sent."), "digest of the parts differs")
    if not _claimed(here, owner, upload_id, {**given, "sha256": sha256}):
        with here.database.read() as session:
            return own(session, owner, upload_id)
    return _finish(here, owner, upload_id)


def _claimed(here: Tool, owner: Owner, upload_id: UUID, given: dict[str, Any] | None = None) -> bool:
    """Whether this process is now the one that checks it."""
    now = here.clock()
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        if row.state not in UNFINISHED or (row.checking_until is not None and row.checking_until > now):
            return False
        row.state, row.checking_until, row.touched_at = "checking", now + LEASE, now
        if given is not None:
            row.given = given
    return True


def _finish(here: Tool, owner: Owner, upload_id: UUID) -> Upload:
    with here.database.read() as session:
        row = own(session, owner, upload_id)
        rows = rows_of(session, row)
    try:
        here.blobs.complete(row.blob_key, row.handle, announced(row, rows))
        blob = _measured(here, row, rows)
        media_type = judge(row.filename, *ends(here, blob)).media_type
    except (Refused, PartLies) as refused:
        return _refuse(here, owner, upload_id, str(refused) if isinstance(refused, Refused) else _(_DAMAGED))
    except BlobGone as error:
        with here.database.read() as session:
            row = own(session, owner, upload_id)
        if row.state in UNFINISHED:
            _release(here, owner, upload_id, "open")
            raise gone("the store has forgotten it") from error
        return row  # somebody else was done with it first
    except StoreFailed:
        _release(here, owner, upload_id, "checking")  # the worker tries again, too
        raise
    try:
        return _added(here, owner, upload_id, Received(blob, row.filename, media_type))
    except Problem:
        _release(here, owner, upload_id, "open")  # a full requirement, a closed draft: the teacher's move, and nothing is lost
        raise


def _measured(here: Tool, row: Upload, rows: list[UploadPart]) -> StoredBlob:
    """What is really in the store. Raises PartLies where it is not what was announced."""
    whole, found = hashlib.sha256(), []
    renew = _renewing(here, row.id)
    for part in announced(row, rows):
        one = hashlib.sha256()
        for piece in here.blobs.read(row.blob_key, part.offset, part.offset + part.size):
            whole.update(piece)
            one.update(piece)
        found.append(one.hexdigest())
        renew()
    if here.blobs.size(row.blob_key) != row.size or lying([one.sha256 for one in rows], found):
        raise PartLies("other bytes")
    if row.given.get("sha256") not in ("", None, whole.hexdigest()):
        raise PartLies("another SHA-256")
    return StoredBlob(row.blob_key, row.size, whole.hexdigest())


def _renewing(here: Tool, upload_id: UUID) -> Callable[[], None]:
    until = here.clock() + LEASE

    def renew() -> None:
        nonlocal until
        now = here.clock()
        if until - now > LEASE / 2:
            return
        until = now + LEASE
        with here.database.unit() as session:
            session.get_one(Upload, upload_id).checking_until = until

    return renew


def _added(here: Tool, owner: Owner, upload_id: UUID, file: Received) -> Upload:
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        if row.state == "checking":
            given: dict[str, Any] = {name: row.given[name] for name in ("title", "text", "students", "criteria") if name in row.given}
            given["consent"] = Consent(**row.given.get("consent", {}))
            given.setdefault("title", "")
            artifact = artifacts.add_file(session, here, owner, row.enrollment_id, row.requirement_key, file=file, **given)
            row.state, row.artifact_id, row.touched_at = "done", artifact.id, here.clock()
    if row.state == "cancelled":
        clear(here, row)
    return row


def _refuse(here: Tool, owner: Owner, upload_id: UUID, words: str) -> Upload:
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        if row.state == "checking":
            row.state, row.reason, row.touched_at = "refused", words, here.clock()
    if row.state == "refused":
        _try_to_clear(here, row)
    return row


def _release(here: Tool, owner: Owner, upload_id: UUID, state: str) -> None:
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        if row.state == "checking":
            row.state, row.checking_until = state, None


def finish_due(here: Tool) -> None:
    """Go on with checks that a process left behind when it ended, or that the store made fail."""
    now = here.clock()
    with here.database.read() as session:
        due = session.execute(
            select(Upload.id, Upload.district_id, Upload.person_id)
            .where(Upload.state == "checking", (Upload.checking_until.is_(None)) | (Upload.checking_until <= now))
            .order_by(Upload.touched_at)
            .limit(_AT_ONCE)
        ).all()
    for upload_id, district_id, person_id in due:
        owner = Owner(district_id, person_id)
        try:
            if _claimed(here, owner, upload_id):
                _finish(here, owner, upload_id)
        except (Problem, StoreFailed) as error:
            log.warning("upload_not_finished", upload=str(upload_id), kind=getattr(error, "code", type(error).__name__))


def sweep_uploads(here: Tool) -> int:
    """Cancel what nobody touched for `pending_days`, clear what is cancelled or refused, forget old rows. Returns how many it cancelled."""
    now = here.clock()
    old = now - timedelta(days=here.settings.pending_days)
    with here.database.unit() as session:
        left = session.scalars(select(Upload).where(Upload.state.in_(UNFINISHED), Upload.touched_at < old).with_for_update()).all()
        for row in left:
            row.state, row.touched_at = "cancelled", now
    with here.database.read() as session:
        unclear = session.scalars(select(Upload).where(Upload.state.in_(("cancelled", "refused")), Upload.cleared_at.is_(None))).all()
        keep = session.scalars(select(Upload.blob_key).where(Upload.state.in_(UNFINISHED))).all()
    for row in unclear:
        _try_to_clear(here, row)
    try:
        here.blobs.sweep(before=old, keep=set(keep))
    except StoreFailed as error:
        log.warning("sweep_failed", kind=str(error))
    with here.database.unit() as session:
        ended = select(Upload.id).where(
            Upload.touched_at < old,
            (Upload.state == "done") | (Upload.state.in_(("cancelled", "refused")) & Upload.cleared_at.is_not(None)),
        )
        session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(ended)))
        session.execute(delete(Upload).where(Upload.id.in_(ended)))
    return len(left)


def _try_to_clear(here: Tool, row: Upload) -> None:
    try:
        clear(here, row)
    except StoreFailed as error:
        log.warning("upload_not_cleared", upload=str(row.id), kind=str(error))
