"""Forms of examples with master scores."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import DataRequired

from lti_tool.language import later

_NEEDED = DataRequired(later("Please confirm this."))


class TakeForm(FlaskForm):  # type: ignore[misc]
    """Makes an example of somebody's work."""

    agreed = BooleanField(later("The teacher has agreed in writing that reviewers learn by this work"), validators=[_NEEDED])
    nameless = BooleanField(
        later("I have looked through it: it names neither the teacher, nor a student, nor the school"),
        validators=[DataRequired(later("Please confirm this."))],
    )
    with_students = BooleanField(
        later("The families’ consent covers the training of reviewers: keep pieces in which students can be recognized")
    )
