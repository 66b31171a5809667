"""Forms about privacy problems."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField, URLField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from lti_tool.evidence.service import MOST_CHARACTERS
from lti_tool.evidence.uploads import ACCEPT
from lti_tool.language import later
from lti_tool.review.hold_policies import Act
from lti_tool.review.holds import MOST_WORDS

DECISIONS: dict[Act, tuple[str, str]] = {
    "accept": (later("Take the new piece"), later("Reviewers go on with it. The old one stays hidden.")),
    "release": (later("There is no problem"), later("Reviewers see the piece again, as it was handed in.")),
    "remove": (later("Keep it hidden for good"), later("Reviewers go on without it.")),
    "ask_again": (later("Ask the teacher again"), later("The piece stays hidden until they answer.")),
}
"""Words for hold_policies.BY_COORDINATOR: what is chosen, and what follows."""


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a reviewer holds a piece back."""

    reason = TextAreaField(
        later("What is the problem?"), validators=[DataRequired(later("Please say in a few words.")), Length(max=MOST_WORDS)]
    )


class ExplainForm(FlaskForm):  # type: ignore[misc]
    """Why a piece is all right as it is."""

    explanation = TextAreaField(
        later("Why is it all right as it is?"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=MOST_WORDS)]
    )


class RedoForm(FlaskForm):  # type: ignore[misc]
    """What every replacement has."""

    note = StringField(later("What did you change?"), validators=[Length(max=MOST_WORDS)])


class RedoTextForm(RedoForm):
    """A text in place of a text."""

    text = TextAreaField(
        later("Your text"), validators=[InputRequired(later("Write the text that takes its place.")), Length(max=MOST_CHARACTERS)]
    )


class RedoLinkForm(RedoForm):
    """A link in place of a link."""

    url = URLField(later("Link"), validators=[InputRequired(later("Paste the link that takes its place."))])
    text = TextAreaField(later("Note for the reviewers"), validators=[Length(max=MOST_CHARACTERS)])


class RedoFileForm(RedoForm):
    """A file in place of a file."""

    file = FileField(
        later("File"), render_kw={"accept": ACCEPT}, validators=[InputRequired(later("Choose the file that takes its place."))]
    )
    text = TextAreaField(later("Note for the reviewers"), validators=[Length(max=MOST_CHARACTERS)])


REDO_FORMS: dict[str, type[RedoForm]] = {"text": RedoTextForm, "link": RedoLinkForm, "file": RedoFileForm}


class DecideForm(FlaskForm):  # type: ignore[misc]
    """How a coordinator settles it."""

    act = RadioField(later("How does it go on?"), validators=[InputRequired(later("Choose how it goes on."))])
    note = TextAreaField(later("Words for the teacher"), validators=[Length(max=MOST_WORDS)])

    def offer(self, acts: tuple[Act, ...]) -> None:
        """Offer what can be done now."""
        self.act.choices = [SelectChoice(act, words) for act, (words, _) in DECISIONS.items() if act in acts]
