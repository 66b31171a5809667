"""pylti1p3 as its documentation says, at its quickest: configuration, state and keys in memory, nothing durable."""

from __future__ import annotations

import os
from typing import Any

import lms
from flask import Flask, redirect
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict
from werkzeug.wrappers import Response


class _Memory:
    """A cache of this process."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def set(self, key: str, value: Any, timeout: int | None = None) -> None:
        del timeout
        self._values[key] = value


app = Flask(__name__)
app.secret_key = "bench"
_memory = _Memory()
_config = ToolConfDict(
    {
        lms.ISSUER: [
            {
                "default": True,
                "client_id": lms.CLIENT_ID,
                "auth_login_url": f"{lms.ISSUER}/auth",
                "auth_token_url": f"{lms.ISSUER}/token",
                "key_set_url": os.environ["BENCH_JWKS_URL"],
                "deployment_ids": [lms.DEPLOYMENT_ID],
            }
        ]
    }
)


@app.post("/lti/login")
def login() -> Response:
    begun = FlaskOIDCLogin(FlaskRequest(), _config, launch_data_storage=FlaskCacheDataStorage(_memory))
    answer: Response = begun.redirect(FlaskRequest().get_param("target_link_uri"))
    return answer


@app.post("/lti/launch")
def launch() -> Response:
    storage = FlaskCacheDataStorage(_memory)
    found = FlaskMessageLaunch(FlaskRequest(), _config, launch_data_storage=storage)
    found.set_public_key_caching(storage, cache_lifetime=7200)
    found.get_launch_data()
    return redirect(f"/s/{found.get_launch_id()}/", 303)
