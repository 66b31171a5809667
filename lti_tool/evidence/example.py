"""The demo's example: a sample teacher's finished work, put into a draft."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import Any

from lti_tool.catalog import samples
from lti_tool.errors import not_found
from lti_tool.evidence import artifacts, service
from lti_tool.evidence.queries import WorkOverview
from lti_tool.evidence.service import Draft, Owner
from lti_tool.evidence.uploads import received
from lti_tool.tool import Tool


def fill(here: Tool, owner: Owner, work: WorkOverview) -> None:
    """Write the example wherever the draft is empty. Raises Problem(not_found, conflict)."""
    sample = samples.sample(work.microcredential_key)
    if sample is None:
        raise not_found("no example for this microcredential")
    example, content, page = sample.example, work.content, "example"
    questions = {q.key for q in content.overview_questions + content.reflection_questions}
    empty = {one.key for one in content.evidence if not work.pieces(one.key)}
    answers = {
        key: Draft(text, work.answers[key].revision if key in work.answers else 0)
        for key, text in example.answers.items()
        if key in questions and not (key in work.answers and work.answers[key].text)
    }
    own = {
        key: Draft(rating.note, work.own[key].revision if key in work.own else 0, rating.level)
        for key, rating in example.self_assessment.items()
        if key in {one.key for one in content.criteria} and not (key in work.own and work.own[key].level is not None)
    }
    with ExitStack() as files, here.database.unit() as session:
        service.save_answers(session, here, owner, work.enrollment_id, answers, page=page)
        service.save_self_assessment(session, here, owner, work.enrollment_id, own, page=page)
        for piece in example.evidence:
            if piece.requirement not in empty:
                continue
            criteria = content.requirement(piece.requirement).criteria
            given: dict[str, Any] = {"title": piece.title, "text": piece.text, "students": piece.students, "criteria": criteria}
            if piece.kind == "file":
                file = files.enter_context(received(here, io.BytesIO(piece.content.encode()), piece.filename))
                artifacts.add_file(session, here, owner, work.enrollment_id, piece.requirement, file=file, **given)
            elif piece.kind == "link":
                artifacts.add_link(session, here, owner, work.enrollment_id, piece.requirement, url=piece.url, **given)
            else:
                artifacts.add_text(session, here, owner, work.enrollment_id, piece.requirement, **given)
