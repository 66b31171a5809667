"""The settings of the district: what each changes, for whom and from when."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import settings
from lti_tool.district.forms import SettingsForm
from lti_tool.district.room import bp
from lti_tool.errors import Problem
from lti_tool.inputs import plain_text
from lti_tool.language import N_
from lti_tool.web.frames import current_frame
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

NOTICES["district.saved"] = ("success", N_("Saved. Each setting says from when it holds, and who changed it."))
NOTICES["district.unchanged"] = ("info", N_("Nothing was changed."))
CONSOLE.append(
    ConsolePage(
        "district.settings_page",
        N_("Settings"),
        N_("Name, whom people ask for help, and how long teachers have. Each says what it changes."),
        ("console",),
        "setup",
    )
)


def _page(form: SettingsForm) -> str:
    here = tool.current()
    with here.database.read() as session:
        shown = settings.shown(session, here, current_frame().district_id)
    return render_template("district/settings.html", form=form, shown=shown)


@bp.get("/settings")
def settings_page() -> str:
    """What the district has chosen."""
    here = tool.current()
    with here.database.read() as session:
        shown = settings.shown(session, here, current_frame().district_id)
    return render_template("district/settings.html", form=SettingsForm(formdata=None, data=shown.values), shown=shown)


@bp.post("/settings")
def save_settings() -> Response | tuple[str, int]:
    """Change it."""
    frame, here, form = current_frame(), tool.current(), SettingsForm()
    if not form.validate_on_submit():
        return _page(form), 422
    values = {
        "name": " ".join(plain_text(form.name.data or "").split()),
        "help_contact": " ".join(plain_text(form.help_contact.data or "").split()),
        "enrollment_days": form.enrollment_days.data,
        "support_views": form.support_views.data,
    }
    try:
        with here.database.unit() as session:
            changed = settings.change(session, here, district_id=frame.district_id, actor_id=frame.person_id, values=values)
    except Problem as problem:
        if problem.code != "name_taken":
            raise
        form.name.errors = [problem.text]
        return _page(form), 422
    return redirect(url_for("district.settings_page", said="district.saved" if changed else "district.unchanged"), 303)
