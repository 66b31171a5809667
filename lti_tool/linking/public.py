"""What needs no visit: a file that an LMS's server fetches, and the public card of a microcredential."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request

from lti_tool import tool
from lti_tool.badges.artwork import badge_png
from lti_tool.badges.pictures import drawn
from lti_tool.catalog.queries import Version
from lti_tool.errors import not_found
from lti_tool.evidence.files import handed
from lti_tool.linking import items, queries, service

bp = Blueprint("linked", __name__)

_PICTURE_PIXELS = 240


@bp.get("/handed-file/<token>")
def handed_file(token: str) -> Response:
    """The bytes, always to be kept and never shown; for who was given the address. Raises Problem(not_found, link_ended)."""
    here = tool.current()
    if here.settings.evidence_url and request.host != urlsplit(here.settings.evidence_url).netloc:
        raise not_found("not the evidence host")
    with here.database.unit() as session:
        piece = service.fetched(session, here, token, count=request.method != "HEAD")
        found = (piece.blob_key, piece.media_type, piece.filename)
    return handed(here, *found)


def _version(activity_key: str) -> tuple[Version, str]:
    with tool.current().database.read() as session:
        version = queries.version_of_key(session, activity_key)
        if version is None:
            raise not_found("unknown activity key")
        return version, queries.issuer_name(session, version.id)


@bp.get("/cards/<activity_key>")
def card_page(activity_key: str) -> str:
    """What can be earned, for who was given this unguessable address by somebody who builds a course."""
    version, issuer = _version(activity_key)
    base_url = tool.current().settings.base_url
    picture = items.card_picture_url(base_url, activity_key)
    return render_template(
        "linking/card_page.html", version=version, content=version.content, issuer=issuer, brand_name=issuer, picture_url=picture
    )


@bp.get("/cards/<activity_key>/badge.png")
def card_picture(activity_key: str) -> Response:
    """The badge that is earned with it, as it would be drawn this year."""
    version, issuer = _version(activity_key)
    year = tool.current().clock().year
    svg = drawn(tool.current(), version.id, version.content.badge, version.content.title, issuer, year)
    picture = badge_png(svg, _PICTURE_PIXELS)
    response = Response(picture, content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
