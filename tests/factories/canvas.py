"""A Canvas for tests: messages in the shape that Canvas gives them, for a Canvas of one's own and for what Instructure hosts."""

from __future__ import annotations

from typing import Any

from pytest_httpserver import HTTPServer

from lti_tool.database import upsert
from lti_tool.platforms.models import PlatformKeySet, Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import AGS, INSTITUTION, INSTRUCTOR, LEARNER, MEMBERSHIP, NRPS, Platform

PRODUCTION, BETA, TEST = (f"https://canvas.{part}instructure.com" for part in ("", "beta.", "test."))
FIRST_CLIENT = "10000000000001"
"""The client id of the first developer key of every Canvas of one's own."""
SCOPES = [
    *(f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")),
    "https://canvas.instructure.com/lti-ags/progress/scope/show",
]
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
USER, MENTOR = SYSTEM + "User", MEMBERSHIP + "Mentor"
TEACHES, STUDIES = [INSTITUTION + "Instructor", INSTRUCTOR, USER], [INSTITUTION + "Student", LEARNER, USER]
OBSERVES, ADMINISTERS = [MENTOR, USER], [INSTITUTION + "Administrator", SYSTEM + "SysAdmin", USER]
STUDENT_VIEW = [LEARNER, USER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
ACCOUNT = "8865aa05b4b79b64a91a86042e43af5ea8ae79eb"


class Canvas(Platform):
    """One Canvas and one developer key. Its keys are served from loopback, whatever its issuer."""

    def __init__(
        self, server: HTTPServer, name: str, *, now: Clock, tool_url: str, key: int = 0, issuer: str = "", client_id: str = FIRST_CLIENT
    ) -> None:
        super().__init__(server, name, now=now, tool_url=tool_url, key=key)
        self.base = self.issuer
        self.issuer, self.client_id = issuer or self.base, client_id
        self.host = f"https://{name}.example.edu"
        self.deployment_id, self.course = f"7:{name}", "d3a2504bba5184799a38f141e8df2335cfa8206d"

    def endpoints(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "auth_url": f"{self.base}/api/lti/authorize_redirect",
            "token_url": f"{self.base}/login/oauth2/token",
            "jwks_url": f"{self.base}/jwks",
        }

    def login_fields(self, **given: str | None) -> dict[str, str]:
        return super().login_fields(**{"canvas_environment": "prod", "canvas_region": "not_configured", **given})

    def claims(self, nonce: str, **given: Any) -> dict[str, Any]:
        """An assignment opened by a student of the course."""
        course = f"{self.host}/api/lti/courses/3"
        shape: dict[str, Any] = {
            "azp": self.client_id,
            "sub": "848b3a11-c7b6-4c05-9fb3-782a0c34ee43",
            "roles": STUDIES,
            "context": {
                "id": self.course,
                "label": "PL1",
                "title": "Professional learning",
                "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
            },
            "resource_link": {
                "id": "8aa641d1-b4d4-4fea-8a9b-e9fedfb62b1e",
                "description": "<p>Do it</p>",
                "title": "Asking good questions",
            },
            "custom": {"canvas_api_domain": self.host.removeprefix("https://"), "context_history": "$Context.id.history"},
            "lis": {"person_sourcedid": "$Person.sourcedId", "course_offering_sourcedid": "$CourseSection.sourcedId"},
            "tool_platform": {"guid": f"{self.name}:canvas-lms", "name": "Example U", "version": "cloud", "product_family_code": "canvas"},
            "launch_presentation": {"document_target": "iframe", "return_url": f"{self.host}/courses/3/assignments", "locale": "en"},
            AGS: {"lineitem": f"{course}/line_items/1", "lineitems": f"{course}/line_items", "scope": SCOPES},
            NRPS: {"context_memberships_url": f"{course}/names_and_roles", "service_versions": ["2.0"]},
            "https://www.instructure.com/placement": None,
        }
        return super().claims(nonce, **{**shape, **given})

    def account_navigation(self) -> dict[str, Any]:
        """The page in the account's menu, opened by an administrator: no course, no link of its own, no services."""
        return {
            "sub": "aac22713-28b3-4397-9ff9-a3d2880ece1a",
            "roles": ADMINISTERS,
            "context": {"id": ACCOUNT, "title": "Example University", "type": ["Account"]},
            "resource_link": {"id": ACCOUNT, "description": None, "title": "Example University"},
            "deployment_id": f"5:{ACCOUNT}",
            AGS: ...,
            NRPS: ...,
            "https://www.instructure.com/placement": "account_navigation",
        }

    def keys_are_known(self, here: Tool, registration: Registration) -> None:
        """Its keys are in the database, as after a launch: nobody can be asked for those of an LMS out there."""
        now = here.clock()
        key = {name: self.public_jwk()[name] for name in ("kid", "n", "e")}
        with here.database.unit() as session:
            values = {"registration_id": registration.id, "keys": {"keys": [key]}, "fetched_at": now, "tried_at": now}
            upsert(session, PlatformKeySet, values, key=("registration_id",))


def hosted(issuer: str = PRODUCTION, client_id: str = "148090000000000146") -> dict[str, str]:
    """What an operator enters for Canvas at Instructure."""
    host = "https://" + {PRODUCTION: "sso.canvaslms.com", BETA: "sso.beta.canvaslms.com", TEST: "sso.test.canvaslms.com"}[issuer]
    return {
        "issuer": issuer,
        "client_id": client_id,
        "auth_url": host + "/api/lti/authorize_redirect",
        "token_url": host + "/login/oauth2/token",
        "jwks_url": host + "/api/lti/security/jwks",
    }
