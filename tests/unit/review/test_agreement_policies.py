"""Figures of agreement, held against published examples, other people's implementations and their own definitions."""

from __future__ import annotations

from fractions import Fraction
from math import isclose

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from lti_tool.review import agreement_policies as policies
from lti_tool.review.agreement_policies import ENOUGH, Estimate, Figures, Levels, Pair, Ratings

Table = list[list[int]]


def pairs_of(table: Table) -> list[Pair]:
    size = range(len(table))
    return [(i, j) for i in size for j in size for _ in range(table[i][j])]


def ratings(table: Table) -> Ratings:
    return Ratings(tuple((pair,) for pair in pairs_of(table)), len(table))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    size = draw(st.integers(2, 6))
    return draw(st.lists(st.lists(st.integers(0, 30), min_size=size, max_size=size), min_size=size, max_size=size))


def test_cohens_own_example() -> None:
    # Cohen 1960, A coefficient of agreement for nominal scales, table 2 b, page 45
    assert round(policies.kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]]) or 0, 3) == 0.492


def test_gwets_own_example() -> None:
    # Gwet 2002, Inter-rater reliability: dependency on trait prevalence and marginal homogeneity: kappa fails where nearly all are alike
    table = [[118, 5], [2, 0]]
    assert round(policies.kappa(table) or 0, 4) == -0.0234
    assert round(policies.ac1(table) or 0, 4) == 0.9408


# table, AC1, kappa (Conger's, which is Cohen's for two), the same with quadratic weights: irrCAC 0.4.4
IRR_CAC = [
    ([[7, 0, 0, 1], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 3]], 0.909774436, 0.886178862, 0.808510638),
    ([[19, 3, 2], [3, 16, 1], [1, 2, 8]], 0.679494962, 0.658385093, 0.66838932),
    ([[4, 2, 0, 1, 0], [0, 3, 0, 0, 1], [1, 0, 2, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 1, 0]], 0.421584264, 0.376146789, 0.478527607),
    ([[40, 5, 1, 4, 3], [0, 2, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 1, 0, 0]], 0.714679014, 0.191106906, 0.091525959),
    ([[4, 0, 0, 1, 1], [0, 2, 0, 0, 0], [0, 0, 2, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]], 0.669586984, 0.61627907, 0.222826087),
    ([[18, 4, 0, 4], [0, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]], 0.674418605, 0.282051282, 0.204545455),
    ([[21, 3, 5, 2, 0], [0, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 0]], 0.655239961, 0.364365971, 0.420103093),
    ([[17, 2, 1], [3, 13, 0], [2, 3, 10]], 0.679428571, 0.671545667, 0.696247767),
    ([[6, 1], [1, 8]], 0.753846154, 0.746031746, 0.746031746),
    ([[21, 2, 1, 2], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], 0.795436664, 0.0, 0.0),
    ([[9, 1, 3], [0, 0, 0], [0, 0, 1]], 0.653786708, 0.253333333, 0.294573643),
    ([[16, 3, 5], [3, 13, 1], [2, 5, 9]], 0.50281189, 0.495810056, 0.461756374),
]


@pytest.mark.parametrize(("table", "ac1", "kappa", "weighted"), IRR_CAC)
def test_as_irrcac_has_it(table: Table, ac1: float, kappa: float, weighted: float) -> None:
    for own, theirs in ((policies.ac1(table), ac1), (policies.kappa(table), kappa), (policies.weighted_kappa(table), weighted)):
        assert isclose(own or 0, theirs, abs_tol=1e-8)


@given(tables())
def test_as_scikit_learn_has_it(table: Table) -> None:
    pairs = pairs_of(table)
    assume(len({one for pair in pairs for one in pair}) > 1)  # where it is not defined, scikit-learn divides by zero
    first, second = [one for one, _ in pairs], [one for _, one in pairs]
    labels = list(range(len(table)))
    for weights, own in ((None, policies.kappa(table)), ("quadratic", policies.weighted_kappa(table))):
        assert own is not None
        assert isclose(own, cohen_kappa_score(first, second, labels=labels, weights=weights), abs_tol=1e-12)


@given(tables())
def test_as_the_definitions_say_in_fractions(table: Table) -> None:
    size, n = range(len(table)), sum(map(sum, table))
    assume(n)
    rows, columns = [Fraction(sum(table[k]), n) for k in size], [Fraction(sum(row[k] for row in table), n) for k in size]
    seen = sum(Fraction(table[k][k], n) for k in size)
    chance = sum(((r + c) / 2) * (1 - (r + c) / 2) for r, c in zip(rows, columns, strict=True)) / (len(table) - 1)
    assert isclose(policies.ac1(table) or 0, (seen - chance) / (1 - chance), abs_tol=1e-12)
    assert isclose(policies.exact(table) or 0, seen, abs_tol=1e-12)
    expected = sum(r * c for r, c in zip(rows, columns, strict=True))
    found = policies.kappa(table)
    assert found is None if expected == 1 else isclose(found or 0, (seen - expected) / (1 - expected), abs_tol=1e-12)


@given(tables())
def test_who_stands_first_changes_nothing_but_leniency(table: Table) -> None:
    turned = [list(column) for column in zip(*table, strict=True)]
    for statistic in (policies.exact, policies.kappa, policies.weighted_kappa, policies.ac1):
        one, other = statistic(table), statistic(turned)
        assert one is None if other is None else isclose(one or 0, other, abs_tol=1e-12)


def test_everything_alike_is_full_agreement_and_kappa_says_that_it_can_not_tell() -> None:
    found = policies.figures(ratings([[40, 0], [0, 0]]))
    assert found == Figures(40, Estimate(1.0, 1.0, 1.0), Estimate(None), Estimate(None), Estimate(1.0, 1.0, 1.0))


def test_where_draws_often_leave_kappa_undefined_it_has_no_interval() -> None:
    found = policies.figures(ratings([[39, 0], [0, 1]]))  # of many draws the one is missing
    assert found.kappa == Estimate(1.0)
    assert found.ac1 is not None
    assert found.ac1.low is not None


def test_nothing_is_shown_before_there_is_enough() -> None:
    assert policies.figures(ratings([[20, 0], [0, 9]])) == Figures(29)
    assert not policies.figures(ratings([[20, 0], [0, 9]])).enough
    assert policies.figures(ratings([[20, 0], [0, 10]])).enough
    six_times_five = Ratings((((0, 0),) * 5,) * 6, 2)
    assert policies.figures(six_times_five) == Figures(6), "thirty criteria of six submissions are six"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=ENOUGH, max_size=60))
def test_the_figure_lies_in_its_interval_and_is_the_same_each_time(pairs: list[Pair]) -> None:
    given_ = Ratings(tuple((pair,) for pair in pairs), 4)
    found = policies.figures.__wrapped__(given_)
    assert found == policies.figures.__wrapped__(given_)
    assert found.exact is not None
    assert found.exact.low is not None
    assert found.exact.high is not None
    assert found.exact.low <= found.exact.value <= found.exact.high  # type: ignore[operator]


def test_submissions_are_drawn_whole() -> None:
    alone = Ratings(tuple((pair,) for pair in [(0, 0), (1, 1), (0, 1), (1, 0)] * 50), 2)
    together = Ratings(tuple((pair,) * 5 for pair in [(0, 0), (1, 1), (0, 1), (1, 0)] * 10), 2)
    width = [found.high - found.low for one in (alone, together) if (found := policies.figures(one).exact) and found.high and found.low]
    assert policies.table_of(alone) == policies.table_of(together)
    assert width[1] > 1.5 * width[0], "criteria of one submission are no independent witnesses"


def test_an_interval_is_as_wide_as_theory_says() -> None:
    found = policies.figures(ratings([[70, 15], [15, 100]])).exact
    assert found is not None
    assert found.low == pytest.approx(0.85 - 1.96 * (0.85 * 0.15 / 200) ** 0.5, abs=0.01)
    assert found.high == pytest.approx(0.85 + 1.96 * (0.85 * 0.15 / 200) ** 0.5, abs=0.01)


def test_quantiles() -> None:
    assert [policies.quantile([1, 2, 3, 4, 5], share) for share in (0, 0.25, 0.5, 0.9, 1)] == [1, 2, 3, 4.6, 5]
    assert policies.quantile([7], 0.9) == 7
    with pytest.raises(ValueError, match="no values"):
        policies.quantile([], 0.5)


def test_plain_averages_wait_for_ten() -> None:
    day = 86_400
    assert policies.turnaround([day] * 9) is None
    assert policies.turnaround([day * n for n in range(1, 12)]) == policies.Turnaround(6, 10)
    assert policies.share(3, 9) is None
    assert policies.share(3, 10) == 0.3
    assert policies.leniency([[(2, 1)]] * 9) is None
    assert policies.leniency([[(2, 1), (1, 1)]] * 10) == 0.5
    assert policies.leniency([[]] * 10) is None


def test_drift_looks_at_the_newest_thirty() -> None:
    good = [((n % 2, n % 2),) for n in range(40)]
    bad = [((n % 2, (n // 2) % 2),) for n in range(30)]
    assert not policies.drifted(Ratings(tuple(good), 2))
    assert policies.drifted(Ratings((*good, *bad), 2))
    assert not policies.drifted(Ratings((*bad, *good), 2)), "it was long ago"
    assert not policies.drifted(Ratings(tuple(bad[:29]), 2)), "too few to tell"
    assert not policies.drifted(Ratings((((1, 1),),) * 30, 2)), "kappa can't tell: nobody is blamed"
    nearly_all_pass = [((1, 1),)] * 28 + [((0, 1),), ((1, 0),)]
    assert (policies.kappa(policies.table_of(Ratings(tuple(nearly_all_pass), 2))) or 0) < 0.4
    assert not policies.drifted(Ratings(tuple(nearly_all_pass), 2)), "28 of 30 is no drift"


def test_criteria_of_unlike_difficulty_do_not_look_like_agreement() -> None:
    easy, hard = [[0, 0, 0], [0, 0, 0], [0, 0, 90]], [[10, 10, 10], [10, 10, 10], [10, 10, 10]]
    together = [[easy[i][j] + hard[i][j] for j in range(3)] for i in range(3)]
    assert (policies.weighted_kappa(together) or 0) > 0.3
    assert policies.weighted_kappa(hard) == 0
    units = tuple(((0, 2, 2), (1, n % 3, (n // 3) % 3)) for n in range(90))
    found = policies.levels_agree(Levels(units, 2))
    assert found is not None
    assert found.value == 0
    assert found.low is not None
    assert found.low < 0 < (found.high or 0)
    assert policies.levels_agree(Levels(units[:29], 2)) is None
    assert policies.levels_agree(Levels(tuple(((0, 2, 2),) for _ in range(40)), 1)) == Estimate(None)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=ENOUGH, max_size=50))
def test_over_one_criterion_it_is_the_plain_one(pairs: list[Pair]) -> None:
    whole = Ratings(tuple((pair,) for pair in pairs), 6)
    found = policies.levels_agree(Levels(tuple(((0, *pair),) for pair in pairs), 1))
    plain = policies.weighted_kappa(policies.table_of(whole))
    assert found is not None
    assert found.value is None if plain is None else isclose(found.value or 0, plain, abs_tol=1e-12)
