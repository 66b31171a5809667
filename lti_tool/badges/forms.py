"""The teacher's switch."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import AnyOf


class ShareForm(FlaskForm):  # type: ignore[misc]
    """Whether the public page shall be on."""

    public = HiddenField(validators=[AnyOf(["yes", "no"], "Choose whether others may see this badge.")])
