"""What a launch says of the rows that we keep: person, course, link, membership. Asks nobody and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lti_tool.http import origin
from lti_tool.launch import asking
from lti_tool.launch.login import LAUNCH_PATH
from lti_tool.launch.names import label_for
from lti_tool.launch.state import short_digest
from lti_tool.launch.wall import Launch
from lti_tool.platforms import vendors
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Said:
    """What is said of one row, but for the ids of other rows. `keep` are set once; `also` was said, too, and is not kept."""

    values: dict[str, Any]
    keep: tuple[str, ...] = ()
    also: object = None

    @cached_property
    def told(self) -> str:
        """A digest: the same again need not be written again."""
        return short_digest(repr((self.values, self.keep, self.also)))


@dataclass(frozen=True)
class Sayings:
    """All that a launch says. No course: no membership and no link either."""

    rights: list[str]
    person: Said
    context: Said | None
    link: Said | None
    membership: Said | None


def of(launch: Launch) -> Sayings:
    """What this launch says."""
    facts, standing = launch.facts, launch.standing
    rights = asking.rights(launch.wanted, standing) if facts.deep_linking else list(standing.rights)
    person = Said(
        {
            "label": label_for(facts.person.name, facts.person.sub),
            "given_name": facts.person.given_name,
            "family_name": facts.person.family_name,
            "email": facts.person.email,
            "locale": facts.locale,
            "is_test": standing.is_test,
        },
        also=standing.administers,
    )
    if facts.context is None:
        return Sayings(rights, person, None, None, None)
    return Sayings(
        rights, person, _context(launch), _link(launch), Said({"roles": list(facts.roles), "rights": rights, "source": "launch"})
    )


def _context(launch: Launch) -> Said:
    facts = launch.facts
    assert facts.context is not None  # noqa: S101
    keep = []
    if not facts.history:
        keep.append("history")  # a notice may have told it
    if facts.deep_linking and not facts.services.memberships:
        keep.append("memberships_url")  # Canvas names it in other messages only
    values = {
        "title": facts.context.title,
        "label": facts.context.label,
        "lineitems_url": launch.allowed(facts.services.lineitems),
        "memberships_url": launch.allowed(facts.services.memberships),
        "service_scopes": list(facts.services.scopes),
        "history": list(facts.history),
    }
    return Said(values, tuple(keep), also=facts.deployment_id)


def _link(launch: Launch) -> Said | None:
    facts = launch.facts
    if facts.link is None or facts.context is None or not vendors.of(launch.registration).is_own_link(facts.context.id, facts.link.id):
        return None
    return Said({"title": facts.link.title, "lineitem_url": launch.allowed(facts.services.lineitem), "custom": facts.custom})


def landing(here: Tool, launch: Launch) -> dict[str, Any]:
    """What the landing page needs to know of the message; kept with the frame."""
    facts, ours = launch.facts, here.settings.base_url
    deep = facts.deep_linking
    return {
        "message_type": facts.message_type,
        "custom": facts.custom,
        "target_link_uri": facts.target_link_uri if origin(facts.target_link_uri) == origin(ours) else ours + LAUNCH_PATH,
        "deep_linking": None
        if deep is None
        else {
            "return_url": launch.allowed(deep.return_url),
            "data": deep.data,
            "wants": launch.wanted,
            "accept_types": list(deep.accept_types),
            "media_types": list(deep.media_types),
            "accept_multiple": deep.accept_multiple,
            "accept_lineitem": launch.takes_columns,
            "auto_create": deep.auto_create,
            "document_targets": list(deep.document_targets),
            "title": deep.title,
            "text": deep.text,
        },
        "deployment_id": facts.deployment_id,
        "for_user": facts.for_user,
        "return_url": facts.return_url if origin(facts.return_url) else "",
        "placement": launch.placement,
        "locale": facts.locale,
        "lineitem_url": launch.allowed(facts.services.lineitem),
        "scopes": list(facts.services.scopes),
        "platform_name": facts.platform_name,
        "in_course": facts.context is not None and facts.context.is_course,
        "roles": list(facts.roles),
        "named": bool(facts.person.name),
        "mailed": bool(facts.person.email),
        "roster": bool(launch.allowed(facts.services.memberships)),
        "clock_difference": round(launch.clock_difference),
        "proof": "cookie" if launch.by_cookie else "storage",
        "storage_offered": bool(launch.state and launch.state.storage_target),
        "new_deployment": launch.deployment is None,
    }
