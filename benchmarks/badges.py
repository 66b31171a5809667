"""How many badges the worker signs per second of the processor, against the bare work: canonicalisation and signature.

The limit is the same library's own signature (`add_data_integrity_proof`) over documents that lie ready in memory, with nothing
around it: no database, no keys to open, no look whether every word is covered, no trail. Both run in this process, in turns.

    make bench NAME=badges
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from openbadgeslib.ob3.ldp import add_data_integrity_proof
from sqlalchemy import select, update

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from lti_tool import migrations  # noqa: E402
from lti_tool.app import build_tool, create_app  # noqa: E402
from lti_tool.badges import keys, service, signing  # noqa: E402
from lti_tool.badges.models import Award, BadgeIssuer  # noqa: E402
from lti_tool.settings import Settings  # noqa: E402
from lti_tool.tool import Tool, utc_now  # noqa: E402
from tests.factories.world import World  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--badges", type=int, default=120, help="awards signed in each round")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = _installation(Path(folder), asked.badges)
        documents, pem, method = _documents(here)
        _ours(here), _bare(documents[:3], pem, method)  # contexts are read, the database is warm
        ratios = []
        for number in range(asked.rounds):
            if number % 2:
                ours, limit = _ours(here), _bare(documents, pem, method)
            else:
                limit, ours = _bare(documents, pem, method), _ours(here)
            ratios.append(ours / limit)
            print(f"round {number + 1}: {ours:.1f} badges per CPU-second signed and stored, {limit:.1f} bare; {ours / limit:.2f}")
        here.database.dispose()
    print(f"ratio: {statistics.median(ratios):.2f} (badges signed and stored per CPU-second, against canonicalisation and signature alone)")


def _installation(folder: Path, number: int) -> Tool:
    here = build_tool(Settings(data_dir=folder, development=True, base_url="https://badges.example.org", log_level="ERROR"))
    migrations.upgrade(here.database)
    world = World(here, create_app(here=here))
    registration = world.registration()
    activity = world.activity(world.context(registration))
    for one in range(number):
        enrollment = world.enrollment(activity, world.person(registration, f"Teacher {one}"), state="earned")
        with here.database.unit() as session:
            service.award(session, here, enrollment_id=enrollment.id, decided_at=utc_now() - timedelta(days=1))
    return here


def _documents(here: Tool) -> tuple[list[dict[str, object]], str, str]:
    """The same badges without their proofs, the key that signs them, and its name."""
    service.sign_due(here)
    with here.database.unit() as session:
        signed = session.scalars(select(Award.credential)).all()
        issuer = session.scalars(select(BadgeIssuer)).one()
        key = keys.signing_key(session, here, issuer.id)
        pem = here.box.open(key.private_sealed)
    documents = [json.loads(one or b"") for one in signed]
    for document in documents:
        document.pop("proof")
    return documents, pem, signing.key_id(documents[0]["issuer"]["id"], key.public_multibase or "")


def _ours(here: Tool) -> float:
    """The worker's own job, from rows that wait to rows that are signed."""
    with here.database.unit() as session:
        session.execute(update(Award).values(signing_due=True, status_list_id=None, status_index=None, credential=None))
    begun = time.process_time()
    done = service.sign_due(here)
    return done / (time.process_time() - begun)


def _bare(documents: list[dict[str, object]], pem: str, method: str) -> float:
    moment = utc_now().replace(microsecond=0)
    begun = time.process_time()
    for document in documents:
        add_data_integrity_proof(document, pem, method, created=moment)
    return len(documents) / (time.process_time() - begun)


if __name__ == "__main__":
    main()
