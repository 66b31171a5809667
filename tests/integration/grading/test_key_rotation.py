"""Scores keep arriving while the tool's key changes: the LMS verifies by our published key set, over HTTP (M174)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from lti_tool.platforms import keys
from lti_tool.platforms.key_policies import LEAD, RETIRED_FOR
from lti_tool.platforms.models import AccessToken
from tests.integration.grading.conftest import Lms


def arrives(lms: Lms, given: int) -> str:
    """Earn a score, ask for a new token, pump; the kid that signed the request."""
    with lms.here.database.unit() as session:
        session.execute(delete(AccessToken))
    kid = keys.signing_pair(lms.here).kid
    lms.desire(lms.enrollment, given)
    lms.deliver(seconds=2)
    assert lms.cell().score == given
    return kid


@pytest.fixture
def lms(lms: Lms) -> Lms:
    lms.enrollment = lms.enrolled(lms.ada)  # type: ignore[attr-defined]
    return lms


@pytest.mark.parametrize("how", ["in time", "at once", "withdrawn"])
def test_m174_scores_arrive_before_during_and_after_a_rotation(lms: Lms, how: str) -> None:
    used = [arrives(lms, 10)]
    with lms.here.database.unit() as session:
        fresh = keys.rotate(session, lms.here, at_once=how != "in time", withdraw=how == "withdrawn")
    moments = [timedelta(0), LEAD / 2, LEAD / 2, LEAD, RETIRED_FOR, RETIRED_FOR]
    for given, later in enumerate(moments, 11):
        lms.clock.now += later
        used.append(arrives(lms, given))
    expected = [used[0]] * (3 if how == "in time" else 1)
    assert used == expected + [fresh.kid] * (len(used) - len(expected))
    assert used[0] != fresh.kid
    assert lms.violations == []
