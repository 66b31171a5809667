"""Forms of the evidence room. Drafts may be incomplete: a form refuses only what can't be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField, URLField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from lti_tool.catalog.content import Criterion, EvidenceRequirement, MicrocredentialContent, Question
from lti_tool.evidence import policies
from lti_tool.evidence.consent_forms import ConsentFields
from lti_tool.evidence.consent_policies import NONE, Consent
from lti_tool.evidence.link_policies import is_private_address, is_web_address
from lti_tool.evidence.service import MOST_CHARACTERS, Draft
from lti_tool.evidence.uploads import ACCEPT
from lti_tool.inputs import whole_number
from lti_tool.language import _, later

STUDENTS = {
    "none": (later("No student can be recognized, and none is named"), later("For example your own plan, or hands and desks only.")),
    "work": (later("Work by students, without their names"), later("Names, photos and initials are covered or cut off.")),
    "background": (later("Students are in the background"), later("They can't be recognized and nobody is named.")),
    "identifiable": (later("Students can be recognized or heard"), later("Each family has agreed in writing, and you keep the forms.")),
}
"""Words for policies.STUDENTS: answer and what it means."""
MEANINGS = {key: meaning for key, (_, meaning) in STUDENTS.items()}

_TOO_LONG = Length(max=MOST_CHARACTERS, message=later("This is too long to keep: at most %(max)d characters."))


class _NeededLater:
    """Marks a field that submitting needs; saving a draft does not."""

    field_flags = {"required": True}  # noqa: RUF012 (WTForms reads it from the class)

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to refuse."""


class DraftForm(FlaskForm):  # type: ignore[misc]
    """A page of drafts. `page` names this open page; `seen_<key>` is the revision that it shows, `text_<key>` the text."""

    page = HiddenField(validators=[Length(max=40)])
    keys: tuple[str, ...] = ()

    def drafts(self) -> dict[str, Draft]:
        """What the page holds, by key."""
        return {
            key: Draft(self[f"text_{key}"].data or "", whole_number(self[f"seen_{key}"].data), self._level(key))
            for key in self.keys
            if any(self[name].raw_data for name in (f"text_{key}", f"level_{key}") if name in self)
        }

    def _level(self, key: str) -> int | None:
        chosen = self[f"level_{key}"].data if f"level_{key}" in self else None
        return int(chosen) if chosen else None


def answers_form(questions: Sequence[Question]) -> type[DraftForm]:
    """A form class with a text for each question."""
    fields: dict[str, Any] = {"keys": tuple(question.key for question in questions)}
    for question in questions:
        fields[f"text_{question.key}"] = TextAreaField(question.prompt, validators=[_NeededLater(), _TOO_LONG])
        fields[f"seen_{question.key}"] = HiddenField()
    return type("AnswersForm", (DraftForm,), fields)


def self_assessment_form(criteria: Sequence[Criterion]) -> type[DraftForm]:
    """A form class with a level and a note for each criterion."""
    fields: dict[str, Any] = {"keys": tuple(criterion.key for criterion in criteria)}
    for criterion in criteria:
        choices = [SelectChoice(str(number), level.name) for number, level in enumerate(criterion.levels)]
        fields[f"level_{criterion.key}"] = RadioField(criterion.title, choices=choices, validators=[MayBeEmpty()])
        fields[f"text_{criterion.key}"] = TextAreaField(_("Why do you see it so?"), validators=[_TOO_LONG])
        fields[f"seen_{criterion.key}"] = HiddenField()
    return type("SelfAssessmentForm", (DraftForm,), fields)


class PieceForm(ConsentFields):
    """What every piece of evidence has. The declaration about students may wait until the work is submitted."""

    title = StringField(later("Title"), validators=[Length(max=200)])
    text = TextAreaField(later("Note for the reviewers"), validators=[_TOO_LONG])
    students = RadioField(later("What does it show of students?"), validators=[MayBeEmpty()])
    criteria = SelectMultipleField(later("Which criteria does it show?"), choices=[])

    def too_long(self) -> bool:
        """Whether it can't be kept, finished or not."""
        return len(self.text.data or "") > MOST_CHARACTERS or len(self.title.data or "") > 200

    def offer(self, requirement: EvidenceRequirement, content: MicrocredentialContent | None = None, consent: Consent = NONE) -> None:
        """Offer the declarations that fit this requirement, and with `content` its criteria, those that the requirement names first.

        `consent` is what is saved.
        """
        self.offer_consent(consent)
        ordered = sorted(content.criteria, key=lambda one: one.key not in requirement.criteria) if content else ()
        self.criteria.choices = [SelectChoice(one.key, one.title) for one in ordered]
        self.students.choices = [SelectChoice(key, STUDENTS[key][0]) for key in STUDENTS if key in policies.declarations(requirement)]


class TextForm(PieceForm):
    """Something written here. `page` and `seen` as in DraftForm."""

    page = HiddenField(validators=[Length(max=40)])
    seen = HiddenField()

    title = StringField(later("Title"), validators=[InputRequired(later("Give it a title.")), Length(max=200)])
    text = TextAreaField(later("Your text"), validators=[InputRequired(later("Write or paste your text.")), _TOO_LONG])


class LinkForm(PieceForm):
    """A web address."""

    url = URLField(later("Link"), validators=[InputRequired(later("Paste the link."))])

    def validate_url(self, field: URLField) -> None:
        """Raises ValidationError for what a browser can't open as a page."""
        field.data = (field.data or "").strip()
        if not is_web_address(field.data):
            raise ValidationError(_("A link starts with https:// and has no spaces. Copy it from the address bar of your browser."))
        if is_private_address(field.data):
            raise ValidationError(_("This address works only inside one network, so reviewers can’t open it. Upload the file instead."))


class FileForm(PieceForm):
    """A file."""

    file = FileField(later("File"), render_kw={"accept": ACCEPT}, validators=[FileRequired(later("Choose a file."))])


class EditFileForm(PieceForm):
    """What can change about a file: everything but its bytes."""


class RenameForm(FlaskForm):  # type: ignore[misc]
    """A new title for a piece of the portfolio."""

    title = StringField(later("Title"), validators=[DataRequired(later("Give it a title.")), Length(max=200)])


class SubmitForm(FlaskForm):  # type: ignore[misc]
    """What the teacher confirms before others see the work."""

    names_removed = BooleanField(later("I have removed names of students, families and colleagues, and my own, from everything I hand in"))
    families_agreed = BooleanField(
        later("The families of all students who can be recognized have agreed in writing, and I keep their forms")
    )
