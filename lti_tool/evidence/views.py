"""Pages of the evidence room."""

from flask import Blueprint

bp = Blueprint("evidence", __name__, url_prefix="/s/<frame_key>/evidence")
