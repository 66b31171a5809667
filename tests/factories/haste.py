"""What thousands of applications, one for each test, need not do again: compile templates, addresses and statements; wait for the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event
from werkzeug.routing import Rule

from lti_tool import database

_compile, _rules = Rule.compile, dict[tuple[Any, ...], Rule]()
_engines: dict[str, Engine] = {}


def _compile_once(rule: Rule) -> None:
    # What is compiled follows from these alone. Builders are functions of the rule: they are bound again.
    map_ = rule.map
    made = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, tuple(sorted((rule.defaults or {}).items())))
    key = (*made, map_.host_matching, *map_.converters.values())
    first = _rules.get(key)
    if first is None:
        _compile(rule)
        _rules[key] = rule
        return
    rule._parts, rule._trace, rule._converters = first._parts, first._trace, first._converters
    rule.arguments = set(first.arguments)
    rule._build = first._build.__func__.__get__(rule, None)  # type: ignore[attr-defined]
    rule._build_unknown = first._build_unknown.__func__.__get__(rule, None)  # type: ignore[attr-defined]


def _create_engine(url: str, **options: Any) -> Engine:
    # Statements are known by their dialect and kept with their engine: both are those of the first.
    engine = create_engine(url, query_cache_size=20_000, **options)
    if first := _engines.get(engine.dialect.name):
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine


def share_what_is_compiled(folder: Path) -> None:
    """Templates are kept in this folder, known by their text; addresses and statements in this process."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}
    Rule.compile = _compile_once  # type: ignore[method-assign]
    database.create_engine = _create_engine  # type: ignore[assignment]


def share_statements_of(engine: Engine) -> None:
    """From now on every engine compiles like this one, which has met its database."""
    _engines.setdefault(engine.dialect.name, engine)


def without_waiting_for_the_disk(engine: Engine) -> None:
    """A test does not outlive a loss of power."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF").close()
