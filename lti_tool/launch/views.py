"""The door: login initiation, launch, our public keys."""

from flask import Blueprint

bp = Blueprint("launch", __name__, url_prefix="/lti")
