"""Findings: a number with its uncertainty, the kind of the uncertainty, and who pays."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.formats import (
    UNDEFINED,
    Unit,
    effect_digits,
    joined,
    number,
    percent,
    signed,
    span,
    two_digits,
    unit_of,
    with_range,
)
from lockin_sim.common.statistics import Estimate, least_share

#: Kinds of uncertainty, by what a range covers: the mean of paired runs; single runs with equal parameters;
#: draws of parameters; and futures, each a run with its own parameters.
CHANCE, RUNS, DRAWS, FUTURES = "chance", "runs", "draws", "futures"

#: Name of each kind of range.
RANGES = {
    CHANCE: "95\N{NO-BREAK SPACE}% interval",
    RUNS: "nine in ten runs:",
    DRAWS: "nine in ten draws:",
    FUTURES: "nine in ten futures:",
}

#: Definitions of an unclear effect, by the kind of its range; the others refer to the interval of the mean.
NOT_CLEAR = {
    RUNS: "too few runs agree on the sign, or it may be too small to matter",
    FUTURES: "too few futures agree on the sign, or it may be too small to matter",
}

PERCENT = unit_of("share")

#: Minimum share of futures with the same sign for a clear direction and for a probable one (both also ask
#: something of the mean, see :attr:`Finding.verdict`), and minimum number of runs for any.
SURE, PROBABLE, FEWEST = 0.9, 0.8, 64


def get_range_name(doubt: str) -> str:
    """Return the name of a kind of range without its numbers: 'nine in ten futures'."""
    return RANGES[doubt].removesuffix(":")


def define_unclear(doubt: str) -> str:
    """Return the definition of an unclear effect for a kind of range: 'the 95 % interval includes zero'."""
    return NOT_CLEAR.get(doubt, "the 95\N{NO-BREAK SPACE}% interval includes zero")


def is_clear(agree: Floats, draws: Floats, away: Floats, least: Floats | float) -> Bools:
    """Whether a direction is clear enough for a verb.

    agree  share of futures with the sign of the mean: at least nine in ten, and its interval above eight
    draws  effective number of draws behind ``agree``
    away   distance of the 95 % interval of the mean from zero: at least ``least``, the smallest size
    """
    return (agree >= SURE) & (least_share(agree, draws) > PROBABLE) & (away >= least)


def define_clear(drawn: bool) -> str:
    """Return the definition of a clear effect.  drawn: whether each run has its own parameters."""
    many = "futures" if drawn else "runs"
    return (
        f"at least nine in ten {many} agree on its sign (allowing for chance, more than eight), and its "
        "mean, allowing for chance, is large enough to matter"
    )


class Verdict(StrEnum):
    """Conclusion about an effect: its direction, or that the effect is negligible, unclear or undefined."""

    RAISES = "raises"
    LOWERS = "lowers"
    PROBABLY_RAISES = "probably raises"
    PROBABLY_LOWERS = "probably lowers"
    SMALL = "hardly changes"
    UNCLEAR = "unclear"
    FEW = "unclear (too few runs)"
    UNDEFINED = "not defined"


class Finding(NamedTuple):
    """Number with its uncertainty, in the unit shown.

    what       the number within a sentence: "the share of Chinese standards, outside China,"
    size       its mean;  low, high  ends of its range, NaN without a range
    unit       format of the number
    doubt      kind of its range, a key of :data:`RANGES`
    payers     what the actor pays for it, then what others pay; None if not examined
    sign_share  share of futures with the sign of the mean; None if not counted: then the range decides
    zero_share  share of futures in which the number is zero
    draws      effective number of draws behind ``sign_share``
    away       distance of the 95 % interval of the mean from zero, negative if the interval includes zero;
               known, as ``draws``, only with ``sign_share``
    runs       number of runs in which the number is defined; None if not counted
    least      smallest size that is called an effect; None = that of its unit
    """

    what: str
    size: float
    low: float
    high: float
    unit: Unit = PERCENT
    doubt: str = CHANCE
    payers: tuple[Finding, ...] | None = None
    sign_share: float | None = None
    zero_share: float = 0.0
    draws: float = math.nan
    away: float = math.nan
    runs: int | None = None
    least: float | None = None

    @classmethod
    def of(
        cls, estimate: Estimate[float], unit: Unit = PERCENT, doubt: str = CHANCE, what: str = ""
    ) -> Finding:
        """Build a finding from an estimate in the unit shown."""
        size, low, high = map(float, estimate)
        return cls(what, size, low, high, unit, doubt)

    @property
    def unmoved(self) -> bool:
        """Whether the number and both ends of its range are zero."""
        return self.size == self.low == self.high == 0

    @property
    def nothing(self) -> bool:
        """Whether the number and its range are zero and its unit is an amount, not a share."""
        return self.unmoved and not self.unit.share

    @property
    def known(self) -> bool:
        """Whether the mean is defined."""
        return math.isfinite(self.size)

    @property
    def estimate(self) -> Estimate[float]:
        """Mean and range of the finding."""
        return Estimate(self.size, self.low, self.high)

    @property
    def ranged(self) -> bool:
        """Whether both ends of the range are defined."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def verdict(self) -> Verdict:
        """Conclusion about the effect, by the same thresholds everywhere.

        A direction is probable if enough futures have the sign of the mean, and the mean itself, at least the
        smallest size, has that sign allowing for chance: many small falls and rare large rises that make up
        for them are no fall.  A direction is clear if still more futures agree, and the mean allowing for
        chance is at least the smallest size.
        """
        if not self.known:
            return Verdict.UNDEFINED
        if self.runs is not None and self.runs < FEWEST:
            return Verdict.FEW
        least, rises = self.unit.least if self.least is None else self.least, self.size > 0
        if abs(self.size) < least:
            return Verdict.SMALL
        if self.sign_share is None:
            clear, probable = self.low > 0 or self.high < 0, False
        else:
            share, draws, away = map(np.asarray, (self.sign_share, self.draws, self.away))
            clear = bool(is_clear(share, draws, away, least))
            probable = self.agreed and self.away > 0
        if clear:
            return Verdict.RAISES if rises else Verdict.LOWERS
        if probable:
            return Verdict.PROBABLY_RAISES if rises else Verdict.PROBABLY_LOWERS
        return Verdict.UNCLEAR

    @property
    def clear(self) -> bool:
        """Whether the direction of the effect is clear."""
        return self.verdict in (Verdict.RAISES, Verdict.LOWERS)

    @property
    def probable(self) -> bool:
        """Whether the direction of the effect is at least probable."""
        return self.clear or self.verdict in (Verdict.PROBABLY_RAISES, Verdict.PROBABLY_LOWERS)

    @property
    def agreed(self) -> bool:
        """Whether enough futures have the sign of the mean for the word "probably"."""
        return self.sign_share is not None and self.sign_share >= PROBABLE

    @property
    def same_sign(self) -> str:
        """Share of futures with the sign of the mean, of those with a change: '77 %'; '' if not counted."""
        if self.sign_share is None or self.zero_share >= 1:
            return ""
        return percent(100 * self.sign_share / (1 - self.zero_share))

    @property
    def unchanged(self) -> str:
        """Share of futures without any change: '52 %'; '' below 0.5 %."""
        digits = 1 if self.zero_share > 0.99 else 0
        return percent(100 * self.zero_share, digits) if self.zero_share >= 0.005 else ""

    @property
    def largest(self) -> float:
        """Largest absolute value of the number and the ends of its range; 0 if none is defined."""
        ends = (self.size, self.low, self.high)
        return max((abs(value) for value in ends if math.isfinite(value)), default=0.0)

    @property
    def digits(self) -> int:
        """Decimals of the number and its range: two significant digits of what matters to the range."""
        if self.doubt == CHANCE:
            return effect_digits(self.size, self.low, self.high)
        if self.sign_share is not None:  # the sign is known: an end near zero may be written as zero
            away, least = self.low > 0 or self.high < 0, self.unit.least if self.least is None else self.least
            return min(two_digits(self.size if away else self.largest), two_digits(least) if least else 4)
        if self.doubt == DRAWS:
            if self.unit.share:
                return 2 if 0.005 <= self.largest < 3.0 else 0
            digits = 0 if self.largest >= 30.0 else 1 if self.largest >= 3.0 else 2
            return min(digits, two_digits(self.size)) if self.size else digits
        digits, half = two_digits(self.size), (self.high - self.low) / 2
        return max(digits, effect_digits(0.0, -half, half)) if half > 0 else digits

    @property
    def change(self) -> str:
        """Number as a signed difference with its unit: '-1.2 percentage points'."""
        return joined(self.signed, self.unit.change) if self.known else UNDEFINED

    @property
    def signed(self) -> str:
        """Number as a signed difference without its unit: '-1.2'."""
        return signed(self.size, self.digits)

    @property
    def amount(self) -> str:
        """Absolute size of a difference with its unit: '1.2 percentage points'."""
        return joined(number(abs(self.size), self.digits), self.unit.change)

    @property
    def level(self) -> str:
        """Number as a level with its unit: '5.2 %'."""
        return joined(number(self.size, self.digits), self.unit.level) if self.known else UNDEFINED

    @property
    def ends(self) -> str:
        """Range as text: '3.4 to 7.2'."""
        return span(self.low, self.high, self.digits)

    @property
    def spread(self) -> str:
        """Range as text; "" if both ends round to the number itself."""
        written = {number(each, self.digits) for each in (self.size, self.low, self.high)}
        return self.ends if len(written) > 1 else ""

    @property
    def alone(self) -> str:
        """Range as a level, where a mean says nothing: '3 to 47 %', or '0 %' if both ends are equal."""
        low, high = self.ends.split(" to ")
        return joined(low if low == high else self.ends, self.unit.level)

    @property
    def signed_ends(self) -> str:
        """Range of a difference with signs: '-1.4 to +0.2'."""
        return " to ".join(self.signs)

    @property
    def signs(self) -> tuple[str, str]:
        """Lower and upper end of the range of a difference, each with its sign."""
        return signed(self.low, self.digits), signed(self.high, self.digits)

    @property
    def with_range(self) -> str:
        """Difference and its range: '-1.2 (-1.4 to +0.2)'."""
        return with_range(self.signed, *self.signs)

    @property
    def flipped(self) -> Finding:
        """Finding with the opposite sign: the size of a fall."""
        return self._replace(size=-self.size, low=-self.high, high=-self.low)

    def scaled(self, factor: float, unit: Unit) -> Finding:
        """Convert the finding to another unit, such as utility to a change of price.

        factor  multiplies the numbers; if negative, the ends of the range are exchanged
        """
        low, high = sorted(factor * end for end in (self.low, self.high))
        away = abs(factor) * self.away
        return self._replace(size=factor * self.size, low=low, high=high, away=away, unit=unit, least=None)
