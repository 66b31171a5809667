"""Registration: the invited admin's pages, and the configuration that a Canvas developer key reads."""

from flask import Blueprint

bp = Blueprint("platforms", __name__, url_prefix="/lti")
