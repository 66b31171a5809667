"""Structured logs: one JSON line an event, with the request's id. Causes and ids only, never tokens, names or evidence."""

from __future__ import annotations

import logging

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from lti_tool.settings import Settings


def connect(settings: Settings) -> None:
    """Set up structlog for this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # locals hold names and tokens
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)),
        logger_factory=structlog.WriteLoggerFactory(),
    )
