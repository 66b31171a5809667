"""Forms of recognition."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from lti_tool.district.pay import words
from lti_tool.district.pay.policies import MOST
from lti_tool.inputs import plain_text
from lti_tool.language import N_, _, later

_AMOUNT = re.compile(r"([+-]?)\$?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.([0-9]{1,2}))?")
_MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August")),
    *(N_("September"), N_("October"), N_("November"), N_("December")),
)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MOST_GROUPS = 30


class AmountField(Field):
    """An amount as people write it, 1,200 or 12.50; `data` is in hundredths, None when it is empty."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Raises ValueError for anything else."""
        self.typed = valuelist[0] if valuelist else ""
        text = self.typed.replace("−", "-").replace(" ", "")
        self.data = None
        if not text:
            return
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise ValueError(_("Write an amount like 200 or 12.50."))
        value = int(found[2].replace(",", "")) * 100 + int((found[3] or "").ljust(2, "0"))
        self.data = -value if found[1] == "-" else value

    def _value(self) -> str:
        """What stands in the field."""
        if getattr(self, "typed", None) is not None:
            return str(self.typed)
        return "" if self.data is None else f"{self.data // 100}.{self.data % 100:02}"


def _in_range(_form: FlaskForm, field: AmountField) -> None:
    if field.data is not None and not 0 < field.data <= MOST:
        raise ValidationError(_("Write an amount above zero."))


class RuleForm(FlaskForm):  # type: ignore[misc]
    """A rule of recognition."""

    name = StringField(later("Name"), validators=[DataRequired(later("Give the rule a name.")), Length(max=80)])
    unit = SelectField(later("What is given"), validators=[InputRequired(later("Choose what is given."))])
    amount = AmountField(later("For each microcredential"), validators=[InputRequired(later("Write an amount.")), _in_range])
    cap = AmountField(later("At most in a contract year"), validators=[Optional(), _in_range])
    over_cap = RadioField(later("What is over the cap"), default="forfeit")
    start_month = SelectField(later("The contract year starts in"), coerce=int, default=7, validators=[InputRequired()])
    start_day = IntegerField(
        later("On day"), default=1, validators=[InputRequired(later("Write a day.")), NumberRange(1, 31, later("A day of that month."))]
    )
    recurring = BooleanField(later("Pay it again in every later contract year, while the badge is active"))
    again_cap = AmountField(later("At most paid again in a contract year"), validators=[Optional(), _in_range])
    groups = TextAreaField(later("Employee groups"), validators=[Length(max=2000)])
    extent = RadioField(later("Microcredentials"), default="all")
    named = SelectMultipleField(later("Which ones"))
    budget = AmountField(later("Budget for a contract year"), validators=[Optional(), _in_range])
    begins_on = DateField(later("Holds from"), validators=[InputRequired(later("Choose the first day."))])

    def offer(self, microcredentials: tuple[tuple[Any, str], ...]) -> None:
        """Fill in what can be chosen, in the reader's language."""
        if "unit" in self:
            self.unit.choices = [SelectChoice(key, _(text)) for key, text in words.UNITS.items()]
            self.start_month.choices = [SelectChoice(number, _(name)) for number, name in enumerate(_MONTHS, 1)]
        self.over_cap.choices = [SelectChoice("forfeit", _("is forfeited")), SelectChoice("carry", _("waits for the next contract year"))]
        self.extent.choices = [
            SelectChoice("all", _("All microcredentials")),
            SelectChoice("named", _("Only those chosen here")),
            SelectChoice("except", _("All but those chosen here")),
        ]
        self.named.choices = [SelectChoice(str(key), title) for key, title in microcredentials]

    @property
    def group_names(self) -> tuple[str, ...]:
        """The groups, one on each line."""
        lines = (" ".join(line.split()) for line in plain_text(self.groups.data or "").split("\n"))
        return tuple(dict.fromkeys(line for line in lines if line))

    def validate_start_day(self, field: IntegerField) -> None:
        """A day that every year has."""
        if field.data is not None and self.start_month.data in range(1, 13) and field.data > _DAYS[self.start_month.data - 1]:
            raise ValidationError(_("That month does not have this day in every year."))

    def validate_groups(self, _field: TextAreaField) -> None:
        """Not too many, none too long."""
        if len(self.group_names) > MOST_GROUPS or any(len(name) > 64 for name in self.group_names):
            raise ValidationError(_("Write at most %(most)s groups, one on each line.", most=MOST_GROUPS))

    def validate_named(self, field: SelectMultipleField) -> None:
        """Something has to be chosen where a choice is made."""
        if self.extent.data in ("named", "except") and not field.data:
            raise ValidationError(_("Choose at least one microcredential."))

    def validate_begins_on(self, field: DateField) -> None:
        """A day that calendars of payroll know."""
        if field.data is not None and not 2000 <= field.data.year <= 2200:
            raise ValidationError(_("Choose a day of this century."))


class EndForm(FlaskForm):  # type: ignore[misc]
    """The last day of a rule."""

    last = DateField(later("Last day"), validators=[InputRequired(later("Choose the last day."))])


class AdjustForm(FlaskForm):  # type: ignore[misc]
    """Something by hand."""

    once = HiddenField(validators=[DataRequired(), Length(max=64)])
    series = SelectField(later("Rule"), validators=[InputRequired(later("Choose a rule."))])
    amount = AmountField(later("Amount"), validators=[InputRequired(later("Write an amount."))])
    year = SelectField(later("Contract year"), coerce=int)
    reason = TextAreaField(later("Reason"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=500)])

    def validate_amount(self, field: AmountField) -> None:
        """Either sign, but not nothing."""
        if field.data is not None and not 0 < abs(field.data) <= MOST:
            raise ValidationError(_("Write an amount above or below zero."))


class EmployeeForm(FlaskForm):  # type: ignore[misc]
    """Who somebody is for payroll."""

    number = StringField(later("Employee number"), validators=[Length(max=64)])
    group = StringField(later("Employee group"), validators=[Length(max=64)])


class EmployeesForm(FlaskForm):  # type: ignore[misc]
    """A file of employees."""

    file = FileField(later("CSV file"))


class BatchForm(FlaskForm):  # type: ignore[misc]
    """What a batch is for."""

    unit = HiddenField(validators=[DataRequired()])


class TakeBackForm(FlaskForm):  # type: ignore[misc]
    """Why a batch is taken back."""

    reason = TextAreaField(later("Reason"), validators=[DataRequired(later("Please say in a few words why.")), Length(max=500)])
