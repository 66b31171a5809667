"""Why a launch is refused: one code for each reason, and what it means to the person who sees it."""

from __future__ import annotations

from lti_tool.errors import Problem
from lti_tool.language import later
from lti_tool.platforms.models import Registration

_REOPEN = later("Go back to your course, reload its page and open the activity again.")
_ADMIN = later("Tell the person who looks after your school's LMS, with the reference below.")
_OPERATOR = later("Ask your LMS's admin to check the registration of this tool.")

_LATE = (
    later("This launch can't be used again"),
    later("Each opening of an activity works once and for a few minutes. Nothing you saved is lost."),
    _REOPEN,
)
_NOT_OURS = (
    later("Your LMS is not registered here"),
    later("The message came from an LMS, or for a tool, that is not registered here."),
    _ADMIN,
)
_BROKEN = (
    later("Your LMS sent something we can't read"),
    later("The opening message of your LMS is not complete or not as agreed."),
    _ADMIN,
)
_FORGED = (
    later("We could not check who sent this"),
    later("The message was not signed in the way that was agreed with your LMS, so nobody was let in."),
    _ADMIN,
)
_PLACING = (
    later("Your LMS did not say what can be added here"),
    later("It asked for content in a way that this tool can't answer."),
    _ADMIN,
)

_WORDS: dict[str, tuple[int, str, str, str]] = {
    # login
    "login_issuer": (400, *_NOT_OURS),
    "login_incomplete": (400, *_BROKEN),
    "login_ambiguous": (
        400,
        later("Your LMS did not say which registration it means"),
        later("More than one registration exists for it, and its message names none."),
        _OPERATOR,
    ),
    "login_not_active": (
        403,
        later("This registration is not active"),
        later("Your LMS is registered here, but an admin has still to confirm it or has switched it off."),
        _OPERATOR,
    ),
    # state
    "state": (400, *_LATE),
    "replay": (409, *_LATE),
    "browser": (
        403,
        later("Your browser did not keep what we need"),
        later(
            "The activity was opened in another browser or window than the one that asked for it, or this browser keeps no data for pages "
            "inside other pages."
        ),
        later("Open the activity again. If this page comes back, open it in a new window, or allow cookies for this site."),
    ),
    "nonce": (403, *_LATE),
    # platform's own refusals
    "platform_login_required": (
        400,
        later("Your LMS does not know that you are signed in"),
        later("It did not recognise this browser, often because it blocks cookies inside pages."),
        later("Reload the LMS's page, sign in if it asks, and open the activity again, in a new window if you can."),
    ),
    "platform_late": (400, *_LATE),
    "platform_refused": (
        400,
        later("Your LMS did not open the activity"),
        later("It answered with a refusal of its own. Nothing you saved is lost."),
        _REOPEN,
    ),
    "platform_not_allowed": (
        400,
        later("Your LMS does not let this tool in here"),
        later("The tool is switched off in your LMS, or not allowed in this course. Nothing you saved is lost."),
        _ADMIN,
    ),
    # token
    "token_missing": (400, *_BROKEN),
    "token_format": (400, *_BROKEN),
    "token_algorithm": (403, *_FORGED),
    "token_key": (
        403,
        _FORGED[0],
        later(
            "The message was signed with a key that your LMS does not publish. If your LMS has just changed its keys, this passes by "
            "itself."
        ),
        later("Try again in a minute. If it stays, tell the person who looks after your school's LMS."),
    ),
    "token_keys_unreachable": (
        403,
        later("Your LMS's keys can't be read at the moment"),
        later("We check every opening with a key that your LMS publishes. It could not be read."),
        later("Try again in a minute. If it stays, tell the person who looks after your school's LMS."),
    ),
    "token_signature": (403, *_FORGED),
    "token_issuer": (403, *_FORGED),
    "token_audience": (403, *_FORGED),
    "token_time": (
        403,
        later("This launch is out of date"),
        later("The message is too old, or the clocks of your LMS and of this tool differ by minutes."),
        _REOPEN,
    ),
    # claims
    "claims": (400, *_BROKEN),
    "nobody": (
        403,
        later("Please sign in to your LMS first"),
        later("This course is open to everybody, and your LMS did not say who you are. Work here always belongs to a person."),
        later("Sign in to your LMS, then open the activity again."),
    ),
    "message_type": (
        400,
        later("This kind of message is not supported"),
        later("Your LMS asked for something that this tool does not do."),
        _ADMIN,
    ),
    "target": (400, *_BROKEN),
    "deep_linking": (400, *_PLACING),
    "deep_linking_types": (
        400,
        later("Nothing of ours fits here"),
        later("This place in your LMS takes other content than activities."),
        later("Add the activity as an assignment or as an item in a module."),
    ),
    "deep_linking_role": (
        403,
        later("Only people who build the course can add activities"),
        later("You were recognised, but not as somebody who may add content to this course."),
        later("Ask the teacher or course designer of this course."),
    ),
    "deep_linking_learner": (
        403,
        later("Only learners hand in work"),
        later("This place in your LMS is for people who take part in the course. You were recognised as somebody who runs it."),
        later("To see what a teacher handed in, open it from the gradebook."),
    ),
    "deployment": (
        403,
        later("This place in your LMS is not registered here"),
        later("Your LMS is known, but not this installation of the tool in it."),
        later("Tell your LMS's admin: the deployment id has to be added to the registration."),
    ),
}

CODES = frozenset(_WORDS)


class LaunchRejected(Exception):
    """A login or launch that is refused. `code` is one of CODES; `detail` goes to the log: a cause, never a token or a name.

    `registration` is the one whose login it was, and `way_back` the LMS's own address, where they are known.
    """

    registration: Registration | None = None

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.way_back = code, detail, ""

    def problem(self) -> Problem:
        """What the person is shown."""
        status, title, text, who = _WORDS[self.code]
        return Problem(f"launch_{self.code}", status, title, text, who, self.detail, self.way_back)
