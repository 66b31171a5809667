"""The other side of a launch: an LMS that signs a fresh token for each, and a browser that carries cookies."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

ISSUER = "https://lms.bench.example"
CLIENT_ID, DEPLOYMENT_ID, KID = "10000000000042", "7:8865aa05b4b79b64a91a86042e43af5ea8ae79eb", "2026-11-24T09:00:00Z"
PEOPLE, COURSES, LINKS = 1000, 40, 5
_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def identity(number: int) -> str:
    """An id as an LMS makes them: 36 characters."""
    return f"{number:08x}-5ab1-4f6e-9c3d-{number * 7919:012x}"


class Lms:
    """One registration's platform: 1,000 people in 40 courses of 5 links, one launch after another."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(JWK.from_pyca(self._key.public_key()).export_public())
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": public["n"], "e": public["e"]}
        self._numbers = itertools.count()

    def login(self) -> dict[str, str]:
        """The fields of a login initiation."""
        return {
            "iss": ISSUER,
            "client_id": CLIENT_ID,
            "login_hint": identity(3),
            "lti_message_hint": "b6a1" * 40,
            "target_link_uri": self.target,
            "lti_deployment_id": DEPLOYMENT_ID,
        }

    def token(self, nonce: str, **changed: Any) -> str:
        """A fresh signed token of about 3.3 kB."""
        return jwt.encode({**self._claims(nonce), **changed}, self._key, algorithm="RS256", headers={"kid": KID})

    def _claims(self, nonce: str) -> dict[str, Any]:
        number, now = next(self._numbers), int(time.time())
        person, course, link = number % PEOPLE, number % COURSES, number % (COURSES * LINKS)
        base = f"{ISSUER}/api/lti/courses/{course}"
        return {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": identity(person),
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": f"Teacher Number {person}",
            "given_name": "Teacher",
            "family_name": f"Number {person}",
            "email": f"teacher-{person}@district.bench.example",
            "locale": "en",
            _CLAIM + "message_type": "LtiResourceLinkRequest",
            _CLAIM + "version": "1.3.0",
            _CLAIM + "deployment_id": DEPLOYMENT_ID,
            _CLAIM + "target_link_uri": self.target,
            _CLAIM + "roles": [_LIS + "institution/person#Student", _LIS + "membership#Learner"],
            _CLAIM + "context": {
                "id": identity(course),
                "label": f"PL-{course}",
                "title": f"Professional learning {course}",
                "type": [_LIS + "course#CourseOffering"],
            },
            _CLAIM + "resource_link": {"id": identity(link), "title": "Asking questions that make students think"},
            _CLAIM + "custom": {"activity": identity(link)},
            _CLAIM + "launch_presentation": {
                "document_target": "iframe",
                "locale": "en",
                "return_url": f"{ISSUER}/courses/{course}/return",
            },
            _CLAIM + "tool_platform": {"guid": "9", "name": "Bench district"},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("lineitem", "score", "result.readonly")],
                "lineitems": f"{base}/line_items",
                "lineitem": f"{base}/line_items/{link}",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{base}/names_and_roles",
                "service_versions": ["2.0"],
            },
        }


@dataclass
class Answer:
    """What came back."""

    status: int
    location: str
    cookies: str


class Browser:
    """A new browser for each launch, on a connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, path: str, fields: dict[str, str], cookies: str = "") -> Answer:
        """Send a form as a frame of the LMS's page would."""
        headers = {**_FORM, "Cookie": cookies} if cookies else _FORM
        self._connection.request("POST", path, urlencode(fields), headers)
        reply = self._connection.getresponse()
        reply.read()
        kept = "; ".join(value.split(";", 1)[0] for value in reply.headers.get_all("Set-Cookie") or ())
        return Answer(reply.status, reply.headers.get("Location", ""), kept)

    def launch(self, lms: Lms) -> tuple[Answer, dict[str, str], str]:
        """The whole flow: login initiation, redirect, token, launch. Returns the answer, the form sent and its cookies."""
        login = self.post("/lti/login", lms.login())
        if login.status != 302:
            raise SystemExit(f"login answered {login.status}")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(login.location).query).items()}
        form = {"state": asked["state"], "id_token": lms.token(asked["nonce"])}
        answer = self.post("/lti/launch", form, login.cookies)
        return answer, form, login.cookies

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
