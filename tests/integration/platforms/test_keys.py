"""Our key pairs: made once, rotated, published as long as needed (M174)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from jwcrypto.jwk import JWK
from sqlalchemy import func, select

from lti_tool.platforms import keys
from lti_tool.platforms.models import ToolKey
from lti_tool.tool import Tool
from tests.conftest import Clock


def test_the_first_key_is_made_once_though_many_ask(tool: Tool) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = {pair.kid for pair in pool.map(lambda _n: keys.signing_pair(tool), range(4))}
    assert len(found) == 1
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ToolKey)) == 1
        sealed = session.scalars(select(ToolKey.private_pem_sealed)).one()
    assert "PRIVATE" not in sealed
    assert "PRIVATE" in tool.box.open(sealed)


def test_the_kid_is_the_thumbprint(tool: Tool) -> None:
    pair = keys.signing_pair(tool)
    (published,) = keys.published(tool)["keys"]
    assert published["kid"] == pair.kid == JWK(**{name: published[name] for name in ("kty", "n", "e")}).thumbprint()
    assert pair.private_key.key_size == 2048


def test_the_key_object_is_read_once(tool: Tool) -> None:
    assert keys.signing_pair(tool).private_key is keys.signing_pair(tool).private_key


def test_a_retired_key_stays_published_until_what_it_signed_has_expired(tool: Tool, clock: Clock) -> None:
    old = keys.signing_pair(tool).kid
    clock.tick(days=30)
    with tool.database.unit() as session:
        new = keys.rotate(session, tool)
    assert keys.signing_pair(tool).kid == new != old
    assert [key["kid"] for key in keys.published(tool)["keys"]] == [new, old]
    clock.now += keys.RETIRED_FOR - timedelta(seconds=1)
    assert len(keys.published(tool)["keys"]) == 2
    clock.tick(seconds=1)
    assert [key["kid"] for key in keys.published(tool)["keys"]] == [new]
