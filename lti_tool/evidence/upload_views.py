"""The protocol by which browsers send files in parts: begin, announce, put, complete, cancel. Answers are JSON, refusals in words too."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, jsonify, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lti_tool import tool
from lti_tool.blobs import StoreFailed
from lti_tool.errors import Problem
from lti_tool.evidence import upload_checking, upload_service
from lti_tool.evidence.consent_forms import consent_of
from lti_tool.evidence.consent_policies import Consent, looks_like_names
from lti_tool.evidence.room import owner
from lti_tool.evidence.service import MOST_CHARACTERS
from lti_tool.evidence.upload_models import Upload
from lti_tool.evidence.upload_policies import part_size
from lti_tool.evidence.uploads import Refused
from lti_tool.language import _
from lti_tool.web import frames

log = structlog.get_logger()

bp = Blueprint("evidence_upload", __name__, url_prefix="/s/<frame_key>/evidence")

_RETRY = {"Retry-After": "3"}


@bp.url_value_preprocessor
def _admit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before anything reads the body: who is asking, and only then room for a part in this one request.
    frames.require("earner", "preview")()
    if endpoint == "evidence_upload.put":
        most = part_size(tool.current().settings.max_file_bytes)
        if request.content_length is None:
            raise Problem(
                "no_length", 411, _("That did not work"), _("Your browser did not say how large the part is."), _("Use another browser.")
            )
        if request.content_length > most:
            raise Problem(
                "too_large", 413, _("That is too large"), _("A part is larger than was agreed."), _("Reload the page and try again.")
            )
        request.max_content_length = most + 1  # the read that finds the end counts, too


def _refusal(code: str, status: int, title: str, text: str, who: str = "", **more: object) -> tuple[Response, int]:
    return jsonify(code=code, title=title, text=text, who=who, **more), status


@bp.errorhandler(Problem)
def _problem(problem: Problem) -> tuple[Response, int]:
    log.info("refused", code=problem.code, status=problem.status, detail=problem.detail, endpoint=request.endpoint)
    return _refusal(problem.code, problem.status, problem.title, problem.text, problem.who)


@bp.errorhandler(Refused)
def _refused(refused: Refused) -> tuple[Response, int]:
    return _refusal("refused", 422, _("This file can't be taken"), str(refused))


@bp.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> tuple[Response, int]:
    code = "form_token" if isinstance(error, CSRFError) else f"http_{error.code}"
    log.info("refused", code=code, status=error.code, endpoint=request.endpoint)
    text = _("What was sent makes no sense here, or this page was open for too long.")
    return _refusal(
        code, error.code or 400, _("That did not work"), text, _("Reload the page and choose the file again: it goes on where it was.")
    )


@bp.errorhandler(StoreFailed)
def _store_failed(error: StoreFailed) -> tuple[Response, int]:
    log.error("store_failed", kind=str(error), endpoint=request.endpoint)
    text = _("The place where files are kept does not answer, or is full. What has arrived is safe.")
    return _refusal("store_failed", 503, _("Files can't be kept at the moment"), text, _("It is tried again by itself."))


@bp.errorhandler(upload_checking.Incomplete)
def _incomplete(error: upload_checking.Incomplete) -> tuple[Response, int]:
    return _refusal("incomplete", 409, _("Parts are missing"), _("Some parts have not arrived yet."), missing=error.missing)


def _bytes(given: str | None) -> int:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 16 else -1


def _state(upload: Upload, **more: Any) -> Response:
    return jsonify(id=str(upload.id), state=upload.state, size=upload.size, part_size=upload.part_size, **more)


@bp.post("/work/<uuid:enrollment_id>/requirement/<key>/uploads")
def begin(enrollment_id: UUID, key: str) -> Response:
    """Begin, or go on with the unfinished upload of the same file: `name`, `size`, `fingerprint`. Says what is stored already."""
    form = request.form
    found = upload_service.begin(
        tool.current(),
        owner(),
        enrollment_id,
        key,
        name=form.get("name", ""),
        size=_bytes(form.get("size")),
        fingerprint=form.get("fingerprint", ""),
    )
    return _progress(found)


def _progress(found: upload_service.Progress) -> Response:
    upload = found.upload
    return _state(
        upload,
        stored={str(number): sha256 for number, sha256 in found.stored.items()},
        parts=url_for("evidence_upload.parts", upload_id=upload.id),
        complete=url_for("evidence_upload.complete", upload_id=upload.id),
        cancel=url_for("evidence.cancel_upload", upload_id=upload.id),
    )


@bp.get("/uploads/<uuid:upload_id>/parts")
def parts(upload_id: UUID) -> Response:
    """List the parts that are stored, with their SHA-256."""
    return _progress(upload_service.progress(tool.current(), owner(), upload_id))


@bp.post("/uploads/<uuid:upload_id>/parts/<int:number>")
def announce(upload_id: UUID, number: int) -> Response:
    """Say what a part will be (`size`, `sha256`); the answer says how to PUT it: to the tool, or straight to the store."""
    ticket = upload_service.announce(
        tool.current(), owner(), upload_id, number, size=_bytes(request.form.get("size")), sha256=request.form.get("sha256", "")
    )
    if ticket is None:
        return jsonify(url=url_for("evidence_upload.put", upload_id=upload_id, number=number), headers={}, direct=False)
    return jsonify(url=ticket.url, headers=ticket.headers, direct=True)


@bp.put("/uploads/<uuid:upload_id>/parts/<int:number>")
def put(upload_id: UUID, number: int) -> tuple[str, int]:
    """The bytes of a part, as the whole body."""
    upload_service.take(tool.current(), owner(), upload_id, number, request.stream)  # type: ignore[arg-type]
    return "", 204


def _consent(students: str) -> Consent:
    said = consent_of(students, *(request.form.get(f"consent_{name}", "") for name in ("form", "students", "place")))
    return replace(said, place="") if looks_like_names(said.place) else said  # it is asked for again before the work is submitted


@bp.post("/uploads/<uuid:upload_id>/complete")
def complete(upload_id: UUID) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
    """All parts are in. 200: it is a piece of evidence now. 202: it is being checked, ask again. 409: parts are missing."""
    form = request.form
    given: dict[str, Any] = {
        "title": form.get("title", "")[:200],
        "text": form.get("text", "")[:MOST_CHARACTERS],
        "students": form.get("students", ""),
        "criteria": form.getlist("criteria"),
        "consent": asdict(_consent(form.get("students", ""))),
    }
    upload = upload_checking.complete(
        tool.current(), owner(), upload_id, digest=form.get("digest", ""), sha256=form.get("sha256", ""), given=given
    )
    if upload.state == "done":
        return _state(upload), 200
    if upload.state == "refused":
        return _refusal("refused", 422, _("This file can't be taken"), _(upload.reason))
    if upload.state == "cancelled":
        raise upload_service.gone("cancelled")
    return _state(upload), 202, _RETRY
