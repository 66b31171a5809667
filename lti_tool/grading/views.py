"""Pages of the grading room: the state of scores, and sending one again."""

from flask import Blueprint

bp = Blueprint("grading", __name__, url_prefix="/s/<frame_key>/scores")
