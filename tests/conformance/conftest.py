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
from sqlalchemy import func, select, text
from werkzeug.serving import make_server

from lti_tool.all_models import metadata
from lti_tool.app import build_tool, create_app
from lti_tool.launch.models import SpentState
from lti_tool.platforms import service
from lti_tool.secrets_box import digest
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession
from tests.conftest import Clock
from tests.factories.platform import Platform, asked_of, platform_server

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
            return session.get(SpentState, digest(state)) is not None


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
        with here.database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {', '.join(chr(34) + table.name + chr(34) for table in metadata.sorted_tables)} CASCADE"))
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
