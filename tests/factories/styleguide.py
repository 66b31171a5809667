"""A small Flask app that shows the style guide with sample data, for the tests of templates."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from lti_tool import language
from lti_tool.catalog.content import Criterion, Level

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)

CRITERIA = (
    Criterion(
        key="interaction",
        title="Interaction in groups",
        description="How students talk with and listen to one another.",
        levels=(
            Level(name="Beginning", description="Students sit in groups and work side by side; most talk goes to the teacher."),
            Level(name="Developing", description="Students share answers and ask one another for help with steps of the task."),
            Level(name="Proficient", description="Students explain their thinking, ask for reasons and build on what others say."),
            Level(name="Leading", description="Students also see when somebody is left out, and bring them in without being told."),
        ),
        required_level=2,
    ),
    Criterion(
        key="accountability",
        title="Everyone answers for the work",
        levels=(
            Level(name="Beginning", description="One product per group; who did what can't be seen."),
            Level(name="Developing", description="Roles are given, but the task can be done without some of them."),
            Level(name="Proficient", description="The task needs each member, and each shows what they understood."),
            Level(name="Leading", description="Students check one another's understanding before they call the task done."),
        ),
        required_level=2,
    ),
    Criterion(
        key="reflection",
        title="Reflection on impact",
        levels=(
            Level(name="Beginning", description="Says what happened in the lesson."),
            Level(name="Developing", description="Names what students learned and what the next lesson will change."),
            Level(name="Proficient", description="Ties changes in teaching to examples of student work, before and after."),
        ),
        required_level=1,
    ),
)

PROSE = Markup(
    "<h3>Why it works</h3><p>Talking about a problem makes thinking visible, to classmates and to the teacher. Groups do "
    "<em>not</em> do it by themselves: the task has to <strong>need</strong> every member.</p>"
    "<ul><li>A task with more than one way in</li><li>A shared product and a part of one's own</li></ul>"
    '<blockquote><p>"I did not know that I understood it until I had to explain it."</p></blockquote>'
    '<p>See <a href="#">the reading list</a>.</p>'
)


class SampleForm(FlaskForm):  # type: ignore[misc]
    """One field of every kind that `ui.field` and its neighbours draw."""

    title = StringField("Title", validators=[InputRequired("Give it a title.")])
    reflection = TextAreaField("Reflection", validators=[InputRequired("Write your reflection.")])
    grade = SelectField(
        "Grade band",
        choices=[SelectChoice("k2", "K to 2"), SelectChoice("35", "3 to 5"), SelectChoice("68", "6 to 8")],
        validators=[InputRequired()],
    )
    minutes = IntegerField("Minutes of recording")
    link = URLField("Link")
    recording = FileField("Recording", validators=[InputRequired("Choose a file.")])
    kind = RadioField(
        "Who planned the lesson?",
        choices=[SelectChoice("solo", "I did"), SelectChoice("team", "My team did")],
        validators=[InputRequired("Say who planned it.")],
    )
    reviewers = SelectMultipleField(
        "Reviewers", choices=[SelectChoice("1", "Ana Rivera"), SelectChoice("2", "Marcus Bell"), SelectChoice("3", "Sofia Lindqvist")]
    )
    consent = BooleanField(
        "The families of all students who can be seen have agreed", validators=[InputRequired("Confirm that the families agreed.")]
    )


def sample_context() -> dict[str, Any]:
    """What styleguide.html reads. Needs a request context."""
    failed = SampleForm(prefix="failed", meta={"csrf": False})
    failed.validate()
    return {
        "form": SampleForm(data={"kind": "team", "grade": "35", "reviewers": ["2"], "title": "Group work, period 3"}),
        "form_with_errors": failed,
        "criteria": CRITERIA,
        "prose": PROSE,
        "now": NOW,
    }


def styleguide_app() -> Flask:
    """Serves the style guide at / and an error outside an LMS at /error."""
    app = Flask("lti_tool")
    language.teach(app.jinja_env)
    app.config.update(SECRET_KEY="for tests of templates only", TESTING=True)
    CSRFProtect(app)
    frame = SimpleNamespace(person_name="Ana Rivera", context_title="Professional Learning 2026", environment="production")
    nav = [
        SimpleNamespace(label="My work", url="#", current=True, count=0),
        SimpleNamespace(label="Reviews", url="#", current=False, count=2),
        SimpleNamespace(label="District", url="#", current=False, count=0),
    ]

    @app.get("/")
    def styleguide() -> str:
        return render_template(
            "styleguide.html", frame=frame, nav=nav, request_id="01JD-EXAMPLE", lms_origin=request.host_url.rstrip("/"), **sample_context()
        )

    @app.get("/error")
    def error() -> tuple[str, int]:
        problem = SimpleNamespace(
            title="Please open this again from your course",
            text="A visit ends after some hours.",
            who="Go back to your course and open the activity again.",
            code="session_ended",
            status=401,
        )
        return render_template("error.html", problem=problem, frame=None, request_id="01JD-EXAMPLE"), 401

    return app
