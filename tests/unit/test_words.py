"""Nobody reads a word that is not looked up in their language, and what is translated fits what is said."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages import Message
from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape

from lti_tool import language
from lti_tool.language import locale_of, speaking
from tests.factories import templates

ROOT = Path(__file__).parents[2]
FOR_MAKERS = {"styleguide.html"}
"""Pages that only those who build the tool see."""
NOT_YET: set[str] = set()
"""Templates that still speak English only. It only ever gets shorter: who marks a template takes its line out."""


@pytest.fixture(scope="module")
def words() -> ModuleType:
    spec = importlib.util.spec_from_file_location("words", ROOT / "tools" / "words.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said(words: ModuleType) -> dict[str, dict[str, Any]]:
    return words.said()


ENGLISH_ROOMS: set[str] = set()
"""Rooms whose Python still speaks English only. It only ever gets shorter."""
SHOWN = {
    "Problem": slice(2, 5),
    "bad_request": slice(0, 1),
    "conflict": slice(0, 1),
    "ValidationError": slice(0, 1),
    "Refused": slice(0, 1),
}
"""What people are told by these, by the place of the argument."""
LABELED = ("Field", "Required", "Length", "NumberRange")


def spoken_files() -> list[Path]:
    package = ROOT / "lti_tool"
    silent = {*ENGLISH_ROOMS, "practice_lms", "demo", "migrations", "translations"}
    return [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in silent]


def bare(node: ast.expr) -> Iterator[str]:
    """Texts in an expression that nobody marked. Names, and what functions give, are looked at where they are made."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and re.search("[A-Za-z]{2}", node.value):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (one.value for one in node.values if isinstance(one, ast.Constant) and re.search("[A-Za-z]{2}", str(one.value)))
    elif isinstance(node, ast.IfExp):
        yield from (*bare(node.body), *bare(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*bare(node.left), *bare(node.right))
    elif isinstance(node, ast.Tuple):
        for one in node.elts:
            yield from bare(one)


def unmarked(tree: ast.Module) -> Iterator[str]:
    """What refusals, forms and notices say without having it looked up."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            if name in SHOWN:
                for one in node.args[SHOWN[name]]:
                    yield from bare(one)
            elif name.endswith(LABELED):
                for one in [*node.args[:1], *(given.value for given in node.keywords if given.arg in ("label", "message"))]:
                    yield from bare(one)
            elif name == "update" and "NOTICES" in ast.unparse(node.func):
                for value in (value for one in node.args if isinstance(one, ast.Dict) for value in one.values):
                    yield from bare(value.elts[1]) if isinstance(value, ast.Tuple) else ()
        elif isinstance(node, ast.Assign) and "NOTICES" in ast.unparse(node.targets[0]) and isinstance(node.value, ast.Tuple):
            yield from bare(node.value.elts[1])


@pytest.mark.parametrize("path", spoken_files(), ids=lambda one: one.relative_to(ROOT / "lti_tool").as_posix())
def test_python_marks_what_people_are_told(path: Path) -> None:
    assert list(unmarked(ast.parse(path.read_text()))) == []


def test_unmarked_words_are_found() -> None:
    code = """
NOTICES["a.b"] = ("success", "Done so.")
NOTICES.update({"a.c": ("info", N_("Fine.")), "a.d": ("info", "Not fine.")})
raise Problem("code", 400, "Title here", _("Text."), f"Ask {who} now.", "detail of the log")
raise conflict("Too late." if late else _("Too early."), "detail")
class Form:
    name = StringField("Name", validators=[InputRequired("Give one."), Length(message="Too long.")])
    word = StringField(later("Word"))
"""
    found = ["Done so.", "Not fine.", "Title here", "Ask ", " now.", "Too late.", "Name", "Give one.", "Too long."]
    assert sorted(unmarked(ast.parse(code))) == sorted(found)


def test_what_speaks_english_only_is_a_template_that_does() -> None:
    assert {one for one in NOT_YET if one not in templates.paths() or not templates.unsaid(one)} == set()


@pytest.mark.parametrize("path", sorted(set(templates.paths()) - NOT_YET - FOR_MAKERS))
def test_a_template_says_nothing_by_itself(path: str) -> None:
    assert templates.unsaid(path) == []


def test_what_is_looked_up_once_for_everybody() -> None:
    """A template that is imported runs once: what it sets at its top would stay in the first reader's language."""
    assert {path: found for path in templates.imported() if (found := templates.frozen(path))} == {}


def test_every_text_is_translated_and_fits(words: ModuleType, said: dict[str, dict[str, Any]]) -> None:
    begun = {room: texts for room, texts in said.items() if words.catalog("es", room)}
    assert {"tool", "web", "home", "evidence", "notices", "keeping", "linking", "launch", "scripts"} <= begun.keys()
    assert words.faults("es", begun) == []


def test_scripts_load_what_the_catalog_says(words: ModuleType) -> None:
    assert words.script_path("es").read_text() == words.script("es")


@pytest.mark.parametrize("path", sorted((ROOT / "lti_tool" / "static").glob("*.js"), key=lambda one: one.name), ids=lambda one: one.name)
def test_scripts_say_nothing_by_themselves(path: Path) -> None:
    """What a script puts on the page goes through tr()."""
    if path.name.startswith("words."):
        return
    code = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
    code = re.sub(r"\btr\(\s*\"[^\"]*\"", "tr(", code)
    found = re.findall(r"[\"`](?:<p>)?([A-Z][a-z]+(?: [^\"`$<]*)?)[\"`]", code)
    names = {"Content-Type", "Control", "Error", "Enter", "Event", "File", "AbortError"}
    assert [one for one in found if one not in names and (" " in one or one in ("Saved", "Copied", "Pause", "Cancel"))] == []


@pytest.mark.parametrize(
    ("english", "spanish", "fits"),
    [
        ("%(count)s of %(total)s", "%(count)s de %(total)s", True),
        ("%(count)s of %(total)s", "%(count)s de %(totales)s", False),
        ("%(count)s of %(total)s", "%(count)s", False),
        ("Hello {name},", "Hola, {name}:", True),
        ("Hello {name},", "Hola, {nombre}:", False),
        ("<strong>Now.</strong>", "<strong>Ahora.</strong>", True),
        ("<strong>Now.</strong>", "<b>Ahora.</b>", False),
        ("Now.", "Ahora. <script>x()</script>", False),
        ("", "", True),
        (("%(count)s day", "%(count)s days"), ("%(count)s día", "%(count)s días", "%(count)s días"), True),
        (("%(count)s day", "%(count)s days"), ("un día", "%(count)s días", "%(count)s días"), False),
        (("The draft", "The %(count)s drafts"), ("El borrador", "Los %(count)s borradores", "Los %(count)s borradores"), True),
        (("The draft", "The %(count)s drafts"), ("El borrador", "Los borradores", "Los borradores"), False),
    ],
)
def test_translations_keep_placeholders_and_markup(words: ModuleType, english: Any, spanish: Any, fits: bool) -> None:
    assert words.mangled(Message(english, spanish)) is not fits


def test_later_is_looked_up_when_it_is_shown() -> None:
    label = language.later("Name")
    most = language.later("This is too long to keep: at most %(max)d characters.")
    greeting = language.later("Hello {name},")
    assert (label, str(label), f"{label}", Markup("<b>{}</b>").format(label)) == ("Name", "Name", "Name", "<b>Name</b>")
    with speaking(locale_of("es-US")):
        assert (label, str(label), f"{label}", str(escape(label))) == ("Name", "Nombre", "Nombre", "Nombre")
        assert most % {"max": 9} == "Es demasiado largo para guardarlo: 9 caracteres como máximo."
        assert greeting.format(name="Ada") == "Hola, Ada:"


def test_lists_and_long_days() -> None:
    from datetime import date

    when = date(2026, 11, 28)
    assert [language.listed(some) for some in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert language.long_day(when) == "November 28, 2026"
    with speaking(locale_of("es-US")):
        assert language.listed(["a", "b", "c"]) == "a, b y c"
        assert language.long_day(when) == "28 de noviembre de 2026"


def test_what_is_put_into_a_translation_is_escaped() -> None:
    page = (
        "{{ _('Back to %(title)s', title=title) }} {% trans name=title %}Edit<span class=\"usa-sr-only\"> {{ name }}</span>{% endtrans %}"
    )
    env = Environment(loader=DictLoader({"page.html": page}), autoescape=True)
    language.teach(env)
    with speaking(locale_of("es")):
        shown = env.get_template("page.html").render(title="<script>%s</script>")
    assert shown.count("&lt;script&gt;%s&lt;/script&gt;") == 2
    assert shown.startswith("Volver a ")
