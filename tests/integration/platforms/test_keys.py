"""Our key pairs: made once, rotated in time or at once, published as long as needed (M174), sealed anew."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from jwcrypto.jwk import JWK
from sqlalchemy import func, select

from lti_tool.app import build_tool
from lti_tool.badges import issuers
from lti_tool.badges.models import IssuerKey
from lti_tool.doctor import examine
from lti_tool.platforms import keys
from lti_tool.platforms.key_policies import LEAD, RETIRED_FOR
from lti_tool.platforms.models import AccessToken, ToolKey
from lti_tool.resealing import reseal, sealed_columns, unreadable
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World


def rotate(tool: Tool, **how: bool) -> str:
    with tool.database.unit() as session:
        return keys.rotate(session, tool, **how).kid


def published(tool: Tool) -> list[str]:
    return [key["kid"] for key in keys.published(tool)["keys"]]


def states(tool: Tool) -> dict[str, str]:
    with tool.database.read() as session:
        return {times.kid: state for times, state in keys.listed(session, tool)}


@pytest.fixture
def elsewhere(tool: Tool, clock: Clock) -> Iterator[Tool]:
    """The same installation in another process."""
    other = build_tool(tool.settings, clock=clock)
    yield other
    other.database.dispose()


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
    (public,) = keys.published(tool)["keys"]
    assert public["kid"] == pair.kid == JWK(**{name: public[name] for name in ("kty", "n", "e")}).thumbprint()
    assert pair.private_key.key_size == 2048


def test_the_key_set_alone_makes_the_first_key(app: Flask, tool: Tool) -> None:
    told = app.test_client().get("/lti/jwks")
    assert [key["kid"] for key in told.json["keys"]] == [keys.signing_pair(tool).kid]
    assert told.headers["Cache-Control"] == "public, max-age=300"
    assert not {"d", "p", "q"} & set(told.json["keys"][0])


def test_the_key_object_is_read_once(tool: Tool) -> None:
    assert keys.signing_pair(tool).private_key is keys.signing_pair(tool).private_key


def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(tool: Tool, elsewhere: Tool, clock: Clock) -> None:
    old = keys.signing_pair(tool).kid
    clock.tick(days=30)
    new = rotate(tool)
    assert published(tool) == published(elsewhere) == [new, old]
    assert states(tool) == {new: "waits", old: "signs"}
    clock.now += LEAD - timedelta(seconds=1)
    assert keys.signing_pair(tool).kid == keys.signing_pair(elsewhere).kid == old
    clock.tick(seconds=1)
    assert keys.signing_pair(tool).kid == keys.signing_pair(elsewhere).kid == new
    assert states(elsewhere) == {new: "signs", old: "published"}
    clock.now += RETIRED_FOR - timedelta(seconds=1)
    assert published(tool) == published(elsewhere) == [new, old]
    clock.tick(seconds=1)
    assert published(tool) == published(elsewhere) == [new]
    assert states(tool) == {new: "signs", old: "gone"}
    assert set(states(tool)) & {rotate(tool), new, old} == {new, old}
    assert old not in states(tool)  # the next rotation forgets it


def test_at_once_the_new_key_signs_everywhere_and_the_old_one_still_verifies(tool: Tool, elsewhere: Tool) -> None:
    old, waiting = keys.signing_pair(elsewhere).kid, rotate(tool)
    new = rotate(tool, at_once=True)
    assert keys.signing_pair(tool).kid == keys.signing_pair(elsewhere).kid == new
    assert published(elsewhere) == [new, waiting, old]
    assert states(tool) == {new: "signs", waiting: "published", old: "published"}


def test_a_withdrawn_key_is_gone_with_its_private_half(tool: Tool, elsewhere: Tool) -> None:
    keys.signing_pair(elsewhere)
    rotate(tool)
    new = rotate(tool, at_once=True, withdraw=True)
    assert published(elsewhere) == [new] == list(states(tool))
    assert keys.signing_pair(elsewhere).kid == new


def test_rotating_before_there_is_a_key_makes_one_that_signs(tool: Tool) -> None:
    assert rotate(tool) == keys.signing_pair(tool).kid


def test_many_rotations_at_once_leave_one_that_signs(tool: Tool) -> None:
    keys.signing_pair(tool)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _n: rotate(tool, at_once=True), range(3)))
    assert sorted(states(tool).values()) == ["published"] * 3 + ["signs"]


def sealed_by(tool: Tool, *encryption_keys: str) -> Tool:
    return build_tool(tool.settings.model_copy(update={"encryption_keys": list(encryption_keys)}), clock=tool.clock)


def test_nothing_sealed_is_forgotten() -> None:
    assert {(table.name, column.name) for table, column in sealed_columns()} == {
        ("tool_key", "private_pem_sealed"),
        ("issuer_key", "private_sealed"),
        ("access_token", "token_sealed"),
    }


def test_the_encryption_key_can_be_changed_and_the_old_one_taken_out(tool: Tool, world: World, clock: Clock) -> None:
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before, both, after = sealed_by(tool, first), sealed_by(tool, second, first), sealed_by(tool, second)
    registration = world.registration()
    with before.database.unit() as session:
        for _ in range(2):
            keys.rotate(session, before)
        session.add(
            IssuerKey(
                district_id=registration.district_id,
                issuer_id=issuers.default(session, before, registration.district_id).id,
                kind="ed25519",
                public_multibase="z6Mk",
                private_sealed=before.box.seal("PRIVATE"),
                created_at=clock(),
                retired_at=None,
            )
        )
        session.add(AccessToken(registration_id=registration.id, scopes="s", token_sealed=before.box.seal("a token"), expires_at=clock()))
    with after.database.read() as session:
        assert len(unreadable(session, after)) == 3
    with pytest.raises(SecretLost, match="tool_key"), after.database.unit() as session:
        reseal(session, after)
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AccessToken)) == 1
    with both.database.unit() as session:
        assert reseal(session, both) == 3
    with after.database.read() as session:
        assert unreadable(session, after) == []
        assert [after.box.open(sealed) for sealed in session.scalars(select(IssuerKey.private_sealed))] == ["PRIVATE"]
        assert session.scalar(select(func.count()).select_from(AccessToken)) == 0
    keys._loaded.clear()  # as in a process that starts with the new key alone
    assert keys.signing_pair(after).kid in published(after)

    def own_keys(here: Tool) -> str:
        return next(check.words for report in examine(here) for check in report.checks if check.key == "tool_keys")

    assert "All can be opened" in own_keys(after)
    assert "can't be opened" in own_keys(before)
    for one in (before, both, after):
        one.database.dispose()


def test_the_key_file_may_hold_several_newest_first(tool: Tool) -> None:
    path = tool.settings.data_dir / "encryption.key"
    old = path.read_text().strip()
    sealed = tool.box.seal("secret")
    path.write_text(f"{Fernet.generate_key().decode()}\n{old}\n")
    both = build_tool(tool.settings)
    assert both.box.open(sealed) == "secret"
    assert both.box.open(both.box.reseal(sealed)) == "secret"
    path.write_text(path.read_text().splitlines()[0])
    newest = build_tool(tool.settings)
    assert newest.box.open(both.box.reseal(sealed)) == "secret"
    with pytest.raises(SecretLost):
        newest.box.open(sealed)
    for one in (both, newest):
        one.database.dispose()
