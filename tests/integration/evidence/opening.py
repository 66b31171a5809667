"""What the tests of opening share: a teacher uploads, the worker looks, people open."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from werkzeug.test import TestResponse

from lti_tool.evidence.examining import examine_due
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.review.models import Review
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser
from tests.integration.evidence.conftest import Desk

_LINK = re.compile(r'(?:href|src)="[^"]*?(/evidence-file/[^"]+)"')


def work(tool: Tool) -> None:
    """The worker, until nothing is due."""
    while examine_due(tool) is not None:
        pass


def links(page: TestResponse, what: str = "") -> list[str]:
    """Addresses of files on a page; with `what`, only those of elements that hold this text or tag."""
    found = re.findall(rf"<{what}[^>]*>", page.text) if what else [page.text]
    return list(dict.fromkeys(link for one in found for link in _LINK.findall(one)))


def fetch(desk: Desk, link: str, **kwargs: Any) -> TestResponse:
    """By whoever holds the address: no cookie, no frame."""
    answer = desk.world.app.test_client().get(urlsplit(link).path, **kwargs)
    answer.get_data()
    answer.close()
    return answer


def picture(answer: TestResponse) -> Image.Image:
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    return Image.open(BytesIO(answer.data))


def upload(desk: Desk, content: bytes, name: str) -> StoredFile:
    """Add a file and let the worker look at it. What is known of it then."""
    answer = desk.upload("plan", content, name) if len(content) < 400_000 else send(desk, content, name)
    assert answer.status_code == 303, re.findall(r"error-message[^>]*>([^<]*)", answer.text)
    work(desk.world.tool)
    return desk.rows(StoredFile)[-1]


def send(desk: Desk, content: bytes, name: str) -> TestResponse:
    """An upload whose body is not copied to disk by the test client."""
    head = b'--b\r\nContent-Disposition: form-data; name="students"\r\n\r\nnone\r\n'
    head += f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return desk.browser.client.post(
        desk.browser.prefix + desk.path("/requirement/plan/add/file"),
        input_stream=BytesIO(head + content + b"\r\n--b--\r\n"),
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": desk.browser.token()},
    )


def delete(desk: Desk, piece: Artifact) -> TestResponse:
    """Out of the portfolio, for good."""
    return desk.browser.post(f"/evidence/portfolio/{piece.id}/delete")


def judging(desk: Desk) -> tuple[FrameBrowser, str]:
    """The work goes in; a reviewer's browser and the address of their desk."""
    reviewers = [desk.world.reviewer(desk.registration, f"Reviewer {n}") for n in "AB"]
    desk.post("/self-assess", {"level_planning": "2", "level_asking": "1"})
    desk.post("/answers/overview", {"text_context": "Grade five."})
    desk.post("/answers/reflection", {"text_impact": "They ask."})
    desk.post("/requirement/recording/add/text", {"title": "R", "text": "Seen.", "students": "none"})
    answer = desk.submit()
    assert answer.status_code == 303, answer.text
    [review] = [one for one in desk.rows(Review) if one.reviewer_id == reviewers[0].id]
    return desk.world.browser(reviewers[0], "reviewer", context=desk.context), f"/review/{review.id}"


def with_scanner(tool: Tool, address: str) -> None:
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "clamd": address})


class Clamd:
    """A virus scanner that knows one virus, on loopback: INSTREAM and PING as clamd(8) says them, in the form that ends with NUL."""

    STUMBLES = b"file that it can not read"
    VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

    def __init__(self, *, most: int = 1 << 20, family: int = socket.AF_INET, path: str = "") -> None:
        self.most, self.seen, self.mute = most, list[bytes](), False
        self._listener = socket.socket(family)
        self._listener.bind(path or ("127.0.0.1", 0))
        self._listener.listen()
        self.address = path or f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            with line, line.makefile("rb") as said:
                command = b""
                while (byte := said.read(1)) not in (b"", b"\0"):
                    command += byte
                if command == b"zQUIT":
                    return
                if not self.mute:
                    line.sendall(self._answer(command, said) + b"\0")

    def _answer(self, command: bytes, said: Any) -> bytes:
        if command == b"zPING":
            return b"PONG"
        assert command == b"zINSTREAM"
        content = b""
        while size := int.from_bytes(said.read(4), "big"):
            content += said.read(size)
            if len(content) > self.most:
                return b"INSTREAM size limit exceeded. ERROR"
        if self.STUMBLES in content:
            return b"stream: Can't allocate memory ERROR"
        self.seen.append(content)
        return b"stream: Eicar-Signature FOUND" if self.VIRUS in content else b"stream: OK"

    def stop(self) -> None:
        if self._thread.is_alive():
            with socket.socket(self._listener.family) as line:
                line.connect(self._listener.getsockname())
                line.sendall(b"zQUIT\0")
            self._thread.join()
        self._listener.close()


@contextmanager
def clamd(**given: Any) -> Iterator[Clamd]:
    scanner = Clamd(**given)
    try:
        yield scanner
    finally:
        scanner.stop()
