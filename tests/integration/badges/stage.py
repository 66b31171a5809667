"""A district with one earned badge: the teacher, a stranger's browser, and two people who run badges."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

from lti_tool.badges import queries, service
from lti_tool.badges.models import Award
from lti_tool.launch.models import Person
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World


class Earned:
    """A teacher with one award, her browser in the frame and a stranger's outside."""

    def __init__(self, world: World, tool: Tool, *, is_test: bool = False, **content: Any) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.context = world.context(self.registration)
        self.teacher = world.person(self.registration, "Ada Teacher")
        self.version = world.version(self.registration.district_id, **content)
        self.activity = world.activity(self.context, self.version)
        self.enrollment = world.enrollment(self.activity, self.teacher, state="earned")
        with tool.database.unit() as session:
            self.id = service.award(session, tool, enrollment_id=self.enrollment.id, decided_at=tool.clock(), is_test=is_test).id
        self.browser: FrameBrowser = world.browser(self.teacher, "earner", activity=self.activity)
        self.own = f"{self.browser.prefix}/badges/{self.id}"
        self.stranger: FlaskClient = world.app.test_client()

    @property
    def row(self) -> Award:
        with self.tool.database.read() as session:
            return session.get_one(Award, self.id)

    @property
    def address(self) -> str:
        return f"/badges/{self.row.public_id}"

    @property
    def slug(self) -> str:
        with self.tool.database.read() as session:
            view = queries.own_award(session, district_id=self.teacher.district_id, person_id=self.teacher.id, award_id=self.id)
        assert view is not None
        return view.issuer_slug

    @property
    def credential(self) -> dict[str, Any]:
        return json.loads(self.row.credential or b"null")  # type: ignore[no-any-return]

    def show(self, public: bool = True) -> None:
        with self.tool.database.unit() as session:
            service.set_public(
                session, self.tool, district_id=self.teacher.district_id, person_id=self.teacher.id, award_id=self.id, public=public
            )

    def read(self, address: str) -> Any:
        """What a program reads at an absolute address of ours."""
        answer = self.stranger.get(address.removeprefix(self.tool.settings.base_url))
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.get_json(force=True)

    def published(self, *more: str) -> dict[str, Any]:
        """The documents that a verifier of this badge fetches: the issuer's DID document, the status list, and `more`."""
        base = self.tool.settings.base_url
        credential = self.credential
        lists = [credential["credentialStatus"]["statusListCredential"], *more]
        found = {url: self.read(url) for url in lists}
        return {credential["issuer"]["id"]: self.read(f"{base}/issuers/{self.slug}/did.json"), **found}

    def official(self, name: str = "Cora Coordinator") -> tuple[Person, FrameBrowser]:
        """Somebody who runs the console of this district."""
        person = self.world.person(self.registration, name)
        return person, self.world.browser(person, "console", activity=self.activity)
