"""What the views of this room share."""

from __future__ import annotations

from flask import Blueprint

from lti_tool import tool
from lti_tool.language import N_

bp = Blueprint("linking", __name__, url_prefix="/s/<frame_key>")
CANCELLED = N_("Nothing was added.")


def launch_url() -> str:
    """Where every launch begins."""
    return f"{tool.current().settings.base_url}/lti/launch"
