"""Pages on which the teacher writes: self-assessment and answers. They save themselves; two windows never overwrite each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for

from lti_tool import tool
from lti_tool.evidence import service
from lti_tool.evidence.forms import DraftForm, answers_form, self_assessment_form
from lti_tool.evidence.policies import Part, questions_of
from lti_tool.evidence.queries import Saved, WorkOverview
from lti_tool.evidence.room import bp, crumbs, go, load, owner
from lti_tool.evidence.steps import following, steps
from lti_tool.inputs import page_name


@dataclass(frozen=True)
class Place:
    """One page of drafts: its step and its address."""

    step: str
    url: str

    def saved(self, work: WorkOverview) -> Mapping[str, Saved]:
        """What is saved of it, by key."""
        return work.own if self.step == "self" else work.answers


@bp.route("/work/<uuid:enrollment_id>/self-assess", methods=["GET", "POST"])
def self_assess(enrollment_id: UUID) -> str | Response | tuple[str, int]:
    """The teacher's own view on the rubric."""
    work = load(enrollment_id)
    place = Place("self", url_for("evidence.self_assess", enrollment_id=enrollment_id))
    return _answer(work, place, self_assessment_form(work.content.criteria)())


@bp.route("/work/<uuid:enrollment_id>/answers/<any(overview, reflection):part>", methods=["GET", "POST"])
def answers(enrollment_id: UUID, part: Part) -> str | Response | tuple[str, int]:
    """The written answers of one part."""
    work = load(enrollment_id)
    place = Place(part, url_for("evidence.answers", enrollment_id=enrollment_id, part=part))
    return _answer(work, place, answers_form(questions_of(work.content, part))())


def _answer(work: WorkOverview, place: Place, form: DraftForm) -> str | Response | tuple[str, int]:
    if request.method == "POST":
        return _save(work, place, form)
    if not work.editable:
        return go("work", enrollment_id=work.enrollment_id, said="evidence.locked")
    for key, saved in place.saved(work).items():
        if key in form.keys:
            form[f"text_{key}"].data = saved.text
            if f"level_{key}" in form and saved.level is not None:
                form[f"level_{key}"].data = str(saved.level)
    return _page(work, place, form)


def _page(work: WorkOverview, place: Place, form: DraftForm, stale: tuple[str, ...] = ()) -> str:
    saved = place.saved(work)
    for key in form.keys:  # whoever sends this page on has seen what is saved now
        form[f"seen_{key}"].data = str(saved[key].revision) if key in saved else "0"
    form.page.data = page_name()
    all_steps = steps(work)
    number = next(n for n, step in enumerate(all_steps) if step.key == place.step)
    return render_template(
        "evidence/self_assess.html" if place.step == "self" else "evidence/answers.html",
        work=work,
        crumbs=crumbs(work, (all_steps[number].label, None)),
        steps=all_steps,
        number=number,
        form=form,
        place=place,
        questions=questions_of(work.content, place.step) if place.step in ("overview", "reflection") else (),  # type: ignore[arg-type]
        saved_at=max((saved[key].saved_at for key in form.keys if key in saved), default=None),
        theirs={key: saved[key] for key in stale},
    )


def _save(work: WorkOverview, place: Place, form: DraftForm) -> Response | tuple[str, int]:
    here = tool.current()
    if not form.validate():
        return _page(work, place, form), 422
    keep = service.save_self_assessment if place.step == "self" else service.save_answers
    try:
        with here.database.unit() as session:
            keep(session, here, owner(), work.enrollment_id, form.drafts(), page=form.page.data or page_name())
    except service.Stale as stale:
        return _page(load(work.enrollment_id), place, form, stale.keys), 409
    if "X-Autosave" in request.headers:
        return Response(status=204, headers={"X-Saved-At": here.clock().isoformat()})
    address = following(work, place.step).url if "next" in request.form else place.url
    return redirect(f"{address}?said=evidence.saved", 303)  # type: ignore[return-value]
