"""Pages of keeping: a teacher's own evidence and its days, everything to take away; a person's data in the district's console."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_tool import audit, tool
from lti_tool.keeping import erasing, export, queries, service
from lti_tool.keeping.archive import Entry, stream
from lti_tool.keeping.forms import EraseForm, HoldForm
from lti_tool.language import N_, later
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("keeping", __name__, url_prefix="/s/<frame_key>/keeping")

NOTICES["keeping.held"] = ("success", N_("The legal hold stands. Nothing of this person is deleted or erased until it is lifted."))
NOTICES["keeping.lifted"] = ("success", N_("The legal hold is lifted. What should have been deleted meanwhile goes in the next night."))
NOTICES["keeping.erased"] = ("success", N_("The person is erased. Scores, decisions and hashes stay, without a name."))

PAGES = {
    "desk": later("while reviewing"),
    "check": later("on a page of your work"),
    "portfolio": later("in your portfolio"),
    "problem": later("while settling a privacy problem"),
    "handed_in": later("in a course that you handed it in to"),
    "file": later("opened the file"),
}
"""Words for evidence.seen.Page."""


def _own() -> Frame:
    require("earner", "preview", "reviewer")()
    return current_frame()


@bp.get("/")
def mine() -> str:
    """Who has seen this person's evidence, how long it is kept, and everything to take away."""
    frame, here = _own(), tool.current()
    with here.database.read() as session:
        shown = queries.mine(session, here, district_id=frame.district_id, person_id=frame.person_id)
    return render_template("keeping/mine.html", shown=shown, pages=PAGES)


@bp.post("/download")
def download() -> Response:
    """Everything of this person as a ZIP."""
    frame = _own()
    return _archive(frame, frame.person_id)


def _archive(frame: Frame, person_id: UUID) -> Response:
    """Streams the ZIP; the bytes of files are read while they are sent, so it may be of any size."""
    here = tool.current()
    now = here.clock()
    with here.database.unit() as session:
        found = export.gather(session, district_id=frame.district_id, person_id=person_id, now=now)
        audit.record(
            session, district_id=frame.district_id, at=now, action="keeping:person:exported", actor_id=frame.person_id, subject_id=person_id
        )
    page = render_template("keeping/export.html", data=found.data)
    plain = json.dumps(found.data, ensure_ascii=False, indent=1, default=str)
    head = (Entry("index.html", content=page.encode()), Entry("data.json", content=plain.encode()))

    def pieces() -> Iterator[bytes]:
        yield from stream(here.blobs, (*head, *found.entries), at=now)

    response = Response(pieces(), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(found.data["person"]["name"])}-{now:%Y-%m-%d}.zip"'
    return response


def _name(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "my-microcredentials"


def _page(frame: Frame, person_id: UUID, *, holding: HoldForm | None = None, erase: EraseForm | None = None) -> str:
    with tool.current().database.read() as session:
        shown = queries.person(session, district_id=frame.district_id, person_id=person_id)
    return render_template(
        "keeping/person.html",
        shown=shown,
        holding=holding or HoldForm(formdata=None),
        erasing=erase or EraseForm(shown.label, formdata=None),
        own=person_id == frame.person_id,
    )


def _console() -> Frame:
    require("console")()
    return current_frame()


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> str:
    """One person's data, for the district."""
    return _page(_console(), person_id)


@bp.post("/people/<uuid:person_id>/export")
def export_person(person_id: UUID) -> Response:
    """Everything of one person as a ZIP, for the district."""
    return _archive(_console(), person_id)


@bp.post("/people/<uuid:person_id>/hold")
def hold(person_id: UUID) -> Response | tuple[str, int]:
    """Place a legal hold."""
    frame, here, form = _console(), tool.current(), HoldForm()
    if not form.validate():
        return _page(frame, person_id, holding=form), 422
    with here.database.unit() as session:
        service.place_hold(
            session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id, reason=form.reason.data or ""
        )
    return redirect(url_for("keeping.person", person_id=person_id, said="keeping.held"), 303)


@bp.post("/people/<uuid:person_id>/lift")
def lift(person_id: UUID) -> Response:
    """Lift a legal hold."""
    frame, here = _console(), tool.current()
    with here.database.unit() as session:
        service.lift_hold(session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id)
    return redirect(url_for("keeping.person", person_id=person_id, said="keeping.lifted"), 303)


@bp.post("/people/<uuid:person_id>/erase")
def erase(person_id: UUID) -> Response | tuple[str, int]:
    """Erase a person, after asking twice."""
    frame, here = _console(), tool.current()
    with here.database.read() as session:
        label = erasing.known(session, frame.district_id, person_id).label
    form = EraseForm(label)
    if not form.validate():
        return _page(frame, person_id, erase=form), 422
    with here.database.unit() as session:
        erasing.erase(session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id)
    return redirect(url_for("district.people", said="keeping.erased"), 303)
