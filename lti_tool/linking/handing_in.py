"""Handing in: a learner picks files or a whole submission, and the browser carries the signed answer back to the LMS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from lti_tool import tool
from lti_tool.catalog.answering import asked_here, hand_over, way_back
from lti_tool.catalog.placing import ContentItem, Wishes
from lti_tool.language import _, later, listed
from lti_tool.linking import items, policies, queries, service
from lti_tool.linking.queries import OwnFile, OwnSubmission
from lti_tool.linking.room import CANCELLED, bp, launch_url
from lti_tool.platforms.base import HAND_IN
from lti_tool.web import frames

_TOO_MANY = later("Your school's LMS takes one thing at a time here. Choose one.")


@dataclass(frozen=True)
class Portfolio:
    """What the person has, as far as the place in the LMS takes it. `misfits`: why it does not take a file, by the file's id."""

    asked: Wishes
    files: tuple[OwnFile, ...]
    submissions: tuple[OwnSubmission, ...]
    allowed: tuple[str, ...]

    @cached_property
    def misfits(self) -> dict[UUID, str]:
        """Files that are not taken here."""
        found = {
            file.id: policies.misfit(file.filename, file.media_type, allowed=self.allowed, media_types=self.asked.media_types)
            for file in self.files
        }
        return {key: why for key, why in found.items() if why}

    def picked(self, values: list[str]) -> tuple[list[OwnFile], list[OwnSubmission]]:
        """The files and submissions that these values name."""
        return (
            [file for file in self.files if f"file:{file.id}" in values and file.id not in self.misfits],
            [work for work in self.submissions if f"work:{work.id}" in values],
        )


def _asked() -> Wishes:
    frames.require("earner", "preview")()
    return asked_here(HAND_IN)


def _portfolio(session: Session, asked: Wishes) -> Portfolio:
    frame = frames.current_frame()
    has_course = frame.context_id is not None
    return Portfolio(
        asked,
        queries.own_files(session, frame.district_id, frame.person_id) if "file" in asked.types else (),
        queries.own_submissions(session, frame.district_id, frame.person_id) if "ltiResourceLink" in asked.types and has_course else (),
        policies.extensions(str((frame.launch.get("custom") or {}).get("allowed_extensions", ""))),
    )


def _page(mine: Portfolio, picked: list[str], *, status: int = 200, problem: str = "") -> tuple[str, int]:
    frame = frames.current_frame()
    page = render_template(
        "linking/hand_in.html",
        mine=mine,
        picked=picked,
        kind="checkbox" if mine.asked.several else "radio",
        assignment=str((frame.launch.get("custom") or {}).get("assignment_title", ""))[:200],
        taken=listed(mine.allowed),
        minutes=policies.FILE_LIFE.seconds // 60,
        problem=problem,
        back=way_back(_(CANCELLED)),
    )
    return page, status


@bp.get("/hand-in")
def hand_in() -> tuple[str, int]:
    """GET: what one has to hand in."""
    asked = _asked()
    with tool.current().database.read() as session:
        return _page(_portfolio(session, asked), [])


@bp.post("/hand-in")
def hand_it_in() -> tuple[str, int]:
    """POST: give up, or sign what was picked and hand it over."""
    asked = _asked()
    if request.form.get("do") == "cancel":
        return hand_over(asked, [], said=_(CANCELLED), msg=_(CANCELLED))
    picked = list(dict.fromkeys(request.form.getlist("pick")))
    with tool.current().database.read() as session:
        mine = _portfolio(session, asked)
    if not picked:
        return _page(mine, picked, status=422, problem=_("Choose what to hand in."))
    if len(picked) > 1 and not asked.several:
        return _page(mine, picked[:1], status=422, problem=_TOO_MANY)
    files, works = mine.picked(picked)
    if len(files) + len(works) != len(picked):
        return _page(mine, picked, status=422, problem=_("One of these can’t be handed in any more. Look at your choice again."))
    if works and len(picked) > 1:
        return _page(mine, picked, status=422, problem=_("Choose either files or one whole submission, not both."))
    return _hand_over(asked, files, works)


def _hand_over(asked: Wishes, files: list[OwnFile], works: list[OwnSubmission]) -> tuple[str, int]:
    here, frame = tool.current(), frames.current_frame()
    own = {"district_id": frame.district_id, "person_id": frame.person_id}
    secrets = {file.id: service.new_address() for file in files}
    ends = here.clock() + policies.FILE_LIFE
    found: list[ContentItem] = [items.file_item(file, url=service.file_address(here, secrets[file.id]), expires_at=ends) for file in files]
    found += [items.submission_item(work, launch_url=launch_url()) for work in works]

    def keep(session: Session) -> None:
        for file in files:
            service.hand_file(session, here, **own, artifact_id=file.id, secret=secrets[file.id], expires_at=ends)
        for work in works:
            assert frame.context_id is not None  # noqa: S101 - without a course no submission is offered
            service.hand_submission(session, here, **own, context_id=frame.context_id, submission_id=work.id)

    names = [f"“{file.filename}”" for file in files] + [
        _("“%(title)s”, attempt %(attempt)s", title=work.title, attempt=work.attempt) for work in works
    ]
    said = _("Handing in %(names)s.", names=listed(names))
    return hand_over(asked, found, said=said, action="linking:work:hand_in", also=keep)
