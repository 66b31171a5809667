"""Forms of the catalog: the editor of a draft, and the picker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice, SelectMultipleField  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, StopValidation

from lti_tool.catalog import policies
from lti_tool.catalog.content import BadgeDesign
from lti_tool.catalog.entry_policies import LEVELS
from lti_tool.catalog.policies import Draft, Path
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, whole_number
from lti_tool.language import N_, _, later

_MOST_ROWS = 40
_ACCEPTS = [SelectChoice("text", later("A written answer")), SelectChoice("link", later("A link")), SelectChoice("file", later("A file"))]

_STANDINGS = [SelectChoice("", later("Not said")), *(SelectChoice(code, later(name)) for code, name in LEVELS.items())]

_DRAWN = [N_("Hexagon"), N_("Circle"), N_("Shield"), N_("Rosette"), N_("Octagon"), N_("Teal"), N_("Indigo"), N_("Plum"), N_("Forest")]
_DRAWN += [N_("Amber"), N_("Rose"), N_("Slate"), N_("People"), N_("Book"), N_("Heart"), N_("Code"), N_("Bulb"), N_("Check"), N_("Star")]
_DRAWN += [N_("Speech")]  # what a badge may be drawn of, so that translators find it


def _offered(name: str) -> list[SelectChoice]:
    values = get_args(BadgeDesign.model_fields[name].annotation)
    return [SelectChoice(value, later(value.capitalize())) for value in values]


def _needed() -> list[Any]:
    """Marks a field as one that publishing needs; saving a draft asks for nothing."""
    return [InputRequired()]


def _rows(form: type[Form], label: str) -> FieldList[Any]:
    return FieldList(FormField(form), label, max_entries=_MOST_ROWS)


class ComponentForm(Form):
    """One step of the key method."""

    title = StringField(later("Step"), _needed())
    how = TextAreaField(later("How a teacher does it"), _needed())


class ReferenceForm(Form):
    """Something to read."""

    title = StringField(later("Title"), _needed())
    url = StringField(later("Web address"), _needed())
    note = TextAreaField(later("Why read it"))


class QuestionForm(Form):
    """A question to answer in writing."""

    key = HiddenField()
    prompt = StringField(later("Question"), _needed())
    help = TextAreaField(later("Help for the answer"))
    word_limit = StringField(later("Most words"), _needed())


class EvidenceForm(Form):
    """Something the teacher must show."""

    key = HiddenField()
    title = StringField(later("Title"), _needed())
    description = TextAreaField(later("What it should contain"), _needed())
    accepts = SelectMultipleField(later("May be handed in as"), _needed(), choices=_ACCEPTS, validate_choice=False)
    minimum = StringField(later("At least"), _needed())
    maximum = StringField(later("At most"), _needed())
    criteria = SelectMultipleField(later("Judged by"), choices=[], validate_choice=False)
    may_show_students = BooleanField(later("Students may be seen or heard in it"))


class LevelForm(Form):
    """One column of the rubric row."""

    name = StringField(later("Level"), _needed())
    description = TextAreaField(later("What reviewers see at this level"), _needed())


class CriterionForm(Form):
    """One row of the rubric."""

    key = HiddenField()
    title = StringField(later("Criterion"), _needed())
    description = TextAreaField(later("What it is about"))
    levels = _rows(LevelForm, later("Levels, from low to high"))
    required_level = SelectField(later("Needed to earn"), _needed(), choices=[], validate_choice=False)


class AlignmentForm(Form):
    """A published standard."""

    framework = StringField(later("Framework"), _needed())
    name = StringField(later("Standard"), _needed())
    code = StringField(later("Code"))
    url = StringField(later("Web address"), _needed())
    case_item = StringField(later("Identifier in CASE"))


class MethodForm(Form):
    """The key method."""

    title = StringField(later("Name of the method"), _needed())
    description = TextAreaField(later("The method"), _needed())
    components = _rows(ComponentForm, later("Steps"))


class BadgeForm(Form):
    """How the badge is drawn."""

    shape = SelectField(later("Shape"), _needed(), choices=_offered("shape"), validate_choice=False)
    color = SelectField(later("Color"), _needed(), choices=_offered("color"), validate_choice=False)
    pictogram = SelectField(later("Picture"), _needed(), choices=_offered("pictogram"), validate_choice=False)
    picture = HiddenField()
    picture_alt = HiddenField()


class DraftForm(FlaskForm):  # type: ignore[misc]
    """The whole draft. It is read, never validated: a draft may be in any state. `document()` gives it back."""

    title = StringField(later("Title"), _needed())
    summary = TextAreaField(later("Summary"), _needed())
    competency = TextAreaField(later("Competency"), _needed())
    audience = StringField(later("For whom"), _needed())
    tags = StringField(later("Topics"))
    hours = StringField(later("Hours of work"), _needed())
    key_method = FormField(MethodForm)
    rationale = TextAreaField(later("Why it works"), _needed())
    references = _rows(ReferenceForm, later("Research behind it"))
    resources = _rows(ReferenceForm, later("Resources for the teacher"))
    overview_questions = _rows(QuestionForm, later("Overview questions"))
    evidence = _rows(EvidenceForm, later("Evidence"))
    criteria = _rows(CriterionForm, later("Criteria"))
    reflection_questions = _rows(QuestionForm, later("Reflection questions"))
    alignments = _rows(AlignmentForm, later("Standards"))
    badge = FormField(BadgeForm)
    family = StringField(later("Family"))
    level = SelectField(later("How far it leads"), choices=_STANDINGS, validate_choice=False)
    seen = HiddenField()
    editor = HiddenField()

    @classmethod
    def of(cls, draft: Draft, *, seen: int, editor: str) -> DraftForm:
        """The form that shows this draft."""
        data = {
            "family": "",
            "level": "",
            **draft,
            "tags": ", ".join(draft["tags"]),
            "criteria": [_shown_criterion(row) for row in draft["criteria"]],
        }
        form = cls(formdata=None, data={**data, "seen": str(seen), "editor": editor})
        form.offer_choices()
        return form

    @classmethod
    def sent(cls) -> DraftForm:
        """The form as this request sent it. Raises Problem(bad_request) for row numbers that are none."""
        try:
            form = cls()
        except ValueError as error:
            raise bad_request(_("The form came in a shape that makes no sense."), "row number") from error
        form.offer_choices()
        return form

    def offer_choices(self) -> None:
        """Fill the choices that depend on the rows: criteria that evidence is judged by, levels that are needed."""
        criteria = [SelectChoice(row.form.key.data, row.form.title.data) for row in self.criteria if row.form.key.data]
        for row in self.evidence:
            row.form.criteria.choices = criteria
        for row in self.criteria:
            names = [level.form.name.data or _("Level %(n)s", n=place + 1) for place, level in enumerate(row.form.levels)]
            choices = [SelectChoice(str(place), name) for place, name in enumerate(names)][1:]
            known = {choice.value for choice in choices}
            row.form.required_level.choices = (
                choices if row.form.required_level.data in known else [SelectChoice("", _("Choose")), *choices]
            )

    def document(self) -> Draft:
        """The draft as it stands in the form: line ends unified, numbers still text, nothing judged."""
        document: Draft = {
            name: _plain(field.data) for name, field in self._fields.items() if name not in ("csrf_token", "seen", "editor", "do")
        }
        document["tags"] = list(dict.fromkeys(tag.strip() for tag in document["tags"].split(",") if tag.strip()))
        return document

    def number_seen(self) -> int:
        """The draft's number when the page was made; -1 for nonsense, which no draft has."""
        return whole_number(self.seen.data)

    def editor_name(self) -> str:
        """The page's own random name."""
        return str(_plain(self.editor.data))[:40]

    def show(self, faults: tuple[policies.Fault, ...]) -> None:
        """Put each fault at its field."""
        for fault in faults:
            field = _at(self, fault.path)
            if field is not None:
                field.errors = [*field.errors, fault.words]


def _shown_criterion(row: Draft) -> Draft:
    return {**row, "required_level": str(row["required_level"])}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return plain_text(value)
    return "" if value is None else value


def _at(form: Form, path: Path) -> Field | None:
    """The control at `path`; None where the path ends at a list or a part, which have no control of their own."""
    place: Any = form
    for part in path:
        place = place.entries[part] if isinstance(part, int) else place[part]
    return None if isinstance(place, FieldList | FormField | Form) else place


def rows_at(draft: Draft, name: str) -> tuple[list[Draft], str] | None:
    """The list that a name such as "criteria" or "criteria-0-levels" leads to, and its kind; None where it leads nowhere."""
    place: Any = draft
    parts = name.split("-")
    for part in parts:
        if isinstance(place, list):
            if not 0 <= whole_number(part) < len(place):
                return None
            place = place[whole_number(part)]
        else:
            if part not in place:
                return None
            place = place[part]
        if not isinstance(place, dict | list):
            return None
    return (place, parts[-1]) if isinstance(place, list) and parts[-1] in policies.NEW_ROWS else None


def act(draft: Draft, button: str) -> tuple[Draft, str] | None:
    """The draft after a button such as "add:criteria" or "up:criteria-0-levels-2", and where to look then (an id); None for nonsense."""
    verb, _, name = button.partition(":")
    changed = policies.tidy(draft)
    if verb == "add":
        found = rows_at(changed, name)
        if found is None or len(found[0]) >= _MOST_ROWS:
            return None
        found[0].append(policies.new_row(found[1]))
        return changed, f"{name}-{len(found[0]) - 1}"
    name, _, digits = name.rpartition("-")
    found = rows_at(changed, name)
    place = whole_number(digits)
    if found is None or not 0 <= place < len(found[0]):
        return None
    rows = found[0]
    if verb == "remove":
        del rows[place]
        if found[1] == "levels":
            _keep_needed_level(changed, name, place)
        return policies.tidy(changed), name
    if verb == "up" and place > 0:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
        return changed, f"{name}-{place - 1}"
    return None


def _keep_needed_level(draft: Draft, name: str, removed: int) -> None:
    """After a level went, the needed one is still the same level, or the highest that is left."""
    criterion = draft["criteria"][int(name.split("-")[1])]
    before = whole_number(str(criterion["required_level"]))
    if before < 0:
        return
    needed = max(1, min(before - (removed < before), len(criterion["levels"]) - 1))
    if needed != before:
        criterion["required_level"] = str(needed)


class PickForm(FlaskForm):  # type: ignore[misc]
    """What to place, and whether it counts. Points matter only where it counts."""

    q = StringField(later("Search the catalog"))
    counts = BooleanField(later("Counts in the gradebook"))
    points = IntegerField(later("Points"))
    scoring = SelectField(
        later("The gradebook shows"),
        choices=[
            SelectChoice("points", later("Points")),
            SelectChoice("percent", later("Percent")),
            SelectChoice("pass", later("Pass or not")),
        ],
        validate_choice=False,
    )

    def validate_points(self, field: IntegerField) -> None:
        """A whole number, 1..100."""
        if not self.counts.data or self.scoring.data in ("percent", "pass"):
            field.errors = []
            raise StopValidation
        if field.data is None or not 1 <= field.data <= 100:
            field.errors = []
            raise StopValidation(_("Give a whole number from 1 to 100."))
