"""Forms of the district's connections."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from lti_tool.language import later

MOST_REASON = 300


class NameForm(FlaskForm):  # type: ignore[misc]
    """What the LMS is called here."""

    name = StringField(later("Name"), validators=[DataRequired(later("It needs a name.")), Length(max=100)])


class SwitchForm(FlaskForm):  # type: ignore[misc]
    """On or off, and why. `sure` is asked for where it ends the visit of who does it."""

    switch = RadioField(
        later("This connection"),
        choices=[SelectChoice("on", later("On")), SelectChoice("off", later("Off"))],
        validators=[DataRequired(later("Choose on or off."))],
    )
    reason = TextAreaField(later("Why"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=MOST_REASON)])
    sure = BooleanField(later("I know that my own visit ends with it"))


class AdminsForm(FlaskForm):  # type: ignore[misc]
    """Whether the LMS's administrators run the console."""

    admins = BooleanField(later("Administrators of this LMS run the district’s console"))
    sure = BooleanField(later("I know that nobody can open the console then"))
