"""What's new: a person's notices and what they get by e-mail; and the public page that stops e-mail."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, bad_request
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_, _
from lti_tool.notices import queries, service, stopping
from lti_tool.notices.forms import ChoicesForm
from lti_tool.notices.words import TOPICS
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("notices", __name__, url_prefix="/s/<frame_key>/notices")
public_bp = Blueprint("mail", __name__, url_prefix="/notices")

NOTICES["notices.read"] = ("success", N_("All seen. They stay in the list of what’s new."))
NOTICES["notices.chosen"] = ("success", N_("Your choice is kept. It holds from the next e-mail on."))

ONE_CLICK = "List-Unsubscribe"  # RFC 8058, 3.1


@bp.get("/")
def index() -> str:
    """Everything that this person was told."""
    frame, here = current_frame(), tool.current()
    before = uuid_or_none(request.args.get("before"))
    if before is None and "before" in request.args:
        raise bad_request(_("The address of this page is damaged."))
    with here.database.read() as session:
        shown, following = queries.told(session, here, district_id=frame.district_id, person_id=frame.person_id, before=before)
        choices = queries.choices(session, here, person_id=frame.person_id, rights=frame.rights)
    return render_template("notices/index.html", shown=shown, following=following, first=before is None, choices=choices)


@bp.post("/read")
def read() -> Response:
    """They have been seen: one by its id, or all up to the newest that the page showed."""
    frame, here = current_frame(), tool.current()
    up_to, one = uuid_or_none(request.form.get("up_to")), uuid_or_none(request.form.get("one"))
    if not FlaskForm().validate_on_submit() or (up_to is None) == (one is None):
        raise bad_request(_("The form was incomplete."))
    with here.database.unit() as session:
        service.mark_read(session, here, district_id=frame.district_id, person_id=frame.person_id, up_to=up_to, one=one)
    target = url_for("home.index") if request.form.get("back") == "home" else url_for("notices.index", said="notices.read")
    return redirect(target, 303)


@bp.route("/choices", methods=["GET", "POST"])
def choices() -> Response | str | tuple[str, int]:
    """What comes by e-mail."""
    frame, here, form = current_frame(), tool.current(), ChoicesForm()
    with here.database.read() as session:
        shown = queries.choices(session, here, person_id=frame.person_id, rights=frame.rights)
    form.offer(shown)
    if form.validate_on_submit():
        with here.database.unit() as session:
            service.choose(
                session, here, district_id=frame.district_id, person_id=frame.person_id, wanted=form.topics.data or (), shown=shown.topics
            )
        return redirect(url_for("notices.choices", said="notices.chosen"), 303)
    if request.method == "GET":
        form.topics.data = list(shown.wanted)
    return render_template("notices/choices.html", shown=shown, form=form), 422 if request.method == "POST" else 200


@bp.get("/mail")
def mail() -> str:
    """How e-mail goes in the district, for its console."""
    require("console")()
    with tool.current().database.read() as session:
        shown = queries.mail_state(session, tool.current(), current_frame().district_id)
    return render_template("notices/mail_state.html", shown=shown)


def _stop(token: str) -> stopping.Stop:
    found = stopping.read(tool.current().box, token)
    if found is None:
        raise Problem(
            "no_such_stop",
            404,
            _("This link does not work"),
            _("It may have been cut off in the e-mail, or the tool has changed its keys since."),
            _("Open the tool from your course: under “What’s new” you choose what you get by e-mail."),
        )
    return found


@public_bp.get("/stop/<token>")
def stop(token: str) -> str:
    """The page that a link in an e-mail leads to: it asks, and changes nothing."""
    return render_template("notices/stop.html", token=token, topic=TOPICS.get(_stop(token).topic), done="")


@public_bp.post("/stop/<token>")
def stop_now(token: str) -> str:
    """Stop: by the page's buttons, or by a mail program for its person (RFC 8058), who sees no page."""
    asked = _stop(token)
    topic = stopping.ALL if request.form.get("what") == stopping.ALL else asked.topic
    here = tool.current()
    with here.database.unit() as session:
        service.stop(session, here, stopping.Stop(asked.person_id, topic))
    return render_template("notices/stop.html", token=token, topic=TOPICS.get(asked.topic), done=topic)
