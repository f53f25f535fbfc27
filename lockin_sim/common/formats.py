"""Format names, numbers and units in the same way in figures, reports and tables."""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

#: Maximum number of decimals, and of digits before the point to round.
MOST_DIGITS, MOST_ROUNDED = 4, 12

UNDEFINED = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

#: Prefixes of units that are shown in per cent.
FRACTIONS = ("share", "fraction", "probability")

#: Smallest differences that are called effects, in the unit shown, by the prefix of the stored unit; for
#: utility and prices about a twentieth of a per cent of the price.
LEAST = dict.fromkeys(FRACTIONS, 0.05) | {"usd bn": 0.05, "utility": 0.002, "relative": 0.0005}


@dataclass(frozen=True)
class Unit:
    """Format of the numbers of one quantity.

    factor  multiplies stored numbers
    level   unit after a level, such as "%"
    change  unit after a difference, such as "percentage points"
    alone   unit without a number before it, such as "per cent"
    least   smallest difference that counts as an effect, unless an outcome declares another
    """

    factor: float
    level: str
    change: str
    alone: str
    least: float = 0.0

    @property
    def share(self) -> bool:
        """Whether numbers are shown in per cent."""
        return self.level == "%"

    @property
    def short(self) -> str:
        """Abbreviated unit of a difference."""
        return {"percentage points": "points", "utility units": "units"}.get(self.change, self.change)

    @property
    def digits(self) -> int:
        """Number of decimals of a level."""
        return 1 if self.share else 2

    @property
    def beside(self) -> str:
        """Unit in the head of a column of levels."""
        return self.level if self.share else self.alone

    @property
    def axis(self) -> str:
        """Label of an axis of levels."""
        return self.alone or "no unit"

    @property
    def effect_axis(self) -> str:
        """Label of an axis of differences."""
        return self.change if self.share else self.axis

    def said(self, value: float) -> str:
        """Format a level with its unit in the fewest digits: '37 %', '1.8 %', '0.42 index'."""
        return joined(number(value, self.digits), self.level)

    def rounded(self, value: float) -> str:
        """Format a level to two significant digits: '54 %', '7.9 percentage points'."""
        return joined(rounded(value), self.level)


def unit_of(stored: str) -> Unit:
    """Look up the format of a stored unit: shares in per cent, their differences in points."""
    least = next((size for start, size in LEAST.items() if stored.lower().startswith(start)), 0.0)
    if stored.lower().startswith(FRACTIONS):
        return Unit(100.0, "%", "percentage points", "per cent", least)
    alone = {"1": "", "-": "", "utility": "utility units"}.get(stored, _said(stored))
    plain = alone.removesuffix(", cumulative")
    return Unit(1.0, plain, plain, alone, least)


def number(value: float, digits: int = 1) -> str:
    """Format a number with a true minus sign and thin spaces between thousands; a dash if undefined.

    digits  decimals; negative ones round digits before the point: '180' for 177 and -1
    """
    return signed(value, digits).removeprefix("+")


def signed(value: float, digits: int = 1, *, keep: bool = False) -> str:
    """Format a number like :func:`number`, with a plus sign if positive.

    A number that rounds to zero has no sign unless ``keep``.
    """
    if not math.isfinite(value):
        return UNDEFINED
    text = f"{round(float(abs(value)), digits):,.{max(digits, 0)}f}"
    bare = value == 0 or (float(text.replace(",", "")) == 0 and not keep)
    sign = "" if bare else "+" if value > 0 else MINUS
    return sign + text.replace(",", "\N{NARROW NO-BREAK SPACE}")


def distinguishing_digits(digits: int, low: float, high: float) -> int:
    """Increase decimals until an interval that excludes zero has no end written as zero."""
    near = min(abs(low), abs(high)) if low > 0 or high < 0 else math.inf
    return next((d for d in range(digits, MOST_DIGITS) if near >= 0.5 * 10.0**-d), max(digits, MOST_DIGITS))


def effect_digits(mean: float, low: float, high: float) -> int:
    """Compute the decimals of an effect and its interval.

    Two significant digits, and enough to distinguish an end from zero; negative if digits before the point
    are rounded.  If the interval includes zero, one significant digit of its wider side, or two before the
    point.
    """
    ends = [abs(end) for end in (low, high) if math.isfinite(end)]
    if low > 0 or high < 0 or not ends:
        size = abs(mean)
        digits = _places(size, 2)
    else:
        size = max(ends)
        digits = max(_places(size, 1), min(0, _places(size, 2)))
    return distinguishing_digits(digits if size > 0 else 1, low, high)


def two_digits(value: float) -> int:
    """Compute the decimals for two significant digits; negative as in :func:`effect_digits`."""
    return effect_digits(value, value, value)


def rounded(value: float) -> str:
    """Format a number to two significant digits."""
    return number(value, two_digits(value))


def _places(size: float, significant: int) -> int:
    """Compute the decimals at which a number has ``significant`` digits."""
    least = 10.0 ** (significant - 1) - 0.05
    return next((d for d in range(-MOST_ROUNDED, MOST_DIGITS) if size * 10.0**d >= least), MOST_DIGITS)


def joined(text: str, unit: str) -> str:
    """Join a number and its unit by a no-break space."""
    return f"{text}\N{NO-BREAK SPACE}{_said(unit)}" if unit else text


def _said(unit: str) -> str:
    """Reorder a stored unit for use after a number: 'bn USD' for 'USD bn'."""
    return "bn USD" + unit.removeprefix("USD bn") if unit.startswith("USD bn") else unit


def within(label: str) -> str:
    """Format the label of an outcome within a sentence: 'the share of Chinese standards, outside China,'.

    A label with a comma gets another one behind it; possessives and economies get no article.
    """
    article = "" if "s' " in label or label.startswith("economies") else "the "
    return f"{article}{label}{',' if ',' in label else ''}"


def span(low: float, high: float, digits: int) -> str:
    """Format a range: '3.4 to 7.2'."""
    return f"{number(low, digits)} to {number(high, digits)}"


#: Before a range over draws that luck alone could have made: draws differ by no more.
AT_MOST = "at most "


def with_range(value: str, low: str, high: str, *, at_most: bool = False) -> str:
    """Join a number and its range: '3 (1 to 5)' or '3 (at most 1 to 5)'."""
    return f"{value} ({AT_MOST if at_most else ''}{low} to {high})"


def percent(value: float, digits: int = 0) -> str:
    """Format a percentage: '5 %' for 5."""
    return joined(number(value, digits), "%") if math.isfinite(value) else "an undefined part"


def counted(n: int) -> str:
    """Write a count in words up to ten: 'no', 'one', ... 'ten', '11'."""
    return _COUNTS[n] if n < len(_COUNTS) else number(n, 0)


def count(n: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: 'one policy', 'five policies', '13 policies'."""
    return f"{counted(n)} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last_with: str = "and") -> str:
    """Join words by commas and a conjunction: 'a', 'a and b', 'a, b and c'."""
    *first, last = words
    return f"{', '.join(first)} {last_with} {last}" if first else last


#: Names of economies and bodies that have an article within a sentence.
_ARTICLE = re.compile(
    r"^(United|Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|Seychelles)\b|(Islands|Republic|Conference)$"
)


def with_article(name: str) -> str:
    """Add the article that a name takes within a sentence: 'Kenya', 'the United States'."""
    return f"the {name}" if _ARTICLE.search(name) else name


def opening(text: str) -> str:
    """Capitalise the first letter of a text."""
    return text[:1].upper() + text[1:]


def spoken(name: object) -> str:
    """Replace the underscores of a name by blanks."""
    return str(name).replace("_", " ")


def quoted(name: str) -> str:
    """Put the title of a policy in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def unrepeated(labels: Sequence[str]) -> list[str]:
    """Drop the first words that a label shares with the previous label, if they are three or more."""
    short = list(labels[:1])
    for before, label in pairwise(labels):
        pairs = zip(before.split(), label.split(), strict=False)
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        short.append(" ".join(label.split()[shared:]) if 3 <= shared < len(label.split()) else label)
    return short


def located(place: str) -> str:
    """Write a place after a noun: 'in Africa', 'outside China'."""
    return place if place.startswith("outside") else f"in {place}"


def meaning_of(function: Callable[..., Any]) -> str:
    """Return the docstring of a function, read from its source if Python has removed it, as with ``-OO``.

    Returns "" if there is no source.
    """
    if function.__doc__ is not None:
        return inspect.cleandoc(function.__doc__)
    try:
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, SyntaxError):
        return ""
    return (ast.get_docstring(definition) or "") if isinstance(definition, ast.FunctionDef) else ""
