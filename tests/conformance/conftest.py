"""The real tool behind a real threaded server on loopback, two registered platforms, and somebody hostile."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from sqlalchemy import func, select
from werkzeug.serving import make_server

from lti_tool.app import build_tool, create_app
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.conftest import Clock
from tests.factories.canvas import Canvas
from tests.factories.emptying import empty
from tests.factories.platform import Platform, asked_of, platform_server, spent, unguessable
from tests.factories.world import World

_numbers = count(1)


class LiveTool:
    """The tool as others meet it: by HTTP."""

    def __init__(self, here: Tool, clock: Clock) -> None:
        self.here, self.clock, self.url = here, clock, here.settings.base_url

    def frames(self) -> int:
        with self.here.database.read() as session:
            return session.scalar(select(func.count()).select_from(FrameSession)) or 0

    def burnt(self, state: str) -> bool:
        with self.here.database.read() as session:
            return spent(session, self.here, state)


class Browser:
    """A browser with its own cookies. Follows nothing by itself."""

    def __init__(self, live: LiveTool) -> None:
        self.live, self.session = live, requests.Session()

    def login(self, platform: Platform, **fields: Any) -> requests.Response:
        form = platform.login_fields(**fields)
        return self.session.post(self.live.url + "/lti/login", data=form, allow_redirects=False, timeout=20)

    def asked(self, platform: Platform, **fields: Any) -> dict[str, str]:
        answer = self.login(platform, **fields)
        assert answer.status_code == 302, answer.text
        return asked_of(answer.headers["Location"])

    def post(self, form: Any, **kwargs: Any) -> requests.Response:
        return self.session.post(self.live.url + "/lti/launch", data=form, allow_redirects=False, timeout=20, **kwargs)

    def launch(self, platform: Platform, **claims: Any) -> requests.Response:
        asked = self.asked(platform)
        return self.post({"state": asked["state"], "id_token": platform.sign(platform.claims(asked["nonce"], **claims))})


class Visits:
    """One Canvas, the people who come from it, and the pages that they see."""

    def __init__(self, live: LiveTool, canvas: Canvas) -> None:
        self.live, self.canvas = live, canvas
        self._browsers: list[Browser] = []
        with live.here.database.unit() as session:
            self.row = service.add_registration(
                session, live.here, district_name=f"District {canvas.name}", vendor="canvas", **canvas.endpoints()
            )

    def open(self, **claims: Any) -> Visit:
        browser = Browser(self.live)
        self._browsers.append(browser)
        asked = browser.asked(self.canvas, lti_deployment_id=None)
        token = self.canvas.sign(self.canvas.claims(asked["nonce"], **claims))
        return Visit(self.live, browser, browser.post({"state": asked["state"], "id_token": token}))

    def rows(self, model: type[Any]) -> list[Any]:
        with self.live.here.database.read() as session:
            return list(session.scalars(select(model).where(model.registration_id == self.row.id).order_by(model.id)))

    def close(self) -> None:
        for browser in self._browsers:
            browser.session.close()


class Visit:
    """What a launch led to."""

    def __init__(self, live: LiveTool, browser: Browser, answer: requests.Response) -> None:
        self.live, self.browser, self.answer = live, browser, answer

    @property
    def row(self) -> FrameSession:
        assert self.answer.status_code == 303, self.answer.text
        with self.live.here.database.read() as session:
            return session.get_one(FrameSession, self.answer.headers["Location"].split("/")[2].partition("~")[0])

    @property
    def rights(self) -> list[str]:
        return self.row.rights

    def get(self, path: str = "", *, follow: bool = True) -> requests.Response:
        url = self.live.url + self.answer.headers["Location"] + path
        return self.browser.session.get(url, allow_redirects=follow, timeout=20)


@pytest.fixture(scope="module")
def live(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveTool]:
    folder: Path = tmp_path_factory.mktemp("live")
    url = database_template
    if not url.startswith("postgresql"):
        shutil.copy(database_template, folder / "live.db")
        url = f"sqlite:///{folder / 'live.db'}"
    clock = Clock()
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    here = build_tool(
        Settings(data_dir=folder, database_url=url, development=True, base_url=f"http://127.0.0.1:{server.port}", log_level="CRITICAL"),
        clock=clock,
    )
    server.app = create_app(here=here)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield LiveTool(here, clock)
    server.shutdown()
    thread.join()
    server.server_close()
    if not here.database.is_sqlite:
        empty(here.database.engine)
    here.database.dispose()


@pytest.fixture(scope="module")
def lms_server() -> Iterator[HTTPServer]:
    with platform_server() as server:
        yield server


def _registered(live: LiveTool, server: HTTPServer, key: int) -> Platform:
    platform = Platform(server, f"p{next(_numbers)}", now=live.clock, tool_url=live.url, key=key)
    with live.here.database.unit() as session:
        service.add_registration(
            session, live.here, district_name=f"District {platform.name}", deployment_id=platform.deployment_id, **platform.endpoints()
        )
    return platform


@pytest.fixture
def platform(live: LiveTool, lms_server: HTTPServer) -> Platform:
    """A registered platform of this test."""
    return _registered(live, lms_server, 0)


@pytest.fixture
def other(live: LiveTool, lms_server: HTTPServer) -> Platform:
    """Another registered platform, in the hands of somebody hostile."""
    return _registered(live, lms_server, 1)


@pytest.fixture(scope="module")
def builder(live: LiveTool) -> World:
    """Builds what the launches find."""
    return World(live.here, None)  # type: ignore[arg-type]  # opens no browsers


def published(builder: World, platform: Platform, *titles: str) -> list[MicrocredentialVersion]:
    """Microcredentials of the platform's district."""
    with builder.tool.database.read() as session:
        district_id = session.scalars(select(Registration.district_id).where(Registration.issuer == platform.issuer)).one()
    return [builder.version(district_id, title=title) for title in titles]


@pytest.fixture
def browser(live: LiveTool) -> Iterator[Browser]:
    found = Browser(live)
    yield found
    found.session.close()


@pytest.fixture
def second_browser(live: LiveTool) -> Iterator[Browser]:
    found = Browser(live)
    yield found
    found.session.close()


@pytest.fixture(params=["self-hosted", "default issuer"])
def canvas(request: pytest.FixtureRequest, live: LiveTool, lms_server: HTTPServer) -> Canvas:
    """A Canvas of one's own: with an issuer that somebody set, or with the one that it came with."""
    name = f"c{unguessable()[:12]}"
    issuer = f"https://{name}.example.edu" if request.param == "self-hosted" else "https://canvas.instructure.com"
    return Canvas(lms_server, name, now=live.clock, tool_url=live.url, issuer=issuer, client_id=f"1000{int(name[1:], 16)}")


@pytest.fixture
def visits(live: LiveTool, canvas: Canvas) -> Iterator[Visits]:
    """People who come from it."""
    found = Visits(live, canvas)
    yield found
    found.close()
