"""A badge that the tool signs, judged by the verifier of another house (npm, Node 20): offline, with both published contexts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openbadgeslib.ob3.contexts import bundled_contexts

from lti_tool.badges import service, signing
from lti_tool.badges.credential import compose
from tests.unit.badges.samples import DID, DID_DOCUMENT, KEY, KEY_ID, SIGNED_AT, facts

pytestmark = pytest.mark.xdist_group("npm")  # its packages are installed once, by one process

VERIFIERS = Path(__file__).parents[1] / "verifiers"


def _node(name: str) -> str:
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        pytest.fail(f"{name} is missing: this test needs Node.js 20 or newer (`make setup`) to ask a verifier that nobody here wrote")
    return path


def _with_node() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


@pytest.fixture(scope="module")
def verifier() -> Path:
    """The verifier's folder with its packages installed as the lock file says, once until the lock file changes."""
    done = VERIFIERS / "node_modules" / ".package-lock.json"
    lock = VERIFIERS / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        npm = [_node("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        run = subprocess.run(npm, cwd=VERIFIERS, env=_with_node(), capture_output=True, text=True, timeout=300, check=False)
        if run.returncode:
            pytest.fail(f"npm ci could not install the verifier:\n{run.stderr[-2000:]}")
        os.utime(done)
    return VERIFIERS / "verify.mjs"


@pytest.fixture
def judge(verifier: Path, tmp_path: Path) -> Any:
    """judge(credential, did_document, contexts=None) -> {"verified": ..., "errors": [...]}."""

    def ask(credential: bytes, did_document: dict[str, Any], contexts: dict[str, Any] | None = None) -> dict[str, Any]:
        files = [tmp_path / "credential.json", tmp_path / "did.json"]
        files[0].write_bytes(credential)
        files[1].write_text(json.dumps(did_document))
        if contexts is not None:
            files.append(tmp_path / "contexts.json")
            files[2].write_text(json.dumps(contexts))
        command = [_node("node"), str(verifier), *map(str, files)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert run.stdout, run.stderr
        verdict: dict[str, Any] = json.loads(run.stdout)
        assert (run.returncode == 0) is verdict["verified"]
        return verdict

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
    assert judge(published, stranger.get(f"{issuer}/did.json").get_json()) == {"verified": True, "errors": []}


@pytest.mark.parametrize("contexts", [None, bundled_contexts()], ids=["contexts from npm", "contexts from PyPI"])
def test_another_verifier_says_that_the_badge_is_valid(judge, credential, contexts):
    assert judge(credential, DID_DOCUMENT, contexts) == {"verified": True, "errors": []}


@pytest.mark.parametrize("contexts", [None, bundled_contexts()], ids=["contexts from npm", "contexts from PyPI"])
def test_another_verifier_notices_one_changed_word(judge, credential, contexts):
    changed = credential.replace(b"Ana Ruiz", b"Ana Ruis")
    assert changed != credential
    verdict = judge(changed, DID_DOCUMENT, contexts)
    assert not verdict["verified"]
    assert "Invalid signature." in verdict["errors"]


def test_another_verifier_notices_an_added_member(judge, credential):
    document = json.loads(credential) | {"districtPayCredit": 200}
    assert not judge(json.dumps(document).encode(), DID_DOCUMENT)["verified"]


def test_another_verifier_takes_the_keys_from_the_did_document_only(judge, credential):
    strangers = signing.did_document(DID, [signing.public_multibase(signing.generate_key())])
    assert not judge(credential, strangers)["verified"]
