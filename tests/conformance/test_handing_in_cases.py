"""Deep linking requests of learners and of editors, as Canvas sends them: good ones, broken ones and hostile ones."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import jwt
import pytest
import requests
from lxml import html
from pytest_httpserver import HTTPServer

from lti_tool.evidence import artifacts
from lti_tool.evidence.service import Owner
from lti_tool.evidence.uploads import received
from lti_tool.launch.models import Context, Person
from tests.conformance.conftest import LiveTool, Visit, Visits
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.canvas import OBSERVES, STUDENT_VIEW, STUDIES, TEACHES, Canvas
from tests.factories.platform import CLAIM
from tests.factories.world import World

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
PLACEMENT = "https://www.instructure.com/placement"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


@pytest.fixture
def canvas(live: LiveTool, lms_server: HTTPServer) -> Canvas:
    """A Canvas of one's own; that it may share its issuer is tried elsewhere."""
    name = f"h{secrets.token_hex(4)}"
    number = f"1000{int(name[1:], 16)}"
    return Canvas(lms_server, name, now=live.clock, tool_url=live.url, issuer=f"https://{name}.example.edu", client_id=number)


def request(canvas: Canvas, placement: str, settings: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A deep linking request from this place, in the shape that Canvas gives it."""
    kinds = {"homework_submission": ["file", "ltiResourceLink"], "editor_button": ["link", "file", "html", "ltiResourceLink", "image"]}
    asked = {
        "deep_link_return_url": f"{canvas.host}/courses/3/deep_linking_response?data=abc",
        "accept_types": kinds[placement],
        "accept_multiple": placement == "editor_button",
        "accept_media_types": "*/*",
        "auto_create": False,
        **settings,
    }
    return {**canvas.deep_linking(**asked), "roles": STUDIES, PLACEMENT: placement, **given}


def homework(canvas: Canvas, settings: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return request(canvas, "homework_submission", settings or {}, **given)


def editor(canvas: Canvas, settings: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return request(canvas, "editor_button", settings or {}, **given)


def form_of(visit: Visit, path: str) -> tuple[requests.Response, Any]:
    page = visit.get(path)
    assert page.status_code == 200, page.text
    [form] = (one for one in html.fromstring(page.content).forms if str(one.action).endswith(path))
    return page, form


def press(visit: Visit, path: str, *picked: str, do: str = "") -> requests.Response:
    page, form = form_of(visit, path)
    fields = [(name, value) for name, value in form.form_values() if name != "pick"]
    fields += [("pick", one) for one in picked] + [("do", do)]
    return visit.browser.session.post(urljoin(page.url, form.action), data=fields, timeout=20)


def taken(visits: Visits, answer: requests.Response) -> dict[str, Any]:
    """The message, verified as a strict platform does (Security Framework 1.1, 5.2)."""
    assert answer.status_code == 200, answer.text
    [form] = (one for one in html.fromstring(answer.content).forms if one.get("data-auto-submit") is not None)
    assert form.action == f"{visits.canvas.host}/courses/3/deep_linking_response?data=abc"
    token = form.fields["JWT"]
    keys = requests.get(visits.live.url + "/lti/jwks", timeout=20).json()["keys"]
    [key] = (jwt.PyJWK(one) for one in keys if one["kid"] == jwt.get_unverified_header(token)["kid"])
    options: Any = {"require": ["iss", "aud", "exp", "iat", "nonce"], "verify_exp": False, "verify_iat": False}
    body: dict[str, Any] = jwt.decode(
        token, key.key, ["RS256"], audience=visits.canvas.issuer, issuer=visits.canvas.client_id, options=options
    )
    assert body[CLAIM + "message_type"] == "LtiDeepLinkingResponse"
    assert body[CLAIM + "deployment_id"] == visits.canvas.deployment_id
    return body


@pytest.mark.parametrize("make", [homework, editor])
@pytest.mark.parametrize("types", [..., None, [], "", 5, {}, ["image"], ["ltiAssetProcessor"], [7, None]])
def test_no_types_or_none_that_we_have(visits: Visits, canvas: Canvas, make: Any, types: Any) -> None:
    answer = visits.open(**make(canvas, {"accept_types": types})).answer
    assert_readable(answer)
    assert "Nothing of ours fits here" in answer.text


@pytest.mark.parametrize("make", [homework, editor])
@pytest.mark.parametrize(
    "address",
    [
        ...,
        None,
        "",
        "javascript:alert(1)",
        "http://elsewhere.example.net/return",
        "http://127.0.0.1:22/",
        "//elsewhere.example.net/",
        "data:text/html,x",
        "https://user:secret@",
        "/courses/3/deep_linking_response",
        5,
        ["https://a.example"],
    ],
)
def test_a_return_address_that_is_none(visits: Visits, canvas: Canvas, make: Any, address: Any) -> None:
    answer = visits.open(**make(canvas, {"deep_link_return_url": address})).answer
    assert_readable(answer)
    assert "did not say what can be added here" in answer.text


@pytest.mark.parametrize(
    ("make", "roles", "words"),
    [
        (homework, TEACHES, "Only learners hand in work"),
        (homework, OBSERVES, "Only learners hand in work"),
        (homework, [], "Only learners hand in work"),
        (editor, OBSERVES, "Only people who build the course"),
    ],
)
def test_who_may_not_ask(visits: Visits, canvas: Canvas, make: Any, roles: list[str], words: str) -> None:
    answer = visits.open(**make(canvas, roles=roles)).answer
    assert_readable(answer)
    assert words in answer.text


@pytest.mark.parametrize(
    "placement", [None, "assignment_selection", "link_selection", "HOMEWORK_SUBMISSION", "x", ["homework_submission"], 5]
)
def test_a_learner_from_anywhere_else_places_nothing(visits: Visits, canvas: Canvas, placement: Any) -> None:
    answer = visits.open(**homework(canvas, **{PLACEMENT: placement})).answer
    assert_readable(answer)
    assert "Only people who build the course" in answer.text


@pytest.mark.parametrize("settings", [5, "x", [], {}, None])
def test_no_settings(visits: Visits, canvas: Canvas, settings: Any) -> None:
    assert_readable(visits.open(**{**homework(canvas), "deep_linking": settings}).answer)


@pytest.mark.parametrize("roles", [STUDIES, STUDENT_VIEW])
@pytest.mark.parametrize("types", [["file"], ["ltiResourceLink"], ["html", "file"]])
def test_who_has_nothing_is_told_so(visits: Visits, canvas: Canvas, roles: list[str], types: list[str]) -> None:
    visit = visits.open(**homework(canvas, {"accept_types": types}, roles=roles))
    assert "designer" not in visit.rights
    assert "You have nothing to hand in yet" in visit.get("hand-in").text
    answer = press(visit, "hand-in")
    assert answer.status_code == 422
    assert taken(visits, press(visit, "hand-in", do="cancel"))[DL + "content_items"] == []


def test_files_are_picked_signed_and_fetched(visits: Visits, canvas: Canvas, builder: World) -> None:
    settings = {"data": ' {"ü": "\\u0041"}'}
    visit = visits.open(**homework(canvas, settings, custom={"allowed_extensions": "pdf,docx", "assignment_title": "Portfolio"}))
    [person], [context] = visits.rows(Person), visits.rows(Context)
    work = builder.enrollment(builder.activity(context), person)
    here, pieces = visits.live.here, []
    for name, content in (("one.pdf", PDF), ("two.pdf", PDF), ("notes.txt", b"Words")):
        with received(here, BytesIO(content), name) as file, here.database.unit() as session:
            owner = Owner(person.district_id, person.id)
            pieces.append(artifacts.add_file(session, here, owner, work.id, "plan", title="", file=file, students="none").id)
    assert "Portfolio" in visit.get("hand-in").text
    refused = press(visit, "hand-in", f"file:{pieces[0]}", f"file:{pieces[1]}")
    assert refused.status_code == 422
    assert "one thing at a time" in refused.text
    assert press(visit, "hand-in", f"file:{pieces[2]}").status_code == 422, "a kind that the assignment does not take"
    body = taken(visits, press(visit, "hand-in", f"file:{pieces[0]}"))
    assert body[DL + "data"] == settings["data"]
    [item] = body[DL + "content_items"]
    assert (item["type"], item["title"], item["mediaType"]) == ("file", "one.pdf", "application/pdf")
    for _ in range(3):
        got = requests.get(item["url"], timeout=20, allow_redirects=False)
        assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, PDF, "application/pdf")
        assert int(got.headers["Content-Length"]) == len(PDF)
        assert "Set-Cookie" not in got.headers
    assert requests.get(item["url"], timeout=20).status_code == 410
    several = visits.open(**homework(canvas, {"accept_multiple": True}))
    body = taken(visits, press(several, "hand-in", *(f"file:{one}" for one in pieces[:2])))
    assert {item["title"] for item in body[DL + "content_items"]} == {"one.pdf", "two.pdf"}


def test_a_submission_opens_from_the_address_that_went_out(visits: Visits, canvas: Canvas, builder: World) -> None:
    """Canvas opens it by its address alone, with the course's id where a link's should be."""
    visit = visits.open(**homework(canvas))
    [person], [context] = visits.rows(Person), visits.rows(Context)
    submission = builder.submission(builder.enrollment(builder.activity(context), person))
    [item] = taken(visits, press(visit, "hand-in", f"work:{submission.id}"))[DL + "content_items"]
    link = {"target_link_uri": item["url"], "resource_link": {"id": canvas.course, "title": None, "description": None}}
    grader = visits.open(**link, sub="teacher-1", roles=TEACHES, name="Dana Designer")
    page = grader.get()
    assert page.status_code == 200
    assert "Handed in to this course" in page.text
    assert "Answer to" in page.text
    assert "What you submitted." in visits.open(**link).get().text
    other = visits.open(**link, sub="student-2", name="Ben Teacher")
    refused = other.get()
    assert refused.status_code == 403
    assert "This work is not yours to open" in refused.text
    assert "Ada" not in refused.text


def test_an_editor_gives_a_card_that_opens_in_its_page(visits: Visits, canvas: Canvas, builder: World) -> None:
    visit = visits.open(**editor(canvas, roles=TEACHES))
    [context] = visits.rows(Context)
    version = builder.version(context.district_id)
    [item] = taken(visits, press(visit, "embed", f"card:{version.id}"))[DL + "content_items"]
    assert (item["type"], item["iframe"]) == ("ltiResourceLink", {"width": 640, "height": 360})
    page = visits.open(custom=item["custom"], resource_link={"id": "card-1", "title": item["title"]}).get()
    assert page.status_code == 200
    assert version.title in page.text
    assert "cannot be started in this course yet" in page.text


def test_a_learner_in_an_editor_is_offered_no_cards(visits: Visits, canvas: Canvas, builder: World) -> None:
    visit = visits.open(**editor(canvas))
    [context] = visits.rows(Context)
    version = builder.version(context.district_id)
    assert "designer" not in visit.rights
    assert version.title not in visit.get("embed").text
    assert press(visit, "embed", f"card:{version.id}").status_code == 422
