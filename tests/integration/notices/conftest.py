"""A mail server that does what a test wants, and a teacher, a reviewer and their course."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from sqlalchemy import select

from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Context, Person
from lti_tool.notices import sending, service
from lti_tool.notices.models import Mail, Notice
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World


@dataclass
class Post:
    """A mail server. `taken`: what it took; `recipients`: what it says to an address; `data`: what it says to the next messages in turn.

    `drop`: after how many more messages it breaks the connection instead of an answer; `met`: recipients that were named.
    """

    host: str = "127.0.0.1"
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    drops_before: int = 0
    drops_after: int = 0
    met: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refuses_sender: str = ""

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.refuses_sender or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        self.met.append(address)
        if self.drops_before:
            self.drops_before -= 1
            server.transport.abort()  # type: ignore[union-attr]
            return "250 OK"
        if answer := self.recipients.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(message_from_bytes(envelope.content, policy=SMTPUTF8))  # type: ignore[arg-type]
            self.envelopes.append(envelope)
        if self.drops_after:
            self.drops_after -= 1
            server.transport.abort()  # type: ignore[union-attr]
        return answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"right", handled=False)

    @property
    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.taken]


@pytest.fixture
def post_with() -> Iterator[Callable[..., Post]]:
    """Start a mail server with aiosmtpd's options."""
    controllers: list[Controller] = []

    def start(*, logins: bool = False, **options: Any) -> Post:
        post = Post()
        if logins:
            options |= {"auth_required": True, "auth_require_tls": True, "authenticator": post.authenticate}
        controller = Controller(post, hostname="127.0.0.1", port=0, **{"enable_SMTPUTF8": False, **options})
        controller.port = free_port()
        controller.start()
        controllers.append(controller)
        post.port = controller.port
        return post

    yield start
    for controller in controllers:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def post(post_with: Callable[..., Post], tool: Tool) -> Post:
    """A mail server without TLS, and a tool that uses it."""
    started = post_with()
    use(tool, started)
    return started


def use(tool: Tool, post: Post, **given: Any) -> None:
    """Have the tool send by this server."""
    values = {"smtp_host": post.host, "smtp_port": post.port, "smtp_security": "none", "smtp_from": "no-reply@tool.example"}
    tool.settings = type(tool.settings)(**{**tool.settings.model_dump(), **values, "quiet_hours": "", **given})


@dataclass
class Story:
    """Ada works in a course of a Moodle; Ruth reviews."""

    world: World
    tool: Tool
    clock: Clock
    registration: Registration
    context: Context
    activity: Any
    ada: Person
    enrollment: Enrollment
    ruth: Person

    def tell(self, kind: str = "decision", thing: str = "1", person: Person | None = None, **facts: Any) -> bool:
        """Queue a notice."""
        given = {"title": "Asking good questions", "activity": str(self.activity.id), **facts}
        with self.tool.database.unit() as session:
            return service.queue(
                session,
                district_id=self.registration.district_id,
                person_id=(person or self.ada).id,
                kind=kind,
                thing=thing,
                facts=given,
                context_id=self.context.id,
                at=self.clock(),
            )

    def send(self, **later: float) -> Any:
        """Let time pass, then look as the worker does."""
        self.clock.tick(**(later or {"minutes": 11}))
        return sending.send_due(self.tool)

    def rows(self, model: type[Any]) -> list[Any]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))

    def mails(self) -> list[Mail]:
        return self.rows(Mail)

    def notices(self) -> list[Notice]:
        return self.rows(Notice)


@pytest.fixture
def story(world: World, tool: Tool, clock: Clock) -> Story:
    registration = world.registration(name="Maple Moodle")
    context = world.context(registration)
    activity = world.activity(context)
    ada = world.person(registration, "Adabella Lovelace", email="ada@school.example")
    ruth = world.reviewer(registration, "Ruth Feldman", email="ruth@school.example")
    return Story(world, tool, clock, registration, context, activity, ada, world.enrollment(activity, ada), ruth)


def server_tls(certificate: Any) -> ssl.SSLContext:
    """What a mail server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.pem, certificate.key)
    return context
