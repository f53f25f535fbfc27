"""Names, numbers and units as they are written: any sign, any unit, nothing defined."""

import math

import numpy as np
import pytest

from lockin_sim.common.formats import distinguishing_digits, number, signed


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
