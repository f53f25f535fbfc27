"""The page to read first: axes, the order of a year, and names that every module shares.

Axis order, everywhere: ``(run, year, country, domain, vendor)``, with ``standard``, ``body`` and
``sponsor`` in the place of the axes they stand for.  A rule sees only the last axes it reduces
over; everything to the left is batch.

Vendors inside the engines are *slots*: each domain has a short list of the vendors that ever offer
in it, padded to a common length.  ``World.slot_vendor`` maps a (domain, slot) to a vendor, and
datasets carry full vendor labels.  To the rules a slot is a vendor.

In memory the long axis comes last: what has countries, or tenders, is stored with them contiguous and shown
to the rules as a transposed view, so that numpy works along hundreds of numbers instead of along eight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Real-valued arrays; the docstring of each function states the axes.
type Floats = NDArray[np.floating[Any]]
type Bools = NDArray[np.bool_]
type Integers = NDArray[np.integer[Any]]

#: The order of a year, which both engines walk: the Mesa model has a method of each name, the vectorised
#: engine a function of each but the last, which is its ``measured``.  Within a stage every actor reads the
#: state as it stood when the stage began.
STAGES = (
    "policy",
    "prices",
    "tenders",
    "finance",
    "votes",
    "restrictions",
    "choice",
    "books",
    "measure",
)


def product(left: Floats, right: Floats) -> Floats:
    """``left @ right``, stored by columns: countries, the rows of ``left``, stay contiguous in memory."""
    return np.swapaxes(np.swapaxes(right, -1, -2) @ np.swapaxes(left, -1, -2), -1, -2)


#: Most runs, points of a design, and levels of a column: far more than anybody can simulate.
MOST_AT_ONCE = 2**24

#: Offers whose utilities differ by less than this are tied: rounding must never decide a tender.
TIE_TOLERANCE = 1e-9

#: Undeployed capacity below this share counts as none.
CAPACITY_TOLERANCE = 1e-12


def tolerance(least: float, compared: Floats) -> float:
    """A tolerance for comparing some numbers: at least what rounding may have done to them.

    That is taken as 64 steps of a number near 1.  In float64 it is 1e-14, so that ``least`` counts; in
    float32 it is 8e-6, about what a utility of ten units, summed over its terms, or a share of capacity,
    booked for decades, can be off.  What differs by less, the kind of number cannot tell apart.
    """
    return max(least, 64 * float(np.finfo(compared.dtype).eps))
