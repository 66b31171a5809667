"""For machines that look after machines: alive, ready, figures."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import tool

bp = Blueprint("health", __name__)


@bp.get("/livez")
def livez() -> tuple[dict[str, str], int]:
    """The process answers."""
    return {"status": "alive"}, 200


@bp.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """The database answers and has been migrated, and the data folder is there."""
    here = tool.current()
    try:
        with here.database.read() as session:
            session.execute(text("SELECT count(*) FROM district"))
    except SQLAlchemyError:
        return {"status": "not ready", "database": "does not answer or is not migrated"}, 503
    if not here.settings.data_dir.is_dir():
        return {"status": "not ready", "data_dir": "is missing"}, 503
    return {"status": "ready"}, 200


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus figures of this process; they name hosts and counts, no people."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
