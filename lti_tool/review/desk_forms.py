"""Forms of the desk beside the scores."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, ValidationError

from lti_tool.language import _, later
from lti_tool.review.desk_service import LONGEST_NOTE, LONGEST_PHRASE


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A note at a moment of a recording."""

    moment = StringField(later("At"), validators=[DataRequired(later("Write the moment, for example 2:05.")), Length(max=12)])
    text = TextAreaField(later("Note"), validators=[DataRequired(later("Write a few words for the note.")), Length(max=LONGEST_NOTE)])
    shared = BooleanField(later("The teacher may read it"))


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """What is missing in a submission."""

    offered: frozenset[str] = frozenset()
    missing = SelectMultipleField(later("What is missing, can’t be opened, or is the wrong file?"), validate_choice=False)
    words = TextAreaField(
        later("What should the teacher do?"),
        validators=[DataRequired(later("Say in a few words what is missing.")), Length(max=LONGEST_NOTE)],
    )

    def offer(self, places: dict[str, str]) -> None:
        """Offer these places."""
        self.missing.choices = [SelectChoice(key, title) for key, title in places.items()]
        self.offered = frozenset(places)

    def validate_missing(self, field: SelectMultipleField) -> None:
        """At least one of what was offered."""
        field.data = [key for key in field.data or () if key in self.offered]
        if not field.data:
            raise ValidationError(_("Choose what is missing."))


class PhraseForm(FlaskForm):  # type: ignore[misc]
    """A phrase to keep."""

    text = TextAreaField(later("A new phrase"), validators=[DataRequired(later("Write something first.")), Length(max=LONGEST_PHRASE)])
