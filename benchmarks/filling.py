"""A district with so many submissions in a PostgreSQL database: rows as the tool writes them, made by INSERT .. SELECT.

Work that is under way stays the same, as it does in a district: so much is open, and what was decided piles up.
"""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Numeric, String, column, select, table, text
from sqlalchemy.dialects.postgresql import insert

from lti_tool.all_models import metadata
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.service import install_samples
from lti_tool.database import UtcDateTime
from lti_tool.evidence.snapshot import ArtifactCopy, OwnLevel, Snapshot
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.review import open_work
from lti_tool.tool import Tool

OPEN = 400
"""Submissions under way."""
REVIEWERS = 40
COURSE = 25
"""Teachers in a course; each course has one activity."""
_NOBODY = UUID(int=0)
_WORDS = (
    "I planned three open questions for the lesson on fractions, waited seven seconds after each, and wrote down who answered. "
    "Two students who had never spoken explained their way to the class. "
)
_EACH = "generate_series(:first, :last) n JOIN bench_version v ON v.place = n / :course % :versions"
_DECIDED = "generate_series(GREATEST(:first, :open + 1), :last) n JOIN bench_version v ON v.place = n / :course % :versions"
_COURSES = "generate_series(:first / :course, :last / :course) n JOIN bench_version v ON v.place = n % :versions"
_BELOW = "CASE WHEN n % 3 = 0 THEN v.{0}_below ELSE v.{0} END"
_OUTCOME = "CASE WHEN n % 3 = 0 THEN 'not_earned' ELSE 'earned' END"
_WHEN = "now() - interval '1 day' * (n % 600) - interval '1 second' * (n % 1000)"


def _id(kind: str, number: str = "n") -> str:
    return f"md5('{kind}-' || {number})::uuid"


def _person(kind: str) -> dict[str, str]:
    names = {"label": f"'{kind.capitalize()} ' || n", "given_name": f"'{kind.capitalize()}'", "family_name": "n::text", "locale": "'en'"}
    told = {"sub": f"'{kind}-' || n", "email": f"'{kind}' || n || '@example.org'"}
    return {"id": _id(kind), "registration_id": ":registration", **told, **names}


_POOL: list[tuple[str, dict[str, str], str]] = [
    ("person", _person("reviewer"), "generate_series(0, :reviewers - 1) n"),
    ("role_grant", {"id": "gen_random_uuid()", "person_id": _id("reviewer"), "role": "'reviewer'"}, "generate_series(0, :reviewers - 1) n"),
]
# What is not named is given the district, now, or nothing.
_GROWS: list[tuple[str, dict[str, str], str]] = [
    ("person", _person("teacher"), _EACH),
    (
        "context",
        {
            "id": _id("course"),
            "registration_id": ":registration",
            "deployment_id": ":deployment",
            "lti_id": "'course-' || n",
            "title": "'Course ' || n",
            "service_scopes": "'[]'",
            "history": "'[]'",
        },
        _COURSES,
    ),
    (
        "resource_link",
        {"id": _id("link"), "registration_id": ":registration", "context_id": _id("course"), "lti_id": "'link-' || n", "title": "'Link'"},
        _COURSES,
    ),
    (
        "activity",
        {"id": _id("activity"), "context_id": _id("course"), "resource_link_id": _id("link"), "version_id": "v.id", "points": "100"},
        _COURSES,
    ),
    (
        "membership",
        {
            "id": _id("membership"),
            "context_id": _id("course", "n / :course"),
            "person_id": _id("teacher"),
            "roles": "'[]'",
            "rights": "'[\"earner\"]'",
            "source": "'launch'",
        },
        _EACH,
    ),
    (
        "enrollment",
        {
            "id": _id("enrollment"),
            "person_id": _id("teacher"),
            "activity_id": _id("activity", "n / :course"),
            "version_id": "v.id",
            "state": f"CASE WHEN n <= :open THEN 'active' ELSE {_OUTCOME} END",
            "deadline_at": "now() + interval '275 days'",
            "ended_at": f"CASE WHEN n > :open THEN {_WHEN} END",
        },
        _EACH,
    ),
    (
        "artifact",
        {
            "id": _id("artifact"),
            "person_id": _id("teacher"),
            "kind": "'text'",
            "title": "'Lesson plan'",
            "text": ":words",
            "students": "'none'",
            "revision": "1",
        },
        _EACH,
    ),
    (
        "submission",
        {
            "id": _id("submission"),
            "enrollment_id": _id("enrollment"),
            "attempt": "1",
            "state": "CASE WHEN n <= :open THEN 'in_review' ELSE 'decided' END",
            "outcome": f"CASE WHEN n > :open THEN {_OUTCOME} END",
            "met_criteria": "'[]'",
            "snapshot": f"replace(v.snapshot, '{_NOBODY}', {_id('artifact')}::text)::json",
            "snapshot_hash": "md5(n::text)",
            "submitted_at": "now() - interval '30 days'",
            "decided_at": f"CASE WHEN n > :open THEN {_WHEN} END",
        },
        _EACH,
    ),
    (
        "review",
        {
            "id": _id("review", "n || '-' || seat"),
            "submission_id": _id("submission"),
            "reviewer_id": _id("reviewer", "(n + seat * 7) % :reviewers"),
            "seat": "seat",
            "state": "CASE WHEN n > :open THEN 'locked' WHEN n % 2 = 0 THEN 'in_progress' ELSE 'assigned' END",
            "scores": f"CASE WHEN n <= :open AND n % 2 = 1 THEN '{{}}' ELSE {_BELOW.format('scores')} END::json",
            "revision": "3",
            "assigned_at": "now() - interval '20 days'",
            "due_at": "now() - interval '20 days' + interval '1 day' * (n % 40)",
            "locked_at": f"CASE WHEN n > :open THEN {_WHEN} END",
        },
        f"{_EACH}, generate_series(1, 2) seat",
    ),
    (
        "decision",
        {
            "id": _id("decision"),
            "submission_id": _id("submission"),
            "outcome": _OUTCOME,
            "criteria": f"({_BELOW.format('results')})::json",
            "decided_at": _WHEN,
        },
        _DECIDED,
    ),
    (
        "double_score",
        {
            "id": _id("double"),
            "submission_id": _id("submission"),
            "microcredential_id": "v.microcredential_id",
            "version_id": "v.id",
            "first_id": _id("reviewer", "(n + 7) % :reviewers"),
            "second_id": _id("reviewer", "(n + 14) % :reviewers"),
            "criteria": f"({_BELOW.format('pairs')})::json",
            "first_seconds": "86400 * (n % 9)",
            "second_seconds": "86400 * (n % 7)",
            "decided_at": _WHEN,
        },
        _DECIDED,
    ),
    (
        "score_delivery",
        {
            "id": _id("score"),
            "registration_id": ":registration",
            "activity_id": _id("activity", "n / :course"),
            "enrollment_id": _id("enrollment"),
            "person_id": _id("teacher"),
            "version": "1",
            "sent_version": "1",
            "score_given": "100",
            "score_maximum": "100",
            "state": "'sent'",
        },
        _DECIDED,
    ),
    (
        "audit_event",
        {
            "id": _id("event", "n || '-' || k"),
            "at": "now() - interval '600 days' + interval '50 seconds' * n",
            "actor_id": _id("teacher"),
            "action": "CASE k WHEN 0 THEN 'evidence:submission:submitted' ELSE 'review:decided' END",
            "subject_id": _id("submission"),
            "details": '\'{"outcome": "earned"}\'',
            "sequence": "1000 + n * 2 + k",
            "previous": "md5((n * 2 + k - 1)::text)",
            "hash": "md5((n * 2 + k)::text)",
            "subject_ref": "right(md5('submission-' || n), 6)",
        },
        f"{_EACH}, generate_series(0, 1) k",
    ),
]


def _filled(name: str, given: dict[str, str], source: str) -> str:
    """INSERT .. SELECT; columns that must hold something and are not given get what is plain for their type."""
    values = dict(given)
    for one in metadata.tables[name].columns:
        if one.name == "district_id":
            values[one.name] = ":district"
        elif one.name not in values and not one.nullable:
            values[one.name] = _plain(one.type)
    return f"INSERT INTO {name} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source} ON CONFLICT DO NOTHING"


def _plain(kind: Any) -> str:
    if isinstance(kind, UtcDateTime | DateTime):
        return "now()"
    if isinstance(kind, Integer | Numeric):
        return "0"
    if isinstance(kind, String) or type(kind).__name__ == "SafeString":
        return "''"
    return {"JSON": "'{}'", "Boolean": "false"}[type(kind).__name__]


def _templates(version: MicrocredentialVersion) -> dict[str, str]:
    """What a submission, its reviews and its decision look like for this version; `below` is one in which a criterion is not met."""
    content = MicrocredentialContent.model_validate(version.content)
    words = _WORDS * 4
    pieces = [
        ArtifactCopy(id=_NOBODY, requirement=one.key, kind="text", title=one.title, text=words, students="none") for one in content.evidence
    ]
    snapshot = Snapshot(
        version_id=version.id,
        content_hash=version.content_hash,
        answers={q.key: words for q in content.overview_questions + content.reflection_questions},
        self_assessment={one.key: OwnLevel(level=one.required_level, note=_WORDS) for one in content.criteria},
        artifacts=tuple(pieces),
        attested=("names_removed",),
    )
    found = {"snapshot": json.dumps(snapshot.model_dump(mode="json"))}
    for suffix, off in (("", 0), ("_below", 1)):
        levels = {one.key: one.required_level - (off if place == 0 else 0) for place, one in enumerate(content.criteria)}
        met = {one.key: levels[one.key] >= one.required_level for one in content.criteria}
        found[f"scores{suffix}"] = json.dumps({key: {"level": level, "feedback": _WORDS} for key, level in levels.items()})
        found[f"results{suffix}"] = json.dumps({k: {"met": met[k], "levels": [v, v], "settled_level": None} for k, v in levels.items()})
        found[f"pairs{suffix}"] = json.dumps({k: {"levels": [v, v], "met": [met[k]] * 2, "settled": None} for k, v in levels.items()})
    return found


_TEXTS = ("snapshot", *(f"{name}{suffix}" for name in ("scores", "results", "pairs") for suffix in ("", "_below")))


def prepare(here: Tool) -> dict[str, Any]:
    """Microcredentials and reviewers. Returns what `grow` fills in."""
    with here.database.unit() as session:
        registration = session.scalars(select(Registration)).one()
        deployment = session.scalars(select(Deployment)).one()
        versions = install_samples(session, here, registration.district_id)
        session.flush()
        given = {"district": registration.district_id, "registration": registration.id, "deployment": deployment.id}
        given |= {"versions": len(versions), "open": OPEN, "reviewers": REVIEWERS, "course": COURSE, "words": _WORDS * 4}
        texts = ", ".join(f"{name} text" for name in _TEXTS)
        session.execute(text(f"CREATE TABLE bench_version (place int, id uuid, microcredential_id uuid, {texts})"))
        target = table("bench_version", *(column(name) for name in ("place", "id", "microcredential_id", *_TEXTS)))
        rows = [
            {"place": place, "id": one.id, "microcredential_id": one.microcredential_id, **_templates(one)}
            for place, one in enumerate(versions)
        ]
        session.execute(insert(target), rows)
        for statement in _POOL:
            _run(session, _filled(*statement), given)
    return given


def grow(here: Tool, given: dict[str, Any], first: int, last: int) -> None:
    """Add submissions `first` to `last` with everything around them."""
    with here.database.unit() as session:
        # What refers to what is right; millions of checks would take long.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("SET LOCAL synchronous_commit = off"))
        for statement in _GROWS:
            _run(session, _filled(*statement), {**given, "first": first, "last": last})
    with here.database.engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with here.database.unit() as session:
        open_work.rebuild(session, given["district"])
    with here.database.engine.connect() as connection:
        connection.execute(text("ANALYZE open_work"))


def _run(session: Any, statement: str, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if isinstance(value, int):  # PostgreSQL can't tell which integers it is given
            statement = re.sub(rf":{name}\b", str(value), statement)
    clause = text(statement)
    session.execute(clause, {name: value for name, value in given.items() if name in clause._bindparams})
