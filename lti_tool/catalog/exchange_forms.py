"""Forms of import and export."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from lti_tool.language import later


class FileForm(FlaskForm):  # type: ignore[misc]
    """A file to look at."""

    file = FileField(
        later("File"),
        validators=[FileRequired(later("Choose a file."))],
        render_kw={"accept": ".csv,.txt,.json,text/csv,application/json"},
    )


class TakeInForm(FlaskForm):  # type: ignore[misc]
    """What to do with rows that have faults."""

    whole = RadioField(
        later("Rows with faults"),
        choices=[
            SelectChoice("no", later("Leave them out, and take in the others")),
            SelectChoice("yes", later("Take in nothing as long as there is one")),
        ],
        default="no",
    )
