"""The admin's pages: adding the tool in every way an LMS knows, and deciding what it may do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from flask import Blueprint, Response, abort, redirect, request, url_for

from .faces import canvas as canvas_face
from .faces import moodle as moodle_face
from .lti import LINEITEM, LINEITEM_READ, MEMBERSHIP_READ, RESULT_READ, SCORE
from .models import DEEP_LINKING, RESOURCE_LINK, Message, Registration
from .registration import deploy, new_client_id, new_token, same_domain
from .web import course_of, face_of, failure, page, person_of, require, school_of, world
from .world import School

bp = Blueprint("admin", __name__)
PRIVACY = {"public": "Name and e-mail", "name_only": "Name only", "email_only": "E-mail only", "anonymous": "Nothing"}

SCOPE_WORDS = {
    LINEITEM: "Make and change gradebook columns",
    LINEITEM_READ: "See gradebook columns",
    RESULT_READ: "See scores",
    SCORE: "Send scores",
    MEMBERSHIP_READ: "See who is in a course",
    canvas_face.PROGRESS_SCOPE: "See how a file copy goes",
    canvas_face.NOTICE_SCOPE: "Be told when a course is copied",
}
PLACEMENT_WORDS = {
    "assignment_selection": "When an assignment is made",
    "link_selection": "When a module item is made",
    "module_index_menu_modal": "Above the modules",
    "course_assignments_menu": "Above the assignments",
    "module_menu_modal": "In a module’s menu",
    "editor_button": "In the text editor",
    "homework_submission": "When a student hands in",
    "course_navigation": "In the course menu",
    "account_navigation": "In the account menu",
    "ContentArea": "In the activity chooser",
}


def _school(face: str) -> School:
    school = school_of(face)
    require(person_of(school).admin)
    return school


def _scopes(school: School) -> tuple[str, ...]:
    return canvas_face.SCOPES if school.face == "canvas" else moodle_face.SCOPES


def _go(endpoint: str, **values: Any) -> Response:
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]


@bp.get("/<face>/admin")
def index(face: str) -> Response:
    """All apps, and how to add one."""
    with world().lock:
        school = _school(face)
        return page("admin.html", school, apps=list(school.registrations.values()), endpoints=face_of(school).endpoints(school))


@bp.get("/<face>/admin/apps/add")
def add(face: str) -> Response:
    """The box for a registration URL."""
    school = _school(face)
    return page("app_add.html", school, url=world().settings.registration_urls.get(face, ""), problem="")


@bp.post("/<face>/admin/apps/add")
def register(face: str) -> Response:
    """Open the registration URL in a frame, with the two parameters of dynamic registration. Moodle asks first when it knows the domain."""
    school = _school(face)
    url = request.form.get("registration_url", "").strip()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return page("app_add.html", school, 422, url=url, problem="This is not a web address.")
    with world().lock:
        choice = request.form.get("choice", "")
        known = same_domain(school, url)
        if known and not choice:
            return page("app_choice.html", school, url=url, known=known)
        chosen = next((found for found in known if found.client_id == choice), None)
        token, address = new_token(school, update=chosen)
        count = len(school.registrations)
    query = urlencode({"openid_configuration": address, "registration_token": token})
    source = url + ("&" if parts.query else "?") + query
    done = url_for("admin.app", face=face, client_id=chosen.client_id) if chosen else url_for("admin.registered", face=face, known=count)
    return page("app_register.html", school, source=source, done=done)


@bp.get("/<face>/admin/apps/registered")
def registered(face: str) -> Response:
    """After the tool's registration page was closed: the new app, or the list when there is none."""
    with world().lock:
        school = _school(face)
        found = list(school.registrations.values())[request.args.get("known", 0, type=int) :]
    if not found:
        return _go("admin.index", face=face)
    return _go("admin.app", face=face, client_id=found[-1].client_id)


@bp.get("/<face>/admin/apps/<client_id>")
def app(face: str, client_id: str) -> Response:
    """One app: what it asks for, what it may do, and its numbers."""
    with world().lock:
        school = _school(face)
        found = school.registrations.get(client_id) or abort(404)
        placements = sorted({message.placement for message in found.messages})
        return page(
            "app.html",
            school,
            app=found,
            placements=placements,
            privacy=PRIVACY,
            scope_words=SCOPE_WORDS,
            placement_words=PLACEMENT_WORDS,
            endpoints=face_of(school).endpoints(school),
            courses=list(school.courses.values()),
        )


@bp.post("/<face>/admin/apps/<client_id>")
def decide(face: str, client_id: str) -> Response:
    """Save the admin's decision; `deed` is save, enable, disable, chooser, delete, install or uninstall."""
    with world().lock:
        school = _school(face)
        found = school.registrations.get(client_id) or abort(404)
        deed = request.form.get("deed", "save")
        if deed == "delete":
            del school.registrations[client_id]
            return _go("admin.index", face=face)
        if deed == "install":
            place = course_of(school, request.form.get("course", 0, type=int))
            if place.number not in found.deployments.values():
                found.deployments[school.deployment_id(place.context_id)] = place.number
        elif deed == "chooser":
            found.in_chooser = not found.in_chooser
        elif deed == "disable":
            found.status = "pending"
        elif deed in ("save", "enable"):
            _narrow(found)
            if deed == "enable":
                found.status = "active"
        else:
            abort(400)
    return _go("admin.app", face=face, client_id=client_id)


def _narrow(found: Registration) -> None:
    """Take the ticked scopes, placements and the privacy level from the form."""
    found.scopes = {scope for scope in request.form.getlist("scope") if scope in found.asked_scopes}
    ticked = set(request.form.getlist("placement"))
    found.disabled_placements = {message.placement for message in found.messages} - ticked
    level = request.form.get("privacy", found.privacy)
    found.privacy = level if level in PRIVACY else found.privacy


@bp.get("/<face>/admin/apps/manual")
def manual(face: str) -> Response:
    """The form for an app without dynamic registration."""
    school = _school(face)
    return page("app_manual.html", school, values={}, problems=[], endpoints=face_of(school).endpoints(school))


@bp.post("/<face>/admin/apps/manual")
def add_manual(face: str) -> Response:
    """Add an app by hand; it is on at once and its page shows the numbers the tool needs."""
    school = _school(face)
    values = {name: request.form.get(name, "").strip() for name in ("name", "login_url", "launch_url", "redirect_uris", "jwks_url")}
    problems = [
        f"{name} is not a web address"
        for name in ("login_url", "launch_url", "jwks_url")
        if urlsplit(values[name]).scheme not in ("http", "https")
    ]
    if not values["name"]:
        problems.append("name is missing")
    if problems:
        return page("app_manual.html", school, 422, values=values, problems=problems, endpoints=face_of(school).endpoints(school))
    redirects = values["redirect_uris"].split() or [values["launch_url"]]
    with world().lock:
        names = (
            [(DEEP_LINKING, "ContentArea")]
            if face == "moodle"
            else [
                *((DEEP_LINKING, name) for name in canvas_face.DEEP_LINKING_PLACEMENTS),
                (RESOURCE_LINK, "course_navigation"),
                (RESOURCE_LINK, "account_navigation"),
            ]
        )
        messages = [Message(kind, name, values["launch_url"], values["name"]) for kind, name in names]
        found = _keep(
            school,
            values["name"],
            values["login_url"],
            redirects,
            values["jwks_url"],
            values["launch_url"],
            messages,
            set(_scopes(school)),
            "by hand",
        )
    return _go("admin.app", face=face, client_id=found.client_id)


def _keep(
    school: School,
    name: str,
    login: str,
    redirects: list[str],
    jwks: str,
    target: str,
    messages: list[Message],
    scopes: set[str],
    origin: str,
) -> Registration:
    found = Registration(
        client_id=new_client_id(school),
        name=name,
        login_url=login,
        redirect_uris=redirects,
        jwks_url=jwks,
        target=target,
        domain=urlsplit(target).netloc,
        scopes=scopes,
        asked_scopes=set(scopes),
        privacy="public",
        messages=messages,
        status="active",
        in_chooser=True,
        origin=origin,
    )
    school.registrations[found.client_id] = deploy(school, found)
    return found


@bp.get("/canvas/admin/apps/json")
def from_json() -> Response:
    """The form for a Canvas developer key that is read from a URL."""
    tool = world().settings.tool_url
    return page("app_json.html", _school("canvas"), url=f"{tool}/lti/canvas.json" if tool else "", problem="")


@bp.post("/canvas/admin/apps/json")
def add_json() -> Response:
    """Read the configuration from its URL and add the app."""
    school = _school("canvas")
    url = request.form.get("url", "").strip()
    try:
        answer = requests.get(url, timeout=world().settings.fetch_timeout_seconds, allow_redirects=False)
        body = answer.json() if answer.status_code == 200 else None
    except requests.RequestException:
        body = None
    if body is None:
        return page("app_json.html", school, 422, url=url, problem="No JSON configuration was found at this address.")
    try:
        with world().lock:
            found = _from_configuration(school, body)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as fault:
        problems = school.violation("developer key configuration", [f"{type(fault).__name__}: {fault}"])
        return failure(school, "This configuration cannot be used", "A required part is missing or wrong.", problems, 422)
    return _go("admin.app", face="canvas", client_id=found.client_id)


def _from_configuration(school: School, body: dict[str, Any]) -> Registration:
    """A registration from Canvas's developer key JSON. Raises KeyError, TypeError or ValueError when it is not one."""
    extension = next(part for part in body["extensions"] if part["platform"] == "canvas.instructure.com")
    scopes = set(body.get("scopes", []))
    if unknown := scopes - set(canvas_face.SCOPES):
        raise ValueError(f"unknown scopes {sorted(unknown)}")
    messages = []
    for part in extension["settings"]["placements"]:
        kind = part.get("message_type", RESOURCE_LINK)
        allowed = canvas_face.DEEP_LINKING_PLACEMENTS if kind == DEEP_LINKING else canvas_face.LINK_PLACEMENTS
        if part["placement"] not in allowed:
            raise ValueError(f"unknown placement {part['placement']} of {kind}")
        messages.append(
            Message(
                kind,
                part["placement"],
                part.get("target_link_uri", body["target_link_uri"]),
                part.get("text", body["title"]),
                dict(part.get("custom_fields") or {}),
            )
        )
    if not body["description"]:
        raise ValueError("description is empty")
    found = _keep(
        school,
        body["title"],
        body["oidc_initiation_url"],
        [body["target_link_uri"]],
        body["public_jwk_url"],
        body["target_link_uri"],
        messages,
        scopes,
        "developer key",
    )
    found.custom = {str(name): str(value) for name, value in (body.get("custom_fields") or {}).items()}
    found.privacy = extension["privacy_level"]
    found.raw = body
    return found
