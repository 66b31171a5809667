"""Moodle: one deployment for each registration, services at its own address, submission reviews on every link."""

from __future__ import annotations

import base64
import json
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

    after_update = (
        "In Moodle, under Manage tools, edit the tool and set “Tool configuration usage” to “Show in activity chooser and as a "
        "preconfigured tool” again. Moodle has just set it back, and teachers who add activities do not see the tool until then.",
    )
    instead_of_a_second = (
        "To bring that one up to date, close this page, paste the address into Moodle once more, and choose “Update” where Moodle asks."
    )
    switch_off = (
        "In Moodle, under Manage tools, edit the tool with the old client ID and set “Tool configuration usage” to “Do not show”, "
        "so that nobody adds it to a course any more."
    )

    def updates(self, token: str) -> bool:
        """Its scope says so. The token is read unverified: all that follows is a question to Moodle itself."""
        try:
            claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        except (ValueError, IndexError, RecursionError):
            return False
        return isinstance(claims, dict) and claims.get("scope") == "reg-update"

    def owns(self, issuer: str, url: str) -> bool:
        """Moodle serves everything from its own address."""
        return origin(issuer) == origin(url)

    def service_url(self, registration: Registration, url: str) -> str:
        """At Moodle's own address."""
        url = upgraded(url, registration.issuer)
        return url if origin(url) == origin(registration.issuer) else ""

    def messages(self, supported: Mapping[str, Collection[str] | None], target: str, label: str) -> list[dict[str, Any]]:
        """Moodle sends submission reviews though it does not list them."""
        found = super().messages({**supported, "LtiSubmissionReviewRequest": None}, target, label)
        return [{**message, "label": label} for message in found]
