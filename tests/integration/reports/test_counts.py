"""What is counted is what is there: each figure against a second computation, over districts made up by seeds; late changes too."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lti_tool.district.reports.counting import count
from tests.factories.world import World
from tests.integration.reports.districts import Made
from tests.integration.reports.plainly import computed

UTC = ZoneInfo("UTC")


def sparse(numbers: Any) -> Any:
    """Numbers as {place: number} without zeros, at whatever depth they stand."""
    if isinstance(numbers, list):
        return {place: number for place, number in enumerate(numbers) if number}
    return {key: sparse(one) for key, one in numbers.items()}


def counted(made: Made, zone: ZoneInfo) -> dict[str, Any]:
    with made.world.tool.database.read() as session:
        found = count(session, made.id, now=made.now, zone=zone).found
    return {figure: found[figure] if figure == "criteria" else sparse(found[figure]) for figure in found}


@pytest.mark.parametrize(("seed", "zone"), [(0, "UTC"), (1, "America/New_York"), (2, "Pacific/Auckland")])
def test_every_figure_is_the_same_in_plain_loops(world: World, seed: int, zone: str) -> None:
    made = Made(world, seed)
    Made(world, seed + 100, tries=40)  # somebody else's district makes no difference
    with world.tool.database.read() as session:
        expected = computed(session, made.id, now=made.now, zone=ZoneInfo(zone))
    found = counted(made, ZoneInfo(zone))
    assert set(found) == set(expected)
    for figure in expected:
        assert found[figure] == expected[figure], figure
