"""Moodle: one deployment for each registration, services at its own address, submission reviews on every link."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lti_tool.http import origin
from lti_tool.platforms.base import Vendor, upgraded
from lti_tool.platforms.models import Registration


class Moodle(Vendor):
    """Moodle, wherever it stands."""

    key = "moodle"
    title = "Moodle"
    reviews_name_nobody = True
    next_steps = (
        "In Moodle, under Site administration, Plugins, External tool, Manage tools: press “Activate” on the new tool.",
        "Then edit the tool and set “Tool configuration usage” to “Show in activity chooser and as a preconfigured tool”. "
        "Without this, teachers do not see it.",
        "In a course, add the activity “Microcredentials” and press “Select content”.",
    )

    def owns(self, issuer: str, url: str) -> bool:
        """Moodle serves everything from its own address."""
        return origin(issuer) == origin(url)

    def service_url(self, registration: Registration, url: str) -> str:
        """At Moodle's own address."""
        url = upgraded(url, registration.issuer)
        return url if origin(url) == origin(registration.issuer) else ""

    def frame_ancestors_of_login(self, registration: Registration) -> list[str]:
        """Moodle shows its courses at the issuer's address and nowhere else."""
        return [origin(registration.issuer)]

    def messages(self, supported: Mapping[str, Collection[str] | None], target: str, label: str) -> list[dict[str, Any]]:
        """Moodle sends submission reviews though it does not list them."""
        found = super().messages({**supported, "LtiSubmissionReviewRequest": None}, target, label)
        return [{**message, "label": label} for message in found]
