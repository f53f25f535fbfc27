"""How names, numbers and units are written, alike in figures, reports and tables."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

#: Most decimals that any number is given, and so many digits before the point may be rounded off.
MOST_DIGITS, MOST_ROUNDED = 4, 12

UNDEFINED = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

#: Beginnings of units of what is shown per cent.
FRACTIONS = ("share", "fraction", "probability")

#: Smallest differences that are called effects, as shown, by the beginning of the stored unit; of utility and
#: prices about what a twentieth of a per cent of the price is worth.
LEAST = dict.fromkeys(FRACTIONS, 0.05) | {"usd bn": 0.05, "utility": 0.002, "relative": 0.0005}


@dataclass(frozen=True)
class Unit:
    """How numbers of one quantity are written.

    factor  what stored numbers are multiplied with
    level   unit after a level, such as "%"
    change  unit after a difference, such as "percentage points"
    alone   unit of levels where no number stands before it, such as "per cent"
    least   smallest difference that is called an effect, unless an outcome declares its own
    """

    factor: float
    level: str
    change: str
    alone: str
    least: float = 0.0

    @property
    def share(self) -> bool:
        """Whether numbers are shown per cent."""
        return self.level == "%"

    @property
    def short(self) -> str:
        """The unit after a difference where there is little room."""
        return {"percentage points": "points", "utility units": "units"}.get(self.change, self.change)


def unit_of(stored: str) -> Unit:
    """The unit in which a stored unit is shown: shares in per cent, their differences in points."""
    least = next((size for start, size in LEAST.items() if stored.lower().startswith(start)), 0.0)
    if stored.lower().startswith(FRACTIONS):
        return Unit(100.0, "%", "percentage points", "per cent", least)
    alone = {"1": "", "-": "", "utility": "utility units"}.get(stored, stored)
    plain = alone.removesuffix(", cumulative")
    return Unit(1.0, plain, plain, alone, least)


def number(value: float, digits: int = 1) -> str:
    """A number with a true minus sign, a thin space between thousands, and a dash where it is undefined.

    digits  decimals; below zero so many digits before the point are rounded off: '180' of 177 and -1
    """
    return signed(value, digits).removeprefix("+")


def signed(value: float, digits: int = 1, *, keep: bool = False) -> str:
    """The same with a plus sign before what is above zero.

    Zero has no sign, nor what rounds to it unless it should ``keep`` its own.
    """
    if not math.isfinite(value):
        return UNDEFINED
    text = f"{round(float(abs(value)), digits):,.{max(digits, 0)}f}"
    bare = value == 0 or (float(text.replace(",", "")) == 0 and not keep)
    sign = "" if bare else "+" if value > 0 else MINUS
    return sign + text.replace(",", "\N{NARROW NO-BREAK SPACE}")


def told_apart(digits: int, low: float, high: float) -> int:
    """So many decimals; more where an interval excludes zero and an end of it would read as zero."""
    near = min(abs(low), abs(high)) if low > 0 or high < 0 else math.inf
    return next((d for d in range(digits, MOST_DIGITS) if near >= 0.5 * 10.0**-d), max(digits, MOST_DIGITS))


def effect_digits(mean: float, low: float, high: float) -> int:
    """Decimals of an effect and its interval: two significant digits, as many as tell an end from zero;
    below zero where that rounds digits before the point off.

    Where chance alone could make the effect: of the interval's wider side one significant digit, or two where
    there are as many before the point.
    """
    ends = [abs(end) for end in (low, high) if math.isfinite(end)]
    if low > 0 or high < 0 or not ends:
        size = abs(mean)
        digits = _places(size, 2)
    else:
        size = max(ends)
        digits = max(_places(size, 1), min(0, _places(size, 2)))
    return told_apart(digits if size > 0 else 1, low, high)


def two_digits(value: float) -> int:
    """Decimals that leave two significant digits of a number; below zero as in :func:`effect_digits`."""
    return effect_digits(value, value, value)


def _places(size: float, significant: int) -> int:
    """Decimals at which a size has so many significant digits."""
    least = 10.0 ** (significant - 1) - 0.05
    return next((d for d in range(-MOST_ROUNDED, MOST_DIGITS) if size * 10.0**d >= least), MOST_DIGITS)


def joined(text: str, unit: str) -> str:
    """A number and its unit, which no line break parts."""
    if unit.startswith("USD bn"):
        unit = "bn USD" + unit.removeprefix("USD bn")
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text


def within(label: str) -> str:
    """An outcome within a sentence: 'the share of Chinese standards, outside China,'.

    A comma in it needs one behind; what is somebody's, and economies, have no article.
    """
    article = "" if "s' " in label or label.startswith("economies") else "the "
    return f"{article}{label}{',' if ',' in label else ''}"


def span(low: float, high: float, digits: int) -> str:
    """'3.4 to 7.2'."""
    return f"{number(low, digits)} to {number(high, digits)}"


def percent(value: float, digits: int = 0) -> str:
    """'5 %' of a number of per cent."""
    return joined(number(value, digits), "%") if math.isfinite(value) else "an undefined part"


def counted(n: int) -> str:
    """'no', 'one', ... 'ten', '11'."""
    return _COUNTS[n] if n < len(_COUNTS) else number(n, 0)


def count(n: int, noun: str, plural: str = "") -> str:
    """'one policy', 'five policies', '13 policies'."""
    return f"{counted(n)} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last_with: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'; or with another word before the last."""
    *first, last = words
    return f"{', '.join(first)} {last_with} {last}" if first else last


def opening(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def spoken(name: object) -> str:
    """A name without a title of its own, such as a parameter's, as it is written in text."""
    return str(name).replace("_", " ")


def quoted(name: str) -> str:
    """The title of a policy within a sentence."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def located(place: str) -> str:
    """A place after a noun: 'in Africa', 'outside China'."""
    return place if place.startswith("outside") else f"in {place}"


def meaning_of(function: Callable[..., Any]) -> str:
    """The docstring of a function; read from its source where Python keeps none, as with ``-OO``.

    Nothing where there is no source either.
    """
    if function.__doc__ is not None:
        return inspect.cleandoc(function.__doc__)
    try:
        [found] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, SyntaxError):
        return ""
    return (ast.get_docstring(found) or "") if isinstance(found, ast.FunctionDef) else ""
