"""Pages of the catalog room."""

from flask import Blueprint

bp = Blueprint("catalog", __name__, url_prefix="/s/<frame_key>/catalog")
