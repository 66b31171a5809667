"""Forms of the review room."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from lti_tool.inputs import plain_text, whole_number
from lti_tool.language import later
from lti_tool.review.policies import DECLINES

_LONGEST = 8000
_DECLINES = [SelectChoice(key, words) for key, words in DECLINES.items()]


class DeclineForm(FlaskForm):  # type: ignore[misc]
    """Why a reviewer steps back."""

    kind = RadioField(later("What is it?"), choices=_DECLINES, default="other", validate_choice=False)
    reason = TextAreaField(
        later("Why do you step back?"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=500)]
    )


class PersonForm(FlaskForm):  # type: ignore[misc]
    """Names one person."""

    person = HiddenField(validators=[DataRequired()])


class SeatForm(FlaskForm):  # type: ignore[misc]
    """Gives a place to a reviewer."""

    seat = HiddenField(validators=[DataRequired()])
    person = SelectField(later("Reviewer"), validators=[DataRequired(later("Choose a reviewer."))])


def read_scores(form: MultiDict[str, str], keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Levels and words of a posted desk: fields `level-<key>` and `feedback-<key>`. A level that is no number is none."""
    scores: dict[str, dict[str, Any]] = {}
    for key in keys:
        level = whole_number(form.get(f"level-{key}", ""))
        scores[key] = {"level": None if level < 0 else level, "feedback": plain_text(form.get(f"feedback-{key}", ""))[:_LONGEST]}
    return scores
