"""Every look at a piece is noted once an hour, and its teacher reads of it without learning who reviews."""

from __future__ import annotations

import re

from lti_tool.evidence.keeping_models import ArtifactView
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.seen import note_seen, seen
from tests.conftest import Clock
from tests.integration.keeping.conftest import Kept
from tests.integration.keeping.test_problems import fetched, links


def looks(kept: Kept) -> list[tuple[str, str]]:
    titles = {row.id: row.title for row in kept.rows(Artifact)}
    return sorted((titles[row.artifact_id], row.page) for row in kept.rows(ArtifactView))


def test_a_desk_and_its_files(kept: Kept, clock: Clock) -> None:
    [first, second] = kept.reviews()
    for _ in range(3):
        page = kept.at_desk(first).get(f"/review/{first.id}").text
    assert looks(kept) == [("My plan", "desk"), ("Our circle", "desk")]
    for _ in range(3):
        assert fetched(kept, links(page)[1]).status_code == 200
    assert looks(kept) == [("My plan", "desk"), ("Our circle", "desk"), ("Our circle", "file")]
    clock.tick(minutes=20)
    kept.at_desk(first).get(f"/review/{first.id}")
    assert len(looks(kept)) == 3, "the same hour"
    clock.tick(minutes=45)
    kept.at_desk(first).get(f"/review/{first.id}")
    assert len(looks(kept)) == 5
    kept.at_desk(second).get(f"/review/{second.id}")
    assert len(looks(kept)) == 7


def test_what_is_held_back_was_not_seen(kept: Kept) -> None:
    [first, second] = kept.reviews()
    kept.at_desk(first).get(f"/review/{first.id}")
    kept.report(first)
    kept.at_desk(second).get(f"/review/{second.id}")
    assert [title for title, _ in looks(kept)].count("Our circle") == 1


def test_own_visits_are_not_noted(kept: Kept) -> None:
    mine = kept.desk.browser
    page = mine.get(f"/evidence/submission/{kept.submission().id}").text
    for url in links(page):
        fetched(kept, url)
    assert kept.rows(ArtifactView) == []
    assert "Nobody but you" in mine.get("/keeping/").text


def test_the_teacher_reads_who_without_names_of_reviewers(kept: Kept) -> None:
    [first, second] = kept.reviews()
    for review in (first, second):
        kept.at_desk(review).get(f"/review/{review.id}")
    kept.report(first)
    boss, runner = kept.coordinator(), kept.facilitator()
    for browser in (boss, runner):
        browser.get(f"/privacy/{kept.hold().id}")
    page = kept.desk.browser.get("/keeping/").text
    cells = re.findall(r"<td>([^<]+)</td><td>([^<]+)</td>", page)
    assert ("your coordinator Dana Okafor", "while settling a privacy problem") in cells
    assert ("Fay Lindgren, who runs the course", "while settling a privacy problem") in cells
    assert cells.count(("a reviewer", "while reviewing")) == 2, "one line per piece, however many reviewers"
    assert not any(person.label in page for person in kept.reviewers)
    assert "Ada Teacher" not in page.split("<main")[1], "oneself is left out"


def test_a_coordinator_who_also_reviews_stays_a_reviewer(kept: Kept) -> None:
    kept.world.grant(kept.dana, "reviewer")
    [first, _] = kept.reviews()
    kept.report(first)
    kept.coordinator().get(f"/privacy/{kept.hold().id}")
    assert "Dana" not in kept.desk.browser.get("/keeping/").text


def test_others_do_not_read_it(kept: Kept) -> None:
    [first, _] = kept.reviews()
    kept.at_desk(first).get(f"/review/{first.id}")
    assert "Our circle" not in kept.at_desk(first).get("/keeping/").text


def test_called_by_any_page(kept: Kept) -> None:
    ids = [row.id for row in kept.rows(Artifact)]
    with kept.tool.database.unit() as session:
        assert seen(session, kept.tool, viewer_id=kept.dana.id, artifact_ids=ids, page="portfolio") == len(ids)
        assert seen(session, kept.tool, viewer_id=kept.dana.id, artifact_ids=ids, page="portfolio") == 0
        assert seen(session, kept.tool, viewer_id=kept.desk.ada.id, artifact_ids=ids, page="portfolio") == 0
    note_seen(kept.tool, viewer_id=kept.dana.id, artifact_ids=[*ids, kept.dana.id], page="check")
    assert len(kept.rows(ArtifactView)) == 2 * len(ids)
