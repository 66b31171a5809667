"""What forms say by themselves ("Not a valid date value.") is said in the reader's language, too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import i18n

from lti_tool import language


@lru_cache
def _messages(code: str) -> Any:
    return i18n.DummyTranslations() if code == "en" else i18n.get_translations((code,))


def _spoken(_meta: object, _form: object) -> Any:
    return _messages(language.spoken().language)


def teach() -> None:
    """Let every form find WTForms' own translations by the language spoken."""
    FlaskForm.Meta.get_translations = _spoken
