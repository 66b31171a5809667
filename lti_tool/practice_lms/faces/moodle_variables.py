"""Custom value substitution as Moodle does it: every name twice, unsupported variables literal, unset ones empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lti_tool.practice_lms.lti import MEMBERSHIP_READ
from lti_tool.practice_lms.models import SUBMISSION_REVIEW

from .base import Scene
from .moodle_urls import column_url, memberships_url

# Custom parameters with these names end up in the AGS claim instead.
_MOVED = {
    "lineitem_url": "lineitem",
    "lineitems_url": "lineitems",
    "result_url": "result",
    "results_url": "results",
    "score_url": "score",
    "scores_url": "scores",
    "gradebookservices_scope": "scope",
}


def _named(value: Callable[[Scene], str]) -> Callable[[Scene], str | None]:
    return lambda scene: value(scene) if scene.registration.privacy in ("public", "name_only") else None


def _role(scene: Scene) -> str:
    if scene.person.admin:
        return "Instructor,urn:lti:sysrole:ims/lis/Administrator,urn:lti:instrole:ims/lis/Administrator"
    kind = scene.course.members.get(scene.person.key) if scene.course else None
    return "Instructor" if kind in ("instructor", "assistant") else "Learner"


def _column_url(scene: Scene) -> str:
    return column_url(scene.school, scene.column) if scene.column else ""


VARIABLES: dict[str, Callable[[Scene], Any]] = {
    "Context.id": lambda s: s.course.context_id if s.course else "",
    "Context.label": lambda s: s.course.label if s.course else "",
    "Context.title": lambda s: s.course.title if s.course else "",
    "Context.id.history": lambda s: ",".join(s.course.history) if s.course else "",
    "CourseSection.sourcedId": lambda s: s.course.sis_id if s.course else "",
    "CourseSection.label": lambda s: s.course.label if s.course else "",
    "CourseSection.title": lambda s: s.course.title if s.course else "",
    "ResourceLink.id": lambda s: s.item.resource_link_id if s.item else "",
    "ResourceLink.title": lambda s: s.item.title if s.item else "",
    "ResourceLink.description": lambda s: s.item.text if s.item else "",
    "User.id": lambda s: str(s.person.number),
    "User.username": lambda s: s.person.login,
    "Person.name.full": _named(lambda s: s.person.name),
    "Person.name.given": _named(lambda s: s.person.given),
    "Person.name.family": _named(lambda s: s.person.family),
    "Person.email.primary": lambda s: s.person.email if s.registration.privacy in ("public", "email_only") else None,
    "Person.sourcedId": lambda s: s.person.sis_id,
    "Person.address.timezone": lambda _: "America/Chicago",
    "Membership.role": _role,
    "Moodle.Person.userGroupIds": lambda _: "",
    "LineItem.url": _column_url,
}


def _scalar(value: str) -> str:
    """One line without tags: what Moodle keeps of a custom value."""
    return re.sub(r"<[^>]*>", "", value.partition("\n")[0])


def expand(scene: Scene) -> tuple[dict[str, Any], dict[str, str]]:
    """The custom claim, and the values that moved into the AGS claim."""
    custom: dict[str, Any] = {}
    moved: dict[str, str] = {}
    templates = scene.custom_templates()
    if scene.launch.message == SUBMISSION_REVIEW and scene.column and scene.column.submission_review:
        own = scene.column.submission_review.get("custom") or {}
        templates |= {str(name): str(value) for name, value in own.items()}
    for name, template in templates.items():
        value: Any = _scalar(template)
        if template.startswith("$") and template[1:] in VARIABLES:
            value = VARIABLES[template[1:]](scene)
        if name in _MOVED:
            moved[_MOVED[name]] = value or ""
            continue
        custom[re.sub(r"[^a-z0-9]", "_", name.lower())] = value
        custom[name] = value
    if MEMBERSHIP_READ in scene.registration.scopes and scene.course is not None:
        custom["context_memberships_url"] = memberships_url(scene)
    return custom, moved
