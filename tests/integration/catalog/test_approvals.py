"""The approval team by HTTP: every guard, every wrong role, other districts; and what is published is what was approved."""

from __future__ import annotations

import html
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.audit import AuditEvent
from lti_tool.catalog import approving, standards
from lti_tool.catalog.approval_models import ApprovalComment, ApprovalRound, ApprovalVote
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence import service as evidence
from lti_tool.launch.models import Person
from lti_tool.notices.models import Notice
from lti_tool.tool import Tool
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.catalog.test_pages import Desk, write_all

YES = {f"standard-{one.key}": "yes" for one in standards.STANDARDS}


class Team:
    """A district that asks for approvals: an author with a desk, and approvers at browsers of their own."""

    def __init__(self, world: World, tool: Tool, *, required: bool = True, quorum: int = 2) -> None:
        self.world, self.tool = world, tool
        self.desk = Desk(world, tool, "author")
        self.registration, self.district_id = self.desk.registration, self.desk.district_id
        self.people: list[Person] = []
        self.approvers = [self.approver(name) for name in ("Petra Approver", "Paul Approver")]
        self.author_id = self._author()
        with tool.database.unit() as session:
            approving.choose(session, tool, district_id=self.district_id, person_id=self.people[0].id, required=required, quorum=quorum)

    def _author(self) -> UUID:
        row = self.desk.begin()
        author_id = self.desk.stored(row).author_id
        assert author_id
        return author_id

    def approver(self, name: str, **given: Any) -> FrameBrowser:
        person = self.world.person(self.registration, name, **{"email": f"{name.split(maxsplit=1)[0].lower()}@example.org", **given})
        self.world.grant(person, "approver")
        self.people.append(person)
        return self.world.browser(person, "earner")

    def written(self, **changes: str) -> str:
        row = self.desk.begin()
        sent = write_all(self.desk.open(row))
        for name, value in {"title": "Asking well", **changes}.items():
            sent[name] = value
        assert self.desk.send(row, sent).status_code == 303
        return row

    def hand_in(self, row: str, **data: str) -> str:
        answer = self.desk.browser.post(f"/catalog/approvals/new/{row}", {"message": "Please read.", "kind": "version", **data})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("?")[0].rsplit("/", 1)[1]

    def vote(self, browser: FrameBrowser, one: str, verdict: str = "approve", **data: str) -> TestResponse:
        answers = YES if verdict == "approve" else {"reason": "Because."}
        return browser.post(f"/catalog/approvals/{one}/vote", {"verdict": verdict, **answers, **data})

    def say(self, browser: FrameBrowser, one: str, text: str = "Why?", section: str = "criteria", **data: str) -> TestResponse:
        return browser.post(f"/catalog/approvals/{one}/comments", {"text": text, "section": section, **data})

    def round(self, one: str) -> ApprovalRound:
        with self.tool.database.read() as session:
            return session.get_one(ApprovalRound, UUID(one))

    def comments(self) -> list[ApprovalComment]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(ApprovalComment).order_by(ApprovalComment.id)))

    def told(self, person_id: UUID) -> list[str]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.id)))

    def asked(self) -> set[UUID]:
        """Whom a notice still asks for an approval."""
        with self.tool.database.read() as session:
            return set(session.scalars(select(Notice.person_id).where(Notice.kind == "approval.asked", Notice.read_at.is_(None))))

    def versions(self, row: str) -> list[tuple[int, int]]:
        with self.tool.database.read() as session:
            found = session.execute(
                select(MicrocredentialVersion.number, MicrocredentialVersion.patch)
                .where(MicrocredentialVersion.microcredential_id == UUID(row))
                .order_by(MicrocredentialVersion.number, MicrocredentialVersion.patch)
            )
            return [(number, patch) for number, patch in found]


@pytest.fixture
def team(world: World, tool: Tool) -> Team:
    return Team(world, tool)


def published(team: Team, row: str) -> None:
    """Through the whole way once."""
    one = team.hand_in(row)
    for browser in team.approvers:
        team.vote(browser, one)
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 303


def test_from_draft_to_published_by_two_who_did_not_write_it(team: Team) -> None:
    row = team.written()
    assert "Hand in for approval" in team.desk.browser.get(f"/catalog/{row}/edit").text
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 409
    assert team.desk.send(row, team.desk.open(row), "submit").headers["Location"].endswith(f"/catalog/approvals/new/{row}")
    page = team.desk.browser.get(f"/catalog/approvals/new/{row}")
    assert "No standard is named" in page.text  # worth a look, and no fault
    one = team.hand_in(row)
    petra, paul = team.approvers
    assert "1<span" in petra.get("/catalog/approvals/").text
    assert "Waits for you" in petra.get("/catalog/approvals/").text
    assert team.asked() == {team.people[0].id, team.people[1].id}
    assert team.vote(petra, one).headers["Location"].endswith("said=approvals.voted")
    assert "Waits for you" not in petra.get("/catalog/approvals/").text
    assert team.asked() == {team.people[1].id}
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 409
    assert team.vote(paul, one).headers["Location"].endswith("said=approvals.decided")
    assert team.round(one).state == "approved"
    assert team.asked() == set()
    assert team.told(team.people[0].id) == ["approval.asked"]
    assert team.told(team.author_id) == ["approval.approved"]
    assert "exactly as it was approved" in team.desk.browser.get(f"/catalog/approvals/{one}").text
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 303
    after = team.round(one)
    assert (after.state, team.versions(row)) == ("published", [(1, 0)])
    with team.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, after.version_id)
        actions = set(session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == after.id)))
    assert version.content_hash == after.content_hash
    assert actions == {"catalog:approval:submit", "catalog:approval:vote", "catalog:approval:approved"}
    assert "Published" in petra.get("/catalog/approvals/?show=over").text


def test_what_is_missing_keeps_a_draft_with_its_author(team: Team) -> None:
    row = team.desk.begin()
    assert team.desk.send(row, team.desk.open(row), "submit").status_code == 422
    page = team.desk.browser.post(f"/catalog/approvals/new/{row}", {"kind": "version"})
    assert page.status_code == 422
    assert "Something is missing" in page.text
    version = team.world.version(team.district_id)
    assert team.desk.browser.post(f"/catalog/approvals/new/{version.microcredential_id}", {"kind": "version"}).status_code == 409
    team.desk.browser.post(f"/catalog/{version.microcredential_id}/revise")
    same = team.desk.browser.post(f"/catalog/approvals/new/{version.microcredential_id}", {"kind": "version"})
    assert same.status_code == 409
    assert "Nothing has changed" in same.text


def test_an_author_and_whoever_saved_the_draft_do_not_judge_it(team: Team) -> None:
    row = team.written()
    helper = team.world.person(team.registration, "Hal Helper", email="hal@example.org")
    team.world.grant(helper, "approver")
    other = Desk(team.world, team.tool, "author")
    other.browser = team.world.browser(helper, "author")
    sent = other.open(row)
    sent["summary"] = "Said better by a colleague."
    assert other.send(row, sent).status_code == 303
    one = team.hand_in(row)
    refused = team.vote(other.browser, one)
    assert refused.status_code == 409
    assert "You have a part in this draft" in refused.text
    assert "approval.asked" not in team.told(helper.id)
    assert "Waits for you" not in other.browser.get("/catalog/approvals/").text
    assert 'id="verdict"' not in other.browser.get(f"/catalog/approvals/{one}").text
    team.world.grant(team.world._get(Person, team.author_id), "approver")
    assert team.vote(team.desk.browser, one).status_code == 409
    again = team.approver("Ada Again", email="HAL@example.org")  # the same person in another account
    assert team.vote(again, one).status_code == 409
    assert "Waits for you" not in again.get("/catalog/approvals/").text


def test_the_same_person_counts_once_in_two_accounts(team: Team) -> None:
    one = team.hand_in(team.written())
    twin = team.approver("Petra Twin", email="PETRA@example.org")
    team.vote(team.approvers[0], one)
    assert team.vote(twin, one).status_code == 409
    assert team.round(one).state == "in_review"


def test_a_blocking_comment_holds_an_approval_until_somebody_of_the_team_settles_it(team: Team) -> None:
    row = team.written()
    one = team.hand_in(row)
    petra, paul = team.approvers
    answer = team.say(petra, one, "The levels <b>overlap</b>.", blocking="y")
    assert answer.headers["Location"].endswith("#about-criteria")
    [comment] = team.comments()
    for browser in team.approvers:
        team.vote(browser, one)
    assert team.round(one).state == "in_review"
    assert "levels &lt;b&gt;overlap" in team.desk.browser.get(f"/catalog/approvals/{one}").text
    assert team.desk.browser.post(f"/catalog/approvals/{one}/comments/{comment.id}/settle").status_code == 409
    said = team.desk.browser.post(f"/catalog/approvals/{one}/comments", {"text": "They do not: see level 2.", "parent": str(comment.id)})
    assert said.status_code == 303
    assert team.told(team.people[0].id) == ["approval.asked", "approval.comment"]
    assert paul.post(f"/catalog/approvals/{one}/comments/{comment.id}/settle").status_code == 303
    assert paul.post(f"/catalog/approvals/{one}/comments/{comment.id}/settle").status_code == 303
    assert team.round(one).state == "approved"
    settled, reply = team.comments()
    assert (settled.resolved_by, reply.parent_id, reply.section, reply.blocking) == (team.people[1].id, comment.id, "criteria", False)
    assert "Settled by Paul Approver" in petra.get(f"/catalog/approvals/{one}").text


def test_a_writers_comment_blocks_nothing_and_comments_end_with_the_round(team: Team) -> None:
    one = team.hand_in(team.written())
    team.say(team.desk.browser, one, "Look here.", blocking="y")
    assert team.comments()[0].blocking is False
    for browser in team.approvers:
        team.vote(browser, one)
    assert team.round(one).state == "approved"
    assert team.say(team.approvers[0], one).status_code == 409
    assert team.vote(team.approvers[0], one).status_code == 409


def test_asking_for_changes_gives_the_draft_back_and_the_next_round_knows_what_was_said(team: Team) -> None:
    row = team.written()
    one = team.hand_in(row)
    petra, paul = team.approvers
    team.say(petra, one, "Say which grades.", section="basics", blocking="y")
    assert team.desk.browser.get(f"/catalog/{row}/edit").headers["Location"].endswith(f"/{row}/versions")
    assert team.vote(petra, one, "changes", reason="See what I wrote.").status_code == 303
    assert team.round(one).state == "changes_requested"
    assert team.told(team.author_id)[-1] == "approval.changes"
    page = team.desk.browser.get(f"/catalog/{row}/edit")
    assert "The approval team asks for changes" in page.text
    sent = team.desk.open(row)
    sent["audience"] = "Grades 3 to 5"
    assert team.desk.send(row, sent).status_code == 303
    two = team.hand_in(row)
    assert "Say which grades." in paul.get(f"/catalog/approvals/{two}").text
    for browser in team.approvers:
        team.vote(browser, two)
    assert team.round(two).state == "in_review"  # what was said before still has to be settled
    petra.post(f"/catalog/approvals/{two}/comments/{team.comments()[0].id}/settle")
    assert team.round(two).state == "approved"
    assert "Round 1" in petra.get(f"/catalog/approvals/{two}").text


def test_what_was_not_taken_comes_back_only_when_it_has_changed(team: Team) -> None:
    row = team.written()
    one = team.hand_in(row)
    assert team.vote(team.approvers[0], one, "reject").status_code == 303
    assert team.round(one).state == "rejected"
    assert team.told(team.author_id) == ["approval.rejected"]
    assert team.desk.browser.post(f"/catalog/approvals/new/{row}", {"kind": "version"}).status_code == 409
    sent = team.desk.open(row)
    sent["summary"] = "Another thought."
    team.desk.send(row, sent)
    team.hand_in(row)


def test_a_change_after_the_approval_needs_a_new_round(team: Team) -> None:
    row = team.written()
    kept = team.desk.open(row)
    one = team.hand_in(row)
    for browser in team.approvers:
        team.vote(browser, one)
    kept["summary"] = "Slipped in after the approval."
    assert team.desk.send(row, kept, X_Autosave="1").status_code == 409
    refused = team.desk.send(row, kept)
    assert refused.status_code == 409
    assert "Slipped in after the approval." in refused.text
    assert "The approval team has this draft now" in refused.text
    with team.tool.database.unit() as session:  # whatever way it comes about
        stored = session.get_one(type(team.desk.stored(row)), UUID(row))
        stored.draft = {**stored.draft, "summary": "Slipped in after the approval."}
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 409
    assert team.desk.browser.post(f"/catalog/approvals/{one}/withdraw").status_code == 303
    assert team.round(one).state == "withdrawn"
    assert team.desk.browser.post(f"/catalog/approvals/{one}/withdraw").status_code == 409
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 409
    assert team.hand_in(row) != one


def test_approving_asks_for_a_yes_to_every_standard_and_anything_else_for_a_reason(team: Team) -> None:
    one = team.hand_in(team.written())
    petra = team.approvers[0]
    page = team.vote(petra, one, **{"standard-levels": "no", "note-levels": "Two and three are alike"})
    assert page.status_code == 422
    assert "Approving asks for a yes here." in page.text
    assert "Two and three are alike" in page.text
    assert team.vote(petra, one, "changes", reason=" ").status_code == 422
    assert team.vote(petra, one, "nonsense").status_code == 422
    assert petra.post(f"/catalog/approvals/{one}/vote").status_code == 422
    with team.tool.database.read() as session:
        assert session.scalars(select(ApprovalVote)).all() == []
    team.vote(petra, one, "changes", reason="As noted.", **{"standard-levels": "no", "note-levels": "Two and three are alike"})
    page = team.desk.browser.get(f"/catalog/approvals/{one}")
    assert "Two and three are alike" in page.text
    assert "As noted." in page.text


def test_a_correction_needs_one_approval_and_reaches_those_who_begin_later(team: Team, world: World) -> None:
    row = team.written()
    published(team, row)
    with team.tool.database.read() as session:
        first = session.scalars(select(MicrocredentialVersion).where(MicrocredentialVersion.microcredential_id == UUID(row))).one()
    activity = world.activity(world.context(team.registration), first)
    early, late = (world.person(team.registration, name) for name in ("Ea Early", "Lou Late"))

    def enrolled(person: Person) -> UUID:
        owner = evidence.Owner(team.district_id, person.id)
        with team.tool.database.unit() as session:
            return evidence.enroll(session, team.tool, owner, activity.id).version_id

    assert enrolled(early) == first.id
    team.desk.browser.post(f"/catalog/{row}/revise")
    sent = team.desk.open(row)
    sent["criteria-0-title"] = "Another criterion"
    team.desk.send(row, sent)
    assert team.desk.browser.post(f"/catalog/approvals/new/{row}", {"kind": "patch"}).status_code == 409
    sent = team.desk.open(row)
    sent["criteria-0-title"], sent["summary"] = "Text of criteria-0-title", "A summary without the typo."
    team.desk.send(row, sent)
    assert "A correction of texts" in team.desk.browser.get(f"/catalog/approvals/new/{row}").text
    one = team.hand_in(row, kind="patch")
    page = team.approvers[0].get(f"/catalog/approvals/{one}").text
    assert "What differs from Version 1" in page
    assert "added:" in page
    team.vote(team.approvers[0], one)
    assert team.round(one).state == "approved"
    assert team.desk.browser.post(f"/catalog/{row}/publish").status_code == 409  # it was approved as a correction
    answer = team.desk.browser.post(f"/catalog/{row}/publish", {"do": "correct"})
    assert answer.headers["Location"].endswith("said=catalog.corrected")
    assert "Version 1, correction 1" in team.desk.browser.get(answer.headers["Location"]).text
    assert team.versions(row) == [(1, 0), (1, 1)]
    assert enrolled(early) == first.id
    corrected = enrolled(late)
    assert corrected != first.id
    shown = team.desk.browser.get(f"/catalog/versions/{first.id}").text
    assert "Superseded" in shown
    assert "Version 1, correction 1 has taken its place" in shown
    assert team.desk.browser.get("/catalog/").text.count("Asking well") == 1


def test_without_the_districts_wish_authors_publish_and_correct_by_themselves(world: World, tool: Tool) -> None:
    team = Team(world, tool, required=False)
    row = team.written()
    assert team.desk.send(row, team.desk.open(row), "publish").status_code == 303
    team.desk.browser.post(f"/catalog/{row}/revise")
    sent = team.desk.open(row)
    sent["criteria-0-title"] = "Another criterion"
    assert team.desk.send(row, sent, "correct").status_code == 409
    sent = team.desk.open(row)
    sent["criteria-0-title"], sent["rationale"] = "Text of criteria-0-title", "Why it works, spelled right."
    team.desk.send(row, sent)
    assert "Publish as a correction" in team.desk.browser.get(f"/catalog/{row}/preview").text
    assert team.desk.send(row, team.desk.open(row), "correct").status_code == 303
    team.desk.browser.post(f"/catalog/{row}/revise")
    sent = team.desk.open(row)
    sent["hours"] = "20"
    assert team.desk.send(row, sent, "publish").status_code == 303
    assert team.versions(row) == [(1, 0), (1, 1), (2, 0)]
    one = team.hand_in(team.written())  # and may still ask the team
    assert team.vote(team.approvers[0], one).status_code == 303


def test_a_draft_that_is_thrown_away_takes_its_round_along(team: Team) -> None:
    version = team.world.version(team.district_id)
    row = str(version.microcredential_id)
    team.desk.browser.post(f"/catalog/{row}/revise")
    sent = team.desk.open(row)
    sent["title"] = "Another title"
    team.desk.send(row, sent)
    one = team.hand_in(row)
    team.say(team.approvers[0], one, blocking="y")
    assert team.desk.browser.post(f"/catalog/{row}/discard").status_code == 303
    assert team.round(one).state == "withdrawn"
    assert team.comments()[0].resolved_at is not None


def test_the_district_chooses_and_a_team_has_to_be_there(world: World, tool: Tool) -> None:
    registration = world.registration()
    console = world.browser(world.person(registration), "console")
    page = console.get("/catalog/approvals/settings")
    assert page.status_code == 200
    refused = console.post("/catalog/approvals/settings", {"approval_required": "y", "quorum": "2"})
    assert refused.status_code == 422
    assert "Your team has only 0" in html.unescape(refused.text)
    for quorum in ("0", "6", "two", ""):
        assert console.post("/catalog/approvals/settings", {"quorum": quorum}).status_code == 422
    for name in ("Ann One", "Ben Two"):
        world.grant(world.person(registration, name), "approver")
    assert console.post("/catalog/approvals/settings", {"approval_required": "y", "quorum": "2"}).status_code == 303
    assert "checked" in console.get("/catalog/approvals/settings").text
    assert console.post("/catalog/approvals/settings", {"quorum": "2"}).status_code == 303


def _paths(team: Team) -> list[tuple[str, str]]:
    row = team.written()
    one = team.hand_in(row)
    team.say(team.approvers[0], one)
    base, comment = f"/catalog/approvals/{one}", team.comments()[-1].id
    return [
        ("GET", base),
        ("GET", f"{base}/preview"),
        ("POST", f"{base}/vote"),
        ("POST", f"{base}/comments"),
        ("POST", f"{base}/comments/{comment}/settle"),
        ("POST", f"{base}/withdraw"),
        ("GET", f"/catalog/approvals/new/{row}"),
        ("POST", f"/catalog/approvals/new/{row}"),
    ]


EVERYWHERE = [("GET", "/catalog/approvals/"), ("GET", "/catalog/approvals/settings"), ("POST", "/catalog/approvals/settings")]


def _ask(browser: FrameBrowser, method: str, path: str) -> TestResponse:
    return browser.get(path) if method == "GET" else browser.post(path, {**YES, "verdict": "approve", "text": "x", "section": "basics"})


def test_every_page_asks_for_a_session(team: Team) -> None:
    stranger = team.world.app.test_client()
    for method, path in [*EVERYWHERE, *_paths(team)]:
        status = stranger.open(team.desk.browser.prefix + path, method=method).status_code
        assert status in ((401,) if method == "GET" else (400, 401)), path


@pytest.mark.parametrize("right", ["earner", "facilitator", "reviewer", "preview"])
def test_every_page_asks_for_the_right(team: Team, right: str) -> None:
    browser = team.world.browser(team.world.person(team.registration), right)
    for method, path in [*EVERYWHERE, *_paths(team)]:
        assert _ask(browser, method, path).status_code == 403, path


def test_roles_do_what_is_theirs_alone(team: Team) -> None:
    paths = _paths(team)
    approver = team.approvers[0]
    for method, path in [*EVERYWHERE[1:], *[one for one in paths if "/new/" in one[1] or one[1].endswith("withdraw")]]:
        assert _ask(approver, method, path).status_code == 403, path
    console = team.world.browser(team.world.person(team.registration), "console")
    vote = next(path for _, path in paths if path.endswith("vote"))
    assert _ask(console, "POST", vote).status_code == 403
    assert _ask(console, "GET", paths[0][1]).status_code == 200
    assert _ask(team.desk.browser, "GET", "/catalog/approvals/settings").status_code == 403
    assert _ask(team.desk.browser, "POST", vote).status_code == 403
    for right in ("author", "designer"):  # not theirs
        other = team.world.browser(team.world.person(team.registration), right)
        for method, path in paths[:6]:
            assert _ask(other, method, path).status_code == (403 if path.endswith("vote") else 404), path
        assert "Asking well" not in other.get("/catalog/approvals/").text


def test_another_district_finds_nothing(team: Team, world: World, tool: Tool) -> None:
    other = Team(world, tool)
    person = world.person(other.registration, "Olga Other", email="olga@example.org")
    world.grant(person, "approver")
    browser = world.browser(person, "author", "console")
    before = team.hand_in(team.written(title="Hidden from others"))
    for method, path in _paths(team):
        assert _ask(browser, method, path).status_code == 404, path
    assert "Hidden from others" not in browser.get("/catalog/approvals/").text
    assert team.round(before).state == "in_review"


def test_what_makes_no_sense_is_refused_and_nothing_is_lost(team: Team) -> None:
    one = team.hand_in(team.written())
    petra = team.approvers[0]
    base = f"/catalog/approvals/{one}"
    assert petra.get("/catalog/approvals/?before=nonsense").status_code == 400
    assert petra.get(f"/catalog/approvals/{uuid4()}").status_code == 404
    empty = petra.post(f"{base}/comments", {"text": " ", "section": "why"})
    assert empty.status_code == 422
    assert "Write something first." in empty.text
    long = petra.post(f"{base}/comments", {"text": "kept " * 900, "section": "why"})
    assert long.status_code == 422
    assert "kept kept kept" in long.text
    assert petra.post(f"{base}/comments", {"text": "x", "section": "nonsense"}).status_code == 400
    assert petra.post(f"{base}/comments", {"text": "x", "parent": "nonsense"}).status_code == 400
    assert petra.post(f"{base}/comments", {"text": "x", "parent": str(uuid4())}).status_code == 404
    assert petra.post(f"{base}/comments/{uuid4()}/settle").status_code == 404
    assert team.say(petra, one, "zero\x00byte").status_code == 303
    answer = team.comments()[-1].id
    petra.post(f"{base}/comments", {"text": "an answer", "parent": str(answer)})
    reply = team.comments()[-1].id
    assert petra.post(f"{base}/comments", {"text": "x", "parent": str(reply)}).status_code == 404  # answers are not answered
    assert team.desk.browser.post(f"/catalog/approvals/new/{uuid4()}", {"kind": "version"}).status_code == 404


def test_a_long_queue_is_paged_with_the_same_number_of_questions(team: Team, tool: Tool) -> None:
    petra = team.approvers[0]
    for n in range(3):
        team.hand_in(team.written(title=f"Draft number {n:02}"))
    with counted(tool) as few:
        assert petra.get("/catalog/approvals/").status_code == 200
    for n in range(3, 23):
        team.hand_in(team.written(title=f"Draft number {n:02}"))
    with counted(tool) as many:
        page = petra.get("/catalog/approvals/").text
    assert len(many) == len(few)
    assert "Draft number 19" in page
    assert "Draft number 20" not in page
    following = html.unescape(page.split('class="pager"')[1].split('href="')[1].split('"')[0])
    assert "Draft number 22" in petra.get(following).text
