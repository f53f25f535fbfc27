"""Names, numbers and units as they are written: any sign, any unit, nothing defined."""

import math

import numpy as np
import pytest

from lockin_sim.common.wording import (
    Unit,
    distinguishing_digits,
    joined,
    listed,
    number,
    signed,
    unit_of,
    unrepeated,
)
from lockin_sim.words.reader import Shown


def plain(text):
    """With ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.04, 1, "0.0"),
        (-1.25, 2, "−1.25"),
        (12345.6, 0, "12 346"),
        (177.4, -1, "180"),
        (-1564.0, -2, "−1 600"),
        (math.nan, 1, "–"),
        (-math.inf, 1, "–"),
    ],
)
def test_numbers(value, digits, text):
    assert plain(number(value, digits)) == text


def test_signs_are_shown_only_where_something_is_left_of_the_number():
    written = {1.46: "+1.5", -6.04: "−6.0", 0.04: "0.0", -0.04: "0.0", 0.0: "0.0", -1234.0: "−1 234.0"}
    assert {value: plain(signed(np.float64(value))) for value in written} == written
    assert [signed(value, keep=True) for value in (0.04, -0.04, 0.0)] == ["+0.0", "−0.0", "0.0"]
    assert signed(math.nan, keep=True) == "–"


@pytest.mark.parametrize(
    ("low", "high", "digits"),
    [
        (0.04, 0.3, 2),
        (-3.8, -0.004, 3),
        (-0.3, 0.04, 1),
        (0.2, 0.3, 1),
        (0.0000001, 0.3, 4),
        (math.nan, math.nan, 1),
    ],
)
def test_an_end_told_from_zero_does_not_read_as_zero(low, high, digits):
    assert distinguishing_digits(1, low, high) == digits


def test_units():
    shares = {unit_of(stored) for stored in ("share", "share of world GDP", "Fraction", "probability")}
    assert shares == {Unit(100.0, "%", "percentage points", "per cent", 0.05)}
    assert {unit_of(stored).alone for stored in ("1", "-", "")} == {""}
    assert (unit_of("utility").change, unit_of("utility").short) == ("utility units", "units")
    assert plain(joined("3", "USD bn per year")) == "3 bn USD per year"


def test_what_a_sum_runs_over_is_said_at_the_axis_and_not_after_a_number():
    shown = Shown("replacement", unit_of("USD bn, cumulative"))
    assert (shown.axis, shown.effect_axis) == ("USD bn, cumulative", "USD bn, cumulative")
    assert plain(shown.level(-3.0)) == "−3.00 bn USD"
    assert plain(shown.effect("+3")) == "+3 bn USD"


def test_lists():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert listed(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], []),
        (["part of it in Africa", "part of it in Kenya", "reach there"], [0, "Kenya", 0]),
        (["part of it in Africa", "part of it in the median economy"], [0, "the median economy"]),
        (["lock-in to Chinese vendors", "lock-in to US vendors"], [0, 0]),
        (["all of the world", "all of the world"], [0, 0]),
    ],
)
def test_a_list_says_the_first_words_of_labels_once(labels, said):
    """0: the whole label."""
    assert unrepeated(labels) == [short or label for label, short in zip(labels, said, strict=True)]
