"""A badge that the tool signs, judged by verifiers of other houses (npm, Node 20): offline, with both published contexts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from openbadgeslib.ob3.contexts import bundled_contexts

from lti_tool.badges import service, signing
from lti_tool.badges.credential import compose
from tests.unit.badges.samples import DID, DID_DOCUMENT, KEY, KEY_ID, SIGNED_AT, facts
from tests.unit.badges.test_signing import changed, places
from tests.verifiers import Judges

pytestmark = pytest.mark.xdist_group("npm")  # its packages are installed once, by one process

VALID = [{"verified": True, "errors": [], "revoked": None}] * 2
HOUSES = ("digitalbazaar", "digitalcredentials")


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Judges:
    """The verifiers, with their packages installed."""
    return Judges(tmp_path_factory.mktemp("judges"))


@pytest.fixture
def judge(judges: Judges) -> Any:
    """judge(credential, did_document, contexts=None) -> what each house says, the same of all."""

    def ask(credential: bytes, did_document: dict[str, Any], contexts: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        checks = [{"by": house, "credential": json.loads(credential)} for house in HOUSES]
        return judges.ask(checks, {did_document["id"]: did_document}, contexts)

    return ask


@pytest.fixture(scope="module")
def credential() -> bytes:
    return signing.sign(compose(facts()), KEY, KEY_ID, created=SIGNED_AT)


def test_another_verifier_takes_what_the_tool_publishes(judge, world, tool, clock):
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    registration = world.registration()
    teacher = world.person(registration)
    enrollment = world.enrollment(world.activity(world.context(registration)), teacher, state="earned")
    with tool.database.unit() as session:
        award = service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    assert service.sign_due(tool) == 1
    with tool.database.unit() as session:
        service.set_public(session, tool, district_id=teacher.district_id, person_id=teacher.id, award_id=award.id, public=True)
    stranger = world.app.test_client()
    published = stranger.get(f"/badges/{award.public_id}.json").data
    issuer = json.loads(published)["issuer"]["url"].removeprefix(tool.settings.base_url)
    assert judge(published, stranger.get(f"{issuer}/did.json").get_json()) == VALID


@pytest.mark.parametrize("contexts", [None, bundled_contexts()], ids=["contexts from npm", "contexts from PyPI"])
def test_another_verifier_says_that_the_badge_is_valid(judge, credential, contexts):
    assert judge(credential, DID_DOCUMENT, contexts) == VALID


@pytest.mark.parametrize("contexts", [None, bundled_contexts()], ids=["contexts from npm", "contexts from PyPI"])
def test_another_verifier_notices_one_changed_word(judge, credential, contexts):
    changed = credential.replace(b"Ana Ruiz", b"Ana Ruis")
    assert changed != credential
    for verdict in judge(changed, DID_DOCUMENT, contexts):
        assert not verdict["verified"]
        assert "Invalid signature." in verdict["errors"]


def test_another_verifier_notices_an_added_member(judge, credential):
    document = json.loads(credential) | {"districtPayCredit": 200}
    assert [verdict["verified"] for verdict in judge(json.dumps(document).encode(), DID_DOCUMENT)] == [False, False]


def test_another_verifier_takes_the_keys_from_the_did_document_only(judge, credential):
    strangers = signing.did_document(DID, [signing.public_multibase(signing.generate_key())])
    assert [verdict["verified"] for verdict in judge(credential, strangers)] == [False, False]


def test_no_house_overlooks_one_changed_value(judges, credential):
    """Every single value of the badge, changed one at a time, before both houses."""
    document = json.loads(credential)
    spoiled = [changed(document, path) for path in places(document)]
    checks = [{"by": house, "credential": one} for one in spoiled for house in HOUSES]
    answers = judges.ask(checks, {DID_DOCUMENT["id"]: DID_DOCUMENT})
    overlooked = [check["credential"] for check, answer in zip(checks, answers, strict=True) if answer["verified"]]
    assert overlooked == []
    assert len(answers) > 150
