"""Pages of the district's coordinators: all open work, how much each reviewer has to do, and what the district chooses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import audit, tool
from lti_tool.database import upsert
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.review import coordinating_queries as queries
from lti_tool.review import load_queries, policies, seats
from lti_tool.review.calibration_standing import setting
from lti_tool.review.coordinating_forms import SettingsForm
from lti_tool.review.pool_models import ReviewSetting
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("coordinating", __name__, url_prefix="/s/<frame_key>/open-work")
bp.before_request(require("console"))

NOTICES["coordinating.saved"] = ("success", N_("Saved. It holds from the next place on that is given; open reviews stay where they are."))


@bp.get("/")
def index() -> str:
    """All open work of the district."""
    frame, now = current_frame(), tool.current().clock()
    given = request.args
    after = queries.read_mark(given["after"]) if "after" in given else None
    if "after" in given and after is None:
        raise bad_request(_("The address of this page is damaged."))
    state = given.get("state", "")
    only = queries.Filter(state if state in queries.STATES else "", uuid_or_none(given.get("microcredential")), given.get("late") == "1")
    with tool.current().database.read() as session:
        page = queries.open_work(session, district_id=frame.district_id, viewer_id=frame.person_id, only=only, after=after, now=now)
        numbers = queries.numbers(session, district_id=frame.district_id, now=now)
        choices = queries.microcredentials(session, frame.district_id)
    kept: dict[str, Any] = {
        "state": only.state or None,
        "microcredential": only.microcredential_id,
        "late": "1" if only.late else None,
    }
    return render_template(
        "review/open_work.html",
        page=page,
        only=only,
        numbers=numbers,
        microcredentials=choices,
        states=queries.STATES,
        counted=load_queries.counted,
        next_url=url_for("coordinating.index", **kept, after=page.following) if page.following else None,
        first=after is None,
    )


@bp.get("/reviewers")
def load() -> str:
    """How much each reviewer has to do."""
    frame, text = current_frame(), plain_text(request.args.get("find", ""))[:100]
    with tool.current().database.read() as session:
        rows = load_queries.loads(session, district_id=frame.district_id, text=text, now=tool.current().clock())
    return render_template("review/load.html", rows=rows, find=text, counted=load_queries.counted, most=load_queries.MOST_SHOWN)


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> Response | str | tuple[str, int]:
    """What the district chooses for its reviews."""
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        chosen = setting(session, frame.district_id)
        form = SettingsForm(obj=chosen)
    if form.validate_on_submit():
        now = here.clock()
        values = {name: form[name].data for name in ("calibration", "schools_apart", "supervisors_apart", "grace_days")}
        with here.database.unit() as session:
            upsert(session, ReviewSetting, {"district_id": frame.district_id, **values, "changed_at": now}, key=("district_id",))
            audit.record(
                session, district_id=frame.district_id, at=now, action="review:settings:changed", actor_id=frame.person_id, **values
            )
            seats.fill_waiting(session, here, frame.district_id)
        return redirect(url_for("coordinating.settings", said="coordinating.saved"), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("review/settings.html", form=form, rule=policies.RULE_IN_WORDS), status
