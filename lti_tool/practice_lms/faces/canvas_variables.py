"""Custom value substitution as Canvas does it: what cannot be resolved stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from lti_tool.practice_lms.lti import MEMBERSHIP
from lti_tool.practice_lms.models import Item

from .base import Scene
from .canvas_roles import membership_roles

_INSIDE = re.compile(r"\$\{([A-Za-z][\w.]*)\}")


def _roles(scene: Scene) -> str:
    kind = scene.course.members.get(scene.person.key) if scene.course else None
    return ",".join(role.replace(MEMBERSHIP, "").lstrip("#/") for role in membership_roles(kind)) if kind else ""


def _assignment(scene: Scene) -> Item | None:
    item = scene.item
    return item if item is not None and (scene.column is not None or item.kind == "assignment") else None


VARIABLES: dict[str, Callable[[Scene], Any]] = {
    "Context.id": lambda s: s.course.context_id if s.course else s.school.account_context_id,
    "Context.title": lambda s: s.course.title if s.course else s.school.name,
    "Context.id.history": lambda s: ",".join(s.course.history) if s.course and not s.school.mood.history_unknown else None,
    "Activity.id.history": lambda s: ",".join(s.item.ancestors) if s.item and s.column else None,
    "ResourceLink.id": lambda s: s.item.resource_link_id if s.item else None,
    "ResourceLink.title": lambda s: s.item.title if s.item else None,
    "ResourceLink.description": lambda s: s.item.text if s.item else None,
    "LineItem.resultValue.max": lambda s: f"{s.column.maximum:g}" if s.column else None,
    "com.instructure.Assignment.lti.id": lambda s: s.item.resource_link_id if s.item and s.column else None,
    "Canvas.assignment.id": lambda s: str(item.number) if (item := _assignment(s)) else None,
    "Canvas.assignment.title": lambda s: item.title if (item := _assignment(s)) else None,
    "com.instructure.Assignment.allowedFileExtensions": lambda s: (item.allowed_extensions or None) if (item := _assignment(s)) else None,
    "Canvas.assignment.pointsPossible": lambda s: f"{s.column.maximum:g}" if s.column else None,
    "Canvas.assignment.published": lambda s: str(s.item.published).lower() if s.item and s.column else None,
    "Canvas.course.id": lambda s: str(s.course.number) if s.course else None,
    "Canvas.course.name": lambda s: s.course.title if s.course else None,
    "Canvas.course.sisSourceId": lambda s: (s.course.sis_id or None) if s.course else None,
    "Canvas.course.workflowState": lambda s: "available" if s.course else None,
    "Canvas.api.domain": lambda s: urlsplit(s.school.issuer).netloc,
    "Canvas.api.baseUrl": lambda s: s.school.issuer,
    "Canvas.account.name": lambda s: s.school.name,
    "Canvas.user.id": lambda s: str(s.person.number),
    "Canvas.user.loginId": lambda s: s.person.login,
    "Canvas.user.sisSourceId": lambda s: s.person.sis_id or None,
    "Canvas.user.isRootAccountAdmin": lambda s: str(s.person.admin).lower(),
    "vnd.instructure.User.uuid": lambda s: s.person.sub,
    "User.id": lambda s: s.person.sub,
    "User.username": lambda s: s.person.login,
    "Person.name.full": lambda s: s.person.name,
    "Person.name.display": lambda s: s.person.name,
    "Person.name.given": lambda s: s.person.given,
    "Person.name.family": lambda s: s.person.family,
    "Person.email.primary": lambda s: s.person.email,
    "Person.sourcedId": lambda s: s.person.sis_id or None,
    "Person.address.timezone": lambda _: "America/Denver",
    "Message.locale": lambda scene: scene.person.locale,
    "Membership.role": _roles,
    "ToolConsumerInstance.guid": lambda s: f"{s.school.guid}:canvas-lms",
    "com.instructure.User.student_view": lambda s: str(s.person.test_user).lower(),
    "com.instructure.contextLabel": lambda s: s.course.label if s.course else None,
}


def _resolve(scene: Scene, name: str, literal: str) -> str:
    value = VARIABLES[name](scene) if name in VARIABLES else None
    return literal if value is None else str(value)


def expand(scene: Scene) -> dict[str, str]:
    """The custom claim of a launch."""
    expanded = {}
    for name, value in scene.custom_templates().items():
        if value.startswith("$") and not value.startswith("${"):
            expanded[name] = _resolve(scene, value[1:], value)
        else:
            expanded[name] = _INSIDE.sub(lambda match: _resolve(scene, match[1], match[0]), value)
    return expanded
