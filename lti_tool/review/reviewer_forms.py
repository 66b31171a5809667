"""Forms about one person: what they may judge, and where they work."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional

from lti_tool.review.workplaces import LONGEST


class QualificationForm(FlaskForm):  # type: ignore[misc]
    """What a reviewer may judge."""

    extent = RadioField(
        "May judge",
        choices=[SelectChoice("all", "Every microcredential"), SelectChoice("named", "Only those chosen below")],
        validators=[DataRequired("Choose one of the two.")],
    )
    named = SelectMultipleField("Microcredentials", validate_choice=False)
    until = DateField("Last day", validators=[Optional()])

    def validate(self, extra_validators: object = None) -> bool:
        """Named means at least one."""
        sound = bool(super().validate(extra_validators))
        if self.extent.data == "named" and not self.named.data:
            self.named.errors = ["Choose at least one microcredential."]
            return False
        return sound


class WorkplaceForm(FlaskForm):  # type: ignore[misc]
    """Where somebody works."""

    school = StringField("School", validators=[Length(max=LONGEST)])
    supervisor = StringField("E-mail address of their supervisor", validators=[Length(max=320)])


class CallForm(FlaskForm):  # type: ignore[misc]
    """Asks for a new calibration."""

    reason = TextAreaField("Reason", validators=[DataRequired("Please say in a few words why."), Length(max=500)])
