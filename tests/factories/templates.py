"""What templates say by themselves: the words in their source that are not looked up in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).parents[2] / "lti_tool" / "templates"
ATTRIBUTES = ("aria-label", "title", "alt", "placeholder", "data-confirm", "data-hint")

_PARSER = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
_LOOKED_UP = ("_", "gettext", "ngettext", "pgettext", "npgettext")
_SILENT_CALLS = ("url_for", "startswith", "endswith", "split", "strftime")
_SILENT_FILTERS = ("selectattr", "rejectattr", "map", "replace", "attr", "groupby", "sort")
_CLASSES = ("page_class", "body_class")
_VALUE = "\0"
_WORD = re.compile(r"[A-Za-z]{2,}")
_KEPT = re.compile(r"&#?\w+;|\busa-[\w-]+|\b(UTC|kB|SHA-256)\b")
_TAG = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.S)
_HIDDEN = re.compile(r"<code>lti-tool.*?</code>|<style\b.*?</style>|<script\b[^>]*>.*?</script>|<!--.*?-->|<!DOCTYPE[^>]*>", re.S | re.I)
_ATTRIBUTE = re.compile(rf"(?<![\w-])({'|'.join(ATTRIBUTES)})=\"([^\"]*)\"")
_HUMAN = re.compile(r"^[A-Z“][a-z’]|[A-Za-z’]{2,},? [A-Za-z“]")


def paths() -> list[str]:
    """Every page template, below the folder of templates."""
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


@cache
def parsed(path: str) -> nodes.Template:
    """The template as Jinja reads it."""
    return _PARSER.parse((TEMPLATES / path).read_text())


def unsaid(path: str) -> list[str]:
    """Words that a template holds outside `_()` and `{% trans %}`: text, attributes that people read, and strings that it shows."""
    html = _HIDDEN.sub("", "".join(_flat(parsed(path))))
    found = [value for tag in _TAG.findall(html) for _, value in _ATTRIBUTE.findall(tag)]
    found += re.split(r"[\0\n]", _TAG.sub("\n", html))
    return [one.strip() for one in found if _WORD.search(_KEPT.sub("", one))] + list(_strings(parsed(path)))


def frozen(path: str) -> list[str]:
    """Names that a template sets once to something looked up: who imports it would hear the language of the first who did."""
    return [
        one.target.name if isinstance(one.target, nodes.Name) else "?"
        for one in parsed(path).body
        if isinstance(one, nodes.Assign) and any(_is_looked_up(call) for call in one.find_all(nodes.Call))
    ]


def imported() -> set[str]:
    """Templates that others import."""
    return {
        node.template.value
        for path in paths()
        for node in parsed(path).find_all((nodes.Import, nodes.FromImport))
        if isinstance(node.template, nodes.Const)
    }


def _flat(node: nodes.Node) -> Iterator[str]:
    """The text in the order of the source, with a mark where a value is put in."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _flat(child) if isinstance(child, nodes.TemplateData) else (_VALUE,)
    elif not isinstance(node, nodes.Expr) and not (isinstance(node, nodes.Block) and node.name in _CLASSES):
        for child in node.iter_child_nodes():
            yield from _flat(child)


def _is_looked_up(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _LOOKED_UP


def _strings(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and _HUMAN.search(node.value) and "--" not in node.value and "usa-" not in node.value:
            yield node.value
        return
    if isinstance(node, nodes.Call):
        callee = node.node
        name = callee.name if isinstance(callee, nodes.Name) else callee.attr if isinstance(callee, nodes.Getattr) else ""
        if _is_looked_up(node):
            for given in node.kwargs:
                yield from _strings(given.value)
            return
        if name in _SILENT_CALLS:
            return
    if isinstance(node, nodes.Filter) and node.name in _SILENT_FILTERS:
        if node.node is not None:
            yield from _strings(node.node)
        return
    if isinstance(node, nodes.Compare | nodes.Test | nodes.Extends | nodes.Import | nodes.FromImport | nodes.Include):
        return
    if isinstance(node, nodes.Pair):
        yield from _strings(node.value)
        return
    if isinstance(node, nodes.Getitem):
        yield from _strings(node.node)
        return
    for child in node.iter_child_nodes():
        yield from _strings(child)
