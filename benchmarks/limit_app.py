"""The limit: what a launch can't do without. Flask, one RS256 verification, one INSERT; no state, no nonce, no checks beyond PyJWT's."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from typing import Any
from urllib.parse import urlencode

import jwt
import lms
import psycopg
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

app = Flask(__name__)
_key: Any = jwt.PyJWK.from_json(os.environ["BENCH_JWK"]).key
_database = os.environ["BENCH_DATABASE"]
_own = threading.local()


def insert(issuer: str, sub: str, nonce: str) -> None:
    """One durable row, in one round trip on a connection that this thread keeps."""
    if _database.startswith("postgresql"):
        if not hasattr(_own, "connection"):
            _own.connection = psycopg.connect(_database, autocommit=True)
        _own.connection.execute("INSERT INTO limit_launch (issuer, sub, nonce) VALUES (%s, %s, %s)", (issuer, sub, nonce))
        return
    if not hasattr(_own, "connection"):
        _own.connection = sqlite3.connect(_database.removeprefix("sqlite:///"), isolation_level=None)
        _own.connection.execute("PRAGMA busy_timeout=30000").close()
    _own.connection.execute("INSERT INTO limit_launch (issuer, sub, nonce) VALUES (?, ?, ?)", (issuer, sub, nonce)).close()


@app.post("/lti/login")
def login() -> Response:
    state = secrets.token_urlsafe(32)
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": request.form["client_id"],
        "redirect_uri": request.form["target_link_uri"],
        "login_hint": request.form["login_hint"],
        "lti_message_hint": request.form["lti_message_hint"],
        "state": state,
        "nonce": secrets.token_urlsafe(32),
    }
    answer = redirect(f"{lms.ISSUER}/auth?{urlencode(asked)}")
    answer.set_cookie("state", state, httponly=True)
    return answer


@app.post("/lti/launch")
def launch() -> Response:
    body = jwt.decode(request.form["id_token"], _key, algorithms=["RS256"], audience=lms.CLIENT_ID, issuer=lms.ISSUER)
    insert(body["iss"], body["sub"], body["nonce"])
    return redirect("/s/1/", 303)
