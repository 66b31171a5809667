"""Sends a file in parts, as a browser does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.evidence.models import Artifact
from lti_tool.evidence.upload_policies import digest_of
from tests.integration.evidence.conftest import Desk

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Sender:
    """One file on its way. `state` is the last answer to `begin`."""

    desk: Desk
    content: bytes
    name: str = "lesson.mp4"
    key: str = "recording"
    state: dict[str, Any] = field(default_factory=dict)

    def begin(self, **other: Any) -> TestResponse:
        ends = sha(self.content[: 1 << 18] + self.content[-(1 << 18) :])
        data = {"name": self.name, "size": str(len(self.content)), "fingerprint": ends, **other}
        answer = self.desk.post(f"/requirement/{self.key}/uploads", data)
        if answer.status_code == 200:
            self.state = answer.json or {}
        return answer

    @property
    def id(self) -> UUID:
        return UUID(self.state["id"])

    @property
    def numbers(self) -> range:
        return range(1, -(-len(self.content) // self.state["part_size"]) + 1)

    def piece(self, number: int) -> bytes:
        size = self.state["part_size"]
        return self.content[(number - 1) * size : number * size]

    def announce(self, number: int, **other: str) -> TestResponse:
        piece = self.piece(number)
        return self.desk.browser.post(f"{self.state['parts']}/{number}", {"size": str(len(piece)), "sha256": sha(piece), **other})

    def put(self, number: int, piece: bytes | None = None) -> int:
        """The status of sending a part that was announced."""
        piece = self.piece(number) if piece is None else piece
        ticket = self.announce(number)
        assert ticket.status_code == 200, ticket.text
        if ticket.json["direct"]:  # type: ignore[index]
            return requests.put(ticket.json["url"], piece, headers=ticket.json["headers"], timeout=10).status_code  # type: ignore[index]
        return self.put_here(number, piece).status_code

    def put_here(self, number: int, piece: bytes, **headers: str) -> TestResponse:
        browser = self.desk.browser
        return browser.client.put(
            f"{self.state['parts']}/{number}",
            input_stream=BytesIO(piece),
            content_length=len(piece),
            content_type="application/octet-stream",
            headers={"X-CSRFToken": browser.token(), **headers},
        )

    def send(self, *numbers: int) -> None:
        for number in numbers or self.numbers:
            assert self.put(number) in (200, 204)

    def complete(self, **other: str) -> TestResponse:
        digest = digest_of(sha(self.piece(number)) for number in self.numbers)
        return self.desk.browser.post(self.state["complete"], {"digest": digest, "students": "none", **other})

    def whole(self) -> TestResponse:
        """All of it, going on where it was."""
        begun = self.begin()
        assert begun.status_code == 200, begun.text
        self.send(*(number for number in self.numbers if str(number) not in self.state["stored"]))
        return self.complete()


def artifacts(desk: Desk) -> list[Artifact]:
    with desk.world.tool.database.read() as session:
        return list(session.scalars(select(Artifact).order_by(Artifact.id)))


def content_of(desk: Desk, artifact: Artifact) -> bytes:
    return b"".join(desk.world.tool.blobs.read(artifact.blob_key))
