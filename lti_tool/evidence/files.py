"""Uploaded files on their way out: signed addresses that end soon, served from the evidence origin as nothing but data."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from lti_tool import tool
from lti_tool.blobs import BlobGone
from lti_tool.errors import Problem, not_found
from lti_tool.tool import Tool

LIFE = timedelta(minutes=30)
_INLINE = ("image/", "audio/", "video/", "application/pdf")
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_SAFE = "!#$&+-.^_`|~"  # RFC 5987, attr-char
_OWN_ORIGIN = ("audio/", "video/")  # a player that a browser opens for a file may fetch it only from its own origin

bp = Blueprint("evidence_file", __name__, url_prefix="/evidence-file")


def _signer(here: Tool) -> URLSafeSerializer:
    return URLSafeSerializer(here.box.signing_key, salt="evidence-file")


def file_url(here: Tool, *, blob_key: str, media_type: str, filename: str) -> str:
    """An address at which this blob can be read for half an hour by whoever holds it. The caller has checked who may."""
    ends = int((here.clock() + LIFE).timestamp())
    token = _signer(here).dumps([blob_key, media_type, filename, ends])
    return f"{here.settings.evidence_origin}/evidence-file/{token}"


@bp.get("/<token>")
def serve(token: str) -> Response:
    """The bytes, whole or in ranges. Raises Problem: not_found for a wrong host, token or blob; link_ended when its time is over."""
    here = tool.current()
    if here.settings.evidence_url and request.host != urlsplit(here.settings.evidence_url).netloc:
        raise not_found("not the evidence host")
    try:
        blob_key, media_type, filename, ends = _signer(here).loads(token)
    except BadSignature as error:
        raise not_found("not our token") from error
    if here.clock() > datetime.fromtimestamp(ends, UTC):
        raise Problem(
            "link_ended",
            410,
            "This link has ended",
            "Links to evidence work for half an hour, so that they can't be passed around.",
            "Go back to the page with the evidence, reload it and open the file again.",
        )
    return sent(here, blob_key, media_type, filename, inline=media_type.startswith(_INLINE))


def sent(here: Tool, blob_key: str, media_type: str, filename: str, *, inline: bool) -> Response:
    """The answer that carries a blob, as nothing but data; not `inline`: to be kept. Raises Problem(not_found) when it is gone."""
    try:
        size = here.blobs.size(blob_key)
    except (BlobGone, ValueError) as error:
        raise not_found("the blob is gone") from error
    response = _bytes(here, blob_key, size)
    response.mimetype = media_type
    response.headers["Content-Disposition"] = disposition("inline" if inline else "attachment", filename)
    response.headers["Content-Security-Policy"] = _POLICY + (" allow-same-origin" if media_type.startswith(_OWN_ORIGIN) else "")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _bytes(here: Tool, blob_key: str, size: int) -> Response:
    """Whole, as the range that was asked for (206), or as nothing new (304). Raises RequestedRangeNotSatisfiable."""
    response = Response(direct_passthrough=True)
    response.content_length = size
    response.set_etag(blob_key)
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    if response.status_code != 304:
        part = response.content_range
        response.response = here.blobs.read(blob_key, part.start or 0, part.stop if part.start is not None else size)
    return response


def disposition(how: str, filename: str) -> str:
    """A Content-Disposition header with a name in any script (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode().replace("\\", "").replace('"', "") or "file"
    exact = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe=_SAFE)}"
    return f'{how}; filename="{plain}"{exact}'
