"""What comes back from the tool's picker: judged strictly, then made into activities."""

from __future__ import annotations

from typing import Any

import jwt
from flask import Blueprint, Response, abort, redirect, request, url_for

from . import editor, homework
from .faces.canvas import SETTINGS
from .item_rules import item_problems
from .keys import UnreadableToken, read_signed, time_problems
from .lti import CLAIM, DL_CLAIM
from .models import Course, Item, Launch, LineItem, Module, Registration
from .scores import read_number
from .web import course_of, failure, item_of, may_edit, page, person_of, require, school_of, world
from .world import School

bp = Blueprint("deep_linking", __name__)
LONGEST_ANSWER = 3600
AT_ONCE = ("module_index_menu_modal", "link_selection", "editor_button")


@bp.post("/canvas/courses/<int:course>/deep_linking_response")
def canvas_answer(course: int) -> Response:
    """The return address on Canvas; who asked is in the query's signed `data`."""
    school = school_of("canvas")
    try:
        data = jwt.decode(request.args.get("data", ""), school.hint_secret, algorithms=["HS256"])
    except jwt.PyJWTError:
        school.violation("deep linking answer", ["the query of deep_link_return_url was changed or left out"])
        return failure(school, "This selection cannot be taken", "Open the picker again.", ["data is not valid"])
    return _answer(school, str(data.get("nonce", "")), course)


@bp.post("/moodle/mod/lti/contentitem_return.php")
def moodle_answer() -> Response:
    """The return address on Moodle; who asked is in the session key."""
    school = school_of("moodle")
    return _answer(school, request.args.get("sesskey", ""), request.args.get("course", 0, type=int))


def _answer(school: School, key: str, course: int) -> Response:
    with world().lock:
        launch = school.launches.get(key)
        registration = school.registrations.get(launch.client_id) if launch else None
    if launch is None or registration is None or launch.course_id != course or not launch.used:
        problems = school.violation("deep linking answer", ["it belongs to no deep linking request that was opened"])
        return failure(school, "This selection cannot be taken", "Open the picker again.", problems)
    claims: dict[str, Any] = {}
    try:
        problems = _form_problems()
        claims = read_signed(
            request.form.get("JWT", ""), registration.jwks_url, world().settings.fetch_timeout_seconds, school.kept_key_sets
        )
    except UnreadableToken as fault:
        problems.append(str(fault))
    with world().lock:
        if not problems:
            problems = claim_problems(school, registration, launch, claims)
            for item in claims.get(DL_CLAIM + "content_items") or []:
                problems += item_problems(school, registration, launch, item)
        if problems:
            school.violation("deep linking answer", problems)
            return failure(
                school,
                "This selection cannot be taken",
                "The app answered in a way that this LMS does not accept. Nothing was added to the course.",
                problems,
            )
        launch.answered = True
        handed_in = launch.placement == homework.PLACEMENT
    if handed_in:
        return homework.take(school, launch, claims)
    with world().lock:
        launch.drafts = list(claims[DL_CLAIM + "content_items"])
        notes = [str(claims[DL_CLAIM + name]) for name in ("msg", "errormsg") if claims.get(DL_CLAIM + name)]
        place = course_of(school, course)
        made = []
        if launch.placement in AT_ONCE:
            made = _make(school, place, launch, [{} for _ in launch.drafts])
        return page(
            "selection.html",
            school,
            course=place,
            launch=launch,
            made=made,
            notes=notes,
            drafts=[_draft(registration, draft) for draft in launch.drafts],
        )


def _form_problems() -> list[str]:
    problems = []
    if request.mimetype != "application/x-www-form-urlencoded":
        problems.append("the body is not a posted form")
    if not request.form.get("JWT"):
        problems.append("the form has no field JWT")
    return problems


def claim_problems(school: School, registration: Registration, launch: Launch, claims: dict[str, Any]) -> list[str]:
    """Faults of the message itself (LTI Deep Linking 2.0 section 4.5, Security Framework 1.0 section 5.2)."""
    problems = time_problems(claims, school.now().timestamp(), LONGEST_ANSWER)
    audience = claims.get("aud")
    if claims.get("iss") != registration.client_id:
        problems.append("iss is not the client id")
    if school.issuer not in (audience if isinstance(audience, list) else [audience]):
        problems.append("aud does not name the issuer")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        problems.append("nonce is missing")
    elif "answer " + nonce in school.nonces:
        problems.append("nonce was used before")
    else:
        school.nonces.add("answer " + nonce)
    for name, value in (("deployment_id", launch.deployment_id), ("message_type", "LtiDeepLinkingResponse"), ("version", "1.3.0")):
        if claims.get(CLAIM + name) != value:
            problems.append(f"{name} is not {value}")
    sent = school.mood.deep_linking_data
    if claims.get(DL_CLAIM + "data") != (sent or None):
        problems.append("data is not what the request sent" if sent else "data came back though none was sent")
    items = claims.get(DL_CLAIM + "content_items")
    if not isinstance(items, list):
        problems.append("content_items is not a list")
        claims[DL_CLAIM + "content_items"] = []
    elif len(items) > 1 and not _accepts_many(launch):
        problems.append("several items came back where only one is accepted")
    return problems


def _accepts_many(launch: Launch) -> bool:
    return bool(SETTINGS.get(launch.placement, {"accept_multiple": True})["accept_multiple"])


def _draft(registration: Registration, item: dict[str, Any]) -> dict[str, Any]:
    """What the form shows of an item."""
    column = item.get("lineItem") or {}
    title = column.get("label") or item.get("title") or registration.name
    return {"title": title, "text": item.get("text", ""), "points": column.get("scoreMaximum"), "type": item["type"]}


@bp.post("/<face>/courses/<int:course>/select/<key>/save")
def save(face: str, course: int, key: str) -> Response:
    """The designer keeps what was selected. A single title (and, on Canvas, its points) may be changed before."""
    with world().lock:
        school = school_of(face)
        place = course_of(school, course)
        require(may_edit(person_of(school), place))
        launch = school.launches.get(key)
        if launch is None or launch.course_id != course or not launch.answered:
            abort(404)
        changes = [{name: request.form.get(f"{name}-{index}", "") for name in ("title", "points")} for index in range(len(launch.drafts))]
        _make(school, place, launch, changes)
        return redirect(url_for("pages.course", face=face, number=course), 303)  # type: ignore[return-value]


def _make(school: School, course: Course, launch: Launch, changes: list[dict[str, str]]) -> list[Item]:
    """Create the selected activities in the module the designer started from; an empty list when done before."""
    drafts, launch.drafts = launch.drafts, []
    registration = school.registrations[launch.client_id]
    module = school.module(course, launch.module)
    if launch.placement == "editor_button":
        return [_make_card(school, course, launch, module, registration, drafts)] if drafts else []
    if launch.placement == "module_index_menu_modal" and drafts:
        module = Module(school.take(), "New Content From App")
        course.modules.append(module)
    made = []
    for draft, change in zip(drafts, changes, strict=True):
        item = _make_link(school, course, registration, draft)
        item.title = (change.get("title") or _draft(registration, draft)["title"])[:255]
        item.published = launch.placement not in AT_ONCE
        column = _make_column(school, course, registration, item, draft, read_number(change.get("points")))
        made.append(school.place(module, item, column))
    if launch.placement in AT_ONCE:
        launch.drafts = drafts
    return made


def _make_link(school: School, course: Course, registration: Registration, draft: dict[str, Any]) -> Item:
    return Item(
        number=school.take(),
        course_id=course.number,
        title=draft.get("title") or registration.name,
        kind="lti",
        text=draft.get("text", ""),
        client_id=registration.client_id,
        url=draft.get("url") or registration.target,
        custom=dict(draft.get("custom") or {}),
        new_window=(draft.get("window") or {}).get("targetName") == "_blank" and school.face == "canvas",
    )


def _make_column(
    school: School,
    course: Course,
    registration: Registration,
    item: Item,
    draft: dict[str, Any],
    points: float | None,
) -> LineItem | None:
    wanted = draft.get("lineItem")
    if wanted is None:
        return None
    maximum = points if points and points > 0 else float(wanted["scoreMaximum"])
    review = wanted.get("submissionReview")
    return LineItem(
        number=school.take(),
        course_id=course.number,
        label=item.title,
        maximum=maximum,
        client_id=registration.client_id,
        resource_id=wanted.get("resourceId", ""),
        tag=wanted.get("tag", ""),
        submission_review=review if school.face == "moodle" and isinstance(review, dict) else None,
    )


def _make_card(
    school: School, course: Course, launch: Launch, module: Module, registration: Registration, drafts: list[dict[str, Any]]
) -> Item:
    """The page that was being written, or a new one, now with what the tool gave to the editor."""
    if launch.item is not None:
        sheet = item_of(course, launch.item)
    else:
        sheet = Item(school.take(), course.number, f"Page with {registration.name}", "page")
        module.items.append(sheet)
    editor.embed(school, course, sheet, registration, drafts)
    return sheet


@bp.get("/canvas/deep_linking_cancel")
def cancel() -> Response:
    """Where the tool sends a designer who changed their mind."""
    school = school_of("canvas")
    notes = [request.args[name] for name in ("lti_msg", "lti_errormsg") if request.args.get(name)]
    return page("selection.html", school, course=None, launch=None, made=[], notes=notes, drafts=[])
