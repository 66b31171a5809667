"""Forms about one person: what they may judge, and where they work."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional

from lti_tool.language import _, later
from lti_tool.review.workplaces import LONGEST


class QualificationForm(FlaskForm):  # type: ignore[misc]
    """What a reviewer may judge."""

    extent = RadioField(
        later("May judge"),
        choices=[SelectChoice("all", later("Every microcredential")), SelectChoice("named", later("Only those chosen below"))],
        validators=[DataRequired(later("Choose one of the two."))],
    )
    named = SelectMultipleField(later("Microcredentials"), validate_choice=False)
    until = DateField(later("Last day"), validators=[Optional()])

    def validate(self, extra_validators: object = None) -> bool:
        """Named means at least one."""
        sound = bool(super().validate(extra_validators))
        if self.extent.data == "named" and not self.named.data:
            self.named.errors = [_("Choose at least one microcredential.")]
            return False
        return sound


class WorkplaceForm(FlaskForm):  # type: ignore[misc]
    """Where somebody works."""

    school = StringField(later("School"), validators=[Length(max=LONGEST)])
    supervisor = StringField(later("E-mail address of their supervisor"), validators=[Length(max=320)])


class CallForm(FlaskForm):  # type: ignore[misc]
    """Asks for a new calibration."""

    reason = TextAreaField(later("Reason"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=500)])
