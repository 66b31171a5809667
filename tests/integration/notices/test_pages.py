"""What's new on the page, what a person chooses, and the link in an e-mail that stops it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from lti_tool.audit import AuditEvent
from lti_tool.notices import stopping
from lti_tool.notices.models import MailChoice, MailStop, Notice
from lti_tool.notices.words import TOPICS
from tests.integration.notices.conftest import Post, Story


def test_home_shows_what_is_new_until_it_is_seen(story: Story) -> None:
    browser = story.world.browser(story.ada, "earner", activity=story.activity)
    assert "nothing since you looked" in browser.get("/home").text
    story.tell()
    story.clock.tick(hours=1)
    story.tell("badge")
    home = browser.get("/home").text
    assert home.index("Your badge is ready") < home.index("There is a decision about your work")
    assert f"/activities/{story.activity.id}" in home
    up_to = re.search(r'name="up_to" value="([^"]+)"', home)
    assert up_to is not None
    story.tell("extended", day="2027-01-31T23:59:59+00:00")  # came while the page was open
    assert browser.post("/notices/read", {"up_to": up_to[1], "back": "home"}).status_code == 303
    home = browser.get("/home").text
    assert "You have more time" in home
    assert "Your badge is ready" not in home
    everything = browser.get("/notices/").text
    assert "Your badge is ready" in everything
    assert everything.count(">New<") == 1


def test_a_notice_of_another_course_leads_nowhere(story: Story) -> None:
    story.tell()
    elsewhere = story.world.activity(story.world.context(story.registration, "Another course"))
    home = story.world.browser(story.ada, "earner", activity=elsewhere).get("/home").text
    assert "open it from its own course" in home
    assert f"/activities/{story.activity.id}" not in home


def test_everything_comes_page_by_page(story: Story) -> None:
    for number in range(65):
        story.tell(thing=str(number), title=f"Skill {number}")
    browser = story.world.browser(story.ada, "earner", activity=story.activity)
    path, seen = "/notices/", list[str]()
    while path:
        page = browser.get(path).text
        seen += re.findall(r"“(Skill \d+)”", page)
        older = re.search(r'href="([^"]*before=[^"]+)"', page)
        path = older[1] if older else ""
    assert seen == [f"Skill {number}" for number in reversed(range(65))]
    assert browser.get("/notices/?before=x").status_code == 400


def test_others_see_and_change_nothing_of_it(story: Story) -> None:
    story.tell()
    [mine] = story.notices()
    ruth = story.world.browser(story.ruth, "earner", context=story.context)
    stranger = story.world.browser(story.world.person(story.world.registration(), "Stranger"), "earner")
    for browser in (ruth, stranger):
        assert "There is a decision" not in browser.get("/notices/").text
        for data in ({"one": str(mine.id)}, {"up_to": "f" * 32}):
            assert browser.post("/notices/read", data).status_code == 303
    assert [one.read_at for one in story.notices()] == [None]
    ada = story.world.browser(story.ada, "earner", context=story.context)
    for data in ({}, {"one": "x"}, {"one": str(mine.id), "up_to": str(mine.id)}):
        assert ada.post("/notices/read", data).status_code == 400
    assert ada.post("/notices/read", {"one": str(mine.id), "csrf_token": "x"}).status_code == 400
    assert [one.read_at for one in story.notices()] == [None]
    assert ada.post("/notices/read", {"one": str(mine.id)}).status_code == 303
    assert story.notices()[0].read_at == story.clock()


def test_choosing(story: Story, post: Post) -> None:
    browser = story.world.browser(story.ada, "earner", activity=story.activity)
    page = browser.get("/notices/choices").text
    assert "ada@school.example" in page
    assert page.count(" checked") == page.count('type="checkbox"') == sum("earner" in topic.rights for topic in TOPICS.values())
    assert "Trouble with the LMS" not in page
    assert browser.post("/notices/choices", {"topics": ["badge", "deadline"]}).status_code == 303
    page = browser.get("/notices/choices").text
    assert page.count(" checked") == 2
    story.tell()
    story.tell("badge")
    story.send()
    assert post.subjects == ["Your badge is ready: “Asking good questions”"]
    assert browser.post("/notices/choices", {"topics": ["nonsense"]}).status_code == 422
    assert browser.get("/notices/choices").text.count(" checked") == 2
    assert browser.post("/notices/choices", {}).status_code == 303
    assert browser.get("/notices/choices").text.count(" checked") == 0


@pytest.mark.parametrize(
    ("email", "words"), [("", "tells us no address of yours"), ("no address", "is none"), ("ada@school.example", "E-mails don’t reach you")]
)
def test_why_no_e_mail_comes(story: Story, post: Post, email: str, words: str) -> None:
    post.recipients["ada@school.example"] = "550 5.1.1 No such user"
    person = story.world.person(story.registration, "Ada Other", email=email)
    story.tell(person=person)
    story.send()
    browser = story.world.browser(person, "earner", activity=story.activity)
    for path in ("/notices/", "/notices/choices"):
        assert words in browser.get(path).text


def link_of(post: Post) -> str:
    header = str(post.taken[-1]["List-Unsubscribe"])
    assert post.taken[-1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return header.strip("<>").removeprefix("http://127.0.0.1:8000")


def wanted(story: Story) -> dict[str, bool]:
    return {row.topic: row.wanted for row in story.rows(MailChoice)}


def test_the_link_asks_and_the_button_stops(story: Story, post: Post, app: Flask) -> None:
    story.tell()
    story.send()
    link, client = link_of(post), app.test_client()
    for method in ("get", "head"):
        answer = getattr(client, method)(link)
        assert answer.status_code == 200
    assert wanted(story) == {}
    assert "Nothing has changed yet" in client.get(link).text
    assert story.ada.given_name not in client.get(link).text
    answer = client.post(link)
    assert answer.status_code == 200
    assert "A decision about your work” have stopped" in answer.text
    assert wanted(story) == {"decision": False}
    answer = client.post(link, data={"what": "all"})
    assert "No e-mail from" in answer.text
    assert wanted(story) == dict.fromkeys(TOPICS, False)
    story.tell("badge")
    story.send(hours=2)
    assert len(post.taken) == 1
    assert {event.action for event in story.rows(AuditEvent)} >= {"notices:mail:stopped"}
    browser = story.world.browser(story.ada, "earner", activity=story.activity)
    assert browser.get("/notices/choices").text.count(" checked") == 0


def test_one_click_of_a_mail_program(story: Story, post: Post, app: Flask) -> None:
    """RFC 8058, 3.2: a POST with this body, without cookies."""
    story.tell()
    story.tell("badge")
    story.send()
    answer = app.test_client().post(link_of(post), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert wanted(story) == dict.fromkeys(TOPICS, False)  # the mail held several topics


def test_a_forged_link_stops_nothing(story: Story, post: Post, app: Flask, world: object) -> None:
    good = stopping.token(story.tool.box, stopping.Stop(story.ada.id, "badge"))
    person, topic, mark = good.split(".")
    other = story.ruth.id.hex
    for bad in (
        "x",
        f"{other}.{topic}.{mark}",
        f"{person}.all.{mark}",
        f"{person}.{topic}.{mark[:-1]}",
        f"{person}.{topic}.",
        f"{person}.{topic}.é",
    ):
        answer = app.test_client().post(f"/notices/stop/{bad}")
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert app.test_client().get(f"/notices/stop/{bad}").status_code == 404
    assert wanted(story) == {}
    assert app.test_client().post(f"/notices/stop/{good}").status_code == 200


def test_a_link_of_somebody_who_is_gone_says_the_same(story: Story, app: Flask) -> None:
    from lti_tool.database import new_id

    link = stopping.token(story.tool.box, stopping.Stop(new_id(), "all"))
    assert app.test_client().post(f"/notices/stop/{link}").status_code == 200
    assert wanted(story) == {}


def test_an_erasure_takes_everything_along(story: Story, post: Post) -> None:
    from lti_tool.keeping.erasing import erase

    story.tell()
    story.send()
    story.tell("badge")
    post.recipients["ada@school.example"] = "550 5.1.1 No such user"
    story.send(hours=2)
    link = link_of(post)
    story.world.app.test_client().post(link)
    assert all(story.rows(model) for model in (Notice, MailChoice, MailStop))
    story.tell("extended", day="2027-01-31T23:59:59+00:00")
    with story.tool.database.unit() as session:
        erase(session, story.tool, district_id=story.ada.district_id, person_id=story.ada.id, actor_id=story.ruth.id)
    assert not any(story.rows(model) for model in (Notice, MailChoice, MailStop))
    assert story.mails() == []
    story.send(hours=2)
    assert len(post.taken) == 1
