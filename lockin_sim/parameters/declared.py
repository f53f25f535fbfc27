"""What is known of one parameter, and how its values are checked."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.numeric import array, check_counted


class Domain(NamedTuple):
    """Numbers a parameter may take, both ends included."""

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
SLOPE = Domain(-10.0, 10.0, "a number from -10 to 10")  # a power of income, which no precision overflows
LEVEL = Domain(-1000.0, 1000.0, "a number from -1000 to 1000, or -inf for no outside option")


class Declaration(NamedTuple):
    """What is known of one parameter; ``title`` is its name for people, as it stands within a sentence."""

    name: str
    title: str
    default: float
    neutral: float
    unit: str
    valid: Domain
    range: tuple[float, float]
    symbol: str
    source: str
    doc: str


def parameter(
    title: str,
    default: float,
    *,
    unit: str,
    valid: Domain,
    range: tuple[float, float],
    symbol: str,
    source: str,
    doc: str,
    neutral: float = 0.0,
) -> Any:
    """Declare one parameter of :class:`Parameters`."""
    facts = (title, neutral, unit, valid, range, symbol, source, doc)
    return dataclasses.field(default=default, metadata={"facts": facts})


def checked(declared: Declaration, value: object) -> float | Floats:
    """The value as a float or a read-only float array of its own, or an error that says what is allowed."""
    low, high, text = declared.valid
    if isinstance(value, float) and low <= value <= high:
        return float(value)  # most are: numpy would take a hundred times as long
    where = f"parameter {declared.name}"
    found = array(where, value, allowed=text)
    check_counted(where, value)
    if found.ndim > 1 or found.size == 0:
        raise unusable(where, found=f"shape {found.shape}", allowed="a number or an array of shape (runs,)")
    bad = ~(((found >= low) & (found <= high)) | ((declared.valid is LEVEL) & np.isneginf(found)))
    if bad.any():
        raise unusable(where, found=float(found[bad].flat[0]), allowed=text)
    if found.ndim == 0:
        return float(found)
    found.flags.writeable = False
    return found
