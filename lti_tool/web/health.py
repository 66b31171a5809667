"""For machines that look after machines: alive, ready, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_tool import tool

bp = Blueprint("health", __name__)

FIGURES: list[Callable[[Session, datetime], Iterable[Metric]]] = []
"""What the database says, the same from every process. Rooms add theirs on import of their views."""


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


class _Stored:
    """Figures that were read already, as a collector."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._found


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus figures: of this process, and of the whole installation. They name hosts, ids and counts, no people."""
    here, stored = tool.current(), CollectorRegistry()
    try:
        with here.database.read() as session:
            stored.register(_Stored([one for figures in FIGURES for one in figures(session, here.clock())]))
    except SQLAlchemyError:  # a scrape then says at least what this process knows
        stored = CollectorRegistry()
    return Response(generate_latest() + generate_latest(stored), content_type=CONTENT_TYPE_LATEST)
