"""Forms about privacy problems."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField, URLField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from lti_tool.evidence.service import MOST_CHARACTERS
from lti_tool.evidence.uploads import ACCEPT
from lti_tool.review.hold_policies import Act
from lti_tool.review.holds import MOST_WORDS

DECISIONS: dict[Act, tuple[str, str]] = {
    "accept": ("Take the new piece", "Reviewers go on with it. The old one stays hidden."),
    "release": ("There is no problem", "Reviewers see the piece again, as it was handed in."),
    "remove": ("Keep it hidden for good", "Reviewers go on without it."),
    "ask_again": ("Ask the teacher again", "The piece stays hidden until they answer."),
}
"""Words for hold_policies.BY_COORDINATOR: what is chosen, and what follows."""


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a reviewer holds a piece back."""

    reason = TextAreaField("What is the problem?", validators=[DataRequired("Please say in a few words."), Length(max=MOST_WORDS)])


class ExplainForm(FlaskForm):  # type: ignore[misc]
    """Why a piece is all right as it is."""

    explanation = TextAreaField(
        "Why is it all right as it is?", validators=[DataRequired("Please say in a few words why."), Length(max=MOST_WORDS)]
    )


class RedoForm(FlaskForm):  # type: ignore[misc]
    """What every replacement has."""

    note = StringField("What did you change?", validators=[Length(max=MOST_WORDS)])


class RedoTextForm(RedoForm):
    """A text in place of a text."""

    text = TextAreaField("Your text", validators=[InputRequired("Write the text that takes its place."), Length(max=MOST_CHARACTERS)])


class RedoLinkForm(RedoForm):
    """A link in place of a link."""

    url = URLField("Link", validators=[InputRequired("Paste the link that takes its place.")])
    text = TextAreaField("Note for the reviewers", validators=[Length(max=MOST_CHARACTERS)])


class RedoFileForm(RedoForm):
    """A file in place of a file."""

    file = FileField("File", render_kw={"accept": ACCEPT}, validators=[InputRequired("Choose the file that takes its place.")])
    text = TextAreaField("Note for the reviewers", validators=[Length(max=MOST_CHARACTERS)])


REDO_FORMS: dict[str, type[RedoForm]] = {"text": RedoTextForm, "link": RedoLinkForm, "file": RedoFileForm}


class DecideForm(FlaskForm):  # type: ignore[misc]
    """How a coordinator settles it."""

    act = RadioField("How does it go on?", validators=[InputRequired("Choose how it goes on.")])
    note = TextAreaField("Words for the teacher", validators=[Length(max=MOST_WORDS)])

    def offer(self, acts: tuple[Act, ...]) -> None:
        """Offer what can be done now."""
        self.act.choices = [SelectChoice(act, words) for act, (words, _) in DECISIONS.items() if act in acts]
