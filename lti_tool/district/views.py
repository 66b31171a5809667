"""Pages of the district room."""

from flask import Blueprint

bp = Blueprint("district", __name__, url_prefix="/s/<frame_key>/district")
