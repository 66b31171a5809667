"""The web application as gunicorn serves it, with one more address, at which a score is desired as an outcome does it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from flask import Flask, request

from lti_tool import tool
from lti_tool.app import create_app
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.evidence.models import Enrollment
from lti_tool.grading.outcomes import desire_score
from lti_tool.grading.policies import Score


def application() -> Flask:
    """What gunicorn serves."""
    app = create_app()

    @app.post("/desire")
    def desire() -> str:
        here = tool.current()
        with here.database.unit() as session:
            enrollment = session.get_one(Enrollment, UUID(request.form["enrollment"]))
            activity = session.get_one(Activity, enrollment.activity_id)
            score = Score(Decimal(request.form["given"]), Decimal(10_000))
            desire_score(session, here, activity, enrollment, score, comment=f"Number {score.given}", submitted_at=here.clock())
            after_commit(session, here.wake)
        return "committed"

    app.extensions["csrf"].exempt(desire)
    return app
