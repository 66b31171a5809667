"""Forms of being found by skill."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from lti_tool.district.skills.policies import LONGEST_NOTE
from lti_tool.language import later


class ChoiceForm(FlaskForm):  # type: ignore[misc]
    """What a teacher lets others find."""

    is_found = BooleanField(later("People of my district who search by skill find me"))
    mentors = BooleanField(later("I would mentor a colleague"))
    leads = BooleanField(later("I would lead a workshop or a group"))
    visits = BooleanField(later("Colleagues may visit my classroom"))
    note = TextAreaField(later("A short note"), validators=[Length(max=LONGEST_NOTE, message=later("Please use at most 300 characters."))])
    scope = RadioField(
        later("Found by which badges"),
        choices=[
            SelectChoice("all", later("All my badges that are valid, also those I earn later")),
            SelectChoice("some", later("Only those chosen below")),
        ],
        validators=[InputRequired(later("Choose one of the two."))],
    )
    badges = SelectMultipleField(later("My badges"), validate_choice=False)

    def validate(self, extra_validators: object = None) -> bool:
        """Whoever wants to be found by some badges chooses at least one."""
        sound = bool(super().validate(extra_validators))
        if self.is_found.data and self.scope.data == "some" and not self.badges.data:
            self.badges.errors = [later("Choose at least one badge, or do not be found.")]
            return False
        return sound
