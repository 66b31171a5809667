"""What all pages and files of badges share: the award that is asked for, or nothing; and answers that go out to anybody, or are kept."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from lti_tool import tool
from lti_tool.badges import queries
from lti_tool.badges.queries import AwardView
from lti_tool.errors import not_found
from lti_tool.web.frames import current_frame


def public_award(public_id: str) -> AwardView:
    """The award that its teacher shows. Raises Problem(not_found) for any other, as for one that does not exist."""
    with tool.current().database.read() as session:
        view = queries.public_award(session, public_id)
    if view is None:
        raise not_found("unknown or not public")
    return view


def own_award(award_id: UUID) -> AwardView:
    """The visitor's own award, shown or not. Raises Problem(not_found) for anybody else's."""
    frame = current_frame()
    with tool.current().database.read() as session:
        view = queries.own_award(session, district_id=frame.district_id, person_id=frame.person_id, award_id=award_id)
    if view is None:
        raise not_found("no such award of this person")
    return view


def open_to_all(response: Response) -> Response:
    """Readable for programs in browsers of any site; asked for again each time, since it may be revoked, or turned off."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response


def to_keep(response: Response, filename: str) -> Response:
    """A file to download under this name."""
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
