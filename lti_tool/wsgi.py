"""What gunicorn loads: `lti_tool.wsgi:application()`."""

from __future__ import annotations

from flask import Flask

from lti_tool import jobs
from lti_tool.app import build_tool, create_app
from lti_tool.settings import load_settings


def application() -> Flask:
    """The web application of this installation, with its queue."""
    here = build_tool(load_settings())
    jobs.connect(here)
    return create_app(here=here)
