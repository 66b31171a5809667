"""Forms of the joined pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length


class ExtendForm(FlaskForm):  # type: ignore[misc]
    """More time for a teacher."""

    until = DateField("New last day", validators=[InputRequired("Choose the new last day.")])
    reason = TextAreaField("Reason", validators=[InputRequired("Please say in a few words why."), Length(max=500)])
