"""Several processes that start at the same moment on an empty database all come up."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lti_tool.database import Database

CODE = """
from lti_tool import jobs, migrations
from lti_tool.app import build_tool
from lti_tool.platforms.keys import signing_pair
from lti_tool.settings import load_settings
here = build_tool(load_settings())
migrations.upgrade(here.database)
jobs.connect(here)
print(signing_pair(here).kid)
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    if not server_url:
        yield f"sqlite:///{tmp_path / 'together.db'}"
        return
    name = f"test_together_{uuid.uuid4().hex[:12]}"
    server = Database(server_url)
    admin = server.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield server_url.rsplit("/", 1)[0] + f"/{name}"
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def test_three_at_once_share_tables_and_key(url: str, tmp_path: Path) -> None:
    env = {**os.environ, "LTI_TOOL_DEVELOPMENT": "1", "LTI_TOOL_DATA_DIR": str(tmp_path), "LTI_TOOL_DATABASE_URL": url}
    processes = [
        subprocess.Popen([sys.executable, "-c", CODE], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = [process.communicate(timeout=90) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], [errors[-400:] for _, errors in answers]
    assert len({kid for kid, _ in answers}) == 1
