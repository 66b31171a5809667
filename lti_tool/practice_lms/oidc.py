"""Launches: the login form inside the frame, the authentication endpoint, the key set."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, request

from .faces.base import Refused, Scene
from .models import DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW, Item, Launch, Registration
from .web import course_of, face_of, failure, item_of, may_edit, may_teach, page, person_of, require, school_of, world
from .world import School

bp = Blueprint("oidc", __name__)


def begin(
    school: School,
    registration: Registration,
    message: str,
    target: str,
    *,
    course: int | None = None,
    item: Item | None = None,
    placement: str = "",
    module: int | None = None,
    for_user: str = "",
    window: bool = False,
) -> Response:
    """Remember a launch and answer with the login initiation form, which submits itself."""
    launch = school.start_launch(
        Launch(
            key=f"ltilaunch_{secrets.token_hex(12)}",
            message=message,
            person=person_of(school).key,
            client_id=registration.client_id,
            deployment_id=registration.deployment_for(course),
            target=target,
            created=school.now(),
            course_id=course,
            item=item.number if item else None,
            module=module,
            placement=placement,
            for_user=for_user,
            window=window,
        )
    )
    fields = face_of(school).login_fields(school, launch)
    return page(
        "post_form.html",
        None,
        title="Opening the activity",
        action=registration.login_url,
        fields=fields,
        test="oidc-login-form",
        button="Continue",
    )


def active(school: School, client_id: str) -> Registration:
    """A tool that may be launched. Aborts with 404."""
    registration = school.registrations.get(client_id)
    if registration is None or registration.status != "active":
        abort(404)
    return registration


@bp.get("/<face>/courses/<int:course>/items/<int:number>/launch")
def launch_item(face: str, course: int, number: int) -> Response:
    """What the frame of an activity loads first."""
    with world().lock:
        school = school_of(face)
        item = item_of(course_of(school, course), number)
        registration = active(school, item.client_id)
        return begin(
            school, registration, RESOURCE_LINK, item.url or registration.target, course=course, item=item, window="window" in request.args
        )


@bp.get("/<face>/courses/<int:course>/tool/<client_id>/launch")
def launch_course(face: str, course: int, client_id: str) -> Response:
    """The tool's entry in the course menu (Canvas: course_navigation)."""
    with world().lock:
        school = school_of(face)
        registration = active(school, client_id)
        message = registration.message(RESOURCE_LINK, "course_navigation") or abort(404)
        course_of(school, course)
        return begin(school, registration, RESOURCE_LINK, message.target, course=course, placement="course_navigation")


@bp.get("/<face>/account/tool/<client_id>/launch")
def launch_account(face: str, client_id: str) -> Response:
    """The tool's entry in the account menu (Canvas: account_navigation), for admins."""
    with world().lock:
        school = school_of(face)
        require(person_of(school).admin)
        registration = active(school, client_id)
        message = registration.message(RESOURCE_LINK, "account_navigation") or abort(404)
        return begin(school, registration, RESOURCE_LINK, message.target, placement="account_navigation")


@bp.get("/<face>/courses/<int:course>/select/<client_id>/launch")
def launch_select(face: str, course: int, client_id: str) -> Response:
    """The tool's picker (deep linking). `placement` and `module` are in the query."""
    with world().lock:
        school = school_of(face)
        require(may_edit(person_of(school), course_of(school, course)))
        registration = active(school, client_id)
        placement = request.args.get("placement", "")
        if placement not in dict(face_of(school).placements(registration)):
            abort(404)
        message = registration.message(DEEP_LINKING, placement) or abort(404)
        sheet = request.args.get("item", type=int)
        return begin(
            school,
            registration,
            DEEP_LINKING,
            message.target,
            course=course,
            item=item_of(course_of(school, course), sheet) if sheet is not None else None,
            placement=placement,
            module=request.args.get("module", type=int),
        )


@bp.get("/moodle/courses/<int:course>/items/<int:number>/review/launch")
def launch_review(course: int, number: int) -> Response:
    """Moodle's grade analysis: a submission review of `user`, or of nobody in particular."""
    with world().lock:
        school = school_of("moodle")
        found = course_of(school, course)
        item = item_of(found, number)
        for_user = request.args.get("user", "")
        person = person_of(school)
        require(may_teach(person, found) or for_user == person.sub)
        registration = active(school, item.client_id)
        column = school.line_items.get(item.line_item or 0)
        review = (column.submission_review or {}) if column else {}
        target = str(review.get("url") or item.url or registration.target)
        return begin(school, registration, SUBMISSION_REVIEW, target, course=course, item=item, for_user=for_user)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/speedgrader/launch")
def launch_submission(course: int, number: int) -> Response:
    """Canvas's SpeedGrader: opens the URL that the tool submitted, without naming the assignment's link."""
    with world().lock:
        school = school_of("canvas")
        found = course_of(school, course)
        require(may_teach(person_of(school), found))
        item = item_of(found, number)
        registration = active(school, item.client_id)
        person = school.person_by_sub(request.args.get("user", "")) or abort(404)
        grade = school.grade(item.line_item or 0, person.key)
        if grade is None or urlsplit(grade.submission_data).netloc != registration.domain:
            abort(404)
        return begin(school, registration, RESOURCE_LINK, grade.submission_data, course=course)


@bp.route("/canvas/api/lti/authorize_redirect", methods=["GET", "POST"], defaults={"face": "canvas"})
@bp.route("/moodle/mod/lti/auth.php", methods=["GET", "POST"], defaults={"face": "moodle"})
def authorize(face: str) -> Response:
    """The authentication endpoint (OpenID Connect third-party login): answers with a self-submitting form."""
    form = request.values
    with world().lock:
        school = school_of(face)
        try:
            launch = face_of(school).authenticate(school, form)
            scene = Scene.of(school, launch)
        except Refused as refusal:
            return _refuse(school, refusal)
        except KeyError:
            return _refuse(school, Refused("invalid_request", "The activity is gone", page=True, fault=False))
        token = school.key.sign({**face_of(school).claims(scene), "nonce": form["nonce"]})
    fields = {"id_token": token, "state": form["state"]}
    if face == "canvas":
        fields["lti_storage_target"] = "post_message_forwarding"
    return page(
        "post_form.html",
        None,
        title="Opening the activity",
        action=form["redirect_uri"],
        fields=fields,
        test="oidc-response-form",
        button="Continue",
    )


def _refuse(school: School, refusal: Refused) -> Response:
    if refusal.fault:
        school.violation("authentication request", [refusal.description])
    if refusal.page:
        return failure(
            school,
            "Invalid request",
            "This page cannot be opened a second time or from elsewhere. Go back to the course and open the activity again.",
            [refusal.description],
        )
    fields = {"error": refusal.error, "error_description": refusal.description, "state": request.values.get("state", "")}
    return page(
        "post_form.html",
        None,
        title="The activity cannot be opened",
        action=request.values["redirect_uri"],
        fields=fields,
        test="oidc-error-form",
        button="Continue",
    )


@bp.get("/canvas/api/lti/security/jwks", defaults={"face": "canvas"})
@bp.get("/moodle/mod/lti/certs.php", defaults={"face": "moodle"})
def key_set(face: str) -> Response:
    """The platform's public keys."""
    answer = jsonify(school_of(face).key.key_set())
    answer.headers["Cache-Control"] = "max-age=300"
    return answer
