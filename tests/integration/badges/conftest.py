"""What the tests of badges' formats and life share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lti_tool.badges import service
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.badges.stage import Earned
from tests.verifiers import Judges


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    """Verifiers look at the real clock, and a badge from the future is not valid yet."""
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def earned(world: World, tool: Tool) -> Earned:
    """An award that waits for its signature."""
    return Earned(world, tool)


@pytest.fixture
def shown(earned: Earned, tool: Tool) -> Earned:
    """A signed award with its page on."""
    assert service.sign_due(tool) == 1
    earned.show()
    return earned


@pytest.fixture(scope="session")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Judges:
    """Verifiers of other houses, with their packages installed."""
    return Judges(tmp_path_factory.mktemp("judges"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks them needs Node: `make test-quick` leaves it out."""
    for item in items:
        if "judges" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.npm)
