"""What holds for every endpoint there is, also for those that will be added: found in the URL map, not in a list.

Without a visit nothing opens, without a right nothing either, a form needs its own frame's token, ids of nothing lead nowhere,
and no text that somebody can send makes the tool stumble.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lti_tool.badges import service as badges
from lti_tool.catalog import exchange, stacks
from lti_tool.catalog.approval_models import ApprovalComment, ApprovalRound
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import Base, new_id
from lti_tool.district.cohorts.models import Cohort, CohortMember, CommunityPost
from lti_tool.district.pay.models import PayBatch, PayRule
from lti_tool.evidence import artifacts
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.service import Owner
from lti_tool.evidence.upload_models import Upload
from lti_tool.grading.models import ScoreDelivery
from lti_tool.http import HttpClient, HttpFailure, Reply
from lti_tool.launch.models import Person
from lti_tool.platforms import service as platforms
from lti_tool.platforms.models import District, Invite, Registration
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.desk_models import Phrase, ReviewNote
from lti_tool.review.models import Decision, Review
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.factories.world import FrameBrowser, World

FRAME = "/s/<frame_key>/"
PUBLIC = {
    "static": "style and scripts",
    "health.livez": "machines look whether we live",
    "health.readyz": "machines look whether we are ready",
    "health.metrics": "figures",
    "launch.login": "the platform's browser redirect begins here",
    "launch.login_again": "the same after a look for cookies",
    "launch.launch": "proved by the platform's signature and the login's cookie",
    "launch.launch_proof": "proved by the platform's signature and the secret that the LMS kept",
    "launch.notices": "proved by the platform's signature",
    "platforms.jwks": "our public keys",
    "platforms.canvas_configuration": "what a Canvas developer key reads",
    "platforms.register": "proved by the invite's secret",
    "platforms.register_now": "proved by the invite's secret",
    "platforms.confirm": "proved by the invite's secret",
    "verifying.ask": "anybody checks a badge",
    "verifying.check": "anybody checks a badge; it changes nothing",
    "badges.page": "a badge that its teacher shows",
    "badges.credential": "a badge that its teacher shows",
    "badges.baked": "a badge that its teacher shows",
    "badges.image_svg": "a badge that its teacher shows",
    "badges.image_png": "a badge that its teacher shows",
    "badges.embed": "a badge that its teacher shows, for frames of any site",
    "badges.preview": "a badge that its teacher shows",
    "badges.small_png": "a badge that its teacher shows",
    "badges.small_svg": "a badge that its teacher shows",
    "badges.issuer": "an issuer's public profile",
    "badges.did_document": "an issuer's public keys",
    "badges.version": "criteria that badges refer to",
    "badges.version_image": "the picture that badges refer to",
    "badge_files.jwt": "a badge that its teacher shows",
    "badge_files.svg": "a badge that its teacher shows",
    "badge_files.ob2_assertion": "a badge that its teacher shows",
    "badge_files.ob2_png": "a badge that its teacher shows",
    "badge_files.ob2_svg": "a badge that its teacher shows",
    "badge_files.profile": "an issuer's public profile",
    "badge_files.ob2_issuer": "an issuer's public profile",
    "badge_files.ob2_class": "criteria that badges refer to",
    "badge_files.logo": "an issuer's logo",
    "badge_files.issuer_keys": "an issuer's public keys",
    "badge_files.all_keys": "every issuer's public keys",
    "badge_files.key": "one of an issuer's public keys",
    "badge_files.status_list": "which badges are revoked, by number",
    "evidence_file.serve": "proved by a signed address that ends soon",
    "linked.handed_file": "proved by an unguessable address that ends soon",
    "linked.card_page": "a microcredential, for who was given its unguessable key",
    "linked.card_picture": "its picture",
    "mail.stop": "proved by the signed link of an e-mail",
    "mail.stop_now": "proved by the signed link of an e-mail",
}
ANY_VISITOR = {"home.start", "home.index", "linking.card", "notices.index", "notices.read", "notices.choices"}
"""Pages for everybody who was launched, whatever their rights: their own work only, and what stands in a page that they may read."""
OWN_THINGS = {"badges.share", "badges.switch", "badges.own_image", "badges.own_baked", "badges.own_credential", "badges.own_small",
              "badges.set_showing", "badge_files.own_jwt", "badge_files.own_svg", "badge_files.own_transcript",
              "badge_agreement.show", "badge_agreement.save", "grading.resend"}  # fmt: skip
"""No right is needed, for they only find what is the person's own."""

RIGHTS = ("earner", "facilitator", "designer", "reviewer", "author", "approver", "console", "payroll")
HOSTILE = {
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "controls": "a\r\nSet-Cookie: x=y\x1b[31m\x7f",
    "digits": "9" * 5000,
    "other digits": "٣" * 12,
    "markup": "\"'><script>alert(1)</script>{{7*7}}<img src=x onerror=alert(1)>",
    "wildcards": "%_\\%' OR 1=1 --",
    "path": "../../../../etc/passwd",
    "big": "ä" * 70_000,  # more than any field takes
}
WORDS = ("openid_configuration", "registration_token", "state", "id_token", "proof", "iss", "client_id", "login_hint", "lti_message_hint",
         "target_link_uri", "lti_deployment_id", "lti_storage_target", "said", "find", "q", "tag", "after", "before", "do", "page", "copy_of",  # noqa: E501
         "revision", "finish", "next", "back", "public", "seen", "editor", "error")  # fmt: skip
"""Names of fields that stand in no form of a page."""
POSTED = ("do", "page", "copy_of", "revision", "finish", "next", "back", "public", "seen", "editor")
"""Those of them that pages in a frame post."""


def routes(app: Flask, *, frame: bool) -> Iterator[tuple[str, Rule]]:
    """Every (method, rule) inside frames, or outside."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(FRAME) == frame:
            yield from ((method, rule) for method in sorted((rule.methods or set()) & {"GET", "POST"}))


def address(rule: Rule, prefix: str, values: dict[str, str]) -> str:
    """The rule's address below a frame's prefix; `values` by the argument's name."""
    path = rule.rule.replace(FRAME, prefix + "/") if rule.rule.startswith(FRAME) else rule.rule
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: values[found[1]], path)


def nothing(rule: Rule) -> dict[str, str]:
    """Values that fit the rule's converters and name nothing."""
    kinds = {"UUIDConverter": str(uuid4()), "IntegerConverter": "2026"}
    return {
        name: next(iter(sorted(converter.items))) if hasattr(converter, "items") else kinds.get(type(converter).__name__, "nothing")
        for name, converter in rule._converters.items()
    }


def opened(client: FlaskClient, method: str, url: str, **data: Any) -> TestResponse:
    return client.open(url, method=method, data=data if method == "POST" else None)


def page(answer: TestResponse) -> str:
    """The answer's HTML; empty for pictures and programs' documents."""
    return answer.text if (answer.content_type or "").startswith("text/html") else ""


@dataclass
class Everything:
    """A person with every right and a thing of every kind; `values` are ids by the names that addresses use."""

    browser: FrameBrowser
    values: dict[str, str]
    fields: dict[str, set[str]]


class NoNetwork(HttpClient):
    """Nobody out there answers."""

    def request(self, method: str, url: str, **given: Any) -> Reply:
        raise HttpFailure("unreachable" if self.allows(url, given.get("trusted", ())) else "refused", "test")


def stumbles(answer: TestResponse) -> bool:
    """Whether it is our fault. 502 says that an LMS did not answer."""
    return answer.status_code >= 500 and answer.status_code != 502


@pytest.fixture
def everything(world: World, tool: Tool) -> Everything:
    tool.http = NoNetwork()
    registration = world.registration()
    context = world.context(registration)
    version = world.version(registration.district_id)
    activity = world.activity(context, version)
    ada, ben = world.person(registration, "Ada Teacher"), world.person(registration, "Ben Teacher")
    draft, work = world.enrollment(activity, ada), world.enrollment(activity, ben)
    submission = world.submission(work, state="in_review")
    now = tool.clock()
    common = {"district_id": registration.district_id, "person_id": ada.id, "enrollment_id": draft.id}
    review = world._add(
        Review(district_id=ada.district_id, submission_id=submission.id, reviewer_id=ada.id, seat=1, state="assigned", scores={},
               overall_feedback="", decline_reason="", assigned_at=now, due_at=now + timedelta(days=14))
    )  # fmt: skip
    with tool.database.unit() as session:
        award = badges.award(session, tool, enrollment_id=draft.id, decided_at=now)
        award.is_public = True
    assert badges.sign_due(tool) == 1
    delivery = world._add(
        ScoreDelivery(**common, registration_id=registration.id, activity_id=activity.id, version=1, score_given=Decimal(100),
                      score_maximum=Decimal(100), comment="", submitted_at=now, desired_at=now, state="queued", due_at=now)
    )  # fmt: skip
    with tool.database.unit() as session:
        piece = artifacts.add_text(session, tool, Owner(ada.district_id, ada.id), draft.id, "plan", title="Plan", text="Words")
        upload = Upload(
            **common, requirement_key="plan", state="open", filename="plan.pdf", size=10, part_size=10, fingerprint="0" * 64,
            blob_key="0" * 40, artifact_id=None, created_at=now, touched_at=now, checking_until=None, cleared_at=None,
        )  # fmt: skip
        session.add(upload)
        invite = platforms.create_invite(session, tool, district_name="Maple Valley")
    browser = world.browser(ada, *RIGHTS, activity=activity)
    browser.post(f"/catalog/{version.microcredential_id}/revise")
    held = UUID(submission.snapshot["artifacts"][0]["id"])
    hold = world._add(
        ArtifactHold(district_id=ada.district_id, submission_id=submission.id, artifact_id=held, owner_id=ben.id, blob_key="",
                     state="raised", reason="x", raised_by=ada.id, raised_at=now)
    )  # fmt: skip
    judged = world.submission(work, attempt=2, state="decided", outcome="revise", decided_at=now)
    world._add(
        Decision(district_id=ada.district_id, submission_id=judged.id, outcome="revise", decided_at=now,
                 criteria={key: {"met": False, "levels": [], "settled_level": None} for key in ("planning", "asking")})
    )  # fmt: skip
    appeal = world._add(
        Appeal(district_id=ada.district_id, submission_id=judged.id, person_id=ben.id, ground="process", text="x", state="accepted",
               filed_at=now, answer="")
    )  # fmt: skip
    seat = world._add(
        PanelSeat(district_id=ada.district_id, appeal_id=appeal.id, reviewer_id=ada.id, state="assigned", vote="", reasons="",
                  decline_reason="", assigned_at=now, due_at=now)
    )  # fmt: skip
    note = world._add(
        ReviewNote(district_id=ada.district_id, review_id=review.id, artifact_id=held, seconds=5, text="x", shared=True, created_at=now)
    )
    phrase = world._add(Phrase(district_id=ada.district_id, person_id=ada.id, text="x", created_at=now))
    calibration = world.calibration(activity, ada)
    award_rule = _recognized(tool, ada)
    other = world.version(registration.district_id)
    handed_in = world._add(
        ApprovalRound(
            district_id=ada.district_id, microcredential_id=other.microcredential_id, number=1, state="in_review", title=other.title,
            content=other.content, content_hash=other.content_hash, based_on_id=other.id, patch=False, quorum=2, message="x",
            submitted_by=ben.id, submitted_at=now, decided_at=None, version_id=None,
        )
    )  # fmt: skip
    remark = world._add(
        ApprovalComment(district_id=ada.district_id, microcredential_id=other.microcredential_id, round_id=handed_in.id, parent_id=None,
                        section="basics", text="x", blocking=True, person_id=ben.id, said_at=now, resolved_at=None, resolved_by=None)
    )  # fmt: skip
    cohort = world._add(Cohort(district_id=ada.district_id, name="x", starts_on=now.date(), target_on=now.date(), created_at=now))
    member = world._add(CohortMember(district_id=ada.district_id, cohort_id=cohort.id, person_id=ada.id, state="invited", invited_at=now))
    post = world._add(
        CommunityPost(district_id=ada.district_id, context_id=context.id, person_id=ben.id, helps=True, seeks=False, shows_email=False,
                      microcredential_id=version.microcredential_id, keeps_on=False, changed_at=now)
    )  # fmt: skip
    with tool.database.unit() as session:
        stack = stacks.create(session, tool, district_id=ada.district_id, person_id=ada.id)
        given = exchange.keep(session, tool, district_id=ada.district_id, person_id=ada.id, name="x.csv", data=b"title\nA\n")
    values = {
        **award_rule,
        "round_id": handed_in.id, "comment_id": remark.id,
        "cohort_id": cohort.id, "member_id": member.id, "post_id": post.id,
        "stack_id": stack.id, "import_id": given.id,
        "calibration_id": calibration.id, "anchor_id": calibration.anchor_id,
        "appeal_id": appeal.id, "seat_id": seat.id, "note_id": note.id, "phrase_id": phrase.id,
        "enrollment_id": draft.id, "activity_id": activity.id, "person_id": ben.id, "review_id": review.id, "submission_id": submission.id,
        "hold_id": hold.id, "registration_id": registration.id,
        "grant_id": world.grant(ben, "board").id, "invite_id": _invite_id(world),
        "award_id": award.id, "delivery_id": delivery.id, "artifact_id": piece.id, "version_id": version.id,
        "microcredential_id": version.microcredential_id,
        "activity_key": version.activity_key, "key": "plan", "kind": "text", "part": "overview", "public_id": award.public_id,
        "slug": world._get(type(world.district()), registration.district_id).slug, "year": now.year, "invite": invite, "token": "x",
        "login_key": "k", "filename": "site.css", "upload_id": upload.id, "number": 1, "kid": "nothing", "issuer_id": award.issuer_id,
        "report": "funnel",
    }  # fmt: skip
    shown = {name: str(value) for name, value in values.items()}
    return Everything(browser, shown, _fields(world.app, browser, shown))


def _invite_id(world: World) -> UUID:
    with world.tool.database.read() as session:
        return session.scalars(select(Invite.id)).one()


def _recognized(tool: Tool, person: Person) -> dict[str, Any]:
    """A draft of a rule, and a batch."""
    now = tool.clock()
    key, batch = new_id(), new_id()
    with tool.database.unit() as session:
        session.add(
            PayRule(id=key, series_id=key, district_id=person.district_id, name="Stipend", unit="usd", amount=1, recurring=False,
                    over_cap="forfeit", start_month=7, start_day=1, groups=[], extent="all", microcredentials=[], state="draft",
                    begins_on=now.date(), made_at=now)
        )  # fmt: skip
        session.add(
            PayBatch(id=batch, district_id=person.district_id, number=1, unit="usd", state="made", lines=0, people=0, total=0, held_back=0,
                     csv=b"", csv_hash="", xlsx=b"", xlsx_hash="", made_by=person.id, made_at=now)
        )  # fmt: skip
    return {"rule_id": key, "batch_id": batch, "file_kind": "csv"}


def _fields(app: Flask, browser: FrameBrowser, values: dict[str, str]) -> dict[str, set[str]]:
    """The names that the pages' forms send, by the endpoint that they go to."""
    found: dict[str, set[str]] = {}
    for method, rule in routes(app, frame=True):
        url = address(rule, browser.prefix, values)
        forms = re.findall(r"<form([^>]*)>(.*?)</form>", page(browser.get(url)), re.S) if method == "GET" else ()
        for attributes, inside in forms:
            if 'method="post"' in attributes:
                action = re.search(r'action="([^"?]+)', attributes)
                endpoint, _ = app.url_map.bind("").match(action[1] if action else url, method="POST")
                found.setdefault(endpoint, set()).update(re.findall(r'name="([^"]+)"', inside))
    return {endpoint: names - {"csrf_token"} for endpoint, names in found.items()}


def test_public_endpoints_are_named(app: Flask) -> None:
    assert {rule.endpoint for _, rule in routes(app, frame=False)} == set(PUBLIC)


def test_without_a_visit_nothing_opens(app: Flask, world: World, everything: Everything, clock: Any) -> None:
    mine = everything.browser
    frame_id = mine.prefix.removeprefix("/s/")
    strangers = (uuid4().hex, f"{uuid4().hex}~{'A' * 43}", f"{frame_id}~", f"{frame_id}~{'A' * 43}", "~", "ä\ud7ff", "x" * 3000)
    for method, rule in routes(app, frame=True):
        for key in strangers:
            # the browser even brings the cookie and the form token of a frame of its own
            answer = opened(app.test_client(), method, address(rule, "/s/" + quote(key), everything.values), csrf_token=mine.token())
            assert answer.status_code == 401, (method, rule.rule, key)
        url = address(rule, "/s/" + uuid4().hex, everything.values)
        assert opened(mine.client, method, url, csrf_token=mine.token()).status_code == 401, (method, rule.rule)
    token = mine.token()
    clock.tick(hours=25)
    for method, rule in routes(app, frame=True):
        assert opened(mine.client, method, address(rule, mine.prefix, everything.values), csrf_token=token).status_code == 401, rule.rule


def test_a_visit_ends_with_its_registration(app: Flask, tool: Tool, everything: Everything) -> None:
    token = everything.browser.token()
    with tool.database.unit() as session:
        session.execute(update(Registration).values(state="disabled"))
    for method, rule in routes(app, frame=True):
        url = address(rule, everything.browser.prefix, everything.values)
        assert opened(everything.browser.client, method, url, csrf_token=token).status_code == 401, (method, rule.rule)


def test_without_a_right_nothing_opens(app: Flask, world: World, tool: Tool, everything: Everything) -> None:
    registration = world._get(Registration, world._get(Person, UUID(everything.values["person_id"])).registration_id)
    nobody = world.browser(world.person(registration, "No Body"), context=world.context(registration))
    for method, rule in routes(app, frame=True):
        if rule.endpoint in ANY_VISITOR:
            continue
        url = address(rule, nobody.prefix, everything.values)
        answer = opened(nobody.client, method, url, csrf_token=nobody.token())
        wanted = (403, 404) if rule.endpoint in OWN_THINGS else (403,)
        assert answer.status_code in wanted, (method, rule.rule, answer.status_code)
        assert "Ben Teacher" not in answer.text
        assert "Ada Teacher" not in answer.text


def test_another_district_opens_nothing(app: Flask, world: World, everything: Everything) -> None:
    """Every right elsewhere, and all the ids of here."""
    registration = world.registration()
    activity = world.activity(world.context(registration))
    stranger = world.browser(world.person(registration, "Stran Ger"), *RIGHTS, activity=activity)
    for method, rule in routes(app, frame=True):
        named = [name for name in rule.arguments if name.endswith("_id")]
        if not named:
            continue
        url = address(rule, stranger.prefix, everything.values)
        answer = opened(stranger.client, method, url, csrf_token=stranger.token(), reason="x", seat="1", person=str(uuid4()), seen="0")
        assert answer.status_code == 404, (method, rule.rule, answer.status_code)
        assert "Ada Teacher" not in answer.text
        assert "Ben Teacher" not in answer.text


def test_forms_need_the_token_of_their_own_frame(app: Flask, world: World, tool: Tool, everything: Everything) -> None:
    mine = everything.browser
    with tool.database.read() as session:
        row = session.get_one(FrameSession, mine.prefix.removeprefix("/s/"))
        ada = session.get_one(Person, row.person_id)
    other = world.browser(ada, *RIGHTS)
    for method, rule in routes(app, frame=True):
        if method == "POST":
            url = address(rule, mine.prefix, everything.values)
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": other.token()}):
                assert mine.client.post(url, data={"x": "y", **token}).status_code == 400, (rule.rule, token)
            assert mine.client.post(f"{url}?csrf_token={mine.token()}", data={"x": "y"}).status_code == 400, rule.rule
            assert mine.client.post(url, data={"x": "y"}, headers={"X-CSRFToken": other.token()}).status_code == 400, rule.rule


def test_reading_changes_nothing(app: Flask, tool: Tool, everything: Everything) -> None:
    from lti_tool.all_models import metadata

    def rows() -> dict[str, Any]:
        with tool.database.engine.connect() as connection:
            found = {table.name: sorted(map(repr, connection.execute(table.select()))) for table in metadata.sorted_tables}
        found["audit_event"] = [row for row in found["audit_event"] if "'skills:" not in row]  # who looks for people leaves a trace
        return found

    everything.browser.get("/")  # the landing page makes a new link's activity
    before = rows()
    for method, rule in routes(app, frame=True):
        if method == "GET":
            everything.browser.get(address(rule, everything.browser.prefix, everything.values))
            everything.browser.client.head(address(rule, everything.browser.prefix, everything.values))
    assert rows() == before


def test_ids_of_nothing_lead_nowhere(app: Flask, everything: Everything) -> None:
    browser = everything.browser
    for method, rule in routes(app, frame=True):
        names = [name for name in rule.arguments if name != "frame_key"]
        for name in names:
            for value in (nothing(rule)[name] if name.endswith("_id") else "no-such", "x", "0", "-1", "%00", "a%0d%0ab", "%ff", "9" * 400):
                url = address(rule, browser.prefix, {**everything.values, name: value})
                answer = opened(browser.client, method, url, csrf_token=browser.token(), reason="x", seen="0")
                assert answer.status_code in (400, 404), (method, rule.rule, name, value, answer.status_code)
    for method, rule in routes(app, frame=False):
        for value in ("x", "0", "%00", "a%0d%0ab", "%ff", "9" * 400, "..%2f..%2fsettings.py", "%2e%2e"):
            url = address(rule, "", dict.fromkeys(rule.arguments, value))
            assert not stumbles(app.test_client().open(url, method=method)), (method, url)


@pytest.mark.timeout(600)  # every endpoint there is
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_makes_it_stumble(app: Flask, everything: Everything, kind: str) -> None:
    browser, text = everything.browser, HOSTILE[kind].encode("utf-8", "surrogatepass")
    escaped = quote(text)
    stumbled = []
    for frame in (True, False):
        for method, rule in routes(app, frame=frame):
            url = address(rule, browser.prefix, everything.values)
            if method == "GET":
                query = "&".join(f"{quote(name)}={quote(text[:1000])}" for name in WORDS)
                answer = browser.client.get(f"{url}?{query}")
                answer.close()
                if stumbles(answer):
                    stumbled.append((rule.rule, "query"))
                continue
            names = sorted(everything.fields.get(rule.endpoint, set()) | (set(WORDS) if kind != "big" or not frame else set()))
            token = f"csrf_token={browser.token()}&" if frame else ""
            sent = [f"{quote(n)}={escaped}" for n in names]
            for form in ["&".join(sent)] if len(escaped) < 20_000 else sent:
                if stumbles(browser.client.post(url, data=token + form, content_type="application/x-www-form-urlencoded")):
                    stumbled.append((rule.rule, form[:60]))
    assert not stumbled


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["nul", "surrogate", "digits", "markup"])
def test_no_field_alone_makes_it_stumble(app: Flask, everything: Everything, kind: str) -> None:
    """One at a time, beside fields that are sound: the first bad one must not hide the others."""
    browser, escaped = everything.browser, quote(HOSTILE[kind].encode("utf-8", "surrogatepass"))
    stumbled = []
    target = "http://127.0.0.1:8000/lti/launch"
    sound = {"title": "Title", "text": "Text", "reason": "Because", "person": everything.values["person_id"], "students": "none",
             "role": "author", "action": "grant", "url": "https://example.org/", "revision": "0", "page": "p", "public": "yes",
             "iss": "https://lms1.example.edu", "client_id": "client-1", "login_hint": "h", "target_link_uri": target}  # fmt: skip
    for frame in (True, False):
        for method, rule in routes(app, frame=frame):
            if method == "GET":
                continue
            url = address(rule, browser.prefix, everything.values)
            for name in sorted(everything.fields.get(rule.endpoint, set()) | set(POSTED if frame else WORDS)):
                parts = {field: quote(value) for field, value in sound.items()} | {
                    name: escaped,
                    "csrf_token": browser.token() if frame else "",
                }
                form = "&".join(f"{quote(field)}={value}" for field, value in parts.items())
                answer = browser.client.post(url, data=form, content_type="application/x-www-form-urlencoded")
                if stumbles(answer):
                    stumbled.append((rule.rule, name))
    assert not stumbled


def test_no_body_makes_it_stumble(app: Flask, everything: Everything) -> None:
    browser = everything.browser
    bodies = (
        (b"", "multipart/form-data"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%ED%A0%80\r\n\r\n1\r\n--x--\r\n",
         "multipart/form-data; boundary=x"),
        (b"\xff" * 1000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(5000)), "application/x-www-form-urlencoded"),
        (b'{"csrf_token": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json"),
        (b"x" * 3_000_000, "text/plain"),
        (b"a=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    )  # fmt: skip
    for frame in (True, False):
        for method, rule in routes(app, frame=frame):
            if method == "GET":
                continue
            url = address(rule, browser.prefix, everything.values)
            for body, content_type in bodies:
                headers = {"X-CSRFToken": browser.token()} if frame else {}
                answer = browser.client.post(
                    url, input_stream=BytesIO(body), content_length=len(body), content_type=content_type, headers=headers
                )
                assert not stumbles(answer), (rule.rule, body[:60])
                assert answer.status_code >= 400 or content_type != "application/json", rule.rule


def test_no_header_makes_it_stumble(app: Flask, everything: Everything) -> None:
    odd = "\xff\xfe; \x80=ä; __Host-f-x=\xed\xa0\x80; =; ;;,"
    for frame in (True, False):
        for method, rule in routes(app, frame=frame):
            url = address(rule, everything.browser.prefix, everything.values)
            environ = {"HTTP_COOKIE": odd, "HTTP_ACCEPT": odd, "HTTP_RANGE": "bytes=9-1,x", "HTTP_IF_NONE_MATCH": odd, "HTTP_REFERER": odd,
                       "HTTP_ACCEPT_LANGUAGE": odd, "HTTP_IF_MODIFIED_SINCE": "x" * 500, "HTTP_SEC_FETCH_DEST": odd}  # fmt: skip
            answer = app.test_client().open(url, method=method, environ_overrides=environ)
            answer.close()
            assert not stumbles(answer), (method, rule.rule)


def test_every_answer_is_guarded(app: Flask, everything: Everything) -> None:
    """Strict headers on what works and on what is refused."""
    browser = everything.browser
    for frame in (True, False):
        for method, rule in routes(app, frame=frame):
            if rule.endpoint == "static":
                continue
            for prefix in (browser.prefix, "/s/nobody"):
                answer = opened(browser.client, method, address(rule, prefix, everything.values))
                policy = answer.headers["Content-Security-Policy"]
                assert "unsafe" not in policy, rule.rule
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), rule.rule
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                if frame:
                    assert answer.headers["Cache-Control"] == "no-store", rule.rule
                    assert re.fullmatch("[0-9a-f]{12}", answer.headers["X-Request-Id"]), rule.rule
                text = page(answer)
                assert not re.search(r"\son[a-z]+\s*=|\sstyle\s*=|javascript:", text), rule.rule
                assert "<script>" not in text


def test_versions_that_nobody_earned_are_not_public(app: Flask, world: World) -> None:
    version = world.version(world.district().id)
    assert isinstance(version, MicrocredentialVersion)
    slug = world._get(type(world.district()), version.district_id).slug
    assert app.test_client().get(f"/issuers/{slug}/microcredentials/{version.id}").status_code == 404


@dataclass
class Stranger:
    """Somebody with every right in another district, and things of that district by the names that addresses use."""

    browser: FrameBrowser
    values: dict[str, str]


@pytest.fixture
def stranger(world: World) -> Stranger:
    registration = world.registration(world.district("Oak Hills"))
    activity = world.activity(world.context(registration, "Oak course"))
    zoe = world.person(registration, "Zoe Stranger")
    enrollment = world.enrollment(activity, zoe)
    submission = world.submission(enrollment, state="in_review")
    own = {"person_id": zoe.id, "activity_id": activity.id, "enrollment_id": enrollment.id, "submission_id": submission.id,
           "registration_id": registration.id, "version_id": activity.version_id}  # fmt: skip
    world.grant(zoe, "coordinator")
    return Stranger(world.browser(zoe, *RIGHTS, activity=activity), {name: str(value) for name, value in own.items()})


def _of_district(world: World, district_id: UUID) -> dict[str, list[Any]]:
    with world.tool.database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).where(table.c.district_id == district_id))]
            for table in Base.metadata.sorted_tables
            if "district_id" in table.c
        }


def _mixes(rule: Rule, theirs: dict[str, str], own: dict[str, str]) -> Iterator[dict[str, str]]:
    """Things of the other district, and where an address names several, each of them beside one's own others."""
    yield theirs
    names = [name for name in rule.arguments if name in own]
    for name in names if len(rule.arguments) > 2 else ():
        yield {**theirs, **own, name: theirs[name]}


def test_another_districts_admin_gets_nowhere(app: Flask, world: World, everything: Everything, stranger: Stranger) -> None:
    """With ids that exist, at every address there is: neither a page nor a change, whatever the form names."""
    with world.tool.database.read() as session:
        theirs = session.scalars(select(District.id).where(District.name == "Maple Valley").order_by(District.id)).all()
    [district_id] = {row for row in theirs if _of_district(world, row)["person"]}
    before = _of_district(world, district_id)
    browser, opened_any = stranger.browser, 0
    for method, rule in routes(app, frame=True):
        forms: dict[str, Any] = dict.fromkeys(everything.fields.get(rule.endpoint, ()), everything.values["person_id"])
        forms |= {name.removesuffix("_id"): value for name, value in everything.values.items() if name.endswith("_id")}
        forms |= {"csrf_token": browser.token(), "reason": "x", "sure": "y", "action": "grant", "role": "author", "name": "Oak"}
        ids = {name for name in rule.arguments if name.endswith("_id")}
        for values in _mixes(rule, everything.values, stranger.values):
            answer = browser.client.open(address(rule, browser.prefix, values), method=method, data=forms if method == "POST" else None)
            assert not stumbles(answer), (method, rule.rule)
            text = answer.get_data().decode("utf-8", "replace")
            answer.close()
            assert not re.search(r"\b(Ada|Ben) Teacher\b|ada@example|ben@example", text), (method, rule.rule)
            if ids:
                refused = (403, 404) if method == "GET" else (400, 403, 404)
                assert answer.status_code in refused, (method, rule.rule, answer.status_code)
            opened_any += answer.status_code == 200
        browser.client.get(browser.prefix + "/home")
    assert opened_any > 20, "their own pages open all the while"
    assert _of_district(world, district_id) == before
