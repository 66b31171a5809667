"""How uploaded files look on a page to whoever looks: what may be opened, by which address, and what to say where nothing may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.files import Look, file_url
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.evidence.stored_policies import Facts, Part
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Viewer:
    """Who looks. `owner`: at their own files. `visit` is their frame session. `settles`: what is held back, too, to settle a problem."""

    district_id: UUID
    person_id: UUID
    owner: bool
    visit: str
    settles: bool = False


@dataclass(frozen=True)
class FilePiece:
    """A file on a page: `filename` is what it is called there and when it is saved."""

    artifact_id: UUID
    blob_key: str
    media_type: str
    filename: str


@dataclass(frozen=True)
class Shown:
    """A file for one viewer, on one view of a page.

    `waiting`: it will look different soon. `words` stand in its place where nothing can be opened, `note` beside it. `url` opens it:
    a picture as drawn anew, a recording to play (`player` is audio or video), a document. `picture` is a small picture of
    `width` by `height` pixels. `own_url` is the owner's file as they sent it, where `url` is another. Where there is no such thing the
    address is empty.
    """

    waiting: bool
    words: str = ""
    note: str = ""
    url: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0
    player: str = ""
    own_url: str = ""
    size: int = 0


def shown(session: Session, here: Tool, viewer: Viewer, pieces: Iterable[FilePiece]) -> dict[UUID, Shown]:
    """Each file by its artifact's id. The caller has checked that this viewer may see these pieces."""
    wanted = [piece for piece in pieces if piece.blob_key]
    keys = {piece.blob_key for piece in wanted}
    known = {
        row.blob_key: row
        for row in session.scalars(select(StoredFile).where(StoredFile.blob_key.in_(keys), StoredFile.district_id == viewer.district_id))
    }
    return {piece.artifact_id: _shown(here, viewer, piece, known.get(piece.blob_key)) for piece in wanted}


def _shown(here: Tool, viewer: Viewer, piece: FilePiece, file: StoredFile | None) -> Shown:
    if file is None:  # the worker finds it within a minute
        return Shown(True, policies.PREPARING)
    facts = Facts(file.media_type, file.scan, file.outcome, file.reason)
    state = policies.state(facts, owner=viewer.owner)
    if state != "ready":
        words = {"checking": policies.CHECKING, "preparing": policies.PREPARING}.get(state, policies.NOT_SHOWN)
        return Shown(state != "held", (policies.trouble(facts) or words) if viewer.owner else words)

    def url(part: Part) -> str:
        ends = int(policies.link_ends(here.clock(), file.media_type).timestamp())
        visit = viewer.visit if policies.is_recording(file.media_type) else ""
        ids = viewer.person_id, piece.artifact_id, viewer.district_id
        return file_url(here, Look(*ids, file.blob_key, part, piece.filename, viewer.owner, ends, visit, viewer.settles))

    note = (policies.trouble(facts) or policies.note(facts)) if viewer.owner else ""
    if policies.kind(file.media_type) == "picture":
        if file.outcome != "made":  # its owner's
            return Shown(not file.outcome, note=note or policies.PREPARING, own_url=url("original"), size=file.size)
        width, height = policies.fitted(file.width, file.height, policies.SMALL)
        own = url("original") if viewer.owner else ""
        return Shown(False, "", note, url("copy"), url("preview"), width, height, "", own, file.size if viewer.owner else file.copy_size)
    player = file.media_type.partition("/")[0] if policies.is_recording(file.media_type) else ""
    if viewer.owner or file.outcome == "as_is":
        return Shown(not file.outcome, note=note, url=url("original"), player=player, size=file.size)
    return Shown(False, url=url("copy"), size=file.copy_size)
