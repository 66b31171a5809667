"""Forms of the registration pages. The invite's token in the address proves the sender, so they carry no form token."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from lti_tool.language import later


class _InviteForm(FlaskForm):  # type: ignore[misc]
    class Meta:
        csrf = False


class AskForm(_InviteForm):
    """Go ahead and register with this platform."""

    openid_configuration = HiddenField(validators=[InputRequired(), Length(max=4000)])
    registration_token = HiddenField(validators=[Length(max=20_000)])


class ConfirmForm(_InviteForm):
    """What was stored is right."""

    admins_run_console = BooleanField(later("Administrators of this LMS may open the district console"))
