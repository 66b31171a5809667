"""Phrases inside a posted desk: put in below a criterion, or kept from what was written there. Works by plain buttons of the form."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from lti_tool.errors import not_found
from lti_tool.inputs import uuid_or_none
from lti_tool.review import desk_service
from lti_tool.tool import Tool
from lti_tool.web.frames import Frame


@dataclass(frozen=True)
class Acted:
    """What was done: the form as it is saved now, the notice, and where on the page it was."""

    form: MultiDict[str, str]
    said: str
    anchor: str


def act(session: Session, here: Tool, frame: Frame, form: MultiDict[str, str]) -> Acted | None:
    """Do what the button asks for: `use` is "<phrase>:<criterion>", `keep` is "<criterion>". None where no such button was pressed.

    Raises Problem(not_found, bad_request, conflict).
    """
    if given := form.get("use"):
        name, _, key = given.partition(":")
        phrase_id = uuid_or_none(name)
        if phrase_id is None:
            raise not_found("no such phrase")
        phrase = desk_service.own_phrase(session, district_id=frame.district_id, person_id=frame.person_id, phrase_id=phrase_id)
        field, changed = f"feedback-{key}", MultiDict(form)
        changed[field] = put_in(form.get(field, ""), phrase.text)
        return Acted(changed, "review.phrase_used", field)
    if kept := form.get("keep"):
        text = form.get(f"feedback-{kept}", "")
        desk_service.keep_phrase(session, here, district_id=frame.district_id, person_id=frame.person_id, text=text)
        return Acted(form, "review.phrase_kept", f"feedback-{kept}")
    return None


def put_in(text: str, phrase: str) -> str:
    """The text with the phrase behind it, a space or a new line between as it was written."""
    kept = text.rstrip(" ")
    return f"{kept}{'' if not kept or kept.endswith(chr(10)) else ' '}{phrase}"
