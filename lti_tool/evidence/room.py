"""What the views of this room share: the blueprint, who is asking, the work they ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for

from lti_tool import tool
from lti_tool.errors import Problem
from lti_tool.evidence import queries
from lti_tool.evidence.service import Owner
from lti_tool.evidence.showing import FilePiece, Shown, Viewer, shown
from lti_tool.evidence.uploads import too_large
from lti_tool.language import N_, _
from lti_tool.web import frames
from lti_tool.web.pages import NOTICES

_FORM_AROUND_FILE = 1024 * 1024


class HasFile(Protocol):
    """A piece of evidence in any of its shapes; `blob_key` is empty where it is no file."""

    @property
    def id(self) -> UUID:
        """Of the artifact."""

    @property
    def blob_key(self) -> str:
        """Of its bytes."""

    @property
    def media_type(self) -> str:
        """By its content."""

    @property
    def filename(self) -> str:
        """Its owner's."""


bp = Blueprint("evidence", __name__, url_prefix="/s/<frame_key>/evidence")

NOTICES.update(
    {
        "evidence.saved": ("success", N_("Saved.")),
        "evidence.added": ("success", N_("Added to your evidence.")),
        "evidence.changed": ("success", N_("Changed.")),
        "evidence.upload_cancelled": ("success", N_("The upload is cancelled. What had arrived of it was removed.")),
        "evidence.deleted": ("success", N_("Deleted. What you have submitted keeps its own copy.")),
        "evidence.renamed": ("success", N_("Renamed.")),
        "evidence.chosen": ("success", N_("It is here now. Say which criteria it shows.")),
        "evidence.taken_out": ("success", N_("Taken out of this part. It is still in your portfolio.")),
        "evidence.filled": ("success", N_("Filled in with the example. Look through the steps, then submit.")),
        "evidence.submitted": ("success", N_("Your work is in. Two reviewers will judge it, and you will see here what they decide.")),
        "evidence.withdrawn": ("info", N_("You have withdrawn. What you wrote is kept, in case you start again.")),
        "evidence.locked": ("info", N_("Your work can't be changed now.")),
    }
)


@bp.url_value_preprocessor
def _admit(endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Before anything reads the body: who is asking, and only then room for a file in this one request.
    frames.require("earner", "preview")()
    if endpoint == "evidence.add" and request.method == "POST":
        limit = tool.current().settings.max_upload_bytes
        if request.content_length is None:
            raise Problem(
                "no_length", 411, _("That did not work"), _("Your browser did not say how large the file is."), _("Use another browser.")
            )
        if request.content_length > limit + _FORM_AROUND_FILE:
            raise Problem("too_large", 413, _("That is too large"), too_large(limit), _("Go back and choose a smaller file."))
        request.max_content_length = limit + _FORM_AROUND_FILE


@bp.after_request
def _let_record(response: Response) -> Response:
    # Only where a recording can be made may a page ask for the camera and the microphone.
    if request.endpoint in ("evidence.requirement", "evidence.add"):
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"
    return response


def owner() -> Owner:
    """The person in the frame, as the owner of work."""
    frame = frames.current_frame()
    return Owner(frame.district_id, frame.person_id, preview=frame.may("preview"))


def load(enrollment_id: UUID) -> queries.WorkOverview:
    """The owner's work. Raises Problem(not_found)."""
    here = tool.current()
    with here.database.read() as session:
        return queries.work_overview(session, owner(), enrollment_id, now=here.clock(), max_attempts=here.settings.max_attempts)


def files_of(pieces: Iterable[HasFile]) -> dict[UUID, Shown]:
    """How the owner's own files among these pieces look to them, by artifact."""
    here, frame = tool.current(), frames.current_frame()
    viewer = Viewer(frame.district_id, frame.person_id, owner=True, visit=frame.id)
    with here.database.read() as session:
        return shown(session, here, viewer, [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces])


def crumbs(work: queries.WorkOverview, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """The way from the teacher's own start to this page."""
    hub = url_for("home.activity", activity_id=work.activity_id)
    own = [(_("Your work"), url_for("evidence.work", enrollment_id=work.enrollment_id) if more else None)]
    return [(_("My work"), url_for("home.index")), (work.content.title, hub), *own, *more]


def go(endpoint: str, *, said: str | None = None, **values: Any) -> Response:
    """303 to a page of this room, with a word about what was done."""
    return redirect(url_for(f"evidence.{endpoint}", said=said, **values), 303)  # type: ignore[return-value]
