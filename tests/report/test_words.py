"""Sentences about numbers: any sign, any unit, nothing defined."""

from __future__ import annotations

import math

import pytest

from lockin_sim.report.words import (
    Estimate,
    Unit,
    changes,
    count,
    decimals,
    joined,
    level,
    listed,
    number,
    precision,
    signed,
    unit_of,
)

POINTS = Unit(100.0, "%", "percentage points")
NONE = Estimate(math.nan, math.nan, math.nan)


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(-1.14, -1.4, -0.89), "lowers it by 1.1 percentage points (95 % interval 0.9 to 1.4)"),
        (Estimate(2.0, 1.0, 3.0), "raises it by 2.0 percentage points (95 % interval 1.0 to 3.0)"),
        (
            Estimate(-0.04, -0.09, 0.01),
            "has no effect on it that can be told from zero "
            "(−0.04 percentage points, 95 % interval −0.09 to 0.01)",
        ),
        (
            Estimate(0.0, 0.0, 0.0),
            "has no effect on it that can be told from zero "
            "(0.0 percentage points, 95 % interval 0.0 to 0.0)",
        ),
        (NONE, "has no defined effect on it"),
        (
            Estimate(0.3, math.nan, math.nan),
            "has no effect on it that can be told from zero "
            "(+0.3 percentage points, no interval: fewer than two pairs of runs define it)",
        ),
    ],
)
def test_what_an_effect_is_said_to_do(estimate: Estimate, said: str):
    assert plain(changes(estimate, POINTS, "it")) == said


def test_levels_say_how_far_runs_differ():
    assert plain(level(Estimate(5.2, 3.4, 7.2), POINTS)) == "5.2 % (5 to 95 % of runs: 3.4 to 7.2)"
    assert level(NONE, POINTS) == "not defined in any run"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.04, 1, "0.0"), (-1.25, 2, "−1.25"), (12345.6, 0, "12 346"), (math.nan, 1, "–"), (-math.inf, 1, "–")],
)
def test_numbers(value: float, digits: int, text: str):
    assert plain(number(value, digits)) == text


def test_signs_are_shown_only_where_something_is_left_of_the_number():
    assert [signed(v, 1) for v in (0.04, 0.06, -0.06, 0.0)] == ["0.0", "+0.1", "−0.1", "0.0"]


@pytest.mark.parametrize(
    ("sizes", "digits"),
    [((3.6,), 1), ((0.25,), 1), ((0.02, 5.0), 2), ((0.0004,), 4), ((), 1), ((math.nan,), 1)],
)
def test_as_many_decimals_as_the_smallest_size_needs(sizes: tuple[float, ...], digits: int):
    assert decimals(*sizes) == digits


def test_precision_follows_the_interval_and_not_the_mean():
    assert precision(Estimate(5.0, 4.98, 5.02)) == 2
    assert precision(Estimate(0.003, -5.0, 5.0)) == 1


def test_units():
    assert unit_of("share") == POINTS
    assert unit_of("share of world GDP") == POINTS
    assert unit_of("USD bn, cumulative").change == "USD bn"
    assert plain(joined("3", unit_of("USD bn").change)) == "3 bn USD"
    assert unit_of("1").level == ""


def test_lists_and_counts():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert [count(n, "policy", "policies") for n in (0, 1, 3)] == [
        "no policies",
        "one policy",
        "three policies",
    ]
    assert plain(count(1200, "run")) == "1 200 runs"
