"""Forms of cohorts and of a course's community."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from lti_tool.district.cohorts.policies import LONGEST_REMINDER, MOST_ADDRESSES, addresses
from lti_tool.language import _, later


class CohortForm(FlaskForm):  # type: ignore[misc]
    """A new cohort."""

    name = StringField(
        later("Name"),
        validators=[DataRequired(later("Give the cohort a name.")), Length(max=80, message=later("Please use at most 80 characters."))],
    )
    words = TextAreaField(
        later("Words to the members"), validators=[Length(max=1000, message=later("Please use at most 1000 characters."))]
    )
    goals = SelectMultipleField(later("Microcredentials"), validate_choice=False)
    course = SelectField(later("Course"), validate_choice=False)
    starts_on = DateField(later("First day"), validators=[DataRequired(later("Choose the first day."))])
    target_on = DateField(later("Day of the goal"), validators=[DataRequired(later("Choose the day of the goal."))])


class InviteForm(FlaskForm):  # type: ignore[misc]
    """People by name, and addresses as pasted."""

    people = SelectMultipleField(later("People"), validate_choice=False)
    emails = TextAreaField(later("E-mail addresses"), validators=[Length(max=30_000, message=later("That is too long."))])

    def validate_emails(self, field: TextAreaField) -> None:
        """Addresses that are some, and not too many at once."""
        good, bad = addresses(field.data or "")
        if bad:
            raise ValidationError(_("These are no e-mail addresses: %(them)s", them=", ".join(bad[:5])))
        if len(good) > MOST_ADDRESSES:
            raise ValidationError(_("Paste at most %(most)s addresses at once.", most=MOST_ADDRESSES))
        if field.data and field.data.strip() and not good:
            raise ValidationError(_("There is no e-mail address in it."))

    def validate(self, extra_validators: object = None) -> bool:
        """At least somebody."""
        sound = bool(super().validate(extra_validators))
        if sound and not self.people.data and not (self.emails.data or "").strip():
            self.emails.errors = [_("Choose somebody, or paste at least one address.")]
            return False
        return sound


class RemindForm(FlaskForm):  # type: ignore[misc]
    """A reminder in own words."""

    words = TextAreaField(
        later("Your words"), validators=[Length(max=LONGEST_REMINDER, message=later("Please use at most 300 characters."))]
    )


class TellForm(FlaskForm):  # type: ignore[misc]
    """What a teacher tells their course of one microcredential."""

    shared = BooleanField(later("Others in this course see that I work on it"))
    helps = BooleanField(later("I offer help"))
    seeks = BooleanField(later("I look for a partner"))
    shows_email = BooleanField(later("Show my e-mail address"))
    keeps_on = BooleanField(later("Also when I have earned it"))
    note = TextAreaField(later("A short note"), validators=[Length(max=300, message=later("Please use at most 300 characters."))])
