"""The blueprint of the district's console, and who may open what in it."""

from __future__ import annotations

from flask import Blueprint, request

from lti_tool.web import nav
from lti_tool.web.frames import require

bp = Blueprint("district", __name__, url_prefix="/s/<frame_key>/district")


@bp.before_request
def check() -> None:
    """The front page is for everybody who may open one of the console's pages, everything else for the console."""
    require(*(nav.console_rights() if request.endpoint == "district.index" else ("console",)))()
