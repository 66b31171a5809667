"""How badges are shown: cards and pictures for other sites, what the page tells as its teacher wants, all of a teacher's own."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.badges import service
from lti_tool.badges.models import Award
from lti_tool.review.models import Decision
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.test_badges import Earned

PARTS = ("/embed", "/preview.png", "/small.png", "/small.svg")


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def signed(world: World, tool: Tool) -> Earned:
    earned = Earned(world, tool)
    assert service.sign_due(tool) == 1
    return earned


@pytest.fixture
def shown(signed: Earned) -> Earned:
    signed.show()
    return signed


def test_nothing_is_shown_before_its_teacher_wants_it(signed: Earned) -> None:
    nobody = signed.stranger
    for part in PARTS:
        answer, unknown = nobody.get(signed.address + part), nobody.get(f"/badges/{'0' * 24}{part}")
        assert (answer.status_code, unknown.status_code) == (404, 404)
        assert "Ada" not in answer.text
    signed.show()
    assert [nobody.get(signed.address + part).status_code for part in PARTS] == [200] * 4
    signed.show(False)
    assert [nobody.get(signed.address + part).status_code for part in PARTS] == [404] * 4


def test_only_the_card_stands_in_frames_of_other_sites(shown: Earned) -> None:
    for path, ancestors in ((shown.address, "'none'"), (f"{shown.address}/embed", "*"), (f"/badges/{'0' * 24}/embed", "*")):
        answer = shown.stranger.get(path)
        assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {ancestors}"), path
    card = shown.stranger.get(f"{shown.address}/embed").text
    assert "<script" not in card
    assert "<form" not in card
    assert "Ada Teacher" in card


def test_pictures_have_their_sizes(shown: Earned) -> None:
    for part, size in (("/preview.png", (1200, 630)), ("/small.png", (128, 128))):
        answer = shown.stranger.get(shown.address + part)
        assert Image.open(io.BytesIO(answer.data)).size == size
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_networks_find_picture_and_words(shown: Earned) -> None:
    text = shown.stranger.get(shown.address).text
    for name, content in (
        ("og:image", f"http://127.0.0.1:8000{shown.address}/preview.png"),
        ("og:image:width", "1200"),
        ("og:image:height", "630"),
        ("og:title", "Asking good questions"),
        ("og:url", f"http://127.0.0.1:8000{shown.address}"),
    ):
        assert f'<meta property="{name}" content="{content}">' in text
    assert '<meta name="twitter:card" content="summary_large_image">' in text


def test_the_page_says_how_it_was_judged_and_has_a_code_to_scan(shown: Earned) -> None:
    text = shown.stranger.get(shown.address).text
    for words in ("Two reviewers", "version 1", "without an end", "qr__code", f"/badges/verify?url=http://127.0.0.1:8000{shown.address}"):
        assert words in text, words
    assert not re.findall(r'(?:src|action)="(?:https?:)?//', text)


def test_links_to_networks_are_plain_links(shown: Earned) -> None:
    text = shown.browser.get(shown.own).text
    assert "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&amp;name=Asking+good+questions" in text
    for start in (
        "https://www.linkedin.com/sharing/share-offsite/?url=http%3A%2F%2F127.0.0.1",
        "https://bsky.app/intent/compose?text=",
        "https://www.facebook.com/sharer/sharer.php?u=",
        "https://x.com/intent/post?text=",
        "mailto:?subject=",
    ):
        assert f'href="{start}' in text
    assert "&lt;iframe src=&#34;http://127.0.0.1:8000" in text


def decided(tool: Tool, earned: Earned) -> None:
    submission = earned.world.submission(earned.enrollment, state="decided", outcome="earned")
    criteria = {"planning": {"met": True, "levels": [2, 2], "settled_level": None}, "asking": {"met": True, "levels": [2, 2]}}
    earned.world._add(
        Decision(
            district_id=earned.teacher.district_id,
            submission_id=submission.id,
            outcome="earned",
            criteria=criteria,
            decided_at=tool.clock(),
        )
    )


def test_levels_are_shown_only_if_the_teacher_agrees(shown: Earned, tool: Tool) -> None:
    decided(tool, shown)
    assert "Reached" not in shown.stranger.get(shown.address).text
    answer = shown.browser.post(f"{shown.own}/tells", {"results": "y", "summary": "Three lessons on fractions."})
    assert answer.status_code == 303
    text = shown.stranger.get(shown.address).text
    assert text.count("Reached") == 2
    assert "Three lessons on fractions." in text
    assert "noindex" in text
    shown.browser.post(f"{shown.own}/tells", {})
    assert "Reached" not in shown.stranger.get(shown.address).text


def test_search_engines_are_let_in_only_if_the_teacher_agrees(shown: Earned, tool: Tool) -> None:
    assert "noindex" in shown.stranger.get(shown.address).text
    shown.browser.post(f"{shown.own}/showing", {"listed": "y"})
    assert "noindex" not in shown.stranger.get(shown.address).text
    shown.browser.post(f"{shown.own}/showing", {"listed": "y"})
    with tool.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "badges:award:showing")).all()
    assert [event.actor_id for event in events] == [shown.teacher.id]


@pytest.mark.parametrize(("method", "part"), [("POST", "/showing"), ("GET", "/small.svg")])
def test_only_its_own_teacher_decides(signed: Earned, world: World, tool: Tool, method: str, part: str) -> None:
    colleague = world.browser(world.person(signed.registration, "Bo Teacher"), "earner", "console", activity=signed.activity)
    elsewhere = Earned(world, tool).browser
    for browser in (colleague, elsewhere):
        path = f"{browser.prefix}/badges/{signed.id}{part}"
        answer = browser.post(path, {"levels": "y", "listed": "y"}) if method == "POST" else browser.get(path)
        assert answer.status_code == 404
    assert world.app.test_client().open(signed.own + part, method=method).status_code == 401
    assert not signed.row.is_listed


def test_a_form_from_elsewhere_changes_nothing(signed: Earned) -> None:
    assert signed.browser.client.post(f"{signed.own}/showing", data={"listed": "y"}).status_code == 400
    assert not signed.row.is_listed


# All of a teacher's own


def test_a_teachers_list(signed: Earned, world: World, tool: Tool) -> None:
    other = world.version(signed.teacher.district_id, title="Small groups")
    enrollment = world.enrollment(world.activity(signed.context, other), signed.teacher, state="earned")
    with tool.database.unit() as session:
        service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    text = signed.browser.get(signed.browser.prefix + "/badges/").text
    for words in ("2 badges, none of them public. About 24 hours of work.", "Small groups", "Being signed", "Make public"):
        assert words in text
    answer = signed.browser.post(signed.own, {"public": "yes", "back": "mine"})
    assert (answer.status_code, answer.headers["Location"].endswith("/badges/?said=badge_shown")) == (303, True)
    assert "1 of them public" in signed.browser.get(signed.browser.prefix + "/badges/").text
    assert signed.stranger.get(signed.address).status_code == 200


def test_a_teachers_transcript(shown: Earned) -> None:
    text = shown.browser.get(shown.browser.prefix + "/badges/transcript").text
    for words in ("Ada Teacher", "Maple Valley", "Asking good questions", "12 hours", f"http://127.0.0.1:8000{shown.address}", "valid"):
        assert words in text
    assert "judged by two reviewers who worked alone" in text
    assert "by exception" not in text


@pytest.mark.parametrize("path", ["/badges/", "/badges/transcript"])
def test_lists_are_a_persons_own(shown: Earned, world: World, path: str) -> None:
    colleague = world.browser(world.person(shown.registration, "Bo Teacher"), "earner", activity=shown.activity)
    empty = colleague.get(colleague.prefix + path)
    assert empty.status_code == 200
    assert "Asking good questions" not in re.sub(r"<header.*?</header>", "", empty.text, flags=re.S)
    assert ("No badge yet" in empty.text) or ("Nothing to list yet" in empty.text)
    nobody = world.browser(world.person(shown.registration, "No Body"), context=shown.context)
    assert nobody.get(nobody.prefix + path).status_code == 403
    assert world.app.test_client().get(f"{colleague.prefix}{path}").status_code == 401


def test_both_say_when_an_award_is_still_being_signed(world: World, tool: Tool) -> None:
    earned = Earned(world, tool)
    assert "Being signed" in earned.browser.get(earned.browser.prefix + "/badges/").text
    assert "the page is private" in earned.browser.get(earned.browser.prefix + "/badges/transcript").text
    with tool.database.read() as session:
        assert session.get_one(Award, earned.id).credential is None
