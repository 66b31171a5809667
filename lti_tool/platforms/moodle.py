"""Moodle: one deployment for each registration, services at its own address, submission reviews on every link."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from lti_tool.http import origin
from lti_tool.language import N_
from lti_tool.platforms.base import Vendor, upgraded
from lti_tool.platforms.models import Registration


class Moodle(Vendor):
    """Moodle, wherever it stands."""

    key = "moodle"
    title = "Moodle"
    reviews_name_nobody = True
    next_steps = (
        N_("In Moodle, under Site administration, Plugins, External tool, Manage tools: press “Activate” on the new tool."),
        N_(
            "Then edit the tool and set “Tool configuration usage” to “Show in activity chooser and as a preconfigured tool”. Without "
            "this, teachers do not see it."
        ),
        N_("In a course, add the activity “Microcredentials” and press “Select content”."),
    )
    fixes: ClassVar[Mapping[str, str]] = {
        **Vendor.fixes,
        "registration": N_(
            "LMS administrator: in Moodle, under Manage tools, press “Activate” on the tool if it is pending. Then open it once."
        ),
        "deployment": N_("LMS administrator: in Moodle, under Manage tools, press “Activate” on the tool, and open it once from a course."),
        "token": N_(
            "LMS administrator: in Moodle, under Manage tools, make sure that the tool is active and that its public keyset is the "
            "address above. Moodle’s server calls only ports 80 and 443 and no private address unless HTTP security says otherwise."
        ),
        "names": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Privacy, set “Share launcher’s name with tool” to “Always”."
        ),
        "emails": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Privacy, set “Share launcher’s email with tool” to “Always”."
        ),
        "activity": N_(
            "Course designer: in a course, add the activity and open it to try. If it is not in the activity chooser, LMS "
            "administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool (the "
            "gear). Set “Tool configuration usage” to “Show in activity chooser and as a preconfigured tool”."
        ),
        "choosing": N_(
            "Course designer: in a course, add the activity and press “Select content” to try. If that button is missing, LMS "
            "administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool (the "
            "gear). Tick “Supports Deep Linking (Content-Item Message)”."
        ),
        "review": N_("Instructor: in the gradebook, open the grade analysis of somebody’s grade to try."),
        "column": N_(
            "Course designer: in Moodle, edit the activity, choose its microcredential with points, save, then open it once. The "
            "privacy setting “Accept grades from the tool” must allow it."
        ),
        "scores": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Services, set “IMS LTI Assignment and Grade Services” to “Use this service for grade sync and column "
            "management”. Under Privacy, set “Accept grades from the tool” to “Always”."
        ),
        "columns": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Services, set “IMS LTI Assignment and Grade Services” to “Use this service for grade sync and column "
            "management”."
        ),
        "results": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Services, set “IMS LTI Assignment and Grade Services” to “Use this service for grade sync and column "
            "management”."
        ),
        "roster": N_(
            "LMS administrator: in Moodle, Site administration, Plugins, Activity modules, External tool, Manage tools, edit the tool "
            "(the gear). Under Services, set “IMS LTI Names and Role Provisioning” to “Use this service to retrieve members’ "
            "information as per privacy settings”."
        ),
    }

    after_update = (
        N_(
            "In Moodle, under Manage tools, edit the tool and set “Tool configuration usage” to “Show in activity chooser and as a "
            "preconfigured tool” again. Moodle has just set it back, and teachers who add activities do not see the tool until then."
        ),
    )
    instead_of_a_second = N_(
        "To bring that one up to date, close this page, paste the address into Moodle once more, and choose “Update” where Moodle asks."
    )
    switch_off = N_(
        "In Moodle, under Manage tools, edit the tool with the old client ID and set “Tool configuration usage” to “Do not show”, so "
        "that nobody adds it to a course any more."
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

    def front_door(self, registration: Registration) -> str:
        """Its own address, which is its issuer."""
        return registration.issuer

    def course_url(self, registration: Registration, context_id: str, service_url: str) -> str:
        """A context's id is Moodle's own number of the course."""
        del service_url
        return f"{registration.issuer}/course/view.php?id={context_id}" if context_id.isascii() and context_id.isdigit() else ""

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
