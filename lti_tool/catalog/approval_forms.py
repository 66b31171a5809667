"""Forms of the approval team."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from lti_tool.catalog.approval_policies import MOST_QUORUM
from lti_tool.catalog.differing import SECTION_NAMES
from lti_tool.catalog.standards import STANDARDS
from lti_tool.inputs import plain_text
from lti_tool.language import _, later

_MOST = 4000


def _text(form: FlaskForm, name: str) -> str:
    return plain_text(form[name].data or "").strip()


class SubmitForm(FlaskForm):  # type: ignore[misc]
    """Handing a draft to the team."""

    message = TextAreaField(later("What is new, and what should the team look at?"), validators=[Length(max=_MOST)])
    kind = RadioField(
        later("What it becomes"),
        choices=[SelectChoice("version", later("A new version")), SelectChoice("patch", later("A correction of texts"))],
        default="version",
        validators=[DataRequired(later("Choose one."))],
    )

    def words(self) -> str:
        """The message."""
        return _text(self, "message")


class CommentForm(FlaskForm):  # type: ignore[misc]
    """A comment on a section, or an answer."""

    section = HiddenField()
    text = TextAreaField(
        later("Comment"),
        validators=[DataRequired(later("Write something first.")), Length(max=_MOST, message=later("At most 4,000 characters."))],
    )
    blocking = BooleanField(later("This has to be settled before I can agree"))

    def words(self) -> str:
        """The comment."""
        return _text(self, "text")

    def validate_section(self, field: HiddenField) -> None:
        """A section of the editor; an answer needs none."""
        if field.data and field.data not in SECTION_NAMES:
            field.data = ""


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What the district asks for before something is published."""

    approval_required = BooleanField(later("Nothing is published before the approval team has agreed"))
    quorum = IntegerField(
        later("How many of the team have to agree"),
        validators=[
            InputRequired(later("Give a whole number from 1 to 5.")),
            NumberRange(1, MOST_QUORUM, later("Give a whole number from 1 to 5.")),
        ],
    )


class VoteForm(FlaskForm):  # type: ignore[misc]
    """What somebody of the team says: an answer for each standard, and a verdict."""

    verdict = RadioField(
        later("Your verdict"),
        choices=[
            SelectChoice("approve", later("Approve it as it is")),
            SelectChoice("changes", later("Ask for changes")),
            SelectChoice("reject", later("Do not take it")),
        ],
        validators=[DataRequired(later("Choose one."))],
    )
    reason = TextAreaField(later("Why"), validators=[Length(max=_MOST)])

    @classmethod
    def of(cls, answers: dict[str, Any] | None = None, verdict: str = "", reason: str = "") -> VoteForm:
        """The form with a field pair for each standard, filled with an earlier vote."""
        data: dict[str, Any] = {"verdict": verdict or None, "reason": reason}
        for key, one in (answers or {}).items():
            data |= {f"standard-{key}": one.get("answer"), f"note-{key}": one.get("note", "")}
        return _BALLOT(data=data)

    def answers(self) -> dict[str, dict[str, str]]:
        """What was answered, by standard; those without an answer are not in it."""
        found = {}
        for one in STANDARDS:
            answer, note = self[f"standard-{one.key}"].data, _text(self, f"note-{one.key}")
            if answer in ("yes", "no"):
                found[one.key] = {"answer": answer, "note": note}
        return found

    def words(self) -> str:
        """The reason."""
        return _text(self, "reason")

    def sound(self) -> bool:
        """Whether it was sent and can be counted: approving needs a yes everywhere, anything else a reason."""
        fine = bool(self.validate_on_submit())
        if self.verdict.data == "approve":
            for one in STANDARDS:
                field = self[f"standard-{one.key}"]
                if field.data != "yes":
                    field.errors = [_("Approving asks for a yes here.")]
                    fine = False
        elif self.verdict.data and not self.words():
            self.reason.errors = [_("Say why, for the author.")]
            fine = False
        return fine


def _ballot() -> type[VoteForm]:
    """The form's class with a field pair for each standard."""
    fields: dict[str, Any] = {}
    for one in STANDARDS:
        choices = [SelectChoice("yes", later("Yes")), SelectChoice("no", later("No"))]
        fields[f"standard-{one.key}"] = RadioField(later(one.title), choices=choices, validate_choice=False)
        fields[f"note-{one.key}"] = StringField(later("Note"), validators=[Length(max=500)])
    return type("Ballot", (VoteForm,), fields)


_BALLOT = _ballot()
