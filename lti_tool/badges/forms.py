"""The teacher's switches."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField
from wtforms.validators import AnyOf


class ShareForm(FlaskForm):  # type: ignore[misc]
    """Whether the public page shall be on."""

    public = HiddenField(validators=[AnyOf(["yes", "no"], "Choose whether others may see this badge.")])


class ShowingForm(FlaskForm):  # type: ignore[misc]
    """What the public page tells beside the badge itself."""

    levels = BooleanField("Show the levels that I reached on each criterion")
    listed = BooleanField("Let search engines list the page")
