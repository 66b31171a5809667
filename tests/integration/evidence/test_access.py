"""Who may open what: the owner, and nobody else."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest

from tests.factories.world import FrameBrowser, World
from tests.integration.evidence.conftest import Desk

GETS = (
    "",
    "/read",
    "/self-assess",
    "/answers/overview",
    "/answers/reflection",
    "/requirement/plan",
    "/requirement/plan/add/file",
    "/requirement/plan/add/link",
    "/requirement/plan/add/text",
    "/requirement/plan/choose",
    "/check",
)
POSTS = (
    "/self-assess",
    "/answers/overview",
    "/requirement/plan/add/text",
    "/requirement/plan/add/link",
    "/requirement/plan/add/file",
    "/requirement/plan/choose",
    "/submit",
    "/withdraw",
    "/fill-example",
)


def addresses(desk: Desk) -> tuple[list[str], list[str]]:
    """Everything that can be asked for, with a submission and a piece that exist."""
    desk.write_everything()
    desk.submit()
    desk.decide("revise")
    [submission] = desk.submissions()
    piece = submission.snapshot["artifacts"][0]["id"]
    gets = [desk.path(rest) for rest in (*GETS, f"/artifact/{piece}")] + [f"/evidence/submission/{submission.id}"]
    gets += ["/evidence/portfolio", f"/evidence/portfolio/{piece}"]
    posts = [desk.path(rest) for rest in (*POSTS, f"/artifact/{piece}", f"/requirement/plan/artifact/{piece}/take-out")]
    posts += [f"/evidence/portfolio/{piece}", f"/evidence/portfolio/{piece}/delete"]
    return gets, posts


def test_the_owner_opens_everything(desk: Desk) -> None:
    for path in addresses(desk)[0]:
        assert desk.browser.get(path).status_code == 200, path


def test_nobody_without_a_session(desk: Desk, world: World) -> None:
    gets, posts = addresses(desk)
    stranger = FrameBrowser(world.app.test_client(), desk.browser.prefix)
    for path in (*gets, "/evidence/start"):
        assert stranger.get(path).status_code in (401, 405), path
    for path in (*posts, "/evidence/start"):
        assert world.app.test_client().post(desk.browser.prefix + path).status_code in (400, 401), path
    assert desk.browser.get(desk.path()).status_code == 200


@pytest.mark.parametrize("rights", [("facilitator", "designer"), ("console",), ("reviewer",), ()])
def test_other_roles_are_refused(desk: Desk, world: World, rights: tuple[str, ...]) -> None:
    gets, posts = addresses(desk)
    other = world.browser(world.person(desk.registration, "Frank"), *rights, activity=desk.activity)
    for path in gets:
        assert other.get(path).status_code == 403, path
    for path in (*posts, "/evidence/start"):
        assert other.post(path).status_code == 403, path


def test_another_teacher_finds_nothing(desk: Desk, world: World) -> None:
    gets, posts = addresses(desk)
    other = world.browser(world.person(desk.registration, "Bea Other"), "earner", activity=desk.activity)
    elsewhere = world.registration()
    foreign = world.browser(world.person(elsewhere, "Far Away"), "earner", activity=world.activity(world.context(elsewhere)))
    for browser in (other, foreign):
        for path in gets:
            if path == "/evidence/portfolio":  # their own, which is empty
                assert "Nothing here yet" in browser.get(path).text
                continue
            assert browser.get(path).status_code == 404, path
        for path in posts:
            assert browser.post(path, {"title": "T", "text": "t", "names_removed": "y"}).status_code == 404, path
    assert len(desk.submissions()) == 1
    assert "Grade five" in desk.get("/answers/overview").text


def test_unknown_things_are_not_found(desk: Desk) -> None:
    nothing = uuid4()
    for path in (
        f"/evidence/work/{nothing}",
        "/evidence/work/nonsense",
        f"/evidence/submission/{nothing}",
        desk.path("/requirement/unknown"),
        desk.path("/requirement/unknown/add/text"),
        desk.path("/requirement/plan/add/nonsense"),
        desk.path(f"/artifact/{nothing}"),
    ):
        assert desk.browser.get(path).status_code == 404, path
    assert desk.post(f"/requirement/plan/artifact/{nothing}/take-out").status_code == 404
    assert desk.post("/requirement/plan/choose", {"artifact": str(nothing)}).status_code == 404
    assert desk.post("/requirement/plan/choose", {"artifact": "x"}).status_code == 400
    assert desk.browser.post(f"/evidence/portfolio/{nothing}/delete").status_code == 404
    assert desk.browser.get("/evidence/portfolio?before=x").status_code == 400
    assert desk.post("/requirement/unknown/add/text", {"title": "T", "text": "t"}).status_code == 404


def test_forms_need_the_token_of_the_frame(desk: Desk) -> None:
    for path in ("/answers/overview", "/submit", "/withdraw", "/requirement/plan/add/text"):
        answer = desk.browser.client.post(desk.browser.prefix + desk.path(path), data={"text_context": "x"})
        assert answer.status_code == 400, path


def test_an_upload_by_a_stranger_is_refused_before_it_is_read(desk: Desk, world: World) -> None:
    class Unread(BytesIO):
        def read(self, *_args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = readinto = read  # type: ignore[assignment]

    answer = world.app.test_client().post(
        desk.browser.prefix + desk.path("/requirement/plan/add/file"),
        input_stream=Unread(),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": "50000000"},
    )
    assert answer.status_code == 401
