"""Public pages of awards and issuers, and the teacher's switch for them."""

from flask import Blueprint

bp = Blueprint("badges", __name__)
