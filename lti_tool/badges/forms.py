"""The teacher's switches."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, StringField
from wtforms.validators import AnyOf, DataRequired, Length

from lti_tool.language import later


class ShareForm(FlaskForm):  # type: ignore[misc]
    """Whether the public page shall be on."""

    public = HiddenField(validators=[AnyOf(["yes", "no"], later("Choose whether others may see this badge."))])


class ShowingForm(FlaskForm):  # type: ignore[misc]
    """What the public page tells beside the badge itself."""

    listed = BooleanField(later("Let search engines list the page"))


class PictureForm(FlaskForm):  # type: ignore[misc]
    """A picture of the designer's own, and what it shows in words."""

    file = FileField(later("Picture"))
    alt = StringField(
        later("What it shows, in words"),
        [
            DataRequired(later("Say what the picture shows, for those who can’t see it.")),
            Length(max=200, message=later("At most 200 characters.")),
        ],
    )
