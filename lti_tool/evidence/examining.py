"""Looks at every uploaded file before others may open it: the virus check, and what is made of it for them.

The file's row comes first and says when it is due; the worker finds it, and finds it again where an examiner was lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.blobs import BlobGone, StoreFailed
from lti_tool.database import after_commit, insert_if_new, new_id
from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.apart import PREFIX, Result, taken_apart
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.scanning import ScannerDown, Verdict, ping, verdict
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.evidence.veiling import NotRead, Veil, veils
from lti_tool.tool import Tool

log = structlog.get_logger()

_AT_ONCE = 10
_LEFT_BEHIND = timedelta(hours=1)
_MOST_COPY = 1 << 30


def expect(session: Session, here: Tool, *, district_id: UUID, blob_key: str, media_type: str, size: int) -> None:
    """Note a stored file, in the unit of work that adds it to somebody's evidence; the worker looks at it soon."""
    scan, outcome, now = "waiting" if here.settings.clamd else "off", "", here.clock()
    if policies.kind(media_type) == "other":
        outcome = "as_is"
    due = now if scan == "waiting" or not outcome else None
    values = {
        "id": new_id(),
        "district_id": district_id,
        "blob_key": blob_key,
        "media_type": media_type,
        "size": size,
        "scan": scan,
        "scanned_at": None,
        "outcome": outcome,
        "reason": "",
        "copy_key": "",
        "copy_type": "",
        "copy_size": 0,
        "preview_key": "",
        "width": 0,
        "height": 0,
        "veils": [],
        "tries": 0,
        "due_at": due,
        "created_at": now,
    }
    if insert_if_new(session, StoredFile, values) and due is not None:
        after_commit(session, here.wake)


def forget_what_was_made(session: Session, blob_keys: Iterable[str]) -> list[str]:
    """Throw away what is known of these files. Returns the keys of what was made of them, which nothing names any more."""
    keys = list(blob_keys)
    made = session.execute(select(StoredFile.copy_key, StoredFile.preview_key).where(StoredFile.blob_key.in_(keys))).all()
    session.execute(delete(StoredFile).where(StoredFile.blob_key.in_(keys)))
    return [key for row in made for key in row if key]


def examine_due(here: Tool) -> timedelta | None:
    """Look at the files that are due, some of them at once. Returns zero when more are waiting."""
    _sweep(here)
    for _ in range(_AT_ONCE):
        claimed = _claim(here)
        if claimed is None:
            return None
        if not _examine(here, claimed):
            return None
    return timedelta(0)


def _sweep(here: Tool) -> None:
    """Files that have no row yet, files from before there was a scanner, and what a lost examiner left on disk."""
    now = here.clock()
    with here.database.unit() as session:
        known = exists().where(StoredFile.blob_key == Artifact.blob_key)
        unknown = select(Artifact.district_id, Artifact.blob_key, Artifact.media_type, Artifact.size).where(
            Artifact.blob_key != "", Artifact.deleted_at.is_(None), ~known
        )
        for district_id, blob_key, media_type, size in session.execute(unknown.distinct().limit(200)).all():
            expect(session, here, district_id=district_id, blob_key=blob_key, media_type=media_type, size=size)
        if here.settings.clamd:
            session.execute(update(StoredFile).where(StoredFile.scan == "off").values(scan="waiting", due_at=now))
        else:
            waiting = StoredFile.scan.in_(("waiting", "too_large"))
            session.execute(update(StoredFile).where(waiting).values(scan="off", due_at=now))
    old = (now - _LEFT_BEHIND).timestamp()
    for folder in here.settings.data_dir.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < old:
                shutil.rmtree(folder)


def _claim(here: Tool) -> StoredFile | None:
    """The next file that is due, ours until the lease is over."""
    now = here.clock()
    with here.database.unit() as session:
        row = session.scalar(
            select(StoredFile).where(StoredFile.due_at <= now).order_by(StoredFile.due_at).limit(1).with_for_update(skip_locked=True)
        )
        if row is not None:
            row.due_at = now + policies.LEASE
            row.tries += 1
        return row


def _examine(here: Tool, file: StoredFile) -> bool:
    """Scan, then take apart. False when the scanner or the store is down, so that the others need not be tried now."""
    try:
        if file.scan != "off" and not _scanned(here, file):
            return True
        if file.outcome:
            _settle(here, file, due_at=None)
            return True
        if file.tries > policies.MOST_TRIES:
            _finish(here, file, _given_up(file))
            return True
        if policies.is_recording(file.media_type):
            _cover(here, file)
            return True
        with here.blobs.open(file.blob_key) as stream, taken_apart(policies.kind(file.media_type), stream, folder=_folder(here)) as result:
            _finish(here, file, result)
    except ScannerDown as down:
        log.warning("scanner_down", why=str(down))
        _settle(here, file, due_at=here.clock() + policies.SCANNER_PAUSE, tries=file.tries - 1)
        return _answers(here)  # it may only have stumbled over this file
    except StoreFailed as failed:
        log.warning("file_not_read", file=str(file.id), why=str(failed))
        _settle(here, file, due_at=here.clock() + policies.SCANNER_PAUSE, tries=file.tries - 1)
        return False
    except BlobGone:
        _settle(here, file, due_at=None)  # removed meanwhile, or lost: whoever opens it is told
        log.warning("file_gone", file=str(file.id))
    return True


def _answers(here: Tool) -> bool:
    try:
        ping(here.settings.clamd)
    except ScannerDown:
        return False
    return True


def _cover(here: Tool, file: StoredFile) -> None:
    """Note where a recording tells of whoever made it; it is handed on with that covered."""
    reason = ""
    with here.blobs.open(file.blob_key) as stream:
        try:
            found = veils(stream, file.size, file.media_type)
        except NotRead:
            found, reason = None, "damaged"
    if found is None:
        reason = reason or "kind"
    _finish(here, file, Result("as_is", reason), found or [])


def _folder(here: Tool) -> Path:
    return here.settings.data_dir


def _given_up(file: StoredFile) -> Result:
    return Result("refused" if policies.kind(file.media_type) == "picture" else "as_is", "too_hard")


def _scanned(here: Tool, file: StoredFile) -> bool:
    """Ask the scanner where it has not spoken; True when the file is clean."""
    if file.scan == "clean":
        return True
    with here.blobs.open(file.blob_key) as stream:
        said: Verdict = verdict(here.settings.clamd, stream)
    due = here.clock() + policies.TOO_LARGE_PAUSE if said == "too_large" else None
    if said == "clean":
        due = file.due_at
    with here.database.unit() as session:
        row = _still_ours(session, file)
        if row is None:
            return False
        row.scan, row.scanned_at, row.due_at = said, here.clock(), due
        if said == "infected":
            _record(session, here, row, "infected")
    file.scan = said
    return said == "clean"


def _still_ours(session: Session, file: StoredFile) -> StoredFile | None:
    row = session.scalar(select(StoredFile).where(StoredFile.id == file.id, StoredFile.due_at == file.due_at).with_for_update())
    if row is None:
        log.info("examined_twice", file=str(file.id))
    return row


def _settle(here: Tool, file: StoredFile, *, due_at: datetime | None, tries: int | None = None) -> None:
    with here.database.unit() as session:
        row = _still_ours(session, file)
        if row is not None:
            row.due_at, row.tries = due_at, row.tries if tries is None else tries


def _store(here: Tool, path: Path | None) -> tuple[str, int]:
    if path is None:
        return "", 0
    with path.open("rb") as file:
        blob = here.blobs.store(file, limit=_MOST_COPY)
    return blob.key, blob.size


def _finish(here: Tool, file: StoredFile, result: Result, covers: Sequence[Veil] = ()) -> None:
    """Keep what was made; where the file is gone or somebody else was faster, keep nothing."""
    made = result.outcome == "made"
    copy_key, copy_size = _store(here, result.copy if made else None)
    preview_key, _ = _store(here, result.preview if made else None)
    kept = False
    try:
        with here.database.unit() as session:
            row = _still_ours(session, file)
            if row is not None:
                kept = True
                row.outcome, row.reason, row.due_at = result.outcome, result.reason, None
                row.copy_key, row.copy_size, row.preview_key = copy_key, copy_size, preview_key
                row.copy_type = ("image/jpeg" if policies.kind(row.media_type) == "picture" else row.media_type) if made else ""
                row.width, row.height, row.veils = result.width, result.height, [list(one) for one in covers]
                if result.outcome == "refused":
                    _record(session, here, row, "refused", reason=result.reason)
    except BaseException:
        kept = False
        raise
    finally:
        if not kept:
            for key in filter(None, (copy_key, preview_key)):
                here.blobs.delete(key)


def _record(session: Session, here: Tool, row: StoredFile, what: str, reason: str = "") -> None:
    piece = session.scalar(select(Artifact.id).where(Artifact.blob_key == row.blob_key).limit(1))
    audit.record(
        session, district_id=row.district_id, at=here.clock(), action=f"evidence:file:{what}", subject_id=piece or row.id, reason=reason
    )
