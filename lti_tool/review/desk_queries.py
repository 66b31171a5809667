"""What a reviewer sees of one submission: the evidence, the criteria, own drafts and notes.

It holds no name, no file name, and nothing of the other reviewer until both are done. What people wrote is shown without their names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import Criterion, EvidenceRequirement, MicrocredentialContent, Question
from lti_tool.errors import Problem
from lti_tool.evidence.blinding import Names, blinded
from lti_tool.evidence.holding import Standing, standings
from lti_tool.evidence.queries import LoadedSubmission, load_submission
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.evidence.stored_policies import neutral_name
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.review import holds
from lti_tool.review.blind import blind_name, names_of
from lti_tool.review.desk_models import ReviewNote
from lti_tool.review.desk_policies import moment_words
from lti_tool.review.models import HOLDING, IS_SEALED, OPEN, Review
from lti_tool.review.service import own_review, to_score


@dataclass(frozen=True)
class Piece:
    """A piece of evidence as a reviewer sees it: its place in place of a name.

    `shows`: titles of criteria that it is said to show. `consent`: students can be recognized, and the teacher has said where the
    families' consent is. `state`: empty, or replaced, held, removed, deleted (since `at`); of the last three only the place is shown.
    """

    id: UUID
    kind: str
    title: str
    text: str
    url: str
    media_type: str
    filename: str
    blob_key: str
    shows: tuple[str, ...] = ()
    consent: bool = False
    state: str = ""
    at: datetime | None = None

    @property
    def hidden(self) -> bool:
        """Whether nothing of it is shown."""
        return self.state in ("held", "removed", "deleted")

    @property
    def recording(self) -> bool:
        """Whether it plays, so that notes can name a moment of it."""
        return not self.hidden and self.kind == "file" and self.media_type.startswith(("audio/", "video/"))

    @property
    def site(self) -> str:
        """Of a link, whose site it leads to: the address itself often holds a name."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


@dataclass(frozen=True)
class Shown:
    """A requirement with what was handed in for it."""

    requirement: EvidenceRequirement
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Work:
    """A submission without its author."""

    name: str
    attempt: int
    content: MicrocredentialContent
    overview: tuple[tuple[Question, str], ...]
    reflection: tuple[tuple[Question, str], ...]
    evidence: tuple[Shown, ...]

    @property
    def title(self) -> str:
        """The microcredential's."""
        return self.content.title

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces, in their order; one that serves twice is there twice."""
        return tuple(piece for part in self.evidence for piece in part.pieces)

    @property
    def visible(self) -> tuple[UUID, ...]:
        """The pieces that are shown."""
        return tuple(piece.id for piece in self.pieces if not piece.hidden)


@dataclass(frozen=True)
class Rationale:
    """What one of the first two said on a disputed criterion; without a name."""

    level_name: str
    met: bool
    feedback: str


@dataclass(frozen=True)
class ToScore:
    """A criterion for this reviewer: own draft, and for the third reviewer both rationales."""

    criterion: Criterion
    level: int | None
    feedback: str
    rationales: tuple[Rationale, ...]


@dataclass(frozen=True)
class Note:
    """A reviewer's own note at a moment of a recording. `shared`: the teacher will read it."""

    id: UUID
    artifact_id: UUID
    seconds: int
    text: str
    shared: bool

    @property
    def moment(self) -> str:
        """As a player writes it: 2:05, or 1:02:05."""
        return moment_words(self.seconds)


@dataclass(frozen=True)
class Desk:
    """Everything on a reviewer's desk for one submission. `kept` are titles of criteria that stay met from the attempt before.

    `begun`: something was saved. `notes` are own ones, by piece and moment.
    """

    id: UUID
    work: Work
    seat: int
    state: str
    due_at: datetime
    revision: int
    overall: str
    to_score: tuple[ToScore, ...]
    kept: tuple[str, ...]
    paused: bool
    notes: tuple[Note, ...]

    @property
    def open(self) -> bool:
        """Whether it can be written on."""
        return self.state in OPEN

    @property
    def may_return(self) -> bool:
        """Whether this reviewer may send the work back as incomplete."""
        return self.open and self.seat != 3

    def notes_on(self, piece: Piece) -> tuple[Note, ...]:
        """The notes on one recording."""
        return tuple(note for note in self.notes if note.artifact_id == piece.id)


def _piece(
    content: MicrocredentialContent,
    copy: ArtifactCopy,
    requirement: EvidenceRequirement,
    place: int,
    number: int,
    standing: Standing | None,
    author: Collection[Names],
) -> Piece:
    if standing is not None and standing.replacement is None:
        return Piece(
            copy.id,
            copy.kind,
            _("%(title)s, piece %(place)s", title=requirement.title, place=place),
            "",
            "",
            "",
            "",
            "",
            state=standing.state,
            at=standing.at,
        )
    shows = tuple(criterion.title for criterion in content.criteria if criterion.key in copy.criteria)
    state, at = (standing.state, standing.at) if standing else ("", None)
    copy = standing.replacement if standing and standing.replacement else copy
    # What the teacher called a file may name them, in ways that nobody can foresee.
    title = blinded(copy.title, author) if copy.kind != "file" else _("%(title)s, file %(place)s", title=requirement.title, place=place)
    name, text, consent = neutral_name(number, copy.media_type), blinded(copy.text, author), copy.consent is not None
    return Piece(copy.id, copy.kind, title, text, copy.url, copy.media_type, name, copy.blob_key, shows, consent, state, at)


def work_of(session: Session, district_id: UUID, submission: LoadedSubmission) -> Work:
    """A submission as those see it who must not know its author."""
    author = names_of(session, [submission.person_id]).values()
    return shown_work(session, district_id, blind_name(submission.id), submission.attempt, submission.content, submission.snapshot, author)


def shown_work(
    session: Session,
    district_id: UUID,
    name: str,
    attempt: int,
    content: MicrocredentialContent,
    snapshot: Snapshot,
    author: Collection[Names],
) -> Work:
    """A frozen copy without the names of its author, and without what has been held back or deleted since."""
    held = standings(session, district_id, [copy.id for copy in snapshot.artifacts])
    files = [copy.id for copy in snapshot.artifacts if copy.kind == "file"]
    numbers = {artifact_id: number for number, artifact_id in enumerate(files, start=1)}

    def answers(questions: Sequence[Question]) -> tuple[tuple[Question, str], ...]:
        return tuple((question, blinded(snapshot.answers.get(question.key, ""), author)) for question in questions)

    def pieces(requirement: EvidenceRequirement) -> tuple[Piece, ...]:
        copies = [copy for copy in snapshot.artifacts if copy.requirement == requirement.key]
        return tuple(
            _piece(content, copy, requirement, place, numbers.get(copy.id, 0), held.get(copy.id), author)
            for place, copy in enumerate(copies, start=1)
        )

    return Work(
        name,
        attempt,
        content,
        answers(content.overview_questions),
        answers(content.reflection_questions),
        tuple(Shown(requirement, pieces(requirement)) for requirement in content.evidence),
    )


@dataclass(frozen=True)
class Sealed:
    """The sealed reviews of a submission, the first two in an order that does not tell who sat where. `names` are their writers'."""

    reviews: tuple[Review, ...]
    names: tuple[Names, ...]

    @property
    def overall(self) -> tuple[str, ...]:
        """The further words, without names."""
        return tuple(blinded(review.overall_feedback, self.names) for review in self.reviews if review.overall_feedback.strip())


def sealed(session: Session, submission_id: UUID, *, first_two: bool = False) -> Sealed:
    """What is sealed of a submission. The caller has checked that it may be shown."""
    query = (
        select(Review, Person.label, Person.given_name, Person.family_name, Person.email)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Review.submission_id == submission_id, IS_SEALED)
        .order_by(Review.seat)
    )
    rows = session.execute(query.where(Review.seat != 3) if first_two else query).all()
    order = [review for review, *_ in rows if review.seat != 3]
    if submission_id.int % 2:
        order.reverse()
    third = [review for review, *_ in rows if review.seat == 3]
    return Sealed((*order, *third), tuple(Names(*names) for _, *names in rows))


def rationales(given: Sealed, criterion: Criterion) -> tuple[Rationale, ...]:
    """What these reviewers said on a criterion, without their names."""
    found = []
    for review in given.reviews:
        if (score := review.scores.get(criterion.key)) is not None:
            level, words = score["level"], blinded(score["feedback"], given.names)
            found.append(Rationale(criterion.levels[level].name, level >= criterion.required_level, words))
    return tuple(found)


def moved() -> Problem:
    """What somebody gets who opens a desk that is not theirs any more."""
    return Problem(
        "review_moved",
        404,
        _("This review is not yours any more"),
        _("You stepped back from it, it was given to somebody else, or the work went back because something is missing."),
        _("Your other reviews are in your list."),
    )


def desk(session: Session, *, district_id: UUID, reviewer_id: UUID, review_id: UUID) -> Desk:
    """The reviewer's own desk. Raises Problem(not_found) for anybody else's."""
    review = own_review(session, district_id=district_id, reviewer_id=reviewer_id, review_id=review_id)
    if review.state not in HOLDING:
        raise moved()
    submission = load_submission(session, district_id, review.submission_id)
    content = submission.content
    keys = to_score(session, review) if review.state in OPEN else tuple(review.scores)
    others = sealed(session, submission.id, first_two=True) if review.seat == 3 else Sealed((), ())
    return Desk(
        review.id,
        work_of(session, district_id, submission),
        review.seat,
        review.state,
        review.due_at,
        review.revision,
        review.overall_feedback,
        tuple(
            ToScore(
                criterion,
                (review.scores.get(criterion.key) or {}).get("level"),
                (review.scores.get(criterion.key) or {}).get("feedback", ""),
                rationales(others, criterion),
            )
            for criterion in content.criteria
            if criterion.key in keys
        ),
        tuple(criterion.title for criterion in content.criteria if criterion.key in submission.snapshot.carried),
        bool(holds.paused(session, [submission.id])),
        notes_of(session, review.id),
    )


def notes_of(session: Session, review_id: UUID) -> tuple[Note, ...]:
    """A review's notes, by piece and moment. The caller has checked whose it is."""
    rows = session.scalars(
        select(ReviewNote).where(ReviewNote.review_id == review_id).order_by(ReviewNote.artifact_id, ReviewNote.seconds, ReviewNote.id)
    )
    return tuple(Note(row.id, row.artifact_id, row.seconds, row.text, row.shared) for row in rows)
