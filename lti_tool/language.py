"""The language in which people are spoken to: English as it stands in the source, others from `translations/`.

What is said depends on who reads it, not on where it is said: `speaking` sets the language of a page or an e-mail, `_` looks words up in
it. Words that are made before anybody reads them are marked by `N_` and looked up when they are shown, or are `later` ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment
from jinja2.filters import do_filesizeformat

LANGUAGES = {"en": "English", "es": "Español"}
"""Those that the tool speaks, by their code, and what they call themselves."""
_FOLDER = Path(__file__).parent / "translations"
_ENGLISH = Locale("en", "US")

_spoken: ContextVar[Locale] = ContextVar("spoken", default=_ENGLISH)


@lru_cache(maxsize=256)
def locale_of(*wishes: str) -> Locale:
    """The first wish that can be met (`es-MX`, `es_mx`, an Accept-Language header), with its region; English of the USA otherwise."""
    for wish in wishes:
        for one in wish.split(","):
            code = one.split(";")[0].strip().replace("_", "-").split("-")
            if code[0].lower() in LANGUAGES:
                return _known(code)
    return _ENGLISH


def _known(code: list[str]) -> Locale:
    language, region = code[0].lower(), next((part.upper() for part in code[1:] if len(part) == 2), "US")
    try:
        return Locale.parse(f"{language}_{region}")
    except (UnknownLocaleError, ValueError):
        return Locale(language)


def speak(locale: Locale) -> None:
    """Speak like this from now on, in this thread or task."""
    _spoken.set(locale)


@contextmanager
def speaking(locale: Locale) -> Iterator[None]:
    """Speak like this inside the block."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> Locale:
    """How we speak now."""
    return _spoken.get()


@lru_cache
def _translations(language: str) -> Translations:
    found = Translations()
    for path in sorted((_FOLDER / language).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        found.merge(Translations(compiled))
    return found


def looked_up(text: str) -> str:
    """`text` in the language spoken, with its placeholders; as it is where nobody has translated it."""
    language = _spoken.get().language
    return text if language == "en" or not text else _translations(language).gettext(text)


def looked_up_by_count(one: str, many: str, count: int) -> str:
    """The right one of two texts for so many, with its placeholders."""
    language = _spoken.get().language
    if language == "en":
        return one if count == 1 else many
    return _translations(language).ngettext(one, many, count)


def looked_up_in(sense: str, text: str) -> str:
    """`text` in one of its senses, where English has one word for what others tell apart."""
    language = _spoken.get().language
    return text if language == "en" else str(_translations(language).pgettext(sense, text))


def looked_up_in_by_count(sense: str, one: str, many: str, count: int) -> str:
    """The right one of two texts for so many, in one of their senses."""
    language = _spoken.get().language
    if language == "en":
        return one if count == 1 else many
    return str(_translations(language).npgettext(sense, one, many, count))


def _(text: str, **values: Any) -> str:
    """`text` in the language spoken; `%(name)s` in it stands for a value. Without values a percent sign is one."""
    said = looked_up(text)
    return said % values if values else said


def _n(one: str, many: str, count: int, **values: Any) -> str:
    """`one` or `many`, whichever the number asks for; `%(count)s` in it stands for the number."""
    return looked_up_by_count(one, many, count) % {"count": number(count), **values}


def _p(sense: str, text: str) -> str:
    """`text` in one of its senses: `_p("an appeal", "Taken back")`."""
    return looked_up_in(sense, text)


def N_(text: str) -> str:  # noqa: N802  # the name that gettext's tools know
    """`text` as it is: marked, to be looked up by whoever shows it."""
    return text


class _Later(str):
    """A text that is looked up each time it is shown."""

    __slots__ = ()

    def __str__(self) -> str:
        return looked_up(str.__str__(self))

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(looked_up(str.__str__(self))))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def format(self, *args: object, **values: object) -> str:
        return str(self).format(*args, **values)


def later(text: str) -> str:
    """A text that is looked up when it is shown: for labels of forms, which are made once."""
    return _Later(text)


def day(moment: date) -> str:
    """A day, by the customs of who reads: Nov 28, 2026; 28 nov 2026."""
    return dates.format_date(moment, "medium", locale=_spoken.get())


def long_day(moment: date) -> str:
    """A day as it stands in a sentence: November 28, 2026; 28 de noviembre de 2026."""
    return dates.format_date(moment, "long", locale=_spoken.get())


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: a, b and c."""
    if len(words) < 2:
        return str(words[0]) if words else ""
    return _("%(some)s and %(last)s", some=", ".join(str(word) for word in words[:-1]), last=words[-1])


def moment(at: datetime) -> str:
    """A day and time of day in UTC."""
    return f"{day(at)}, {at:%H:%M} UTC"


def month(at: date) -> str:
    """A month with its year: November 2026; noviembre de 2026."""
    return dates.format_skeleton("yMMMM", at, locale=_spoken.get())


def number(value: int | float | Decimal, digits: int = 0) -> str:
    """A number with at most so many digits behind the point: 1,234; 1.234."""
    return numbers.format_decimal(round(Decimal(value), digits), locale=_spoken.get())


def percent(share: float | Decimal, digits: int = 0) -> str:
    """A share of 1 as percent."""
    return numbers.format_percent(share, f"#,##0{'.' + '0' * digits if digits else ''}%", locale=_spoken.get())


def money(cents: int, currency: str = "USD") -> str:
    """An amount in cents: $1,200.00."""
    return numbers.format_currency(Decimal(cents) / 100, currency, locale=_spoken.get())


def file_size(size: float) -> str:
    """So many bytes, in words: 42 Bytes, 1.2 MB."""
    said = do_filesizeformat(size)
    return _n("%(count)s Byte", "%(count)s Bytes", int(size)) if "Byte" in said else said


def teach(templates: Environment) -> None:
    """Let templates look words up by `_()` and `{% trans %}`, and write days and numbers as their reader does."""
    templates.add_extension("jinja2.ext.i18n")
    templates.add_extension("jinja2.ext.do")
    templates.policies["ext.i18n.trimmed"] = True
    templates.filters["said"], templates.filters["filesizeformat"] = looked_up, file_size
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        looked_up, looked_up_by_count, newstyle=True, pgettext=looked_up_in, npgettext=looked_up_in_by_count
    )
    for one in (day, moment, month, number, percent, money, listed):
        templates.filters[one.__name__] = one
