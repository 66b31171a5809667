"""What platforms and their admins read: our public keys, the configuration for a Canvas developer key, the pages of registration."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from lti_tool import tool
from lti_tool.platforms import canvas, keys
from lti_tool.platforms.service import SCOPES

bp = Blueprint("platforms", __name__, url_prefix="/lti")


@bp.get("/jwks")
def jwks() -> Response:
    """Our public keys: a plain key set (RFC 7517), fetched by platforms when we sign something."""
    response = jsonify(keys.published(tool.current()))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/canvas.json")
def canvas_configuration() -> Response:
    """What a Canvas developer key of the kind LTI reads, where dynamic registration is not wanted."""
    settings = tool.current().settings
    return jsonify(
        canvas.developer_key(
            base_url=settings.base_url,
            title=settings.product_name,
            description="Teachers earn microcredentials: evidence from the classroom, judged by two independent reviewers.",
            scopes=list(SCOPES),
        )
    )
