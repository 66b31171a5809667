"""The steps of the work, as its pages show them: where each is, what it lacks, which comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from lti_tool.evidence.policies import Missing, Step
from lti_tool.evidence.queries import WorkOverview
from lti_tool.language import later


@dataclass(frozen=True)
class WorkStep:
    """One step. `count` is what it still lacks; `begun` whether something is there."""

    key: str
    label: str
    url: str
    count: int
    begun: bool

    @property
    def done(self) -> bool:
        """Whether it lacks nothing."""
        return self.begun and not self.count


LABELS = (
    later("Read"),
    later("Assess yourself"),
    later("Overview questions"),
    later("Evidence"),
    later("Reflection"),
    later("Check and submit"),
)


def steps(work: WorkOverview) -> tuple[WorkStep, ...]:
    """All six, in order."""
    answered = {key for key, saved in work.answers.items() if saved.text}

    def url(endpoint: str, **values: Any) -> str:
        return url_for(f"evidence.{endpoint}", enrollment_id=work.enrollment_id, **values)

    def part(key: Step, label: str, address: str, begun: bool) -> WorkStep:
        return WorkStep(key, label, address, len(work.missing_in(key)), begun)

    open_requirement = next((one.key for one in work.missing if one.step == "evidence"), work.content.evidence[0].key)
    return (
        WorkStep("read", LABELS[0], url("read"), 0, bool(work.own or answered or work.artifacts)),
        part("self", LABELS[1], url("self_assess"), bool(work.own)),
        part("overview", LABELS[2], url("answers", part="overview"), any(q.key in answered for q in work.content.overview_questions)),
        part("evidence", LABELS[3], url("requirement", key=open_requirement), bool(work.artifacts)),
        part("reflection", LABELS[4], url("answers", part="reflection"), any(q.key in answered for q in work.content.reflection_questions)),
        WorkStep("check", LABELS[5], url("check"), 1 if work.missing else 0, False),
    )


def following(work: WorkOverview, key: str) -> WorkStep:
    """The step after this one; the last one after itself."""
    all_steps = steps(work)
    place = next(number for number, step in enumerate(all_steps) if step.key == key)
    return all_steps[min(place + 1, len(all_steps) - 1)]


def place_of(work: WorkOverview, missing: Missing) -> str:
    """The address at which a missing thing can be put right."""
    if missing.step == "evidence":
        return url_for("evidence.requirement", enrollment_id=work.enrollment_id, key=missing.key)
    if missing.step == "self":
        return url_for("evidence.self_assess", enrollment_id=work.enrollment_id, _anchor=f"level_{missing.key}")
    return url_for("evidence.answers", enrollment_id=work.enrollment_id, part=missing.step, _anchor=f"text_{missing.key}")
