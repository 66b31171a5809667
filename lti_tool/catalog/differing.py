"""What differs between two documents of a microcredential, section by section and word by word. Pure.

Documents are drafts or published content: plain dictionaries in the shape of `MicrocredentialContent` in which anything may be missing.
Rows with keys are followed by their key, other rows by their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from lti_tool.language import N_, _

Kind = Literal["same", "added", "removed"]
Document = Mapping[str, Any]
_Ident = tuple[str, ...]

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "basics": ("title", "summary", "competency", "audience", "tags", "hours", "family", "level"),
    "key_method": ("key_method",),
    "why": ("rationale", "references", "resources"),
    "criteria": ("criteria",),
    "evidence": ("evidence",),
    "questions": ("overview_questions", "reflection_questions"),
    "alignments": ("alignments",),
    "badge": ("badge",),
}
"""The sections of the editor, and which parts of the document stand in each."""
SECTION_NAMES: Mapping[str, str] = {
    "basics": N_("In short"),
    "key_method": N_("Key method"),
    "why": N_("Why it works"),
    "criteria": N_("Rubric"),
    "evidence": N_("Evidence"),
    "questions": N_("Questions"),
    "alignments": N_("Standards"),
    "badge": N_("Badge"),
}
_FIELDS: Mapping[str, str] = {
    "title": N_("Title"),
    "summary": N_("Summary"),
    "competency": N_("Competency"),
    "audience": N_("For whom"),
    "tags": N_("Topics"),
    "hours": N_("Hours of work"),
    "family": N_("Family"),
    "level": N_("How far it leads"),
    "description": N_("Description"),
    "how": N_("How a teacher does it"),
    "rationale": N_("Why it works"),
    "url": N_("Web address"),
    "note": N_("Note"),
    "prompt": N_("Question"),
    "help": N_("Help for the answer"),
    "word_limit": N_("Most words"),
    "accepts": N_("May be handed in as"),
    "minimum": N_("At least"),
    "maximum": N_("At most"),
    "criteria": N_("Judged by"),
    "may_show_students": N_("Students may be seen or heard in it"),
    "name": N_("Name"),
    "required_level": N_("Needed to earn"),
    "framework": N_("Framework"),
    "code": N_("Code"),
    "case_item": N_("CASE item"),
    "shape": N_("Shape"),
    "color": N_("Color"),
    "pictogram": N_("Picture"),
    "picture": N_("Own picture"),
    "picture_alt": N_("Own picture in words"),
}
_ROWS: Mapping[str, str] = {
    "components": N_("Step %(n)s"),
    "references": N_("Source %(n)s"),
    "resources": N_("Resource %(n)s"),
    "criteria": N_("Criterion %(n)s"),
    "levels": N_("Level %(n)s"),
    "evidence": N_("Evidence %(n)s"),
    "overview_questions": N_("Overview question %(n)s"),
    "reflection_questions": N_("Reflection question %(n)s"),
    "alignments": N_("Standard %(n)s"),
}
_WORD = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)
_MOST_WORK = 400_000  # pairs of words; past this, lines are compared
_AROUND = 12  # words that are shown before and after a change


@dataclass(frozen=True)
class Piece:
    """Some text: the same in both, only in the newer (added) or only in the older (removed). A gap stands for what is the same."""

    kind: Kind
    text: str
    gap: bool = False


@dataclass(frozen=True)
class Change:
    """One field that differs. `where` says which, in words."""

    where: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Section:
    """A section of the editor in which something differs."""

    key: str
    name: str
    changes: tuple[Change, ...]


def compare(old: Document, new: Document) -> tuple[Section, ...]:
    """Every section in which the two say something different, in the order of the editor."""
    found = []
    for key, parts in SECTIONS.items():
        before = {ident: (where, text) for ident, where, text in _fields(old, parts)}
        after = {ident: (where, text) for ident, where, text in _fields(new, parts)}
        changes = []
        for ident in [*after, *(one for one in before if one not in after)]:
            was, now = before.get(ident, ("", ""))[1], after.get(ident, ("", ""))[1]
            if was != now:
                changes.append(Change((after.get(ident) or before[ident])[0], words(was, now)))
        changes += _moved(old, new, parts)
        if changes:
            found.append(Section(key, _(SECTION_NAMES[key]), tuple(changes)))
    return tuple(found)


def _moved(old: Document, new: Document, parts: tuple[str, ...]) -> list[Change]:
    """Rows with keys that stand in another order than before."""
    changes = []
    for part in parts:
        before, after = ({str(row["key"]): row for row in _rows(one.get(part)) if row.get("key")} for one in (old, new))
        was, now = [key for key in before if key in after], [key for key in after if key in before]
        if was != now:
            names = [
                ", ".join(str(one[key].get("title") or one[key].get("prompt", "")) for key in keys)
                for one, keys in ((before, was), (after, now))
            ]
            changes.append(Change(_("Order"), words(*names)))
    return changes


def _rows(value: Any) -> list[Document]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def words(old: str, new: str) -> tuple[Piece, ...]:
    """The difference of two texts, word by word, with long parts that are the same left out."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) * len(after) > _MOST_WORK:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(before) * len(after) > _MOST_WORK:
        before, after = [old], [new]
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(Piece("removed", "".join(before[a:b])))
        if d > c:
            pieces.append(Piece("added", "".join(after[c:d])))
    last = len(pieces) - 1
    return tuple(short for place, one in enumerate(_joined(pieces)) for short in _shortened(one, place == 0, place == last))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Changes with nothing but a space between them read as one."""
    joined: list[Piece] = []
    for one in pieces:
        if len(joined) > 1 and one.kind == "removed" and joined[-1].text.isspace() and joined[-1].kind == "same":
            space, run = joined.pop().text, len(joined)
            while run and joined[run - 1].kind != "same":
                run -= 1
            gone = "".join(piece.text for piece in joined[run:] if piece.kind == "removed") + space + one.text
            come = "".join(piece.text for piece in joined[run:] if piece.kind == "added") + space
            joined[run:] = [Piece("removed", gone), Piece("added", come)]
        elif joined and joined[-1].kind == one.kind:
            joined[-1] = Piece(one.kind, joined[-1].text + one.text)
        else:
            joined.append(one)
    return joined


def _shortened(piece: Piece, first: bool, last: bool) -> Iterator[Piece]:
    parts = _WORD.findall(piece.text)
    most = 4 * _AROUND
    if piece.kind != "same" or len(parts) <= most:
        yield piece
        return
    head, tail = "".join(parts[: 2 * _AROUND]), "".join(parts[-2 * _AROUND :])
    if not first:
        yield Piece("same", head)
    yield Piece("same", "", gap=True)
    if not last:
        yield Piece("same", tail)


def _fields(document: Document, parts: tuple[str, ...]) -> Iterator[tuple[_Ident, str, str]]:
    """(what it is, where in words, its text) for each field of these parts."""
    titles = {str(row.get("key")): str(row.get("title", "")) for row in document.get("criteria", ()) if isinstance(row, Mapping)}
    for part in parts:
        yield from _walk((part,), "", part, document.get(part, ""), titles)


def _walk(ident: _Ident, before: str, name: str, value: Any, titles: Mapping[str, str]) -> Iterator[tuple[_Ident, str, str]]:
    if isinstance(value, Mapping):
        for inner, one in value.items():
            if inner != "key":
                yield from _walk((*ident, inner), before, inner, one, titles)
        return
    if isinstance(value, list | tuple) and name in _ROWS and not (name == "criteria" and len(ident) > 1):
        for place, row in enumerate(value):
            if isinstance(row, Mapping):
                row_name = _(_ROWS[name], n=place + 1)
                where = _("%(before)s, %(after)s", before=before, after=row_name.lower()) if before else row_name
                yield from _row((*ident, str(row.get("key") or place)), where, row, titles)
        return
    label = _(_FIELDS.get(name, name))
    yield ident, _("%(before)s, %(after)s", before=before, after=label.lower()) if before else label, _text(name, value, titles)


def _row(ident: _Ident, where: str, row: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[tuple[_Ident, str, str]]:
    for inner, one in row.items():
        if inner == "key":
            continue
        said = _level(row, one) if inner == "required_level" else one
        yield from _walk((*ident, inner), where, inner, said, titles)


def _level(row: Mapping[str, Any], number: Any) -> str:
    """The name of the level that is needed."""
    try:
        return str(row["levels"][int(number)]["name"])
    except (LookupError, TypeError, ValueError):
        return str(number)


def _text(name: str, value: Any, titles: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "criteria" and isinstance(value, list | tuple):
        return ", ".join(sorted(titles.get(str(one)) or str(one) for one in value))  # a set, whatever order a form sends it in
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(str, value)) if name == "accepts" else map(str, value))
    return "" if value is None else str(value)
