"""The teacher's switches."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, StringField
from wtforms.validators import AnyOf, DataRequired, Length


class ShareForm(FlaskForm):  # type: ignore[misc]
    """Whether the public page shall be on."""

    public = HiddenField(validators=[AnyOf(["yes", "no"], "Choose whether others may see this badge.")])


class ShowingForm(FlaskForm):  # type: ignore[misc]
    """What the public page tells beside the badge itself."""

    listed = BooleanField("Let search engines list the page")


class PictureForm(FlaskForm):  # type: ignore[misc]
    """A picture of the designer's own, and what it shows in words."""

    file = FileField("Picture")
    alt = StringField(
        "What it shows, in words",
        [DataRequired("Say what the picture shows, for those who can’t see it."), Length(max=200, message="At most 200 characters.")],
    )
