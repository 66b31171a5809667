"""Files that come in parts: begin or go on, announce a part, take it, cancel. Rows are the truth; the store says only what it holds.

Functions here open their own units of work, for bytes move between two of them. Killed anywhere, the next call finds the row and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.blobs import BlobGone, Part, PartLies, Ticket, new_key
from lti_tool.database import new_id
from lti_tool.errors import Problem, bad_request, conflict, not_found
from lti_tool.evidence import artifacts
from lti_tool.evidence.policies import file_name
from lti_tool.evidence.service import Owner, open_draft
from lti_tool.evidence.upload_models import Upload, UploadPart
from lti_tool.evidence.upload_policies import is_sha256, no_room, part_count, part_size, span
from lti_tool.evidence.uploads import EMPTY, Refused, check_name, too_large
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.tool import Tool

UNFINISHED = ("open", "checking")


@dataclass(frozen=True)
class Progress:
    """An upload and the SHA-256 of the parts that are safely stored, by number."""

    upload: Upload
    stored: Mapping[int, str]


def own(session: Session, owner: Owner, upload_id: UUID) -> Upload:
    """The owner's upload, locked for this unit of work. Raises Problem(not_found)."""
    row = session.scalar(
        select(Upload)
        .where(Upload.id == upload_id, Upload.district_id == owner.district_id, Upload.person_id == owner.person_id)
        .with_for_update()
    )
    if row is None:
        raise not_found("no such upload of this person")
    return row


def begin(here: Tool, owner: Owner, enrollment_id: UUID, requirement_key: str, *, name: str, size: int, fingerprint: str) -> Progress:
    """Begin an upload, or go on with the unfinished one of the same file (name, size in bytes, SHA-256 of its ends).

    Raises Problem(not_found, conflict, bad_request), and Refused in words for a file that can't be taken.
    """
    filename, now = file_name(name), here.clock()
    with here.database.unit() as session:
        enrollment = open_draft(session, here, owner, enrollment_id)
        requirement = artifacts.requirement_for(session, enrollment, requirement_key, "file")
        _check_file(here, filename, size)
        if not is_sha256(fingerprint):
            raise bad_request(_("Your browser did not say which file it is."), "no fingerprint")
        session.execute(select(Person.id).where(Person.id == owner.person_id).with_for_update())  # what is counted stays true
        mine = session.scalars(
            select(Upload).where(Upload.district_id == owner.district_id, Upload.person_id == owner.person_id, Upload.state.in_(UNFINISHED))
        ).all()
        here_too = [one for one in mine if one.enrollment_id == enrollment_id and one.requirement_key == requirement_key]
        row = next((one for one in here_too if (one.filename, one.size, one.fingerprint) == (filename, size, fingerprint)), None)
        if row is None:
            artifacts.has_room(session, enrollment, requirement, coming=len(here_too))
            if words := no_room([one.size for one in mine], size, most_bytes=here.settings.max_pending_bytes):
                raise conflict(words, "quota")
            row = Upload(
                id=new_id(),
                district_id=owner.district_id,
                person_id=owner.person_id,
                enrollment_id=enrollment.id,
                requirement_key=requirement_key,
                state="open",
                filename=filename,
                size=size,
                part_size=part_size(size),
                fingerprint=fingerprint,
                blob_key=new_key(),
                artifact_id=None,
                created_at=now,
                checking_until=None,
                cleared_at=None,
            )
            session.add(row)
        row.touched_at = now
    return progress(here, owner, _prepared(here, owner, row.id).id)


def _check_file(here: Tool, filename: str, size: int) -> None:
    if size <= 0:
        raise Refused(EMPTY)
    if size > here.settings.max_file_bytes:
        raise Refused(too_large(here.settings.max_file_bytes))
    check_name(filename)


def _prepared(here: Tool, owner: Owner, upload_id: UUID) -> Upload:
    """The upload, known to the store. The row came first: what the store begins can always be found by its key."""
    with here.database.read() as session:
        row = own(session, owner, upload_id)
    if row.handle:
        return row
    handle = here.blobs.begin(row.blob_key)
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        row.handle = row.handle or handle
    return row


def progress(here: Tool, owner: Owner, upload_id: UUID) -> Progress:
    """Where an upload stands. Raises Problem(not_found, gone)."""
    with here.database.read() as session:
        row = own(session, owner, upload_id)
        rows = rows_of(session, row)
    if row.state not in UNFINISHED:
        return Progress(row, {})
    sizes = stored_sizes(here, row, rows)
    return Progress(row, {one.number: one.sha256 for one in rows if sizes.get(one.number) == span(row.size, row.part_size, one.number)[1]})


def rows_of(session: Session, row: Upload) -> list[UploadPart]:
    """The announced parts, in order."""
    return list(
        session.scalars(
            select(UploadPart).where(UploadPart.upload_id == row.id, UploadPart.district_id == row.district_id).order_by(UploadPart.number)
        )
    )


def announced(row: Upload, parts: list[UploadPart]) -> list[Part]:
    """The parts as the store wants them."""
    return [Part(one.number, *span(row.size, row.part_size, one.number), one.sha256) for one in parts]


def stored_sizes(here: Tool, row: Upload, parts: list[UploadPart]) -> Mapping[int, int]:
    """Bytes by number of the parts that are safely there. Raises Problem(gone) where the store has forgotten the upload."""
    if not row.handle:
        return {}
    sizes = {one.number: span(row.size, row.part_size, one.number)[1] for one in parts}
    try:
        listed = here.blobs.parts(row.blob_key, row.handle)
    except BlobGone as error:
        if not here.blobs.exists(row.blob_key):
            raise gone("the store has forgotten it") from error
        return sizes  # it was put together before, and only then something stood in the way
    return {one.number: sizes[one.number] for one in parts if one.stored_at} if listed is None else listed


def gone(detail: str) -> Problem:
    """An upload that can't go on."""
    return Problem(
        "upload_gone",
        410,
        _("This upload has ended"),
        _("It was cancelled, or nobody went on with it for days, so what had arrived was removed."),
        _("Choose the file again to send it from the beginning."),
        detail,
    )


def announce(here: Tool, owner: Owner, upload_id: UUID, number: int, *, size: int, sha256: str) -> Ticket | None:
    """Say what part `number` will be; its SHA-256 can't change afterwards. Returns how to send it; None: through the tool.

    Raises Problem: not_found for a number that the file does not have, bad_request for a wrong size, file_changed for another SHA-256
    than before, upload_gone, conflict where the draft can't change or all parts are in.
    """
    with here.database.unit() as session:
        row = _open(session, here, owner, upload_id)
        _start, wanted = _span(row, number)
        if size != wanted or not is_sha256(sha256):
            raise bad_request(_("A part of the file is not as it should be."), "part announced wrongly")
        part = session.get(UploadPart, (row.id, number))
        if part is None:
            session.add(UploadPart(upload_id=row.id, number=number, district_id=row.district_id, sha256=sha256, stored_at=None))
        elif part.sha256 != sha256:
            raise Problem(
                "file_changed",
                409,
                _("This is not the same file"),
                _("It has the name and the size of the file that you began to send, but something else is in it."),
                _("Cancel the unfinished upload, then send this file from the beginning."),
                "part announced with another hash",
            )
        row.touched_at = here.clock()
    if not here.blobs.origin:
        return None
    row = _prepared(here, owner, upload_id)
    return here.blobs.sign(row.blob_key, row.handle, Part(number, *span(row.size, row.part_size, number), sha256))


def _open(session: Session, here: Tool, owner: Owner, upload_id: UUID) -> Upload:
    row = own(session, owner, upload_id)
    open_draft(session, here, owner, row.enrollment_id)
    if row.state in ("refused", "cancelled"):
        raise gone(row.state)
    if row.state != "open":
        raise conflict(_("All of this file has arrived already."), row.state)
    return row


def _span(row: Upload, number: int) -> tuple[int, int]:
    try:
        return span(row.size, row.part_size, number)
    except ValueError as error:
        raise not_found("no such part") from error


def take(here: Tool, owner: Owner, upload_id: UUID, number: int, stream: BinaryIO) -> None:
    """Store one announced part that comes through the tool. A part that is there already is not written again.

    Raises Problem as `announce`, part_lies where the bytes are not what was announced, and StoreFailed.
    """
    with here.database.read() as session:
        row = _open(session, here, owner, upload_id)
        offset, size = _span(row, number)
        part = session.get(UploadPart, (row.id, number))
    if part is None or here.blobs.origin:
        raise conflict(_("A part of the file came without being announced."), "part not announced")
    if part.stored_at is not None:
        return
    row = _prepared(here, owner, upload_id)
    try:
        here.blobs.take(row.blob_key, row.handle, Part(number, offset, size, part.sha256), stream)
    except PartLies as error:
        raise Problem(
            "part_lies", 422, _("A part of the file arrived damaged"), _("It was not kept."), _("It is sent again by itself."), str(error)
        ) from error
    except BlobGone as error:
        raise gone("the store has forgotten it") from error
    with here.database.unit() as session:
        row = _open(session, here, owner, upload_id)
        session.get_one(UploadPart, (row.id, number)).stored_at = here.clock()
        row.touched_at = here.clock()


def cancel(here: Tool, owner: Owner, upload_id: UUID) -> Upload:
    """End an upload and remove what has arrived. One that is complete stays. Raises Problem(not_found)."""
    with here.database.unit() as session:
        row = own(session, owner, upload_id)
        if row.state in UNFINISHED:
            row.state, row.touched_at = "cancelled", here.clock()
    if row.state == "cancelled":
        clear(here, row)
    return row


def clear(here: Tool, row: Upload) -> None:
    """Remove the bytes of a refused or cancelled upload from the store. Raises StoreFailed; the sweep then tries again."""
    here.blobs.abort(row.blob_key, row.handle)
    here.blobs.delete(row.blob_key)
    with here.database.unit() as session:
        session.get_one(Upload, row.id).cleared_at = here.clock()


@dataclass(frozen=True)
class Unfinished:
    """An upload to go on with. `percent`: how much of it was sent, without asking the store."""

    id: UUID
    filename: str
    state: str
    percent: int


def unfinished(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, requirement_key: str) -> list[Unfinished]:
    """The owner's unfinished uploads for one requirement, oldest first."""
    sent = func.count(UploadPart.number if here.blobs.origin else UploadPart.stored_at)
    rows = session.execute(
        select(Upload, sent)
        .outerjoin(UploadPart, UploadPart.upload_id == Upload.id)
        .where(
            Upload.district_id == owner.district_id,
            Upload.person_id == owner.person_id,
            Upload.enrollment_id == enrollment_id,
            Upload.requirement_key == requirement_key,
            Upload.state.in_(UNFINISHED),
        )
        .group_by(Upload.id)
        .order_by(Upload.id)
    )
    return [Unfinished(row.id, row.filename, row.state, 100 * count // part_count(row.size, row.part_size)) for row, count in rows]
