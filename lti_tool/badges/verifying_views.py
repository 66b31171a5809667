"""The page on which anybody checks a badge, ours or somebody else's. It keeps nothing and knows nobody."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from lti_tool import tool
from lti_tool.badges import addresses, queries, signing
from lti_tool.badges.verifying.fetching import Visit, own_documents
from lti_tool.badges.verifying.findings import Report, Unreadable
from lti_tool.badges.verifying.judging import judge
from lti_tool.language import _, later

bp = Blueprint("verifying", __name__)

_MOST_EMAIL = 254
_NOTHING = Unreadable(later("There is nothing to check yet"), later("Choose a file, give an address, or paste a badge."))


@bp.get("/badges/verify")
def ask() -> str:
    """The form. `?url=` fills the address in, and nothing is fetched before somebody presses the button."""
    return _page(address=request.args.get("url", "")[:2000])


@bp.post("/badges/verify")
def check() -> Response | tuple[str, int]:
    """Check what was given: a file, an address or text, the first of these that is there."""
    email = request.form.get("email", "").strip()[:_MOST_EMAIL]
    address, text = request.form.get("address", "").strip()[:2000], request.form.get("text", "").strip()
    try:
        report = _judged(address, text, email)
    except Unreadable as problem:
        return _page(problem=problem, address=address, text=text[:4000], email=email), problem.status
    response = Response(_page(report=report, email=email))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _judged(address: str, text: str, email: str) -> Report:
    file = request.files.get("file")
    data = file.read() if file and file.filename else b""
    if not data:
        given = address or text
        if not given:
            raise _NOTHING
        if address and not address.startswith(("https://", "http://")):
            raise Unreadable(_("This is not a web address"), _("It begins with https:// and leads to a badge’s page or file."))
        data = given.encode("utf-8", "replace")
    here = tool.current()
    own = own_documents(current_app.wsgi_app, here.settings.base_url, remote_addr=request.remote_addr or "")
    return judge(Visit(here.http.read, own), data, now=here.clock(), ours=_is_ours, email=email)


def _is_ours(issuer_id: str) -> bool:
    """Whether a district of this tool issues under this identifier."""
    base = tool.current().settings.base_url
    slug = issuer_id.rpartition(":" if issuer_id.startswith("did:") else "/")[2]
    if not slug or issuer_id not in (signing.issuer_did(base, slug), addresses.issuer_url(base, slug)):
        return False
    with tool.current().database.read() as session:
        return queries.issuer(session, slug) is not None


def _page(*, report: Report | None = None, problem: Unreadable | None = None, address: str = "", text: str = "", email: str = "") -> str:
    only_holder = report is not None and all(f.about == "holder" for f in report.findings if f.state == "bad")
    return render_template(
        "badges/verify.html", report=report, problem=problem, address=address, text=text, email=email, only_holder=only_holder
    )
