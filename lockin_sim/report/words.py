"""Estimates and counts in sentences: right for any sign, any unit, and where nothing is defined."""

from __future__ import annotations

import numpy as np

from lockin_sim.statistics import Estimate
from lockin_sim.wording import MOST_DIGITS, Unit, effect_digits, joined, number, signed, two_digits

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def within(label: str) -> str:
    """An outcome within a sentence: 'the share of Chinese standards, outside China,'.

    A comma in it needs one behind; what is somebody's, and economies, have no article.
    """
    article = "" if "s' " in label or label.startswith("economies") else "the "
    return f"{article}{label}{',' if ',' in label else ''}"


def decimals(*sizes: float) -> int:
    """Decimals that leave a significant figure in the smallest of some sizes; one to four."""
    known = [abs(size) for size in sizes if np.isfinite(size) and abs(size) >= 0.5 * 10.0**-MOST_DIGITS]
    smallest = min(known, default=1.0)
    return next((d for d in range(1, MOST_DIGITS) if smallest * 10.0**d >= 1), MOST_DIGITS)


def level(estimate: Estimate[float], unit: Unit, *, runs: bool = True) -> str:
    """A level and the range of its runs: '5.2 % (5 to 95 % of runs: 3.4 to 7.2)'."""
    if not estimate.known:
        return "not defined in any run"
    mean, half = estimate.mean, (estimate.high - estimate.low) / 2
    digits = two_digits(mean)
    if half > 0:  # runs that hardly differ are told apart
        digits = max(digits, effect_digits(0.0, -half, half))
    text = joined(number(mean, digits), unit.level)
    if not (runs and np.isfinite(estimate.low) and np.isfinite(estimate.high)):
        return text
    return f"{text} (5 to 95\N{NO-BREAK SPACE}% of runs: {span(estimate.low, estimate.high, digits)})"


def span(low: float, high: float, digits: int) -> str:
    """'3.4 to 7.2'."""
    return f"{number(low, digits)} to {number(high, digits)}"


def interval(estimate: Estimate[float], digits: int, *, flipped: bool = False) -> str:
    """'95 % interval 1.0 to 1.4', or why there is none; ``flipped`` for the size of a fall."""
    if not np.isfinite(estimate.low):
        return "no interval: fewer than two pairs of runs define it"
    ends = (-estimate.high, -estimate.low) if flipped else (estimate.low, estimate.high)
    return f"95\N{NO-BREAK SPACE}% interval {span(*ends, digits)}"


def changes(estimate: Estimate[float], unit: Unit, what: str) -> str:
    """What a policy does to an outcome, as the verb and its object.

    'lowers it by 1.2 percentage points (95 % interval 1.0 to 1.4)'; 'does not change it by more
    than chance could (+0.1 percentage points, 95 % interval -0.2 to 0.4)'.
    """
    if not estimate.known:
        return f"has no defined effect on {what}"
    digits = effect_digits(*estimate)
    if not estimate.distinct:
        mean = joined(signed(estimate.mean, digits), unit.change)
        return f"does not change {what} by more than chance could ({mean}, {interval(estimate, digits)})"
    falls = estimate.mean < 0
    size = joined(number(abs(estimate.mean), digits), unit.change)
    verb = "lowers" if falls else "raises"
    return f"{verb} {what} by {size} ({interval(estimate, digits, flipped=falls)})"


def percent(value: float, digits: int = 1) -> str:
    """'5.2 %' of a number of per cent."""
    return joined(number(value, digits), "%") if np.isfinite(value) else "an undefined part"


def rounded(value: float, unit: str) -> str:
    """A level of two significant digits with its unit: '23 %'."""
    if not np.isfinite(value):
        return "not defined in any run"
    return joined(number(value, two_digits(value)), unit)


def counted(n: int) -> str:
    """'no', 'one', ... 'ten', '11'."""
    return _COUNTS[n] if n < len(_COUNTS) else number(n, 0)


def count(n: int, noun: str, plural: str | None = None) -> str:
    """'one policy', 'five policies', '13 policies'."""
    return f"{counted(n)} {noun if n == 1 else plural or noun + 's'}"
