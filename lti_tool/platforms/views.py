"""What platforms and their admins read: our public keys, the configuration for a Canvas developer key, the pages of registration."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.errors import bad_request, not_found
from lti_tool.language import _
from lti_tool.platforms import canvas, configuration, dynamic, keys, service, updating, vendors
from lti_tool.platforms.forms import AskForm, ConfirmForm
from lti_tool.platforms.models import LOGIN_PATH, District, Registration

bp = Blueprint("platforms", __name__, url_prefix="/lti")


@bp.get("/jwks")
def jwks() -> Response:
    """Our public keys: a plain key set (RFC 7517), fetched by platforms when we sign something."""
    response = jsonify(keys.published(tool.current()))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/canvas.json")
def canvas_configuration() -> Response:
    """What a Canvas developer key of the kind LTI reads, where dynamic registration is not wanted.

    `login` names a registration with a login address of its own; 404 for one that is not there.
    """
    here, login_path = tool.current(), LOGIN_PATH
    if login_key := request.args.get("login", ""):
        with here.database.read() as session:
            row = service.find_by_login_key(session, login_key)
        if row is None:
            raise not_found("no registration of this login key")
        login_path = row.login_path
    settings = here.settings
    return jsonify(
        canvas.developer_key(
            base_url=settings.base_url,
            login_path=login_path,
            title=settings.product_name,
            description=configuration.DESCRIPTION,
            scopes=list(configuration.SCOPES),
        )
    )


@bp.before_request
def before() -> None:
    """The pages of registration stand in the frame of an LMS that is not known yet; their address is a secret of its admin."""
    g.frame_ancestors = ("https:", "http:") if tool.current().settings.development else ("https:",)


@bp.get("/register/<invite>")
def register(invite: str) -> str:
    """Where the admin's LMS opens us: who asks, what will be asked or changed; then what was granted; without an LMS, what to do."""
    here = tool.current()
    form = AskForm(request.args)
    with here.database.read() as session:
        row = service.open_invite(session, here, invite)
        district = session.get_one(District, row.district_id).name
        stored = session.get(Registration, row.registration_id) if row.registration_id else None
    if form.openid_configuration.data:
        offer = dynamic.look(here, invite, form.openid_configuration.data, form.registration_token.data or "")
        return render_template("platforms/ask.html", form=form, invite=invite, district=district, offer=offer, scopes=configuration.SCOPES)
    if stored is not None:
        console = stored.admins_run_console if "scopes_before" in stored.details else True
        return _stored(invite, district, stored, ConfirmForm(None, admins_run_console=console))
    return render_template("platforms/invite.html", district=district, address=request.base_url)


def _stored(invite: str, district: str, row: Registration, form: ConfirmForm) -> str:
    with tool.current().database.read() as session:
        others = service.beside(session, district_id=row.district_id, issuer=row.issuer, client_id=row.client_id)
    before = row.details.get("scopes_before")
    return render_template(
        "platforms/stored.html",
        form=form,
        invite=invite,
        district=district,
        registration=row,
        changed=updating.scopes(before, row.scopes) if before is not None else None,
        beside=others,
        vendor=vendors.of(row),
        scopes=configuration.SCOPES,
    )


@bp.post("/register/<invite>")
def register_now(invite: str) -> AnyResponse:
    """The admin said go: register with the platform."""
    form = AskForm()
    if not form.validate():
        raise bad_request(_("The address of your LMS's description is missing. Start the registration from your LMS again."))
    dynamic.register(tool.current(), invite, form.openid_configuration.data or "", form.registration_token.data or "")
    return redirect(url_for("platforms.register", invite=invite), 303)


@bp.post("/register/<invite>/confirm")
def confirm(invite: str) -> str:
    """The admin has seen what was stored: from now on launches are let in. The invite is used up, so the last page is shown at once."""
    here, form = tool.current(), ConfirmForm()
    with here.database.unit() as session:
        row = service.confirm(session, here, invite, admins_run_console=form.admins_run_console.data)
    return render_template("platforms/done.html", registration=row, vendor=vendors.of(row), updated="scopes_before" in row.details)
