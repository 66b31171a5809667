"""The fields about consent, for every form that says what a piece shows of students."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from lti_tool.evidence import consent_policies
from lti_tool.evidence.consent_policies import FORMS, MOST_PLACE, MOST_STUDENTS, Consent
from lti_tool.inputs import whole_number
from lti_tool.language import _, later

FORM_WORDS = {
    "district": later("The district’s media release"),
    "school": later("A form of the school"),
    "other": later("Another form, signed for this"),
}
"""Words for consent_policies.FORMS."""


class ConsentFields(FlaskForm):  # type: ignore[misc]
    """Which form covers how many students, and where it is kept. May wait until the work is submitted."""

    consent_form = RadioField(later("Which consent form did the families sign?"), validators=[MayBeEmpty()])
    consent_students = StringField(
        later("How many students do the forms cover?"), render_kw={"inputmode": "numeric"}, validators=[Length(max=6)]
    )
    consent_place = StringField(later("Where are the forms kept?"), validators=[Length(max=MOST_PLACE)])

    def offer_consent(self, saved: Consent = consent_policies.NONE) -> None:
        """Offer the kinds of forms; `saved` fills in what is stored, where nothing was sent."""
        self.consent_form.choices = [SelectChoice(key, words) for key, words in FORM_WORDS.items()]
        if not self.is_submitted():
            self.consent_form.data, self.consent_place.data = saved.form, saved.place
            self.consent_students.data = str(saved.students or "")

    def validate_consent_students(self, field: StringField) -> None:
        """Raises ValidationError for what is no count of students."""
        field.data = (field.data or "").strip()
        if field.data and self._asked and not 0 < whole_number(field.data) <= MOST_STUDENTS:
            raise ValidationError(_("Give a whole number, for example 24."))

    def validate_consent_place(self, field: StringField) -> None:
        """Raises ValidationError for what reads like a list of names."""
        if self._asked and consent_policies.looks_like_names(field.data or ""):
            raise ValidationError(
                _("This reads like a list of names. Say only where the forms are kept, for example “binder in the office”.")
            )

    @property
    def _asked(self) -> bool:
        return consent_policies.needed(self["students"].data or "")

    def consent(self) -> Consent:
        """What the form says."""
        return consent_of(self["students"].data or "", self.consent_form.data, self.consent_students.data, self.consent_place.data)


def consent_of(students: str, form: str | None, count: str | None, place: str | None) -> Consent:
    """What was sent, as far as it can be kept beside this declaration; also of a form that nobody has finished."""
    covered = whole_number(count)
    said = Consent(form if form in FORMS else "", covered if 0 < covered <= MOST_STUDENTS else None, (place or "")[:MOST_PLACE])
    return consent_policies.kept(students, said)
