"""Forms of the people who run a district's badges."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp, StopValidation

from lti_tool.badges import policies
from lti_tool.inputs import plain_text
from lti_tool.language import _, later

_URL = r"^https://[^\s<>\"]{3,300}$"
_EMAIL = r"^[^@\s<>\",]{1,64}@[A-Za-z0-9.-]{3,200}$"


def _clean(given: str | None) -> str:
    return plain_text(given or "").strip()


def _told(_form: Any, field: Any) -> None:
    if not field.data:
        raise StopValidation(_("Write something here."))


_told.field_flags = {"required": True}  # type: ignore[attr-defined]


class RevokeForm(FlaskForm):  # type: ignore[misc]
    """Why a badge should be revoked."""

    reason = RadioField(
        later("Why"),
        choices=[SelectChoice(*one) for one in policies.REASONS.items()],
        validators=[InputRequired(later("Choose why."))],
        validate_choice=True,
    )
    note = TextAreaField(
        later("What the colleague who confirms should know"),
        filters=[_clean],
        validators=[Length(max=1000, message=later("Use at most 1000 characters."))],
    )


class DecideForm(FlaskForm):  # type: ignore[misc]
    """Confirm or decline."""

    do = HiddenField(validators=[AnyOf(["confirm", "decline"], later("Choose whether to revoke it."))])


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name on the page; empty for the one of the LMS."""

    name = StringField(
        later("Name on the badge’s page"), filters=[_clean], validators=[Length(max=120, message=later("Use at most 120 characters."))]
    )


class IssuerForm(FlaskForm):  # type: ignore[misc]
    """What an issuer says of itself."""

    name = StringField(later("Name"), filters=[_clean], validators=[_told, Length(max=120, message=later("Use at most 120 characters."))])
    url = StringField(
        later("Web page"),
        filters=[_clean],
        validators=[Optional(), Regexp(_URL, message=later("Give an address that begins with https://."))],
    )
    email = StringField(
        later("E-mail address"), filters=[_clean], validators=[Optional(), Regexp(_EMAIL, message=later("This is no e-mail address."))]
    )
    street = StringField(later("Street"), filters=[_clean], validators=[Length(max=120, message=later("Use at most 120 characters."))])
    locality = StringField(later("City"), filters=[_clean], validators=[Length(max=80, message=later("Use at most 80 characters."))])
    region = StringField(later("State"), filters=[_clean], validators=[Length(max=80, message=later("Use at most 80 characters."))])
    postal_code = StringField(later("ZIP code"), filters=[_clean], validators=[Length(max=20, message=later("Use at most 20 characters."))])
    country = StringField(later("Country"), filters=[_clean], validators=[Length(max=80, message=later("Use at most 80 characters."))])

    def said(self) -> dict[str, Any]:
        """As `issuers.edit` takes it."""
        address = {
            "streetAddress": self.street.data,
            "addressLocality": self.locality.data,
            "addressRegion": self.region.data,
            "postalCode": self.postal_code.data,
            "addressCountry": self.country.data,
        }
        return {"name": self.name.data, "url": self.url.data, "email": self.email.data, "address": address}


class NewIssuerForm(IssuerForm):
    """Another issuer; its short name stands in every badge's address and never changes."""

    slug = StringField(
        later("Short name"),
        filters=[lambda given: _clean(given).lower()],
        validators=[
            _told,
            Regexp(r"^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$", re.ASCII, later("Use 3 to 60 small letters, digits and hyphens.")),
        ],
    )


class LogoForm(FlaskForm):  # type: ignore[misc]
    """A picture."""

    file = FileField(
        later("Picture"),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
        validators=[FileRequired(later("Choose a file."))],
    )


class EndorseForm(FlaskForm):  # type: ignore[misc]
    """A signed endorsement, pasted or as a file."""

    text = TextAreaField(later("The endorsement (JSON)"), filters=[_clean])
    file = FileField(later("Or its file"), render_kw={"accept": ".json,application/json"})
