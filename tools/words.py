"""Maintainer's script: brings the catalogs of translations in line with the source.

    python tools/words.py            writes lti_tool/translations/<language>/<room>.po, where what was translated stays, and
                                     lti_tool/static/words.<language>.js, which scripts load
    python tools/words.py --agree    lets what several rooms say be translated as in the first of them (the shell's before all others)
    python tools/words.py --check    says what is missing or no longer said, and fails if there is any

One catalog for each room, so that it is found where the words are said. A text that two rooms say stands in both, with the same
translation; where it has two senses, `pgettext` and `_p` tell them apart. `babel` reads the source: templates by `_()` and
`{% trans %}`, Python by `_`, `_n`, `_p`, `N_`, `later`, scripts by `tr()`.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "lti_tool"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {"_": None, "gettext": None, "N_": None, "later": None}
KEYWORDS |= {"_n": (1, 2), "ngettext": (1, 2), "_p": ((1, "c"), 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
SCRIPTS: dict[str, tuple[int | tuple[int, str], ...] | None] = {"tr": None}
OPTIONS = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do,jinja2.ext.i18n"}
SILENT = ("practice_lms", "demo", "migrations", "translations")
LANGUAGES = ("es",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|</?\w+[^>]*>")
"""What a translation keeps of a text: what stands for values, and markup."""


Said = dict[str, tuple[tuple[str, ...] | str, str | None]]


def room_of(path: Path) -> str:
    """Where the words of a file are kept: by its folder; `tool` for what stands in none."""
    parts = path.relative_to(PACKAGE).parts
    if parts[0] == "templates":
        parts = parts[1:]
    if parts[0] == "static":
        return "scripts"
    room = parts[0] if len(parts) > 1 else "tool"
    if room in ("district",) and len(parts) > 2:
        room = f"{room}-{parts[1]}"
    return {"layouts": "tool", "agreement": "review"}.get(room, room)


def key_of(message: tuple[str, ...] | str, sense: str | None) -> str:
    """What a text is known by: its sense, where it has one, and the text for one."""
    one = message if isinstance(message, str) else message[0]
    return f"{sense}: {one}" if sense else one


def known_by(message: Message) -> str:
    """What a translated text is known by."""
    return key_of(message.id, message.context)


def said() -> dict[str, Said]:
    """Every text of the source, by room: what it is known by to (one, many) or the text, and its sense."""
    found: dict[str, Said] = defaultdict(dict)
    for path in sorted(PACKAGE.rglob("*")):
        parts = path.relative_to(PACKAGE).parts
        if parts[0] in SILENT or "vendor" in parts or path.suffix not in (".py", ".html", ".txt", ".js"):
            continue
        method = {".py": "python", ".js": "javascript"}.get(path.suffix, "jinja2.ext:babel_extract")
        if path.suffix == ".txt" and parts[0] != "templates":
            continue
        for _line, message, _comments, sense in extract_from_file(
            method, path, keywords=SCRIPTS if path.suffix == ".js" else KEYWORDS, options=dict(OPTIONS)
        ):
            key = key_of(message, sense)
            kept = found[room_of(path)].get(key)
            found[room_of(path)][key] = kept if kept and isinstance(kept[0], tuple) else (message, sense)
    return found


def catalog(language: str, room: str) -> Catalog:
    """What is translated of a room."""
    path = PACKAGE / "translations" / language / f"{room}.po"
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def agreed(language: str, rooms: Iterable[str]) -> dict[str, Message]:
    """The translation of each text in the first room that has one: of the shell, then by name."""
    known: dict[str, Message] = {}
    for room in sorted(rooms, key=lambda one: (one not in ("tool", "web", "home", "evidence"), one)):
        for message in catalog(language, room):
            if message.id and message.string and all(message.string):
                known.setdefault(known_by(message), message)
    return known


def write(language: str, room: str, words: Said, known: dict[str, Message], *, agree: bool = False) -> int:
    """Write a room's catalog and say how many texts wait for a translation. `known` fills what is open; with `agree` it goes before all."""
    new, waiting = Catalog(locale=language, fuzzy=False), 0
    old = {known_by(message): message for message in catalog(language, room) if message.id}
    for key in sorted(words):
        message, sense = words[key]
        sources = (known.get(key), old.get(key)) if agree else (old.get(key), known.get(key))
        before = next((one for one in sources if one is not None and one.string and any(one.string)), None)
        plural = isinstance(message, tuple)
        kept = before.string if before is not None and before.pluralizable == plural else None
        done = all(kept) if isinstance(kept, tuple | list) else bool(kept)
        waiting += not done
        new.add(message, kept if done else None, context=sense)
    path = PACKAGE / "translations" / language / f"{room}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    new.header_comment = f"# {room}"
    with path.open("wb") as file:
        write_po(file, new, width=0, omit_header=False, sort_output=True, include_lineno=False, no_location=True)
    text = path.read_text().splitlines(keepends=True)
    dated = (
        '"POT-Creation-Date',
        '"PO-Revision-Date',
        '"Generated-By',
        '"Last-Translator',
        '"Language-Team',
        '"Project-Id',
        '"Report-Msgid',
    )
    path.write_text("".join(line for line in text if not line.startswith(dated)))
    return waiting


def kept(text: str) -> Counter[str]:
    """What a translation of this has to keep, and how often."""
    return Counter(PLACEHOLDER.findall(text))


def mangled(message: Message) -> bool:
    """Whether a translation lost or gained a placeholder or markup. The text for one may do without the number."""
    if not message.pluralizable:
        return bool(message.string) and kept(message.id) != kept(message.string)
    one, many = message.id
    forms = [form for form in message.string if form]
    fit = [kept(many), kept(one)]
    return any(kept(form) not in fit for form in forms[:1]) or any(kept(form) != kept(many) for form in forms[1:])


def first(string: object) -> object:
    """A translation's text for one."""
    return string[0] if isinstance(string, tuple | list) else string


def faults(language: str, rooms: dict[str, Said]) -> list[str]:
    """What is missing, left over, mangled, or said in two ways."""
    found: list[str] = []
    meaning: dict[str, tuple[str, object]] = {}
    for room, words in sorted(rooms.items()):
        there = {known_by(message): message for message in catalog(language, room) if message.id}
        found += [
            f"{room}: not translated: {key}"
            for key in sorted(words)
            if key not in there or not there[key].string or ("" in there[key].string and there[key].pluralizable)
        ]
        found += [f"{room}: no longer said: {key}" for key in sorted(there.keys() - words.keys())]
        found += [
            f"{room}: one or many: {key}" for key in words if key in there and isinstance(words[key][0], tuple) != there[key].pluralizable
        ]
        found += [f"{room}: placeholders or markup differ: {key}" for key, message in there.items() if mangled(message)]
        for key, message in there.items():
            other = meaning.setdefault(key, (room, message.string))
            if message.string and other[1] and first(other[1]) != first(message.string):
                found.append(f"{room} and {other[0]} translate differently: {key}")
    return found


def script(language: str) -> str:
    """What scripts load of a language."""
    words = {message.id: message.string for message in catalog(language, "scripts") if message.id and message.string}
    said = json.dumps(words, ensure_ascii=False, indent=2, sort_keys=True)
    return f"// Made by tools/words.py of translations/{language}/scripts.po.\n\nexport const WORDS = {said};\n"


def script_path(language: str) -> Path:
    """Where it stands."""
    return PACKAGE / "static" / f"words.{language}.js"


def main() -> int:
    """0 when everything is in line."""
    rooms = said()
    if "--check" in sys.argv:
        missing = [fault for language in LANGUAGES for fault in faults(language, rooms)]
        missing += [f"{script_path(one).name} is not current" for one in LANGUAGES if script_path(one).read_text() != script(one)]
        print("\n".join(missing))
        return bool(missing)
    for language in LANGUAGES:
        known = agreed(language, rooms)
        for room, words in sorted(rooms.items()):
            waiting = write(language, room, words, known, agree="--agree" in sys.argv)
            print(f"{language} {room}: {len(words)} texts, {waiting} not translated")
        script_path(language).write_text(script(language))
    return 0


if __name__ == "__main__":
    sys.exit(main())
