"""The form of a stack's draft."""

from __future__ import annotations

from typing import get_args

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from lti_tool.catalog.content import BadgeDesign
from lti_tool.language import N_, later

_WORDS = {
    "hexagon": N_("Hexagon"),
    "circle": N_("Circle"),
    "shield": N_("Shield"),
    "rosette": N_("Rosette"),
    "octagon": N_("Octagon"),
    "teal": N_("Teal"),
    "indigo": N_("Indigo"),
    "plum": N_("Plum"),
    "forest": N_("Forest green"),
    "amber": N_("Amber"),
    "rose": N_("Rose"),
    "slate": N_("Slate gray"),
    "people": N_("People"),
    "book": N_("Book"),
    "heart": N_("Heart"),
    "code": N_("Code"),
    "bulb": N_("Light bulb"),
    "check": N_("Check mark"),
    "star": N_("Star"),
    "speech": N_("Speech bubble"),
}


def _offered(name: str) -> list[SelectChoice]:
    return [SelectChoice(value, later(_WORDS[value])) for value in get_args(BadgeDesign.model_fields[name].annotation)]


class StackForm(FlaskForm):  # type: ignore[misc]
    """Words and drawing; the members stand in the page as hidden fields and buttons."""

    title = StringField(later("Name"), validators=[DataRequired(later("Give the stack a name.")), Length(max=120)])
    summary = TextAreaField(
        later("What it stands for"),
        validators=[DataRequired(later("Say in a sentence or two what the stack stands for.")), Length(max=400)],
    )
    shape = SelectField(later("Shape of the badge"), choices=_offered("shape"))
    color = SelectField(later("Color"), choices=_offered("color"))
    pictogram = SelectField(later("Picture"), choices=_offered("pictogram"))
