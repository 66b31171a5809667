"""Forms of appeals."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from lti_tool.language import _, _p, later
from lti_tool.review.appeal_policies import GROUNDS, NEW_EVIDENCE
from lti_tool.review.appeal_service import MOST_WORDS

VOTES = {
    "upheld": (later("The decision stands"), later("The reviewers judged by the rubric and by the rules.")),
    "overturned": (
        later("The decision is overturned"),
        later("The evidence shows every criterion as the rubric asks. The microcredential is earned at once."),
    ),
    "remanded": (
        later("New reviewers judge it again"),
        later("Something went wrong, and one can’t tell from here what the right outcome is."),
    ),
}
ANSWERS = {"accept": later("It names a ground: a panel answers it"), "refuse": later("It can’t be accepted")}


class States:
    """How an appeal stands, in a word or two with its kind. Looked up when shown: a template that others import is made only once."""

    def __getitem__(self, state: str) -> tuple[str, str]:
        """For this state."""
        words = {
            "filed": (_("Filed"), "progress"),
            "accepted": (_("With the panel"), "progress"),
            "refused": (_("Not accepted"), "problem"),
            "withdrawn": (_p("an appeal", "Taken back"), "neutral"),
            "upheld": (_("The decision stands"), "neutral"),
            "overturned": (_("Overturned: earned"), "earned"),
            "remanded": (_("New reviewers judge again"), "attention"),
        }
        return words[state]


def _offered(words: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


class AppealForm(FlaskForm):  # type: ignore[misc]
    """Why a decision is contested."""

    ground = RadioField(
        later("What went wrong?"),
        choices=_offered({**GROUNDS, NEW_EVIDENCE: later("I have evidence that the reviewers have not seen")}),
        validators=[DataRequired(later("Choose a ground."))],
    )
    text = TextAreaField(
        later("Say what happened, and where one can see it"),
        validators=[DataRequired(later("Say what went wrong.")), Length(max=MOST_WORDS)],
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Whether an appeal is accepted."""

    act = RadioField(later("How does it go on?"), choices=_offered(ANSWERS), validators=[DataRequired(later("Choose how it goes on."))])
    words = TextAreaField(later("A few words to the teacher"), validators=[Length(max=MOST_WORDS)])
