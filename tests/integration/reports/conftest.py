"""A district with reports, and those who read them."""

from __future__ import annotations

import pytest

from tests.factories.world import FrameBrowser, World
from tests.integration.reports.districts import Made


@pytest.fixture
def made(world: World) -> Made:
    """A district in which much has happened."""
    return Made(world, 7, people=70, tries=260)


@pytest.fixture
def console(made: Made) -> FrameBrowser:
    """The district's coordinator."""
    return made.world.browser(made.world.person(made.registration, "Cory Coordinator"), "console")


@pytest.fixture
def board(made: Made) -> FrameBrowser:
    """Somebody who sees reports and nothing else."""
    person = made.world.person(made.registration, "Bo Board")
    made.world.grant(person, "board")
    return made.world.browser(person)
