"""Addresses of Moodle's services."""

from __future__ import annotations

from lti_tool.practice_lms.models import LineItem
from lti_tool.practice_lms.world import School

from .base import Scene


def column_url(school: School, column: LineItem) -> str:
    """The AGS id of a line item; the tool's type id stays in its query."""
    type_id = school.registrations[column.client_id].type_id
    return f"{school.issuer}/mod/lti/services.php/{column.course_id}/lineitems/{column.number}/lineitem?type_id={type_id}"


def memberships_url(scene: Scene) -> str:
    """The roster's address of the launch's course."""
    course = scene.course.number if scene.course else 0
    return f"{scene.school.issuer}/mod/lti/services.php/CourseSection/{course}/bindings/{scene.registration.type_id}/memberships"
