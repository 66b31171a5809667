"""What can go wrong for a person, in their words: what happened and whose move it is."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.language import _


@dataclass
class Problem(Exception):
    """A request that can't be answered as asked.

    `code` is for logs and tests, `status` is HTTP, `title` and `text` are for the person, `who` says who can fix it.
    `detail` goes to the log only: never a token, a name, an e-mail or evidence. `way_back`: an address from where to try again.
    """

    code: str
    status: int
    title: str
    text: str
    who: str = ""
    detail: str = ""
    way_back: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


def not_found(detail: str = "") -> Problem:
    """There is nothing here for this person; says nothing of whether it exists for somebody else."""
    return Problem(
        "not_found",
        404,
        _("There is nothing here"),
        _("The page may have moved, or it is not yours to open."),
        _("Go back to your course and open the activity again."),
        detail,
    )


def forbidden(detail: str = "") -> Problem:
    """The person is known and may not do this."""
    return Problem(
        "forbidden",
        403,
        _("This is not yours to open"),
        _("Your role in this course does not include this page."),
        _("Ask whoever runs microcredentials in your district if you think it should."),
        detail,
    )


def session_ended(detail: str = "") -> Problem:
    """No session, or one that ended."""
    return Problem(
        "session_ended",
        401,
        _("Please open this again from your course"),
        _("For your safety a visit ends after some hours, or when it is opened in another browser. What you saved is kept."),
        _("Go back to your course and open the activity again."),
        detail,
    )


def bad_request(text: str, detail: str = "") -> Problem:
    """The request itself makes no sense."""
    return Problem("bad_request", 400, _("That did not work"), text, _("Go back, check what you entered and try again."), detail)


def conflict(text: str, detail: str = "") -> Problem:
    """Somebody or something was faster, or the state does not allow it any more."""
    return Problem("conflict", 409, _("Things have changed meanwhile"), text, _("Reload the page to see where it stands."), detail)
