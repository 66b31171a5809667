"""The two stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool import blobs
from lti_tool.blobs import Blobs
from lti_tool.settings import Settings
from tests.factories.s3 import s3_server, s3_settings


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Origin of an S3-compatible store."""
    with s3_server() as origin:
        yield origin


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Each of the stores."""
    more = s3_settings(request.getfixturevalue("s3")) if request.param == "s3" else {}
    return blobs.connect(Settings(data_dir=tmp_path, development=True, **more))
