"""Forms of those who run reviews."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

_OUTCOMES = [
    SelectChoice("earned", "Earned"),
    SelectChoice("revise", "Back to the teacher, for another attempt"),
    SelectChoice("not_earned", "Not earned"),
]


class MoreTimeForm(FlaskForm):  # type: ignore[misc]
    """More time for a reviewer."""

    seat = HiddenField(validators=[DataRequired()])
    until = DateField("New due date", validators=[InputRequired("Choose the new due date.")])
    reason = TextAreaField("Reason", validators=[DataRequired("Please say in a few words why."), Length(max=500)])


class ExceptionForm(FlaskForm):  # type: ignore[misc]
    """A decision in place of the rule."""

    outcome = RadioField("Outcome", choices=_OUTCOMES, validators=[DataRequired("Choose an outcome.")])
    reason = TextAreaField("Reason", validators=[DataRequired("Please write down why. The teacher reads it."), Length(max=2000)])
    sure = BooleanField(
        "I have the right to decide this, and I know that it can’t be taken back here", validators=[DataRequired("Please confirm this.")]
    )


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What the district chooses for its reviews."""

    calibration = BooleanField("Reviewers calibrate before they judge")
    schools_apart = BooleanField("Nobody judges work from their own school")
    supervisors_apart = BooleanField("Nobody judges the work of somebody whom they supervise, or who supervises them")
    grace_days = IntegerField(
        "Days after which a late review goes to somebody else",
        validators=[InputRequired("Write a number of days."), NumberRange(0, 365, "Between 0 and 365 days.")],
    )
