"""Sentences about numbers: any sign, any unit, nothing defined."""

from __future__ import annotations

import math

import pytest

from lockin_sim.report.words import changes, count, decimals, level, within
from lockin_sim.statistics import Estimate
from lockin_sim.wording import effect_digits, unit_of

POINTS = unit_of("share")
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
            "does not change it by more than chance could "
            "(−0.04 percentage points, 95 % interval −0.09 to 0.01)",
        ),
        (
            Estimate(0.0, 0.0, 0.0),
            "does not change it by more than chance could (0.0 percentage points, 95 % interval 0.0 to 0.0)",
        ),
        (NONE, "has no defined effect on it"),
        (
            Estimate(0.3, math.nan, math.nan),
            "does not change it by more than chance could "
            "(+0.30 percentage points, no interval: fewer than two pairs of runs define it)",
        ),
    ],
)
def test_what_an_effect_is_said_to_do(estimate: Estimate[float], said: str):
    assert plain(changes(estimate, POINTS, "it")) == said


def test_levels_say_how_far_runs_differ():
    assert plain(level(Estimate(5.2, 3.4, 7.2), POINTS)) == "5.2 % (5 to 95 % of runs: 3.4 to 7.2)"
    assert plain(level(Estimate(42.7, 33.6, 47.8), POINTS)) == "43 % (5 to 95 % of runs: 34 to 48)"
    assert plain(level(Estimate(22.84, 22.2, 23.6), POINTS)) == "22.8 % (5 to 95 % of runs: 22.2 to 23.6)"
    assert level(NONE, POINTS) == "not defined in any run"


@pytest.mark.parametrize(
    ("sizes", "digits"),
    [((3.6,), 1), ((0.25,), 1), ((0.02, 5.0), 2), ((0.0004,), 4), ((), 1), ((math.nan,), 1)],
)
def test_as_many_decimals_as_the_smallest_size_needs(sizes: tuple[float, ...], digits: int):
    assert decimals(*sizes) == digits


def test_effects_have_two_significant_digits_and_ends_that_are_not_zero():
    assert effect_digits(-16.55, -17.2, -15.8) == 0
    assert effect_digits(5.0, 4.98, 5.02) == 1
    assert effect_digits(-1564.0, -1602.0, -1527.0) == -2
    assert effect_digits(-0.281, -0.4, -0.1) == 2
    assert effect_digits(-0.281, -0.4, -0.004) == 3
    assert effect_digits(0.003, -5.0, 5.0) == 0
    assert effect_digits(0.003, -0.2, 0.3) == 1
    assert effect_digits(-4.3, -10.5, 1.9) == 0
    assert effect_digits(-140.0, -340.0, 60.0) == -1


def test_counts():
    assert [count(n, "policy", "policies") for n in (0, 1, 3)] == [
        "no policies",
        "one policy",
        "three policies",
    ]
    assert plain(count(1200, "run")) == "1 200 runs"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("world share of Chinese standards", "the world share of Chinese standards"),
        ("share of standards, outside China", "the share of standards, outside China,"),
        ("adopters' expected utility", "adopters' expected utility"),
        ("economies that restrict", "economies that restrict"),
    ],
)
def test_an_outcome_within_a_sentence(label: str, said: str):
    assert within(label) == said
