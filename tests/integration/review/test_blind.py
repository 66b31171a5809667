"""What reviewers and teachers must not learn of each other, looked for in everything that leaves the tool."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from lti_tool.database import new_id
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Answer, Artifact, Submission
from lti_tool.review.desk_models import SubmissionReturn
from lti_tool.review.models import Review
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene, scored
from tests.integration.review.test_places import finish_draft

FILE = "Lovelace lesson plan.pdf"


def opened(token: str) -> str:
    """What a signed token says to whoever decodes it."""
    payload = token.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return (zlib.decompress(raw) if token.startswith(".") else raw).decode()


def everything(answer: TestResponse) -> str:
    return f"{answer.status_code} {answer.headers} {answer.get_data(as_text=True)}"


def looks_around(browser: FrameBrowser, review: Review) -> str:
    """All that a reviewer can fetch: list, home, desk, refused posts, every file with its headers and its address taken apart."""
    pages = [browser.get("/"), browser.get("/home"), browser.get("/review/"), browser.get(f"/review/{review.id}")]
    pages += [
        browser.post(f"/review/{review.id}", {**scored(revision=99, planning=1), "finish": "1"}),
        browser.post(f"/review/{review.id}/decline", {"reason": ""}),
    ]
    seen = [everything(page) for page in pages]
    for url in set(re.findall(r'(?:href|src)="([^"]*/evidence-file/[^"]+)"', " ".join(seen))):
        path = urlsplit(url).path
        file = browser.get(path)
        assert file.status_code == 200
        assert b"evidence" in file.data
        seen += [everything(file), opened(path.rpartition("/")[2])]
        file.close()
    assert len(seen) > len(pages), "there is a file to look at"
    return "\n".join(seen)


def author(scene: Scene) -> list[str]:
    ada = scene.ada
    words = [ada.label, "Adabella", "Lovelace", ada.email, ada.sub, FILE]
    ids = [form for key in (ada.id, scene.enrollment.id) for form in (str(key), key.hex)]
    return words + ids


def people(*given: Any) -> list[str]:
    found = [[one.label, one.family_name, one.sub, str(one.id), one.id.hex] for one in given]
    return [word for words in found for word in words]


def hidden(words: list[str], text: str) -> None:
    assert [word for word in words if word.lower() in text.lower()] == []


def test_reviewers_never_learn_who_wrote_it_nor_what_the_other_thinks(scene: Scene) -> None:
    submission, [first, second] = scene.seated(filename=FILE)
    others = {first.id: scene.person(second), second.id: scene.person(first)}
    for review in (first, second):
        seen = looks_around(scene.desk(review), review)
        hidden(author(scene) + people(others[review.id]), seen)
        assert "Lesson plan, file 1" in seen
        assert 'filename="evidence-1.pdf"' in seen

    draft = scored(words="Draft of the first.", planning=2, asking=2)
    scene.desk(first).post(f"/review/{first.id}", draft)
    hidden([*author(scene), "Draft of the first."], looks_around(scene.desk(second), second))
    scene.desk(first).post(f"/review/{first.id}", {**scored(1, words="Sealed by the first.", planning=2, asking=2), "finish": "1"})
    hidden([*author(scene), "by the first", *people(scene.person(first))], looks_around(scene.desk(second), second))
    hidden([*author(scene), *people(scene.person(second))], looks_around(scene.desk(first), first))

    scene.desk(second).post(f"/review/{second.id}", {**scored(words="Sealed by the second.", planning=2, asking=0), "finish": "1"})
    hidden([*author(scene), "by the second", *people(scene.person(second))], looks_around(scene.desk(first), first))
    hidden([*author(scene), "by the first", *people(scene.person(first))], looks_around(scene.desk(second), second))

    [third] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    seen = looks_around(scene.desk(third), third)
    hidden(author(scene) + people(scene.person(first), scene.person(second)), seen)
    assert "Sealed by the first." in seen
    assert "Sealed by the second." in seen
    scene.desk(third).post(f"/review/{third.id}", {**scored(words="Settled.", asking=2), "finish": "1"})
    assert scene.submission().outcome == "earned"
    for review in (first, second, third):
        seen = looks_around(scene.desk(review), review)
        hidden(author(scene) + people(*(person for person in scene.reviewers if person.id != review.reviewer_id)), seen)


def test_teachers_never_learn_who_judged(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    teacher = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    paths = (
        "/",
        "/home",
        f"/activities/{scene.activity.id}",
        f"/evidence/submission/{submission.id}",
        f"/evidence/work/{scene.enrollment.id}",
    )

    def looks() -> str:
        return "\n".join(everything(teacher.get(path)) for path in paths)

    names = people(*scene.reviewers) + [str(review.id) for review in (first, second)]
    hidden(names, looks())
    scene.world.judge(first, {"planning": 2, "asking": 1}, "Words of one.")
    hidden([*names, "Words of one."], looks())
    scene.world.judge(second, {"planning": 1, "asking": 1}, "Words of another.")
    seen = looks()
    hidden(names, seen)
    assert "Words of one." in seen
    assert "Words of another." in seen


def test_the_order_of_feedback_does_not_tell_the_seats(scene: Scene) -> None:
    orders = set()
    for attempt in range(1, 13):
        _, [first, second] = scene.seated(attempt=attempt)
        scene.world.judge(first, 1, "One.")
        scene.world.judge(second, 1, "Two.")
        page = scene.world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
        orders.add(page.index("One.") < page.index("Two."))
    assert orders == {True, False}


def test_facilitators_see_progress_and_outcome_but_no_evidence(scene: Scene) -> None:
    submission, [first, _] = scene.seated(filename=FILE)
    scene.world.judge(first, 2, "Not for them yet.")
    runner = scene.facilitator()
    pages = [
        f"/activities/{scene.activity.id}",
        f"/activities/{scene.activity.id}/people/{scene.ada.id}",
        f"/review/submissions/{submission.id}",
    ]
    hidden([FILE, "About Recording.", "Answer to", "Not for them yet."], "\n".join(everything(runner.get(path)) for path in pages))
    for path in (f"/review/{first.id}", f"/evidence/submission/{submission.id}"):
        assert runner.get(path).status_code == 403


# -- every address that there is, with every id that there is


LONG = "Wilhelmina Featherstonehaugh-Cholmondeley"
SIGNED = "I am Adabella Lovelace (Lovelace, Adabella; Ms. Lovelace; adabella@district.example)."


def walks(scene: Scene, browser: FrameBrowser, ids: list[str]) -> str:
    """Every answer that reading gives inside a frame, of every endpoint with every id in every place."""
    seen = []
    for rule in scene.world.app.url_map.iter_rules():
        if not rule.rule.startswith("/s/<frame_key>/"):
            continue
        names = [name for name in rule.arguments if name.endswith("_id")]
        others = {"part": "overview", "key": "plan", "kind": "text", "activity_key": "key-1", "number": "1", "year": "2026"}
        for one in ids if names else [""]:
            for other in ids if len(names) > 1 else [one]:
                values = {**others, **dict.fromkeys(names, other), **dict.fromkeys(names[:1], one)}
                path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found, v=values: v.get(found[1], "x"), rule.rule)  # type: ignore[misc]
                path = path.replace("/s/x", browser.prefix)
                if "GET" in (rule.methods or ()):
                    answer = browser.client.get(path)
                    seen.append(everything(answer))
                    answer.close()
    return "\n".join(seen)


def sign(scene: Scene, submission: Submission) -> None:
    """Ada writes her name into everything that she writes."""
    with scene.world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        file, text = row.snapshot["artifacts"]
        link = {**text, "id": str(new_id()), "kind": "link", "title": "Film by Adabella Lovelace", "text": SIGNED}
        link["url"] = "https://adabella.lovelace@video.example.org/w/12"
        pieces = [{**file, "text": SIGNED}, {**text, "title": "Adabella Lovelace", "text": SIGNED}, link]
        row.snapshot = {**row.snapshot, "artifacts": pieces, "answers": dict.fromkeys(row.snapshot["answers"], SIGNED)}


def test_names_that_people_write_are_hidden_from_the_other_side(scene: Scene) -> None:
    """The address of a link is the one thing that can't be changed: it would lead nowhere."""
    submission, [first, second] = scene.seated(filename=FILE)
    sign(scene, submission)
    words = ["Adabella Lovelace", "Ms. Lovelace", "Lovelace, Adabella", scene.ada.email]
    for review in (first, second):
        seen = scene.desk(review).get(f"/review/{review.id}").text
        hidden(words, seen)
        assert "Open it at video.example.org" in seen
        assert seen.count("(name hidden)") >= 4 * 5
    signature = [f"Regards, {scene.person(review).label}" for review in (first, second)]
    scene.world.judge(first, {"planning": 2, "asking": 2}, signature[0])
    scene.world.judge(second, {"planning": 2, "asking": 0}, signature[1])
    [third] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    page = scene.desk(third).get(f"/review/{third.id}").text
    hidden(people(scene.person(first), scene.person(second)), page)
    assert page.count("Regards, (name hidden)") == 2
    scene.world.judge(third, 1, f"Regards, {scene.person(third).label}")
    hub = scene.world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
    hidden(people(*scene.reviewers), hub)
    assert hub.count("Regards, (name hidden)") == 5


def test_no_address_tells_reviewers_of_the_teacher_or_of_each_other(scene: Scene) -> None:
    world = scene.world
    submission, [first, second] = scene.seated(filename=FILE)
    with world.tool.database.unit() as session:
        for person, name in ((scene.person(first), f"{LONG} I"), (scene.person(second), f"{LONG} II")):
            session.get_one(type(person), person.id).label = name
    world.judge(second, {"planning": 1, "asking": 2}, "Sealed by the second.")
    browser = scene.desk(first)
    artifacts = [copy["id"] for copy in submission.snapshot["artifacts"]]
    ids = [str(one) for one in (first.id, second.id, submission.id, scene.enrollment.id, scene.activity.id, scene.ada.id, *artifacts)]
    seen = walks(scene, browser, ids)
    names = [scene.ada.label, "Adabella", scene.ada.email, scene.ada.sub, f"{LONG} II", scene.person(second).sub, FILE]
    hidden([*names, "Sealed by the second."], seen)
    assert "About Recording." in seen, "it was at the desk"


def test_no_address_tells_teachers_who_judges(scene: Scene) -> None:
    world = scene.world
    submission, [first, second] = scene.seated(filename=FILE)
    world.judge(first, {"planning": 1, "asking": 2}, "Sealed by the first.")
    teacher = world.browser(scene.ada, "earner", activity=scene.activity)
    artifacts = [copy["id"] for copy in submission.snapshot["artifacts"]]
    things = (first.id, second.id, submission.id, scene.enrollment.id, scene.activity.id, *(one.id for one in scene.reviewers))
    seen = walks(scene, teacher, [str(one) for one in (*things, *artifacts)])
    names = [word for one in scene.reviewers for word in (one.label, one.family_name, one.email, one.sub)]
    hidden([*names, "Sealed by the first."], seen)
    assert "Two colleagues are judging your work" in seen


def test_a_return_does_not_say_who_noticed(scene: Scene) -> None:
    _, [first, second] = scene.seated()
    scene.desk(first).post(f"/desk/{first.id}/return", {"missing": "evidence:plan", "words": "It is empty."})
    assert scene.rows(SubmissionReturn)[0].returned_by == first.reviewer_id
    teacher = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    seen = "\n".join(everything(teacher.get(path)) for path in (f"/activities/{scene.activity.id}", "/home", "/keeping/mine"))
    assert "It is empty." in seen
    hidden(people(*scene.reviewers), seen)
    gone = everything(scene.desk(second).get(f"/review/{second.id}"))
    hidden([*author(scene), *people(scene.person(first)), "It is empty."], gone)


def test_teachers_are_told_where_their_own_name_stands_and_how_it_will_be_decided(scene: Scene) -> None:
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    check = f"/evidence/work/{scene.enrollment.id}/check"
    assert "Your name stands in what you wrote" not in ada.get(check).text
    with scene.world.tool.database.unit() as session:
        [answer, piece] = session.query(Answer).first(), session.query(Artifact).filter_by(kind="text").first()
        assert answer
        assert piece
        answer.text += SIGNED
        piece.text += SIGNED
    page = ada.get(check).text
    assert "Your name stands in what you wrote" in page
    assert page.partition("inside files nobody can hide it but you")[2].partition("</ul>")[0].count("<li>") == 2
    assert "How it is decided" in page
    assert "a third reviewer looks only at the criteria they differ on" in page


def test_what_a_reviewer_says_of_a_privacy_problem_is_unsigned(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    piece = submission.snapshot["artifacts"][0]["id"]
    signed = f"A name at minute 3. {scene.person(first).label}"
    assert scene.desk(first).post(f"/privacy/desk/{first.id}/{piece}", {"reason": signed}).status_code == 303
    [hold] = scene.rows(ArtifactHold)
    teacher = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    seen = everything(teacher.get(f"/privacy/mine/{hold.id}")) + everything(scene.facilitator().get(f"/privacy/{hold.id}"))
    assert seen.count("A name at minute 3. (name hidden)") == 2
    hidden([scene.person(first).label, scene.person(first).family_name], seen)
