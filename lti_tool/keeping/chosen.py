"""What a person has chosen to tell colleagues, and the cohorts that they were invited to; for their export."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.district.cohorts.models import Cohort, CohortMember, CommunityPost
from lti_tool.district.skills.models import SkillProfile, SkillShown
from lti_tool.launch.models import Context


def gather(session: Session, *, district_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Parts of the export, by name."""
    return {
        "found_by_skill": _found(session, district_id, person_id),
        "cohorts": [
            {
                "name": cohort.name,
                "words": cohort.words,
                "state": member.state,
                "invited_at": member.invited_at,
                "answered_at": member.answered_at,
                "reminders": member.reminders,
                "reminded_at": member.reminded_at,
            }
            for member, cohort in session.execute(
                select(CohortMember, Cohort)
                .join(Cohort, Cohort.id == CohortMember.cohort_id)
                .where(CohortMember.person_id == person_id, CohortMember.district_id == district_id)
                .order_by(CohortMember.invited_at, CohortMember.id)
            )
        ],
        "told_to_courses": [
            {
                "course": course,
                "microcredential": title,
                "helps": post.helps,
                "looks_for_a_partner": post.seeks,
                "shows_email": post.shows_email,
                "also_when_earned": post.keeps_on,
                "note": post.note,
                "changed_at": post.changed_at,
                "hidden_at": post.hidden_at,
                "hidden_because": post.hidden_reason,
            }
            for post, course, title in session.execute(
                select(CommunityPost, Context.title, Microcredential.title)
                .join(Context, Context.id == CommunityPost.context_id)
                .join(Microcredential, Microcredential.id == CommunityPost.microcredential_id)
                .where(CommunityPost.person_id == person_id, CommunityPost.district_id == district_id)
                .order_by(CommunityPost.changed_at, CommunityPost.id)
            )
        ],
    }


def _found(session: Session, district_id: UUID, person_id: UUID) -> dict[str, Any] | None:
    mine = SkillProfile.person_id == person_id, SkillProfile.district_id == district_id
    profile = session.scalars(select(SkillProfile).where(*mine)).one_or_none()
    if profile is None:
        return None
    titles = session.scalars(
        select(MicrocredentialVersion.title)
        .join(Award, Award.version_id == MicrocredentialVersion.id)
        .join(SkillShown, SkillShown.award_id == Award.id)
        .where(SkillShown.person_id == person_id)
        .order_by(MicrocredentialVersion.title)
    )
    return {
        "found": profile.is_found,
        "mentors": profile.mentors,
        "leads": profile.leads,
        "classroom_visits": profile.visits,
        "note": profile.note,
        "by_every_badge": profile.every_badge,
        "by_badges": list(titles),
        "changed_at": profile.changed_at,
    }
