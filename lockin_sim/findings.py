"""What was found of one number: its size, how far it is in doubt and of which kind, and who pays for it."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from lockin_sim.statistics import Estimate
from lockin_sim.wording import (
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
)

#: Kinds of doubt, by what a range is of: the mean of paired runs; runs that differ by chance alone; draws of
#: parameters; futures, each a run with parameters of its own; and single runs over ways to build the model.
CHANCE, RUNS, DRAWS, FUTURES, SINGLE = "chance", "runs", "draws", "futures", "single"

#: What a range of each kind is called.
RANGES = {
    CHANCE: "95\N{NO-BREAK SPACE}% interval",
    RUNS: "90\N{NO-BREAK SPACE}% of runs:",
    DRAWS: "5 to 95\N{NO-BREAK SPACE}% of draws:",
    FUTURES: "90\N{NO-BREAK SPACE}% of futures:",
    SINGLE: "95\N{NO-BREAK SPACE}% of single runs:",
}

#: When an effect is not clear, by the kind of its range; all others as where the mean is in doubt.
NOT_CLEAR = {
    RUNS: "fewer than nine of ten runs agree on the sign, or it is too small to matter",
    FUTURES: "fewer than nine of ten futures agree on the sign, or it is too small to matter",
}

PERCENT = unit_of("share")

#: A direction is claimed where it holds in at least this share of futures, and from so many runs on.
SURE, FEWEST = 0.9, 64


def range_name(doubt: str) -> str:
    """What a range is called without its numbers: '90 % of futures'."""
    return RANGES[doubt].removesuffix(":")


def not_clear(doubt: str) -> str:
    """When an effect is not clear: 'the 95 % interval includes zero'."""
    return NOT_CLEAR.get(doubt, "the 95\N{NO-BREAK SPACE}% interval includes zero")


class Verdict(StrEnum):
    """What may be said of an effect: a direction, that it is too small to matter, or that it is not known."""

    RAISES = "raises"
    LOWERS = "lowers"
    SMALL = "hardly changes"
    UNCLEAR = "unclear"
    FEW = "unclear (too few runs)"
    UNDEFINED = "not defined"


class Finding(NamedTuple):
    """One number as it was found, in the unit in which it is shown.

    what       the number within a sentence: "the share of Chinese standards, outside China,"
    size       its mean;  low, high  the ends of its range, NaN where there is none
    unit       how it is written
    doubt      of which kind the range is, a key of :data:`RANGES`
    payers     what the actor pays for it, and after that others; None where that was not examined
    sign_share  share of futures in which it has the sign of its mean; None where they were not counted,
               and the range says whether the sign is sure
    runs       how many runs define it; None where that was not counted
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
    runs: int | None = None
    least: float | None = None

    @classmethod
    def of(
        cls, estimate: Estimate[float], unit: Unit = PERCENT, doubt: str = CHANCE, what: str = ""
    ) -> Finding:
        """An estimate in the unit in which it is shown."""
        size, low, high = map(float, estimate)
        return cls(what, size, low, high, unit, doubt)

    @property
    def nothing(self) -> bool:
        """Whether it is a sum of nothing in any draw."""
        return self.size == self.low == self.high == 0 and not self.unit.share

    @property
    def known(self) -> bool:
        """Whether there is a mean at all."""
        return math.isfinite(self.size)

    @property
    def estimate(self) -> Estimate[float]:
        """The number with its range alone."""
        return Estimate(self.size, self.low, self.high)

    @property
    def ranged(self) -> bool:
        """Whether there is a range."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def verdict(self) -> Verdict:
        """What may be said of an effect, by the same thresholds wherever it is said."""
        if not self.known:
            return Verdict.UNDEFINED
        if self.runs is not None and self.runs < FEWEST:
            return Verdict.FEW
        if abs(self.size) < (self.unit.least if self.least is None else self.least):
            return Verdict.SMALL
        sure = (self.low > 0 or self.high < 0) if self.sign_share is None else self.sign_share >= SURE
        if not sure:
            return Verdict.UNCLEAR
        return Verdict.RAISES if self.size > 0 else Verdict.LOWERS

    @property
    def clear(self) -> bool:
        """Whether a direction may be claimed."""
        return self.verdict in (Verdict.RAISES, Verdict.LOWERS)

    @property
    def same_sign(self) -> str:
        """In what share of futures the sign of the mean holds: '77 %'; '' where they were not counted."""
        return "" if self.sign_share is None else percent(100 * self.sign_share)

    @property
    def largest(self) -> float:
        """Size of the furthest of the number and its ends, 0 where nothing is known."""
        ends = (self.size, self.low, self.high)
        return max((abs(value) for value in ends if math.isfinite(value)), default=0.0)

    @property
    def digits(self) -> int:
        """Decimals of the number and its range: two significant ones of what matters to its kind of doubt."""
        if self.doubt == CHANCE:
            return effect_digits(self.size, self.low, self.high)
        if self.sign_share is not None:
            away = self.low > 0 or self.high < 0
            return effect_digits(self.size, self.low, self.high) if away else two_digits(self.largest)
        if self.doubt == SINGLE:
            return two_digits(self.largest)
        if self.doubt == DRAWS:
            if self.unit.share:
                return 2 if 0.005 <= self.largest < 3.0 else 0
            return 0 if self.largest >= 30.0 else 1 if self.largest >= 3.0 else 2
        digits, half = two_digits(self.size), (self.high - self.low) / 2
        return max(digits, effect_digits(0.0, -half, half)) if half > 0 else digits  # told apart

    @property
    def change(self) -> str:
        """The number as a difference: '-1.2 percentage points'."""
        return joined(self.signed, self.unit.change) if self.known else UNDEFINED

    @property
    def signed(self) -> str:
        """The same without its unit."""
        return signed(self.size, self.digits)

    @property
    def amount(self) -> str:
        """The size of a difference: '1.2 percentage points'."""
        return joined(number(abs(self.size), self.digits), self.unit.change)

    @property
    def level(self) -> str:
        """The number as a level: '5.2 %'."""
        return joined(number(self.size, self.digits), self.unit.level) if self.known else UNDEFINED

    @property
    def ends(self) -> str:
        """The range: '3.4 to 7.2'."""
        return span(self.low, self.high, self.digits)

    @property
    def signed_ends(self) -> str:
        """The range of a difference: '-1.4 to +0.2'."""
        return " to ".join(self.signs)

    @property
    def signs(self) -> tuple[str, str]:
        """The ends of the range of a difference, each with its sign."""
        return signed(self.low, self.digits), signed(self.high, self.digits)

    @property
    def flipped(self) -> Finding:
        """The same of the number's negative: the size of a fall."""
        return self._replace(size=-self.size, low=-self.high, high=-self.low)

    def scaled(self, factor: float, unit: Unit) -> Finding:
        """The number in another unit, as utility is a change of price; a factor below 0 turns the range."""
        low, high = sorted(factor * end for end in (self.low, self.high))
        return self._replace(size=factor * self.size, low=low, high=high, unit=unit, least=None)
