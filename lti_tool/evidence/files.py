"""Uploaded files on their way out: signed addresses that end soon, served from the evidence origin as nothing but data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, request, send_file
from itsdangerous import BadSignature, URLSafeSerializer

from lti_tool import tool
from lti_tool.errors import Problem, not_found
from lti_tool.tool import Tool

LIFE = timedelta(minutes=30)
_INLINE = ("image/", "audio/", "video/", "application/pdf")
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
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
    path = here.blobs.path(blob_key)
    if not path.is_file():
        raise not_found("the blob is gone")
    response = send_file(
        path, mimetype=media_type, as_attachment=not inline, download_name=filename, conditional=True, etag=blob_key, max_age=0
    )
    response.headers["Content-Security-Policy"] = _POLICY + (" allow-same-origin" if media_type.startswith(_OWN_ORIGIN) else "")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
