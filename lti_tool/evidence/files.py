"""Uploaded files on their way out: signed addresses that end soon, served from the evidence origin as nothing but data.

An address names who looks at what, so that a leak can be traced; whether it still holds is asked anew at every request.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import UUID

from flask import Blueprint, Response, request
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from werkzeug.datastructures import ContentRange

from lti_tool import tool
from lti_tool.blobs import BlobGone
from lti_tool.errors import Problem, not_found
from lti_tool.evidence import holding
from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.evidence.stored_policies import Facts, Part
from lti_tool.evidence.veiling import veiled
from lti_tool.evidence.watermarks import marked
from lti_tool.language import _
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession

_INLINE = ("image/", "audio/", "video/", "application/pdf")
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_OWN_ORIGIN = ("audio/", "video/")  # a player that a browser opens for a file may fetch it only from its own origin
_MOST_AT_ONCE = 4 << 20  # bytes of one answer to a player that asks for "all the rest": it asks again, and holds no thread meanwhile
_SAFE = "!#$&+-.^_`|~"  # RFC 5987, attr-char

bp = Blueprint("evidence_file", __name__, url_prefix="/evidence-file")


@dataclass(frozen=True)
class Look:
    """What an address says: who (`viewer_id`) may fetch which part of which file under which name. `owner`: it is the viewer's own.

    `settles`: for whoever settles a privacy problem with it; it opens though the piece is held back.
    `visit` is the frame session with which a link to a recording ends, empty where the link lasts for minutes anyway.
    """

    viewer_id: UUID
    artifact_id: UUID
    district_id: UUID
    blob_key: str
    part: Part
    filename: str
    owner: bool
    ends: int
    visit: str = ""
    settles: bool = False


def _signer(here: Tool) -> URLSafeSerializer:
    return URLSafeSerializer(here.box.signing_key, salt="evidence-file")


def file_url(here: Tool, look: Look) -> str:
    """The address of a look. The caller has checked who may."""
    ids = [one.hex for one in (look.viewer_id, look.artifact_id, look.district_id)]
    token = _signer(here).dumps([*ids, look.blob_key, look.part, look.filename, int(look.owner), look.ends, look.visit, int(look.settles)])
    return f"{here.settings.evidence_origin}/evidence-file/{token}"


def opened(here: Tool, token: str) -> Look:
    """What a token says. Raises Problem: not_found for one that is not ours; link_ended when its time, or its visit, is over."""
    try:
        viewer, artifact, district, key, part, filename, owner, ends, visit, settles = _signer(here).loads(token)
        look = Look(UUID(viewer), UUID(artifact), UUID(district), key, part, filename, bool(owner), ends, visit, bool(settles))
    except (BadData, ValueError, TypeError) as error:
        raise not_found("not our token") from error
    if here.clock() > datetime.fromtimestamp(look.ends, UTC):
        raise _ended("its time is over")
    return look


def _ended(detail: str) -> Problem:
    return Problem(
        "link_ended",
        410,
        _("This link has ended"),
        _("Links to evidence work for a few minutes, so that they can't be passed around."),
        _("Go back to the page with the evidence, reload it and open the file again."),
        detail,
    )


def _file(here: Tool, look: Look) -> StoredFile:
    """The file of a look, as it may be opened now. Raises Problem."""
    with here.database.read() as session:
        if look.visit:
            lives = select(FrameSession.id).where(
                FrameSession.id == look.visit, FrameSession.person_id == look.viewer_id, FrameSession.expires_at > here.clock()
            )
            if session.scalar(lives) is None:
                raise _ended("its visit is over")
        file = session.scalar(select(StoredFile).where(StoredFile.blob_key == look.blob_key, StoredFile.district_id == look.district_id))
    if file is None:
        raise not_found("the file is not known")
    facts = Facts(file.media_type, file.scan, file.outcome, file.reason)
    if not policies.may_fetch(facts, look.part, owner=look.owner):
        raise Problem(
            "held_back",
            403,
            _("This file can't be opened now"),
            _("It is being checked, or it is not safe to open."),
            _("Reload the page with it."),
        )
    return file


@bp.get("/<token>")
def serve(token: str) -> Response:
    """The bytes, whole or in ranges. Raises Problem: not_found for a wrong host, token or blob; link_ended; held_back; deleted."""
    here = tool.current()
    if here.settings.evidence_url and request.host != urlsplit(here.settings.evidence_url).netloc:
        raise not_found("not the evidence host")
    look = opened(here, token)
    with here.database.read() as session:
        holding.refuse_deleted(session, look.blob_key)
        if not look.owner and not look.settles:
            holding.refuse_hidden(session, look.blob_key)
    file = _file(here, look)
    note_seen(here, viewer_id=look.viewer_id, artifact_ids=[look.artifact_id], page="file")
    media_type = file.media_type if look.part == "original" else file.copy_type
    try:
        if look.part != "original" and media_type.startswith("image/") and not look.owner:
            response = _marked(here, look, file)
        else:
            key = {"original": file.blob_key, "copy": file.copy_key, "preview": file.preview_key}[look.part]
            covers = () if look.owner else file.veils
            tag = f"{look.part}-{file.id.hex}{'-covered' if covers else ''}"
            response = _bytes(here, key, tag, covers, recording=policies.is_recording(media_type))
    except BlobGone as error:
        raise not_found("the blob is gone") from error
    inline = media_type.startswith(_INLINE) and not (look.part == "original" and media_type.startswith("image/"))
    _dress(response, media_type, look.filename, inline=inline)
    return response


def handed(here: Tool, key: str, media_type: str, filename: str) -> Response:
    """A file that its owner handed in, always to be kept and never shown. Raises Problem(not_found) when it is gone."""
    try:
        response = _bytes(here, key, key, (), recording=False)
    except (BlobGone, ValueError) as error:
        raise not_found("the blob is gone") from error
    _dress(response, media_type, filename, inline=False)
    return response


def _dress(response: Response, media_type: str, filename: str, *, inline: bool) -> None:
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type
    response.headers["Content-Disposition"] = disposition("inline" if inline else "attachment", filename)
    response.headers["Content-Security-Policy"] = _POLICY + (" allow-same-origin" if media_type.startswith(_OWN_ORIGIN) else "")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"


def _marked(here: Tool, look: Look, file: StoredFile) -> Response:
    """A picture for somebody else than its owner: who looks is written across it."""
    key = file.preview_key if look.part == "preview" else file.copy_key
    with here.blobs.open(key) as stream:
        return Response(marked(stream, policies.watermark(look.viewer_id, here.clock().date())))


def _bytes(here: Tool, key: str, etag: str, covers: Sequence[Sequence[int | str]], *, recording: bool) -> Response:
    """A blob whole, as the range that was asked for (206), or as nothing new (304). Raises RequestedRangeNotSatisfiable.

    Of a recording no range is longer than some megabytes (RFC 9110, 15.3.7, lets a server send less): the player asks on.
    """
    size = here.blobs.size(key)
    response = Response(direct_passthrough=True)
    response.content_length = size
    response.set_etag(etag)
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    part = response.content_range
    start, stop = (part.start, part.stop or size) if part.start is not None else (0, size)
    if recording and response.status_code == 206 and stop - start > _MOST_AT_ONCE:
        stop = start + _MOST_AT_ONCE
        response.content_range = ContentRange("bytes", start, stop, size)
        response.content_length = stop - start
    if response.status_code != 304:
        response.response = veiled(here.blobs.read(key, start, stop), start, covers)
    return response


def disposition(how: str, filename: str) -> str:
    """A Content-Disposition header with a name in any script (RFC 6266): in UTF-8, and in ASCII for what knows no better."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode().replace("\\", "").replace('"', "")
    if plain == filename:
        return f'{how}; filename="{plain}"'
    stem, dot, extension = plain.rpartition(".")
    plain = plain if stem.strip() else f"file{dot}{extension}"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe=_SAFE)}"
