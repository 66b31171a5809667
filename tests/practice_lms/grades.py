"""Posting scores in tests."""

from __future__ import annotations

from typing import Any

import requests

from tests.practice_lms.conftest import Stage

LINEITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
EXTENSION = "https://canvas.instructure.com/lti/submission"


class Book:
    """The gradebook of one placed activity, as the tool reaches it."""

    def __init__(self, stage: Stage, face: str) -> None:
        self.stage, self.face = stage, face
        stage.register(face)
        self.item = stage.place(face)
        self.url: str = stage.inspect(face)["line_items"][0]["url"]
        self.headers = stage.tool.headers()
        self.subs: dict[str, str] = {person["key"]: person["sub"] for person in stage.inspect(face)["people"]}

    def at(self, path: str) -> str:
        base, mark, query = self.url.partition("?")
        return base + path + mark + query

    def stamp(self, milliseconds: int = 0) -> str:
        return self.stage.clock().strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds:03d}Z"

    def post(self, person: str = "ada", kind: str = SCORE, **changes: Any) -> requests.Response:
        body = {
            "userId": self.subs.get(person, person),
            "timestamp": self.stamp(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": 80,
            "scoreMaximum": 100,
            **changes,
        }
        kept = {name: value for name, value in body.items() if value is not None}
        return requests.post(self.at("/scores"), json=kept, headers={**self.headers, "Content-Type": kind}, timeout=10)

    def cell(self, person: str = "ada") -> dict[str, Any]:
        return next(grade for grade in self.stage.inspect(self.face)["gradebook"] if grade["person"] == person)

    def results(self, **query: str) -> requests.Response:
        return requests.get(self.at("/results"), headers={**self.headers, "Accept": RESULTS}, params=query, timeout=10)

    def notes(self) -> list[str]:
        return [remark["note"] for remark in self.stage.inspect(self.face)["remarks"]]
