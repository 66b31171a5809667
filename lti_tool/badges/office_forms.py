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

_URL = r"^https://[^\s<>\"]{3,300}$"
_EMAIL = r"^[^@\s<>\",]{1,64}@[A-Za-z0-9.-]{3,200}$"


def _clean(given: str | None) -> str:
    return plain_text(given or "").strip()


def _told(_form: Any, field: Any) -> None:
    if not field.data:
        raise StopValidation("Write something here.")


_told.field_flags = {"required": True}  # type: ignore[attr-defined]


class RevokeForm(FlaskForm):  # type: ignore[misc]
    """Why a badge should be revoked."""

    reason = RadioField(
        "Why",
        choices=[SelectChoice(*one) for one in policies.REASONS.items()],
        validators=[InputRequired("Choose why.")],
        validate_choice=True,
    )
    note = TextAreaField(
        "What the colleague who confirms should know",
        filters=[_clean],
        validators=[Length(max=1000, message="Use at most 1000 characters.")],
    )


class DecideForm(FlaskForm):  # type: ignore[misc]
    """Confirm or decline."""

    do = HiddenField(validators=[AnyOf(["confirm", "decline"], "Choose whether to revoke it.")])


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name on the page; empty for the one of the LMS."""

    name = StringField("Name on the badge’s page", filters=[_clean], validators=[Length(max=120, message="Use at most 120 characters.")])


class IssuerForm(FlaskForm):  # type: ignore[misc]
    """What an issuer says of itself."""

    name = StringField("Name", filters=[_clean], validators=[_told, Length(max=120, message="Use at most 120 characters.")])
    url = StringField(
        "Web page", filters=[_clean], validators=[Optional(), Regexp(_URL, message="Give an address that begins with https://.")]
    )
    email = StringField("E-mail address", filters=[_clean], validators=[Optional(), Regexp(_EMAIL, message="This is no e-mail address.")])
    street = StringField("Street", filters=[_clean], validators=[Length(max=120, message="Use at most 120 characters.")])
    locality = StringField("City", filters=[_clean], validators=[Length(max=80, message="Use at most 80 characters.")])
    region = StringField("State", filters=[_clean], validators=[Length(max=80, message="Use at most 80 characters.")])
    postal_code = StringField("ZIP code", filters=[_clean], validators=[Length(max=20, message="Use at most 20 characters.")])
    country = StringField("Country", filters=[_clean], validators=[Length(max=80, message="Use at most 80 characters.")])

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
        "Short name",
        filters=[lambda given: _clean(given).lower()],
        validators=[_told, Regexp(r"^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$", re.ASCII, "Use 3 to 60 small letters, digits and hyphens.")],
    )


class LogoForm(FlaskForm):  # type: ignore[misc]
    """A picture."""

    file = FileField(
        "Picture", render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"}, validators=[FileRequired("Choose a file.")]
    )


class EndorseForm(FlaskForm):  # type: ignore[misc]
    """A signed endorsement, pasted or as a file."""

    text = TextAreaField("The endorsement (JSON)", filters=[_clean])
    file = FileField("Or its file", render_kw={"accept": ".json,application/json"})
