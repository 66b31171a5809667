"""All awards of one person, as their own pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.badges import queries
from lti_tool.badges.queries import AwardView
from lti_tool.badges.standing import Standing, standing

MOST = 500
"""Awards on a page. Nobody earns as many; it only bounds the work."""


@dataclass(frozen=True)
class Held:
    """An award and how it stands today."""

    award: AwardView
    standing: Standing

    @property
    def counts(self) -> bool:
        """Whether it is valid."""
        return self.standing.state == "valid"


@dataclass(frozen=True)
class Collection:
    """Newest first. `hours` are those of awards that are not revoked: work that was done stays done when a badge expires."""

    held: tuple[Held, ...]

    @property
    def hours(self) -> int:
        """Hours of work, all in all."""
        return sum(one.award.content.hours for one in self.held if one.standing.state != "revoked")

    @property
    def shown(self) -> int:
        """How many of them others can see."""
        return sum(one.award.is_public for one in self.held)

    @property
    def issuers(self) -> tuple[str, ...]:
        """Who issued them."""
        return tuple(dict.fromkeys(one.award.issuer_name for one in self.held))

    @property
    def earner_name(self) -> str:
        """The name on them; empty without any."""
        return self.held[0].award.earner_name if self.held else ""


def collection(session: Session, *, district_id: UUID, person_id: UUID, now: datetime) -> Collection:
    """What this person has earned."""
    views = queries.own_awards(session, district_id=district_id, person_id=person_id, most=MOST)
    return Collection(tuple(Held(view, standing(view, now)) for view in views))
