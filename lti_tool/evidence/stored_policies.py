"""Rules for opening what was uploaded: facts in, decision out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from lti_tool.language import _, later

Kind = Literal["picture", "office", "pdf", "old_office", "recording", "other"]
State = Literal["ready", "checking", "preparing", "held"]
Part = Literal["original", "copy", "preview"]

LIFE = timedelta(minutes=10)
"""How long a link to a picture or a document works."""
PLAYING = timedelta(hours=2)
"""How long a link to a recording works at most; it ends with the visit that it was made for."""

MOST_TRIES = 3
LEASE = timedelta(minutes=15)
SCANNER_PAUSE = timedelta(minutes=2)
TOO_LARGE_PAUSE = timedelta(hours=6)

_OOXML, _ODF = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
_OLD = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/rtf")
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/heic": "heic",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/quicktime": "mov",
    "text/plain": "txt",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    _OOXML + "wordprocessingml.document": "docx",
    _OOXML + "spreadsheetml.sheet": "xlsx",
    _OOXML + "presentationml.presentation": "pptx",
    _ODF + "text": "odt",
    _ODF + "spreadsheet": "ods",
    _ODF + "presentation": "odp",
}

SMALL = 1280
"""The longer side of a preview, in pixels."""

INFECTED = later("The virus check found something harmful in this file. Nobody can open it. Remove it, and check your computer.")
CHECKING = later("This file is being checked for viruses. It can be opened as soon as that is done.")
TOO_LARGE_TO_SCAN = later(
    "This file is larger than the virus check takes, so nobody can open it. Make it smaller, or ask whoever runs the tool."
)
NOT_SHOWN = later("This file can’t be shown: it is damaged or not safe to open. Judge what else is here; the teacher has been told.")
PREPARING = later("This file is being made ready to show. That takes a moment.")
REASONS = {
    "macros": later(
        "This file holds macros (small programs). Save it again without them, for example as .docx or .xlsx, then send it again."
    ),
    "bomb": later("This file unpacks to far more than it should. Save it again on your computer, then send it again."),
    "damaged": later("This file is damaged or not complete. Open it on your computer, save it again, then send it again."),
    "pixels": later("This picture has too many pixels to show. Make it smaller, then send it again."),
    "too_large": later("This file is too large to make ready. Make it smaller, then send it again."),
    "too_hard": later("This file could not be made ready to show. Save it again on your computer, pictures as JPEG, then send it again."),
}
"""Why others can't open a file, in words for its owner."""
CLEANED = later("Reviewers get a copy without the author’s name in its properties. Comments and tracked changes stay.")
KEPT_PROPERTIES = {
    "password": later("It has a password, so its properties are as you saved them. Reviewers may not be able to open it: save it without."),
    "kind": later("The properties of this kind of file stay as you saved them."),
    "damaged": later("It could not be read through, so its properties are as you saved them."),
    "too_large": later("It is too large for its properties to be taken out."),
    "too_hard": later("Its properties could not be taken out."),
}
"""Why others get a document as it is, in words for its owner."""


@dataclass(frozen=True)
class Facts:
    """What is known of a stored file, as in models.StoredFile."""

    media_type: str
    scan: str
    outcome: str
    reason: str = ""


def kind(media_type: str) -> Kind:
    """What has to be done to a file before others may open it."""
    if media_type.startswith("image/"):
        return "picture"
    if media_type == "application/pdf":
        return "pdf"
    if is_recording(media_type):
        return "recording"
    if media_type.startswith((_OOXML, _ODF)):
        return "office"
    return "old_office" if media_type in _OLD else "other"


def is_recording(media_type: str) -> bool:
    """Whether it is played, not opened."""
    return media_type.startswith(("audio/", "video/"))


def state(facts: Facts, *, owner: bool) -> State:
    """What this viewer may do now: open it, wait, or neither. What is not known to be good stays shut."""
    if facts.scan not in ("off", "clean"):
        return "checking" if facts.scan == "waiting" else "held"
    if owner:
        return "ready"  # their own file never hurts them more than it did on their own computer
    if not facts.outcome:
        return "preparing"
    if facts.outcome == "made":
        return "ready"
    return "ready" if facts.outcome == "as_is" and kind(facts.media_type) != "picture" else "held"


def may_fetch(facts: Facts, part: Part, *, owner: bool) -> bool:
    """Whether a link to this part still holds. Of a picture nobody but its owner ever gets the original."""
    if state(facts, owner=owner) != "ready":
        return False
    if part == "original":
        return owner or (facts.outcome == "as_is" and kind(facts.media_type) != "picture")
    return facts.outcome == "made"


def trouble(facts: Facts) -> str:
    """Why reviewers will never be able to open it, in words for its owner; empty where they can, or will soon."""
    if facts.scan == "infected":
        return INFECTED
    if facts.scan == "too_large":
        return TOO_LARGE_TO_SCAN
    return REASONS.get(facts.reason, REASONS["too_hard"]) if facts.outcome == "refused" else ""


def note(facts: Facts) -> str:
    """What the owner should know of what reviewers get; empty where nothing is."""
    what = kind(facts.media_type)
    if facts.outcome == "made":
        return "" if what == "picture" else CLEANED
    if facts.outcome == "as_is" and facts.reason and what != "other":
        why = KEPT_PROPERTIES.get(facts.reason, KEPT_PROPERTIES["too_hard"])
        return _("%(why)s See that your name is not in them.", why=str(why))
    return ""


def neutral_name(number: int, media_type: str) -> str:
    """What a file is called for those who must not know whose it is; `number` is its place in the submission, from 1."""
    return f"evidence-{number}.{_EXTENSIONS.get(media_type, media_type.partition('/')[2])}"


def reference(person_id: UUID) -> str:
    """What stands for a person in a watermark: it names nobody, and an operator finds who it is."""
    digits = person_id.hex[-8:].upper()
    return f"{digits[:4]}-{digits[4:]}"


def watermark(viewer_id: UUID, day: date) -> str:
    """What is written across a picture: who looks and when."""
    return f"{reference(viewer_id)}  {day.isoformat()}"


def link_ends(now: datetime, media_type: str) -> datetime:
    """When a link made now stops working. That to a recording ends with its visit, too: serving asks."""
    return now + (PLAYING if is_recording(media_type) else LIFE)


def fitted(width: int, height: int, most: int) -> tuple[int, int]:
    """The size of a picture whose longer side is brought down to `most` pixels."""
    longer = max(width, height, 1)
    if longer <= most:
        return width, height
    return max(1, round(width * most / longer)), max(1, round(height * most / longer))
