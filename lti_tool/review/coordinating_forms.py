"""Forms of those who run reviews."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from lti_tool.language import later

_OUTCOMES = [
    SelectChoice("earned", later("Earned")),
    SelectChoice("revise", later("Back to the teacher, for another attempt")),
    SelectChoice("not_earned", later("Not earned")),
]


class MoreTimeForm(FlaskForm):  # type: ignore[misc]
    """More time for a reviewer."""

    seat = HiddenField(validators=[DataRequired()])
    until = DateField(later("New due date"), validators=[InputRequired(later("Choose the new due date."))])
    reason = TextAreaField(later("Reason"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=500)])


class ExceptionForm(FlaskForm):  # type: ignore[misc]
    """A decision in place of the rule."""

    outcome = RadioField(later("Outcome"), choices=_OUTCOMES, validators=[DataRequired(later("Choose an outcome."))])
    reason = TextAreaField(
        later("Reason"), validators=[DataRequired(later("Please write down why. The teacher reads it.")), Length(max=2000)]
    )
    sure = BooleanField(
        later("I have the right to decide this, and I know that it can’t be taken back here"),
        validators=[DataRequired(later("Please confirm this."))],
    )


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What the district chooses for its reviews."""

    calibration = BooleanField(later("Reviewers calibrate before they judge"))
    schools_apart = BooleanField(later("Nobody judges work from their own school"))
    supervisors_apart = BooleanField(later("Nobody judges the work of somebody whom they supervise, or who supervises them"))
    grace_days = IntegerField(
        later("Days after which a late review goes to somebody else"),
        validators=[InputRequired(later("Write a number of days.")), NumberRange(0, 365, later("Between 0 and 365 days."))],
    )
