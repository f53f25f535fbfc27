"""What was found of one number: its size, how far it is in doubt and of which kind, and who pays for it."""

from __future__ import annotations

import math
from typing import NamedTuple

from lockin_sim.statistics import Estimate
from lockin_sim.wording import (
    UNDEFINED,
    Unit,
    effect_digits,
    joined,
    number,
    signed,
    span,
    two_digits,
    unit_of,
)

#: Kinds of doubt, by what a range is of: the mean of paired runs, what runs differ by, draws of parameters
#: and luck, and single runs over all futures.
CHANCE, RUNS, DRAWS, FUTURES = "chance", "runs", "draws", "futures"

#: What a range of each kind is called.
RANGES = {
    CHANCE: "95\N{NO-BREAK SPACE}% interval",
    RUNS: "5 to 95\N{NO-BREAK SPACE}% of runs:",
    DRAWS: "5 to 95\N{NO-BREAK SPACE}% of draws:",
    FUTURES: "95\N{NO-BREAK SPACE}% of single runs:",
}

PERCENT = unit_of("share")


class Finding(NamedTuple):
    """One number as it was found, in the unit in which it is shown.

    what       the number within a sentence: "the share of Chinese standards, outside China,"
    size       its mean;  low, high  the ends of its range, NaN where there is none
    unit       how it is written
    doubt      of which kind the range is, a key of :data:`RANGES`
    payers     what each payer pays for it, the largest sum first; None where that was not examined
    """

    what: str
    size: float
    low: float
    high: float
    unit: Unit = PERCENT
    doubt: str = CHANCE
    payers: tuple[Finding, ...] | None = None

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
    def ranged(self) -> bool:
        """Whether there is a range."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def distinct(self) -> bool:
        """Whether the range excludes zero."""
        return self.low > 0 or self.high < 0

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
        if self.doubt == FUTURES:
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
        return " to ".join(signed(end, self.digits) for end in (self.low, self.high))

    @property
    def flipped(self) -> Finding:
        """The same of the number's negative: the size of a fall."""
        return self._replace(size=-self.size, low=-self.high, high=-self.low)

    def scaled(self, factor: float, unit: Unit) -> Finding:
        """The number in another unit, as utility is a change of price; a factor below 0 turns the range."""
        low, high = (factor * end for end in (self.low, self.high))
        return self._replace(size=factor * self.size, low=min(low, high), high=max(low, high), unit=unit)
