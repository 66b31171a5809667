"""What a deep linking request may ask us for, and who may ask. Pure."""

from __future__ import annotations

from collections.abc import Collection

from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.roles import Standing
from lti_tool.platforms.base import EMBED, HAND_IN, PLACE

OFFERED = {
    PLACE: ("ltiResourceLink",),
    HAND_IN: ("file", "ltiResourceLink"),
    EMBED: ("ltiResourceLink", "html", "link"),
}
"""Types of content items that we have, by what is asked for."""


def require(wanted: str, accept_types: Collection[str], standing: Standing) -> None:
    """Whether this person may ask for this, and something of ours fits.

    Whoever builds the course places and embeds; learners hand in their own work, and embed what is public of them.
    Raises LaunchRejected(deep_linking_role, deep_linking_learner, deep_linking_types).
    """
    learns = bool({"earner", "preview"} & set(standing.rights))
    if wanted == HAND_IN and not learns:
        raise LaunchRejected("deep_linking_learner")
    if not standing.places_content and not (wanted in (HAND_IN, EMBED) and learns):
        raise LaunchRejected("deep_linking_role")
    if not set(OFFERED[wanted]) & set(accept_types):
        raise LaunchRejected("deep_linking_types", f"nothing for {wanted} in accept_types")


def rights(wanted: str, standing: Standing) -> list[str]:
    """The rights of the visit: who builds the course may do so here though the LMS's role alone would not say it."""
    builds = standing.places_content and wanted != HAND_IN
    return sorted({*standing.rights, "designer"}) if builds else list(standing.rights)
