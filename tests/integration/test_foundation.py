from lti_tool.tool import Tool
from tests.factories.world import World


def test_frame_opens_and_refuses_a_stranger(world: World, tool: Tool) -> None:
    registration = world.registration()
    ada = world.person(registration)
    activity = world.activity(world.context(registration))
    browser = world.browser(ada, "earner", activity=activity)
    assert world.app.test_client().get(browser.prefix + "/").status_code == 401
