"""Forms of appeals."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from lti_tool.review.appeal_policies import GROUNDS, NEW_EVIDENCE
from lti_tool.review.appeal_service import MOST_WORDS

VOTES = {
    "upheld": ("The decision stands", "The reviewers judged by the rubric and by the rules."),
    "overturned": (
        "The decision is overturned",
        "The evidence shows every criterion as the rubric asks. The microcredential is earned at once.",
    ),
    "remanded": ("New reviewers judge it again", "Something went wrong, and one can’t tell from here what the right outcome is."),
}
ANSWERS = {"accept": "It names a ground: a panel answers it", "refuse": "It can’t be accepted"}


def _offered(words: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


class AppealForm(FlaskForm):  # type: ignore[misc]
    """Why a decision is contested."""

    ground = RadioField(
        "What went wrong?",
        choices=_offered({**GROUNDS, NEW_EVIDENCE: "I have evidence that the reviewers have not seen"}),
        validators=[DataRequired("Choose a ground.")],
    )
    text = TextAreaField(
        "Say what happened, and where one can see it", validators=[DataRequired("Say what went wrong."), Length(max=MOST_WORDS)]
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Whether an appeal is accepted."""

    act = RadioField("How does it go on?", choices=_offered(ANSWERS), validators=[DataRequired("Choose how it goes on.")])
    words = TextAreaField("A few words to the teacher", validators=[Length(max=MOST_WORDS)])
