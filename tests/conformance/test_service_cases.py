"""Whose a score is (M), from two tenants' launches on; the rest of M stands with grading and platforms, see `rows.py`."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urljoin

from lxml import html
from sqlalchemy import select

from lti_tool.catalog.models import Activity
from lti_tool.evidence.models import Enrollment
from lti_tool.grading.outcomes import desire_score
from lti_tool.grading.policies import Score
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from tests.conformance.conftest import Browser, LiveTool, published
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.platform import Platform
from tests.factories.world import World


def test_m188_a_score_is_for_the_person_whose_visit_it_was(
    live: LiveTool, builder: World, platform: Platform, other: Platform, browser: Browser, second_browser: Browser
) -> None:
    """Two tenants with the same ids for everything, and a form that names the other's person."""

    def begun(who: Browser, where: Platform, activity_key: str, **named: str) -> None:
        answer = who.launch(where, custom={"activity": activity_key})
        page = who.session.get(live.url + answer.headers["Location"], timeout=20)
        [form] = html.fromstring(page.content).xpath("//form[contains(@action, '/start')]")
        fields = {**dict(form.form_values()), **named}
        assert who.session.post(urljoin(page.url, form.action), data=fields, timeout=20).status_code == 200

    [mine], [theirs] = published(builder, platform, "Mine"), published(builder, other, "Theirs")
    begun(browser, platform, mine.activity_key)
    with live.here.database.read() as session:
        victim = session.scalars(select(Person).join(Registration).where(Registration.issuer == platform.issuer)).one()
    named = {"person_id": str(victim.id), "user_id": victim.sub, "userId": victim.sub, "registration_id": str(victim.registration_id)}
    begun(second_browser, other, theirs.activity_key, **named)
    strange = second_browser.launch(other, sub="user-2", custom={"activity": mine.activity_key}, resource_link={"id": "link-2"})
    assert_readable(second_browser.session.get(live.url + strange.headers["Location"], timeout=20))
    with live.here.database.unit() as session:
        work = session.execute(
            select(Enrollment, Activity, Person)
            .join(Activity, Activity.id == Enrollment.activity_id)
            .join(Person, Person.id == Enrollment.person_id)
            .where(Person.registration_id.in_(select(Registration.id).where(Registration.issuer.in_([platform.issuer, other.issuer]))))
        ).all()
        assert len(work) == 2
        for enrollment, activity, person in work:
            row = desire_score(
                session, live.here, activity, enrollment, Score(Decimal(1), Decimal(1)), comment="", submitted_at=live.clock()
            )
            assert (row.person_id, row.registration_id, row.district_id) == (person.id, person.registration_id, person.district_id)
