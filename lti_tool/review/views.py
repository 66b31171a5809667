"""Pages of the review room."""

from flask import Blueprint

bp = Blueprint("review", __name__, url_prefix="/s/<frame_key>/review")
