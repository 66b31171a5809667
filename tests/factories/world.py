"""Builds districts, people, courses and work straight in the database, and browsers that stand in a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.blobs import StoredBlob
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.snapshot import ArtifactCopy, OwnLevel, Snapshot
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.launch.models import Context, Membership, Person, ResourceLink
from lti_tool.platforms.models import Deployment, District, Registration
from lti_tool.review import seats, service
from lti_tool.review.calibration_models import Anchor, Calibration
from lti_tool.review.models import Review
from lti_tool.tool import Tool
from lti_tool.web import frames
from lti_tool.web.models import RoleGrant

CONTENT: dict[str, Any] = {
    "title": "Asking good questions",
    "summary": "Ask questions that make students think.",
    "competency": "The teacher asks open questions.",
    "hours": 12,
    "key_method": {"title": "Plan, ask, wait", "description": "Plan *three* questions."},
    "rationale": "Wait time matters.",
    "overview_questions": [{"key": "context", "prompt": "Describe your class."}],
    "evidence": [
        {"key": "plan", "title": "Lesson plan", "description": "One plan.", "criteria": ["planning"]},
        {"key": "recording", "title": "Recording", "description": "Ten minutes.", "criteria": ["asking"], "may_show_students": True},
    ],
    "criteria": [
        {
            "key": key,
            "title": title,
            "required_level": 2,
            "levels": [{"name": name, "description": f"{title}: {name}"} for name in ("Not yet", "Almost", "Met")],
        }
        for key, title in (("planning", "Planning"), ("asking", "Asking"))
    ],
    "reflection_questions": [{"key": "impact", "prompt": "What changed for your students?"}],
}


class FrameBrowser:
    """A test client inside one frame: paths are relative to it, forms carry the frame's token."""

    def __init__(self, client: FlaskClient, prefix: str) -> None:
        self.client, self.prefix = client, prefix

    def get(self, path: str = "/", **kwargs: Any) -> TestResponse:
        """GET a page of the frame, or an absolute path given whole (/s/..., /badges/...)."""
        return self.client.get(self._whole(path), **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form with the frame's token."""
        return self.client.post(self._whole(path), data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def token(self) -> str:
        """A valid form token of this frame."""
        with self.client.application.test_request_context(
            self.prefix + "/", headers={"Cookie": "; ".join(f"{c.key}={c.value}" for c in self.client._cookies.values())}
        ):
            from flask_wtf.csrf import generate_csrf

            return generate_csrf()

    def _whole(self, path: str) -> str:
        return path if re.match(r"^/(s|badges|issuers|lti|evidence-file)/", path) else self.prefix + path


class World:
    """Every method commits and returns the row (detached, readable)."""

    def __init__(self, tool: Tool, app: Flask) -> None:
        self.tool, self.app, self._n = tool, app, count(1)

    def _add(self, *rows: Any) -> Any:
        with self.tool.database.unit() as session:
            session.add_all(rows)
        return rows[0]

    def _get(self, model: type[Any], key: UUID) -> Any:
        with self.tool.database.read() as session:
            return session.get_one(model, key)

    def district(self, name: str = "Maple Valley") -> District:
        n = next(self._n)
        return self._add(District(slug=f"district-{n}", name=name, created_at=self.tool.clock()))

    def registration(self, district: District | None = None, **given: Any) -> Registration:
        n = next(self._n)
        values = {
            "district_id": (district or self.district()).id,
            "issuer": f"https://lms{n}.example.edu",
            "client_id": f"client-{n}",
            "auth_url": f"https://lms{n}.example.edu/auth",
            "token_url": f"https://lms{n}.example.edu/token",
            "token_audience": f"https://lms{n}.example.edu/token",
            "jwks_url": f"https://lms{n}.example.edu/jwks",
            "vendor": "moodle",
            "name": f"LMS {n}",
            "state": "active",
            "scopes": [],
            "admins_run_console": True,
            "created_at": self.tool.clock(),
            "confirmed_at": self.tool.clock(),
            "details": {},
        }
        row = Registration(**{**values, **given})
        row.id = new_id()
        return self._add(
            row, Deployment(district_id=row.district_id, registration_id=row.id, deployment_id="1", created_at=self.tool.clock())
        )

    def deployment(self, registration: Registration) -> Deployment:
        with self.tool.database.read() as session:
            return session.query(Deployment).filter_by(registration_id=registration.id).first()  # type: ignore[return-value]

    def person(self, registration: Registration, name: str = "Ada Teacher", **given: Any) -> Person:
        given_name, _, family = name.partition(" ")
        return self._add(
            Person(
                **{
                    "district_id": registration.district_id,
                    "registration_id": registration.id,
                    "sub": f"sub-{next(self._n)}",
                    "label": name,
                    "given_name": given_name,
                    "family_name": family,
                    "email": f"{given_name.lower()}@example.org",
                    "locale": "en",
                    "is_test": False,
                    "created_at": self.tool.clock(),
                    "last_launch_at": self.tool.clock(),
                    **given,
                }
            )
        )

    def context(self, registration: Registration, title: str = "Professional learning") -> Context:
        n = next(self._n)
        return self._add(
            Context(
                district_id=registration.district_id,
                registration_id=registration.id,
                deployment_id=self.deployment(registration).id,
                lti_id=f"course-{n}",
                title=title,
                label=f"PL{n}",
                lineitems_url=f"{registration.issuer}/courses/{n}/lineitems",
                memberships_url=f"{registration.issuer}/courses/{n}/members",
                service_scopes=[
                    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
                ],
                history=[],
                created_at=self.tool.clock(),
                seen_at=self.tool.clock(),
            )
        )

    def member(self, context: Context, person: Person, *rights: str) -> Membership:
        return self._add(
            Membership(
                district_id=context.district_id,
                context_id=context.id,
                person_id=person.id,
                roles=[],
                rights=list(rights),
                source="launch",
                seen_at=self.tool.clock(),
            )
        )

    def resource_link(self, context: Context, *, lineitem: bool = True, **custom: Any) -> ResourceLink:
        n = next(self._n)
        return self._add(
            ResourceLink(
                district_id=context.district_id,
                registration_id=context.registration_id,
                context_id=context.id,
                lti_id=f"link-{n}",
                title=f"Activity {n}",
                lineitem_url=f"{context.lineitems_url}/{n}/lineitem?type_id=1" if lineitem else "",
                custom=custom,
                created_at=self.tool.clock(),
                seen_at=self.tool.clock(),
            )
        )

    def version(self, district_id: UUID, **content: Any) -> MicrocredentialVersion:
        parsed = MicrocredentialContent.model_validate({**CONTENT, **content})
        n, now = next(self._n), self.tool.clock()
        parent = Microcredential(
            id=new_id(),
            district_id=district_id,
            key=f"mc-{n}",
            title=parsed.title,
            state="published",
            draft=None,
            draft_number=0,
            author_id=None,
            created_at=now,
            changed_at=now,
        )
        self._add(parent)
        return self._add(
            MicrocredentialVersion(
                district_id=district_id,
                microcredential_id=parent.id,
                number=1,
                title=parsed.title,
                content=parsed.model_dump(mode="json"),
                content_hash=parsed.content_hash(),
                activity_key=f"key-{n}",
                published_at=now,
                published_by=None,
            )
        )

    def activity(self, context: Context, version: MicrocredentialVersion | None = None, *, lineitem: bool = True) -> Activity:
        version = version or self.version(context.district_id)
        link = self.resource_link(context, lineitem=lineitem, activity=version.activity_key)
        return self._add(
            Activity(
                district_id=context.district_id,
                context_id=context.id,
                resource_link_id=link.id,
                version_id=version.id,
                points=Decimal(100),
                copied_from_id=None,
                created_at=self.tool.clock(),
            )
        )

    def enrollment(self, activity: Activity, person: Person, **given: Any) -> Enrollment:
        return self._add(
            Enrollment(
                **{
                    "district_id": activity.district_id,
                    "person_id": person.id,
                    "activity_id": activity.id,
                    "version_id": activity.version_id,
                    "state": "active",
                    "started_at": self.tool.clock(),
                    "deadline_at": self.tool.clock() + timedelta(days=365),
                    "ended_at": None,
                    **given,
                }
            )
        )

    def grant(self, person: Person, role: str) -> RoleGrant:
        return self._add(
            RoleGrant(
                district_id=person.district_id,
                person_id=person.id,
                role=role,
                granted_by=None,
                granted_at=self.tool.clock(),
                revoked_at=None,
            )
        )

    def reviewer(self, registration: Registration, name: str = "Ruth Reviewer", **given: Any) -> Person:
        """A person of the pool, with an e-mail address of their own: two accounts with the same one are one reviewer."""
        person = self.person(registration, name, **{"email": f"reviewer{next(self._n)}@example.org", **given})
        self.grant(person, "reviewer")
        return person

    def stored_file(self, district_id: UUID, content: bytes, media_type: str, **given: Any) -> StoredBlob:
        """A file in the store, examined, with nothing made of it."""
        blob, now = self.tool.blobs.store(BytesIO(content), limit=len(content)), self.tool.clock()
        values = {"scan": "off", "scanned_at": None, "outcome": "as_is", "due_at": None, "created_at": now, **given}
        self._add(StoredFile(district_id=district_id, blob_key=blob.key, media_type=media_type, size=blob.size, **values))
        return blob

    def submission(self, enrollment: Enrollment, *, attempt: int = 1, filename: str = "plan.pdf", **given: Any) -> Submission:
        """A frozen attempt that answers everything, with a file for the first requirement and writing for the others; no seats yet."""
        version = self._get(MicrocredentialVersion, enrollment.version_id)
        content = MicrocredentialContent.model_validate(version.content)
        blob = self.stored_file(enrollment.district_id, b"%PDF-1.7 evidence", "application/pdf")
        pieces = [
            ArtifactCopy(id=new_id(), requirement=one.key, kind="text", title=one.title, text=f"About {one.title}.", students="none")
            for one in content.evidence
        ]
        file = {"kind": "file", "title": filename, "text": "", "filename": filename, "media_type": "application/pdf"}
        pieces[0] = pieces[0].model_copy(update={**file, "size": blob.size, "sha256": blob.sha256, "blob_key": blob.key})
        snapshot = Snapshot(
            version_id=version.id,
            content_hash=version.content_hash,
            answers={q.key: f"Answer to {q.key}." for q in content.overview_questions + content.reflection_questions},
            self_assessment={one.key: OwnLevel(level=one.required_level) for one in content.criteria},
            artifacts=tuple(pieces),
            attested=("names_removed",),
        )
        return self._add(
            Submission(
                **{
                    "district_id": enrollment.district_id,
                    "enrollment_id": enrollment.id,
                    "attempt": attempt,
                    "state": "submitted",
                    "outcome": None,
                    "snapshot": snapshot.model_dump(mode="json"),
                    "snapshot_hash": snapshot.digest(),
                    "submitted_at": self.tool.clock(),
                    "decided_at": None,
                    **given,
                }
            )
        )

    def seated(self, enrollment: Enrollment, **given: Any) -> Submission:
        """A submission whose seats the pool has taken, as after a teacher's submit."""
        submission = self.submission(enrollment, **given)
        with self.tool.database.unit() as session:
            seats.fill_seats(session, self.tool, submission.id)
        return self._get(Submission, submission.id)

    def reviews(self, submission: Submission) -> list[Review]:
        """All reviews of a submission, by seat and age."""
        with self.tool.database.read() as session:
            return list(session.scalars(select(Review).where(Review.submission_id == submission.id).order_by(Review.seat, Review.id)))

    def judge(self, review: Review, levels: Mapping[str, int] | int, words: str = "I saw it.") -> None:
        """Score what this seat must score (one level for all, or by criterion) and lock."""
        with self.tool.database.unit() as session:
            row = session.get_one(Review, review.id)
            scores = {
                key: {"level": levels if isinstance(levels, int) else levels[key], "feedback": words}
                for key in service.to_score(session, row)
            }
            service.save(session, row, scores=scores, overall="", revision=row.revision, page="")
            service.lock(session, self.tool, row)

    def calibration(self, activity: Activity, person: Person) -> Calibration:
        """An example of this activity's microcredential that the person has begun to score."""
        version = self._get(MicrocredentialVersion, activity.version_id)
        content = MicrocredentialContent.model_validate(version.content)
        snapshot = Snapshot(
            version_id=version.id, content_hash=version.content_hash, answers={}, self_assessment={}, artifacts=(), attested=()
        )
        anchor = self._add(
            Anchor(
                district_id=activity.district_id,
                microcredential_id=version.microcredential_id,
                version_id=version.id,
                submission_id=None,
                number=next(self._n),
                state="ready",
                snapshot=snapshot.model_dump(mode="json"),
                master={one.key: {"level": one.required_level, "why": "Seen."} for one in content.criteria},
                made_by=None,
                made_at=self.tool.clock(),
                ready_at=self.tool.clock(),
                retired_at=None,
            )
        )
        return self._add(
            Calibration(
                district_id=activity.district_id,
                anchor_id=anchor.id,
                person_id=person.id,
                round=1,
                state="open",
                scores={},
                started_at=self.tool.clock(),
                finished_at=None,
            )
        )

    def browser(
        self,
        person: Person,
        *rights: str,
        context: Context | None = None,
        activity: Activity | None = None,
        launch: dict[str, Any] | None = None,
    ) -> FrameBrowser:
        """A browser that just launched as this person with these rights, in a context or at an activity's link."""
        registration = self._get(Registration, person.registration_id)
        if activity is not None and context is None:
            context = self._get(Context, activity.context_id)
        with self.tool.database.unit() as session:
            opened = self._open(session, person, registration, rights, context, activity, launch or {})
        client = self.app.test_client()
        client.set_cookie(f"__Host-f-{opened.id}", opened.secret, secure=True)
        client.set_cookie(f"f-{opened.id}", opened.secret)
        return FrameBrowser(client, f"/s/{opened.id}")

    def _open(
        self,
        session: Session,
        person: Person,
        registration: Registration,
        rights: tuple[str, ...],
        context: Context | None,
        activity: Activity | None,
        launch: dict[str, Any],
    ) -> frames.Opened:
        opened, row = frames.made(
            self.tool,
            district_id=person.district_id,
            registration_id=registration.id,
            deployment_id=self.deployment(registration).id,
            person_id=person.id,
            person_name=person.label,
            context_id=context.id if context else None,
            context_title=context.title if context else "",
            resource_link_id=activity.resource_link_id if activity else None,
            rights=list(rights),
            frame_ancestors=[registration.issuer],
            launch={"message_type": "LtiResourceLinkRequest", "custom": {}, **launch},
        )
        frames.keep(session, row)
        return opened
