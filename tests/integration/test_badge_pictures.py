"""A designer gives a badge a picture of their own: drawn anew, told in words, frozen with the version, and only for who may."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from lti_tool.badges import service
from lti_tool.badges.picture_models import BadgePicture
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import CONTENT, FrameBrowser, World
from tests.integration.test_badges import Earned


@dataclass
class Designing:
    world: World
    tool: Tool
    browser: FrameBrowser
    microcredential_id: Any

    @property
    def path(self) -> str:
        return f"/badge-pictures/{self.microcredential_id}"

    @property
    def draft(self) -> dict[str, Any]:
        with self.tool.database.read() as session:
            return session.get_one(Microcredential, self.microcredential_id).draft or {}

    def send(self, data: bytes | None, alt: str = "A bridge", **more: str) -> TestResponse:
        fields: dict[str, Any] = {"alt": alt, **more}
        if data is not None:
            fields["file"] = FileStorage(io.BytesIO(data), "picture.png")
        return self.browser.post(self.path, fields, content_type="multipart/form-data")

    def pictures(self) -> int:
        with self.tool.database.read() as session:
            return session.scalar(select(func.count()).select_from(BadgePicture)) or 0


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def designing(world: World, tool: Tool) -> Designing:
    registration = world.registration()
    version = world.version(registration.district_id)
    browser = world.browser(
        world.person(registration, "Dana Designer"), "author", activity=world.activity(world.context(registration), version)
    )
    browser.post(f"/catalog/{version.microcredential_id}/revise")
    return Designing(world, tool, browser, version.microcredential_id)


def picture(width: int = 640, height: int = 480, kind: str = "PNG", color: str = "#0a7a4a", **save: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, kind, **save)
    return file.getvalue()


def test_a_picture_takes_the_place_of_the_drawing(designing: Designing) -> None:
    assert "A picture of your own" in designing.browser.get(designing.path).text
    answer = designing.send(picture())
    assert answer.status_code == 303
    badge = designing.draft["badge"]
    assert badge["picture_alt"] == "A bridge"
    page = designing.browser.get(designing.path).text
    assert "Own picture: A bridge" in page
    drawn = Image.open(io.BytesIO(designing.browser.get(f"{designing.path}/preview.png").data)).convert("RGB")
    assert drawn.size == (300, 300)
    red, green, blue = drawn.getpixel((150, 150))
    assert (abs(red - 10) < 6, abs(green - 122) < 6, abs(blue - 74) < 6) == (True, True, True)
    assert badge["picture"] in designing.browser.get(f"/catalog/{designing.microcredential_id}/edit").text
    with designing.tool.database.read() as session:
        png = session.scalars(select(BadgePicture.png)).one()
    assert Image.open(io.BytesIO(png)).size == (600, 600)


def test_the_words_change_alone_and_the_drawing_comes_back(designing: Designing) -> None:
    designing.send(picture())
    name = designing.draft["badge"]["picture"]
    assert designing.send(None, alt="A bridge over a river").status_code == 303
    assert designing.draft["badge"]["picture"] == name
    assert designing.draft["badge"]["picture_alt"] == "A bridge over a river"
    assert designing.send(None, do="remove").status_code == 303
    assert designing.draft["badge"]["picture"] == ""
    designing.send(picture())
    assert designing.pictures() == 1


def test_nothing_that_came_with_the_file_stays(designing: Designing) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Secret Name")
    designing.send(picture(pnginfo=info))
    with designing.tool.database.read() as session:
        png = session.scalars(select(BadgePicture.png)).one()
    assert b"Secret" not in png
    assert b"tEXt" not in png


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        picture()[:200],
        picture(200, 900),
        picture(299, 299, "GIF"),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
    ids=["empty", "words", "svg", "half", "narrow", "small", "pdf", "header"],
)
def test_what_is_no_picture_is_told_so_and_changes_nothing(designing: Designing, data: bytes) -> None:
    before = designing.draft
    answer = designing.send(data)
    assert answer.status_code == 422
    assert "needs your attention" in answer.text
    assert 'value="A bridge"' in answer.text
    assert (designing.draft, designing.pictures()) == (before, 0)


def test_a_picture_of_too_many_pixels_is_refused(designing: Designing) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert designing.send(file.getvalue()).status_code == 422
    assert designing.pictures() == 0


@pytest.mark.parametrize("alt", ["", "   ", "x" * 201])
def test_words_are_needed(designing: Designing, alt: str) -> None:
    assert designing.send(picture(), alt=alt).status_code == 422
    assert designing.pictures() == 0


def test_words_are_kept_as_text_that_can_be_drawn(designing: Designing) -> None:
    assert designing.send(picture(), alt="A\x00 bridge\r\n over\x1b a river").status_code == 303
    assert designing.draft["badge"]["picture_alt"] == "A bridge over\x1b a river"
    assert designing.browser.get(f"{designing.path}/preview.png").status_code == 200


def test_a_busy_picture_stays_small(designing: Designing) -> None:
    noise = random.Random(7).randbytes(700 * 700 * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (700, 700), noise).save(file, "JPEG", quality=80)
    assert designing.send(file.getvalue()).status_code == 303
    with designing.tool.database.read() as session:
        assert len(session.scalars(select(BadgePicture.png)).one()) < 450_000


def test_who_may(designing: Designing, world: World) -> None:
    registration = world.registration()
    stranger = world.browser(world.person(registration, "Stran Ger"), "author", "console", context=world.context(registration))
    for method in ("GET", "POST"):
        assert (
            stranger.client.open(stranger.prefix + designing.path, method=method, data={"csrf_token": stranger.token()}).status_code == 404
        )
        assert world.app.test_client().open(designing.browser.prefix + designing.path, method=method).status_code == 401
    assert stranger.get(f"{designing.path}/preview.png").status_code == 404
    teacher = world.browser(world.person(registration, "Tea Cher"), "earner", "reviewer", context=world.context(registration))
    assert teacher.get(designing.path).status_code == 403
    assert teacher.post(designing.path, {"alt": "x"}).status_code == 403


def test_a_published_version_is_not_changed(designing: Designing) -> None:
    designing.browser.post(f"/catalog/{designing.microcredential_id}/discard")
    before = designing.draft
    answer = designing.send(picture())
    assert (answer.status_code, designing.draft) == (409, before)


def published(designing: Designing, world: World) -> Earned:
    """A badge of a version with a picture of its own."""
    designing.send(picture())
    badge = designing.draft["badge"]
    with designing.tool.database.read() as session:
        district = session.get_one(Microcredential, designing.microcredential_id).district_id
    earned = Earned(world, designing.tool)
    earned.version = world.version(earned.teacher.district_id, badge=badge)
    assert earned.teacher.district_id != district
    return earned


def test_badges_show_it_in_every_place(world: World, tool: Tool, designing: Designing) -> None:
    designing.send(picture())
    badge = designing.draft["badge"]
    with tool.database.unit() as session:
        row = session.scalars(select(MicrocredentialVersion)).one()
        row.content = {**row.content, "badge": badge}
    with tool.database.read() as session:
        version = session.scalars(select(MicrocredentialVersion)).one()
    registration = world._get(type(world.registration()), _registration(tool))
    activity = world.activity(world.context(registration), version)
    teacher = world.person(registration, "Ada Teacher")
    enrollment = world.enrollment(activity, teacher, state="earned")
    with tool.database.unit() as session:
        award = service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
        address = f"/badges/{award.public_id}"
        award_id = award.id
    assert service.sign_due(tool) == 1
    with tool.database.unit() as session:
        service.set_public(session, tool, district_id=teacher.district_id, person_id=teacher.id, award_id=award_id, public=True)
    client = world.app.test_client()
    svg = client.get(f"{address}/image.svg").text
    assert "data:image/png;base64," in svg
    assert "Picture of the issuer’s own: A bridge" in svg
    for part, middle in (("/image.png", (600, 600)), (".png", (300, 300)), ("/small.png", (64, 64)), ("/preview.png", (295, 315))):
        pixel = Image.open(io.BytesIO(client.get(address + part).data)).convert("RGB").getpixel(middle)
        assert (abs(pixel[0] - 10) < 8, abs(pixel[1] - 122) < 8) == (True, True), part
    assert "A bridge" in client.get(address).text


def _registration(tool: Tool) -> Any:
    from lti_tool.platforms.models import Registration

    with tool.database.read() as session:
        return session.scalars(select(Registration.id).order_by(Registration.id)).first()


def test_a_picture_of_another_district_is_not_shown(world: World, tool: Tool, designing: Designing) -> None:
    earned = published(designing, world)
    enrollment = world.enrollment(world.activity(earned.context, earned.version), earned.teacher, state="earned")
    with tool.database.unit() as session:
        address = f"/badges/{service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock()).public_id}"
    service.sign_due(tool)
    with tool.database.unit() as session:
        from lti_tool.badges.models import Award

        session.scalars(select(Award).where(Award.enrollment_id == enrollment.id)).one().is_public = True
    svg = world.app.test_client().get(f"{address}/image.svg")
    assert svg.status_code == 200
    assert "data:image/png" not in svg.text


def test_contents_without_one_keep_their_hash() -> None:
    content = MicrocredentialContent.model_validate(CONTENT)
    document = content.model_dump(mode="json")
    del document["badge"]["picture"], document["badge"]["picture_alt"], document["family"], document["level"]  # what came later
    import hashlib

    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content.content_hash() == hashlib.sha256(canonical.encode()).hexdigest()
    own = content.model_copy(update={"badge": content.badge.model_copy(update={"picture": "0" * 64, "picture_alt": "x"})})
    assert own.content_hash() != content.content_hash()
