"""A teacher's own recognition."""

from __future__ import annotations

from flask import Blueprint, render_template

from lti_tool import tool
from lti_tool.district.pay import own, queries, words
from lti_tool.web.frames import current_frame, require

bp = Blueprint("pay_own", __name__, url_prefix="/s/<frame_key>/pay")
bp.before_request(require("earner", "facilitator", "designer", "reviewer", "author", "console", "payroll", "preview"))


@bp.get("/mine")
def mine() -> str:
    """What I earned, what is on its way, what is left, and every entry with its reason."""
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        shown = own.mine(session, here, frame)
    return render_template("pay/mine.html", shown=shown, kinds=words.KINDS, tags=words.TAGS, reference=queries.reference)
