"""Define the valid range of a parameter, and its description in error messages."""

from __future__ import annotations

from typing import NamedTuple


class Domain(NamedTuple):
    """Closed interval of the valid values of a parameter, with its description."""

    low: float
    high: float
    text: str


POSITIVE = Domain(1e-12, 100.0, "a number above 0, 100 at most")
#: Of utility, of its spread and of rates: theory gives the sign, but where less may be wanted of what others
#: use, or a fit decides; a thousand decides all, and is as good as at once.
WEIGHT = Domain(0.0, 1000.0, "a number from 0 to 1000")
PULL = Domain(-1000.0, 1000.0, "a number from -1000 to 1000")
DRIFT = Domain(0.5, 2.0, "a number from 0.5 to 2, half and twice the drift of the fit")
SHARE = Domain(0.0, 1.0, "a number from 0 to 1")
PRICE_SHARE = Domain(0.0, 1.0, "a share of the price from 0 to 1, where 5 % is 0.05")
FACTOR = Domain(0.0, 10.0, "a number from 0 to 10")
ELASTICITY = Domain(0.0, 4.0, "a number from 0 to 4")
LOG_PRICE = Domain(0.0, 5.0, "a number from 0 to 5")  # 150 times the price
#: Whole years, other numbers count as the nearest; what begins early may change years before it by these.
UP_TO_TWICE = Domain(0.0, 2.0, "a number from 0 to 2")
EARLY = Domain(0.0, 2.0, "a number of years from 0 to 2")
WAIT = Domain(0.0, 100.0, "a number of years from 0 to 100")
SLOPE = Domain(-10.0, 10.0, "a number from -10 to 10")  # a power of income, which no precision overflows
LEVEL = Domain(-1000.0, 1000.0, "a number from -1000 to 1000, or -inf for no outside option")
