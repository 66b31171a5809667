"""Forms of the reports."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from lti_tool.language import later


class RefreshForm(FlaskForm):  # type: ignore[misc]
    """Count now."""


class HeadcountForm(FlaskForm):  # type: ignore[misc]
    """How many people a school employs."""

    school = StringField(later("School"), validators=[DataRequired(later("Write the school’s name as the list has it.")), Length(max=200)])
    people = IntegerField(
        later("People who work there"), validators=[Optional(), NumberRange(1, 100_000, later("Write a number between 1 and 100,000."))]
    )
