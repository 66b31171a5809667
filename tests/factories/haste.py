"""What thousands of applications, one for each test, need not do again: compile templates and addresses; wait for the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

_compile, _builders = Rule._compile_builder, dict[tuple[Any, ...], Any]()


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    # What is compiled follows from these alone; converters are asked by name, of the rule that it is bound to.
    key = (rule.rule, rule.subdomain, rule.host, append_unknown, tuple(sorted((rule.defaults or {}).items())))
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


def share_what_is_compiled(folder: Path) -> None:
    """Templates are kept in this folder, known by their text; addresses in this process."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]


def without_waiting_for_the_disk(engine: Engine) -> None:
    """A test does not outlive a loss of power."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF").close()
