"""Forms of keeping."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from lti_tool.keeping.service import MOST_WORDS
from lti_tool.language import _, later

WORD = "erase"


class HoldForm(FlaskForm):  # type: ignore[misc]
    """Why everything of a person has to be kept."""

    reason = TextAreaField(
        later("Why does everything have to be kept?"), validators=[DataRequired(later("Please say why.")), Length(max=MOST_WORDS)]
    )


class EraseForm(FlaskForm):  # type: ignore[misc]
    """Asks twice: for the person's name, and for a word."""

    name = StringField(
        later("The person’s name, exactly as it stands above"), validators=[DataRequired(later("Type the name.")), Length(max=500)]
    )
    word = StringField(later("The word “erase”"), validators=[DataRequired(later("Type the word “erase”.")), Length(max=20)])

    def __init__(self, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._label = label

    def validate_name(self, field: StringField) -> None:
        """Raises ValidationError for another name."""
        if " ".join((field.data or "").split()) != " ".join(self._label.split()):
            raise ValidationError(_("This is not the name of this person."))

    def validate_word(self, field: StringField) -> None:
        """Raises ValidationError for another word."""
        if (field.data or "").strip().lower() != WORD:
            raise ValidationError(_("Type the word “erase”."))
