"""Pages on which badges are shown: for other sites, for networks, and all of a teacher's own."""

from __future__ import annotations

from uuid import UUID

from flask import Response, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.badges import addresses, collection, queries, service
from lti_tool.badges.answering import open_to_all, own_award, public_award
from lti_tool.badges.artwork import badge_png
from lti_tool.badges.formats import picture
from lti_tool.badges.forms import ShowingForm
from lti_tool.badges.pictures import drawn
from lti_tool.badges.preview import preview_png, preview_svg
from lti_tool.badges.queries import AwardView
from lti_tool.badges.standing import standing
from lti_tool.badges.views import bp
from lti_tool.language import N_
from lti_tool.web import frames
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

__all__ = ["bp"]

NOTICES["badge_showing"] = ("success", N_("Saved. The public page says it from now on."))

SMALL_PIXELS = 128
_ANY = frames.require("earner", "facilitator", "designer", "reviewer", "author", "console", "preview")


@bp.get("/badges/<public_id>/embed")
def embed(public_id: str) -> AnyResponse:
    """A card of the award for frames of any site: it can do nothing but lead to the award's page."""
    g.frame_ancestors = ("*",)
    view = _shown(public_id)
    stands = standing(view, tool.current().clock()) if view else None
    base = tool.current().settings.base_url
    page = render_template(
        "badges/embed.html", award=view, standing=stands, page_url=addresses.award_url(base, view.public_id) if view else ""
    )
    return _again_each_time(Response(page, 200 if view else 404))


@bp.get("/badges/<public_id>/preview.png")
def preview(public_id: str) -> AnyResponse:
    """What networks show beside a link (Open Graph)."""
    view = public_award(public_id)
    badge = picture(view)
    svg = preview_svg(badge, view.content.badge.color, view.title, view.issuer_name, view.earner_name)
    return _open(Response(preview_png(svg), content_type="image/png"))


@bp.get("/badges/<public_id>/small.png")
def small_png(public_id: str) -> AnyResponse:
    """The picture for few pixels."""
    return _open(Response(badge_png(_small(public_award(public_id)), SMALL_PIXELS), content_type="image/png"))


@bp.get("/badges/<public_id>/small.svg")
def small_svg(public_id: str) -> AnyResponse:
    """The same as a drawing."""
    return _open(Response(_small(public_award(public_id)), content_type="image/svg+xml"))


@bp.get("/s/<frame_key>/badges/")
def mine() -> str:
    """All that this person has earned, each with its switch."""
    _ANY()
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        found = collection.collection(session, district_id=frame.district_id, person_id=frame.person_id, now=here.clock())
    return render_template("badges/mine.html", found=found)


@bp.get("/s/<frame_key>/badges/transcript")
def transcript() -> str:
    """The same as one document to print."""
    _ANY()
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        found = collection.collection(session, district_id=frame.district_id, person_id=frame.person_id, now=here.clock())
    return render_template("badges/transcript.html", found=found, base_url=here.settings.base_url, award_url=addresses.award_url)


@bp.post("/s/<frame_key>/badges/<uuid:award_id>/showing")
def set_showing(award_id: UUID) -> AnyResponse:
    """What the public page tells."""
    form, frame, here = ShowingForm(), current_frame(), tool.current()
    with here.database.unit() as session:
        service.set_listed(
            session,
            here,
            district_id=frame.district_id,
            person_id=frame.person_id,
            award_id=award_id,
            listed=bool(form.listed.data),
        )
    return redirect(url_for("badges.share", award_id=award_id, said="badge_showing"), 303)


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/small.svg")
def own_small(award_id: UUID) -> AnyResponse:
    """The small picture for its teacher."""
    return Response(_small(own_award(award_id)), content_type="image/svg+xml")


def _shown(public_id: str) -> AwardView | None:
    with tool.current().database.read() as session:
        return queries.public_award(session, public_id)


def _small(view: AwardView) -> str:
    return drawn(tool.current(), view.version_id, view.content.badge, view.title, view.issuer_name, view.awarded_at.year, small=True)


def _again_each_time(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response


def _open(response: Response) -> Response:
    """A picture that pages of any site may hold."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return open_to_all(response)
