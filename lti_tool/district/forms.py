"""Forms of the district's console."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from lti_tool.district.role_policies import ROLES
from lti_tool.district.roles import MOST_REASON
from lti_tool.language import later
from lti_tool.web.district_settings import LEAST_DAYS, MOST_DAYS


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A role for somebody."""

    role = RadioField(
        later("Role"),
        choices=[SelectChoice(key, later(label)) for key, (label, _) in ROLES.items()],
        validators=[DataRequired(later("Choose one of the roles."))],
    )
    until = DateField(later("Last day"), validators=[Optional()])
    reason = TextAreaField(
        later("Why"),
        validators=[DataRequired(later("Please say in a few words why.")), Length(max=MOST_REASON)],
    )


class EndForm(FlaskForm):  # type: ignore[misc]
    """Taking a role away. `sure` is asked for where nobody could open the console afterwards."""

    sure = BooleanField(later("I know that nobody can open this console then"))


class SupportForm(FlaskForm):  # type: ignore[misc]
    """A look at what somebody sees. `enrollment`: from whose course."""

    enrollment = SelectField(later("In which course"), validators=[Optional()])
    reason = TextAreaField(
        later("Why do you need to look?"),
        validators=[DataRequired(later("Please say in a few words why.")), Length(max=MOST_REASON)],
    )


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What a district chooses for itself."""

    name = StringField(later("Name of the district"), validators=[DataRequired(later("A district needs a name.")), Length(max=100)])
    help_contact = StringField(later("Whom people ask for help"), validators=[Length(max=200)])
    enrollment_days = IntegerField(
        later("Days that teachers have to earn a microcredential"),
        validators=[
            Optional(),
            NumberRange(LEAST_DAYS, MOST_DAYS, later("Between 30 and 1825 days.")),
        ],
    )
    support_views = BooleanField(later("Coordinators may look at what a teacher sees"))
