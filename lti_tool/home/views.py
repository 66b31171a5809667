"""Pages of the home room."""

from flask import Blueprint

bp = Blueprint("home", __name__, url_prefix="/s/<frame_key>")
