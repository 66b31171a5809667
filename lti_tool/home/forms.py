"""Forms of the joined pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from lti_tool.language import later


class ExtendForm(FlaskForm):  # type: ignore[misc]
    """More time for a teacher."""

    until = DateField(later("New last day"), validators=[InputRequired(later("Choose the new last day."))])
    reason = TextAreaField(later("Reason"), validators=[InputRequired(later("Please say in a few words why.")), Length(max=500)])
