"""People are spoken to in the language of their LMS, with its days and numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lti_tool import language

MOMENT = datetime(2026, 11, 28, 19, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ("es", "es_US"),
        ("es-MX", "es_MX"),
        ("es_mx", "es_MX"),
        ("en-GB", "en_GB"),
        ("de-DE,es;q=0.8,en;q=0.5", "es_US"),
        ("es-419", "es_US"),
        ("es-XQ", "es"),
        ("fr", "en_US"),
        ("", "en_US"),
        ("*", "en_US"),
        ("en-x-nonsense;;,,", "en_US"),
    ],
)
def test_the_first_wish_that_can_be_met(wish: str, found: str) -> None:
    assert str(language.locale_of(wish)) == found


def test_days_numbers_and_money_by_locale() -> None:
    with language.speaking(language.locale_of("en")):
        assert language.moment(MOMENT) == "Nov 28, 2026, 19:01 UTC"
        assert (language.number(1234.5, 1), language.percent(0.125, 1), language.money(123450)) == ("1,234.5", "12.5%", "$1,234.50")
        assert language.month(MOMENT) == "November 2026"
    with language.speaking(language.locale_of("es-ES")):
        assert language.moment(MOMENT) == "28 nov 2026, 19:01 UTC"
        assert (language.number(12345.5, 1), language.money(1234550)) == ("12.345,5", "12.345,50\xa0US$")
        assert language.month(MOMENT) == "noviembre de 2026"


def test_what_nobody_translated_stays_as_it_is() -> None:
    with language.speaking(language.locale_of("es")):
        assert language._("No such %(thing)s anywhere, 100%% sure", thing="words") == "No such words anywhere, 100% sure"
        assert language._("100% plain") == "100% plain"
        assert str(language.later("No such words")) == "No such words"
