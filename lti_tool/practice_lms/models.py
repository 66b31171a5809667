"""The things a school's LMS knows about. Plain data; the rules live in the other modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"


@dataclass(frozen=True)
class Person:
    """Somebody one can be. `key` is the handle of the people switcher, `sub` is what the tool sees."""

    key: str
    number: int
    sub: str
    given: str
    family: str
    email: str
    login: str
    sis_id: str
    job: str
    locale: str = "en"
    admin: bool = False
    test_user: bool = False
    crowd: bool = False

    @property
    def name(self) -> str:
        """Given and family name as shown on pages."""
        return f"{self.given} {self.family}"


@dataclass
class Item:
    """One line of a module: a page, an ordinary assignment, or an activity of the tool (`client_id` is set).

    `hidden` stands in a page, not in its module. `allowed_extensions` are those of files that an assignment takes ("pdf,docx"); empty: any.
    """

    number: int
    course_id: int
    title: str
    kind: str = "page"
    text: str = ""
    published: bool = True
    client_id: str = ""
    url: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    resource_link_id: str = ""
    line_item: int | None = None
    new_window: bool = False
    ancestors: list[str] = field(default_factory=list)
    embeds: list[dict[str, Any]] = field(default_factory=list)
    hidden: bool = False
    allowed_extensions: str = ""


@dataclass
class Module:
    """A named list of items."""

    number: int
    title: str
    items: list[Item] = field(default_factory=list)


@dataclass
class Course:
    """A course. `members` maps a person's key to instructor, assistant, designer, learner, observer or test_learner."""

    number: int
    context_id: str
    label: str
    title: str
    summary: str
    sis_id: str
    members: dict[str, str] = field(default_factory=dict)
    modules: list[Module] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    concluded: bool = False
    published: bool = True

    def items(self) -> list[Item]:
        """All items in order."""
        return [item for module in self.modules for item in module.items]


@dataclass
class Message:
    """A way in that a tool registered: message type, placement (may be empty), where to launch, own custom fields."""

    type: str
    placement: str
    target: str
    label: str
    custom: dict[str, str] = field(default_factory=dict)


@dataclass
class Registration:
    """A tool as the admin added it. `status` is pending or active; `in_chooser` is Moodle's activity chooser.

    `handlers`: (deployment, notice type) to the tool's address that is told.
    """

    client_id: str
    name: str
    login_url: str
    redirect_uris: list[str]
    jwks_url: str
    target: str
    domain: str
    scopes: set[str]
    asked_scopes: set[str]
    privacy: str
    messages: list[Message]
    custom: dict[str, str] = field(default_factory=dict)
    disabled_placements: set[str] = field(default_factory=set)
    deployments: dict[str, int | None] = field(default_factory=dict)
    status: str = "pending"
    in_chooser: bool = False
    handlers: dict[tuple[str, str], str] = field(default_factory=dict)
    origin: str = "dynamic"
    description: str = ""
    type_id: int = 0
    raw: dict[str, Any] = field(default_factory=dict)

    def message(self, kind: str, placement: str = "") -> Message | None:
        """The first enabled message of that type (and placement, when one is asked for)."""
        for message in self.messages:
            wanted = message.type == kind and (not placement or message.placement == placement)
            if wanted and message.placement not in self.disabled_placements:
                return message
        return None

    def deployment_for(self, course_id: int | None) -> str:
        """The nearest deployment: the course's own one, else the one of the whole school."""
        for deployment, course in self.deployments.items():
            if course is not None and course == course_id:
                return deployment
        return next((deployment for deployment, course in self.deployments.items() if course is None), "")


@dataclass
class LineItem:
    """A gradebook column. `item` is the placed activity it belongs to, `coupled` means made with that activity."""

    number: int
    course_id: int
    label: str
    maximum: float
    client_id: str
    resource_id: str = ""
    tag: str = ""
    resource_link_id: str = ""
    item: int | None = None
    coupled: bool = False
    secondary: bool = False
    submission_review: dict[str, Any] | None = None
    submission_type: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Grade:
    """What the gradebook holds for one person in one column. `stamp` guards against older scores."""

    score: float | None = None
    comment: str = ""
    stamp: datetime | None = None
    attempts: int = 0
    submitted_at: datetime | None = None
    submission_type: str = ""
    submission_data: str = ""
    override: float | None = None
    override_comment: str = ""
    progress: str = ""

    @property
    def shown(self) -> float | None:
        """A human's grade wins over the tool's."""
        return self.score if self.override is None else self.override

    @property
    def shown_comment(self) -> str:
        """The comment that goes with the shown grade."""
        return self.comment if self.override is None else self.override_comment


@dataclass
class Launch:
    """One message on its way to the tool. Used once."""

    key: str
    message: str
    person: str
    client_id: str
    deployment_id: str
    target: str
    created: datetime
    course_id: int | None = None
    item: int | None = None
    module: int | None = None
    placement: str = ""
    for_user: str = ""
    window: bool = False
    used: bool = False
    answered: bool = False
    drafts: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Mood:
    """How the LMS behaves just now; set by tests and by people who want to see failures. See the package docstring."""

    fail_scores: int = 0
    fail_status: int = 503
    retry_after: int | None = None
    drop_scores: int = 0
    unavailable_probability: float = 0.0
    drop_probability: float = 0.0
    hang_seconds: float = 0.0
    clock_offset_seconds: float = 0.0
    login_required: bool = False
    grades_locked: bool = False
    allowed_attempts: int = 0
    deep_linking_data: str = ""
    history_unknown: bool = False
    rate_remaining: float = 600.0
