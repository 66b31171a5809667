"""Pages of reviewers, teachers, facilitators and the district in Chromium: accessible, never too wide, usable by keyboard."""

from __future__ import annotations

import re
import wave
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from lti_tool.evidence.models import Submission
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.models import Review
from tests.browser.pages import SHOTS, crowd, enter, look
from tests.factories.world import World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

LONG = "\n\n".join(
    f"In week {n} I planned three open questions, wrote them on the board, and counted to five before I called on anybody."
    for n in range(40)
)


def lengthen(world: World, submission: Submission) -> None:
    """Evidence as long as a diligent teacher's."""
    with world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        pieces = [{**piece, "text": LONG if piece["kind"] == "text" else ""} for piece in row.snapshot["artifacts"]]
        link = {**pieces[1], "kind": "link", "title": "Recording", "text": "", "url": "https://video.example.org/" + "long" * 40}
        row.snapshot = {**row.snapshot, "artifacts": [*pieces, link]}


def film(scene: Scene, submission: Submission, media: bytes = b"not really a video") -> str:
    """The submission's first piece becomes a recording. Returns its id."""
    blob = scene.world.stored_file(scene.ada.district_id, media, "audio/wav" if media.startswith(b"RIFF") else "video/mp4")
    with scene.world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        kind = "audio/wav" if media.startswith(b"RIFF") else "video/mp4"
        first = {**row.snapshot["artifacts"][0], "blob_key": blob.key, "media_type": kind, "title": "My lesson"}
        row.snapshot = {**row.snapshot, "artifacts": [first, *row.snapshot["artifacts"][1:]]}
    return str(first["id"])


def sound(seconds: int) -> bytes:
    """A silent recording that plays."""
    place = BytesIO()
    with wave.open(place, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * seconds)
    return place.getvalue()


def third_of(scene: Scene, submission: Submission) -> Review:
    first, second = scene.world.reviews(submission)
    scene.world.judge(first, {"planning": 2, "asking": 2}, "The three questions on page two are open.")
    scene.world.judge(second, {"planning": 2, "asking": 1}, "Two of the three are closed:\nyes or no would do.")
    return next(review for review in scene.world.reviews(submission) if review.seat == 3)


def test_pages_of_reviewers(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    world = scene.world
    scene.reviewers.append(world.reviewer(scene.registration, "Idle Reviewer"))
    submission, [first, _] = scene.seated()
    lengthen(world, submission)
    piece = film(scene, submission)
    for n, text in enumerate(("Wait time of six seconds: hands go up all over the room.", "This one is closed.")):
        scene.desk(first).post(f"/desk/{first.id}/notes/{piece}", {"moment": f"{n + 1}:05", "text": text, "shared": "y"})
        scene.desk(first).post("/desk/phrases", {"text": f"Say what you expect to hear, and what you do then. ({n + 1})"})
    for n in range(4):
        world.seated(world.enrollment(scene.activity, world.person(scene.registration, f"Teacher {n}")), attempt=n % 2 + 1)
    at = enter(context, url, scene.desk(first))
    look(page, f"{at}/review/", "queue")
    look(page, f"{at}/review/{first.id}", "desk")
    for summary in page.locator("details > summary").all():
        summary.click()
    look(page, page.url, "desk-again")
    look(page, f"{at}/desk/phrases", "phrases")
    third = third_of(scene, submission)
    look(page, f"{at}/review/{first.id}", "desk-sealed")
    at = enter(context, url, scene.desk(third))
    look(page, f"{at}/review/{third.id}", "desk-third")
    world.grant(late := world.person(scene.registration, "Late Reviewer"), "reviewer")
    none = enter(context, url, world.browser(late, "earner", context=scene.context))
    look(page, none + "/review/", "queue-empty")
    look(page, none + "/desk/phrases", "phrases-none")


def test_pages_of_a_teacher(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, scene.world.browser(scene.ada, "earner", activity=scene.activity))
    activity = f"{at}/activities/{scene.activity.id}"
    new = enter(context, url, scene.world.browser(scene.reviewers[0], "earner", activity=scene.activity))
    look(page, f"{new}/activities/{scene.activity.id}", "hub-new")
    look(page, activity, "hub-drafting")
    _, reviews = scene.seated()
    look(page, activity, "hub-waiting")
    for review in reviews:
        scene.world.judge(review, 1, "Plan the second question again.\nIt closes too early.")
    look(page, activity, "hub-revise")
    _, reviews = scene.seated(attempt=2)
    for review in reviews:
        scene.world.judge(review, 2, "All there.")
    look(page, activity, "hub-earned")
    look(page, f"{at}/home", "home")


def test_pages_of_an_appeal(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    world = scene.world
    for n in range(2):
        scene.reviewers.append(world.reviewer(scene.registration, f"Panel Member {n}"))
    submission, reviews = scene.seated()
    lengthen(world, submission)
    for review in reviews:
        world.judge(review, {"planning": 2, "asking": 1}, "Two of the three questions are closed:\nyes or no would do.")
    ada, dana = world.browser(scene.ada, "earner", activity=scene.activity), scene.facilitator()
    teacher, runner = enter(context, url, ada), enter(context, url, dana)
    look(page, f"{runner}/appeals/", "appeals-none")
    look(page, f"{teacher}/appeals/new/{submission.id}", "appeal-new")
    ada.post(f"/appeals/new/{submission.id}", {"ground": "misread", "text": "On page two, all three questions are open."})
    [appeal] = scene.rows(Appeal)
    look(page, f"{runner}/activities/{scene.activity.id}", "people-appeal")
    look(page, f"{runner}/appeals/{appeal.id}", "appeal-answer")
    dana.post(f"/appeals/{appeal.id}", {"act": "accept", "words": ""})
    look(page, f"{runner}/appeals/", "appeals")
    look(page, f"{teacher}/appeals/mine/{appeal.id}", "appeal-mine")
    for seat in scene.rows(PanelSeat):
        person = next(one for one in scene.reviewers if one.id == seat.reviewer_id)
        member = world.browser(person, "earner", context=scene.context)
        at = enter(context, url, member)
        look(page, f"{at}/review/", "queue-appeal")
        look(page, f"{at}/appeals/panel/{seat.id}", "panel")
        vote = {"vote": "overturned", "reasons": "Page two shows what the rubric asks for.", "revision": "0", "page": "p", "finish": "1"}
        member.post(f"/appeals/panel/{seat.id}", vote)
        look(page, f"{at}/appeals/panel/{seat.id}", "panel-sealed")
    look(page, f"{teacher}/appeals/mine/{appeal.id}", "appeal-overturned")
    look(page, f"{teacher}/activities/{scene.activity.id}", "hub-overturned")


def test_pages_of_those_who_run_it(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    submission, _ = scene.seated()
    crowd(scene)
    at = enter(context, url, scene.world.browser(scene.dana, "facilitator", "designer", "console", activity=scene.activity))
    for name, path in (
        ("people", f"/activities/{scene.activity.id}"),
        ("person", f"/activities/{scene.activity.id}/people/{scene.ada.id}"),
        ("places", f"/review/submissions/{submission.id}"),
        ("reviewers", "/review/people"),
        ("home-runner", "/home"),
        ("district", "/district/"),
        ("district-people", "/district/people?find=e"),
        ("trail", "/district/trail"),
        ("nothing-here", "/activities/x"),
    ):
        look(page, at + path, name)


def test_the_desk_by_keyboard_from_the_first_criterion_to_the_seal(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    submission, [first, _] = scene.seated()
    lengthen(scene.world, submission)
    page.goto(f"{enter(context, url, scene.desk(first))}/review/{first.id}")
    sides = page.locator(".desk__side")
    for n in range(2):
        box = sides.nth(n).bounding_box()
        assert box
        assert box["height"] <= 600, "a side fits the frame"
        assert sides.nth(n).evaluate("e => e.scrollHeight > e.clientHeight"), "and scrolls on its own"
    sides.nth(0).focus()
    page.keyboard.press("End")
    expect(sides.nth(0).get_by_text("Answer to impact.")).to_be_in_viewport()
    sides.nth(1).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("First: is everything there?")
    for n in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowUp")  # from the first level round to the last
        assert page.evaluate("document.activeElement.value") == "2"
        page.keyboard.press("Tab")
        page.keyboard.type(f"Words {n}.")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith("Your phrases")
    expect(page.locator("[data-save-state]")).to_contain_text("Saved")
    expect(page.locator("[name=page]")).to_have_value(re.compile(r"^[\w-]+\.\d{13}$"))  # when it was sent
    page.keyboard.press("Tab")
    page.keyboard.type("Well done.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Finish and seal"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Seal this review?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("finished and sealed")
    sealed = scene.world.reviews(submission)[0]
    assert (sealed.state, sealed.overall_feedback) == ("locked", "Well done.")
    assert {key: score["feedback"] for key, score in sealed.scores.items()} == {"planning": "Words 0.", "asking": "Words 1."}


def test_two_reviewers_and_a_third(scene: Scene, url: str, chromium: Browser) -> None:
    """Each in a browser of their own; what one writes reaches the others when it may, and not before."""
    submission, reviews = scene.seated()
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 600}) for _ in range(4)]
    pages = [context.new_page() for context in contexts]
    for page, context, review in zip(pages[:2], contexts[:2], reviews, strict=True):
        page.goto(f"{enter(context, url, scene.desk(review))}/review/{review.id}")
    first, second = pages[:2]
    write(first, {"planning": 2, "asking": 2}, "All three are open.")
    expect(first.locator("[data-save-state]")).to_contain_text("Saved")
    second.reload()
    expect(second.locator("body")).not_to_contain_text("All three are open.")
    seal(first)
    second.reload()
    expect(second.locator("body")).not_to_contain_text("All three are open.")
    write(second, {"planning": 2, "asking": 0}, "Two are closed.")
    seal(second)
    for page in (first, second):
        page.get_by_role("link", name="Asking good questions").first.click()
        expect(page.get_by_role("heading", name="What you judged")).to_be_visible()
    expect(first.locator("body")).not_to_contain_text("Two are closed.")
    expect(second.locator("body")).not_to_contain_text("All three are open.")
    [third] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    page = pages[2]
    page.goto(f"{enter(contexts[2], url, scene.desk(third))}/review/")
    expect(page.get_by_text("Settle a difference")).to_be_visible()
    page.get_by_role("link", name="Begin").click()
    said = page.get_by_role("group", name="What the first two reviewers said about Asking")
    expect(said).to_contain_text("All three are open.")
    expect(said).to_contain_text("Two are closed.")
    expect(page.locator("[name=level-planning]")).to_have_count(0)
    write(page, {"asking": 2}, "Page two settles it.")
    seal(page)
    teacher = pages[3]
    at = enter(contexts[3], url, scene.world.browser(scene.ada, "earner", activity=scene.activity))
    teacher.goto(f"{at}/activities/{scene.activity.id}")
    expect(teacher.get_by_role("heading", name="You have earned it")).to_be_visible()
    for words in ("All three are open.", "Two are closed.", "Page two settles it."):
        expect(teacher.locator("#feedback")).to_contain_text(words)
    for context in contexts:
        context.close()


def write(page: Page, levels: dict[str, int], words: str) -> None:
    for key, level in levels.items():
        page.locator(f"input[name=level-{key}]").nth(level).check()
        page.locator(f"textarea[name=feedback-{key}]").fill(words)


def seal(page: Page) -> None:
    page.get_by_role("button", name="Finish and seal").click()
    page.get_by_role("dialog").get_by_role("button", name="Finish and seal").click()
    expect(page.get_by_role("status").first).to_contain_text("finished and sealed")


def test_notes_at_a_moment_and_phrases(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    submission, [first, _] = scene.seated()
    film(scene, submission, sound(8))
    page.route("**/evidence-file/**", lambda route: route.continue_(url=url + urlsplit(route.request.url).path))
    scene.desk(first).post("/desk/phrases", {"text": "Say what you expect to hear."})
    page.goto(f"{enter(context, url, scene.desk(first))}/review/{first.id}")
    player = page.locator("audio")
    player.evaluate("async p => { await p.play(); p.pause(); p.currentTime = 5.2; }")
    page.get_by_text("Note a moment").click()
    expect(page.get_by_label("At", exact=True)).to_have_value("0:05")
    page.locator("textarea[name=feedback-planning]").fill("Being written.")
    page.get_by_label("What do you see or hear?").fill("Six seconds of wait time.")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "desk-note.png", full_page=True)
    page.get_by_role("button", name="Add the note").click()
    note = page.locator(".note")
    expect(note).to_contain_text("Six seconds of wait time.")
    expect(page.locator("textarea[name=feedback-planning]")).to_have_value("Being written.")
    assert player.evaluate("p => p.currentTime") > 5, "what was played stands where it stood"
    player.evaluate("p => { p.pause(); p.currentTime = 0; }")
    note.get_by_role("link").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 5")
    page.get_by_text("Note a moment").click()
    page.get_by_label("At", exact=True).fill("x")
    page.get_by_label("What do you see or hear?").fill("Kept.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".notes [role=alert]")).to_contain_text("as the player shows it")
    expect(page.get_by_label("What do you see or hear?")).to_have_value("Kept.")
    page.get_by_text("Your phrases (1)").first.click()
    page.get_by_role("button", name="Put it in").first.click()
    expect(page.locator("textarea[name=feedback-planning]")).to_have_value("Being written. Say what you expect to hear.")
    expect(page.locator("[data-save-state]")).to_contain_text("Saved")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "desk-phrases.png", full_page=True)
    page.locator("textarea[name=feedback-asking]").fill("Worth keeping.")
    page.get_by_text("Your phrases (1)").nth(1).click()
    page.get_by_role("button", name="Keep what I wrote above").nth(1).click()
    expect(page.get_by_text("Your phrases (2)").first).to_be_visible()
    assert scene.world.reviews(submission)[0].scores["asking"]["feedback"] == "Worth keeping."


def test_notes_and_phrases_without_javascript(scene: Scene, url: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    submission, [first, _] = scene.seated()
    film(scene, submission)
    page = context.new_page()
    page.goto(f"{enter(context, url, scene.desk(first))}/review/{first.id}")
    page.get_by_text("Note a moment").click()
    page.get_by_label("At", exact=True).fill("1:10")
    page.get_by_label("What do you see or hear?").fill("Hands go up.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".note")).to_contain_text("Hands go up.")
    assert str(page.locator(".note__moment").get_attribute("href")).endswith("#t=70")
    page.locator("textarea[name=feedback-planning]").fill("Say more.")
    page.get_by_text("Your phrases").first.click()
    page.get_by_role("button", name="Keep what I wrote above").first.click()
    page.get_by_text("Your phrases (1)").nth(1).click()
    page.get_by_role("button", name="Put it in").click()
    expect(page.locator("textarea[name=feedback-asking]")).to_have_value("Say more.")
    context.close()


def test_enter_in_a_level_saves_and_never_seals(scene: Scene, url: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    submission, [first, _] = scene.seated()
    page = context.new_page()
    page.goto(f"{enter(context, url, scene.desk(first))}/review/{first.id}")
    for key in ("planning", "asking"):
        page.locator(f"input[name=level-{key}]").nth(2).check()
        page.locator(f"textarea[name=feedback-{key}]").fill("Seen.")
    page.locator("input[name=level-asking]").nth(2).press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Your draft is saved")
    assert scene.world.reviews(submission)[0].state == "in_progress"
    context.close()


JUDGING = """
- region "Your judgement":
  - heading "Your judgement" [level=2]
  - group
  - group "Planning":
    - 'radio "Not yet Planning: Not yet"'
    - 'radio "Almost Planning: Almost"'
    - 'radio "Met Needed to earn Planning: Met"'
  - textbox "Feedback on planning"
  - group "Asking":
    - 'radio "Not yet Asking: Not yet"'
    - 'radio "Almost Asking: Almost"'
    - 'radio "Met Needed to earn Asking: Met"'
  - textbox "Feedback on asking"
  - textbox "Anything else for the teacher (optional)"
  - button "Finish and seal"
  - button "Save draft"
"""


def test_what_a_screen_reader_is_given_of_the_desk(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    submission, [first, _] = scene.seated()
    page.goto(enter(context, url, scene.desk(first)) + f"/review/{first.id}")
    expect(page.locator("body")).to_match_aria_snapshot(
        '- link "Skip to the content"\n- banner\n- navigation "Where you are"\n- main:\n'
        '  - heading "Asking good questions" [level=1]\n- contentinfo'
    )
    expect(page.locator("main")).to_match_aria_snapshot(JUDGING)
    expect(page.get_by_role("textbox", name="Feedback on planning")).to_have_accessible_description(re.compile("The teacher reads this"))
    page.get_by_role("button", name="Finish and seal").focus()
    page.evaluate("document.querySelector('dialog')?.remove()")
    page.locator("form[data-autosave]").evaluate("form => form.requestSubmit(form.querySelector('[name=finish]'))")
    alert = page.get_by_role("alert")
    expect(alert.first).to_contain_text("These criteria need a level and a few words")
    expect(page.locator("main")).to_match_aria_snapshot('- list:\n  - listitem:\n    - link "Planning"\n  - listitem:\n    - link "Asking"')
    third = third_of(scene, submission)
    page.goto(enter(context, url, scene.desk(third)) + f"/review/{third.id}")
    expect(page.locator("main")).to_match_aria_snapshot(
        '- group "What the first two reviewers said about Asking":\n  - blockquote\n  - blockquote\n- group "Asking"'
    )
