"""Runs the pump in processes that kill themselves at a chosen step. Told by lines of JSON: {"now": ISO time, "step": name or null}."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from lti_tool.app import build_tool
from lti_tool.grading import ags, claims, pump
from lti_tool.http import HttpClient
from lti_tool.platforms import tokens
from lti_tool.settings import Settings

STEPS = (
    "inside the claim",
    "after the claim",
    "with a new token",
    "before the post",
    "after the post",
    "inside the acknowledgement",
    "after the acknowledgement",
)


def die(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrapped(place: Any, name: str, *, before: Callable[..., None] | None = None, after: Callable[..., None] | None = None) -> None:
    real = getattr(place, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if before:
            before(*args)
        result = real(*args, **kwargs)
        if after:
            after(result)
        return result

    setattr(place, name, wrapper)


def die_if(found: object) -> None:
    if found is not None:
        die()


def arm(step: str) -> None:
    """Make this process die at that step."""
    if step == "inside the claim":
        wrapped(claims, "_claimed", after=lambda found: die_if(found[0] or None))
    elif step == "after the claim":
        wrapped(claims, "take", after=die_if)
    elif step == "with a new token":
        wrapped(tokens, "ask_token", after=die)
    elif step == "before the post":
        wrapped(HttpClient, "request", before=lambda _self, _method, url: die_if("/scores" in url or None))
    elif step == "after the post":
        wrapped(ags, "post_score", after=die)
    elif step == "inside the acknowledgement":
        wrapped(ags, "post_score", after=lambda _result: event.listen(Session, "before_commit", die))
    elif step == "after the acknowledgement":
        wrapped(claims, "acknowledge", after=die)
    else:
        raise ValueError(step)


def pump_once(settings: Settings, order: dict[str, Any]) -> None:
    now = datetime.fromisoformat(order["now"])
    if order["step"]:
        arm(order["step"])
    pump.deliver_due(build_tool(settings, clock=lambda: now))


def answer(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """For each order fork, pump in the child, and say how it ended: its signal, or 0."""
    url, data_dir, base_url = sys.argv[1:]
    settings = Settings(database_url=url, data_dir=data_dir, base_url=base_url, development=True, log_level="ERROR")
    answer("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                pump_once(settings, json.loads(line))
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        answer(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
