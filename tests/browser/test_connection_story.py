"""From the invitation to a check that is all good, by HTTP as browsers do it, at both faces of the practice LMS."""

from __future__ import annotations

import re

import pytest

from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from tests.integration.connection.test_check import states


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_an_administrator_sees_that_all_works(stage: Stage, face: str) -> None:
    walk = Walk(stage, face, lambda _words: None)
    walk.register()
    walk.place()
    alex = walk.be("alex")
    page = walk.open("alex", walk.sample.content.title)
    prefix = re.match(r".*/s/[^/]+", page.url)
    assert prefix, page.url
    page = alex.get(f"{prefix[0]}/connection/")
    assert states(page.content.decode())["token"] == "unknown"
    page = alex.submit(page.form("/connection/"))
    found = states(page.content.decode())
    waiting = {"review"} if face == "moodle" else set()
    assert {key for key, state in found.items() if state != "good"} == waiting, page.text
    assert f"{18 - len(waiting)} checks good" in page.text
    assert "all 4 permissions" in page.text
