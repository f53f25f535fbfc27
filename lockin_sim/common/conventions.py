"""Define the conventions of the code, to be read first: axes, the order of a year, and shared names.

Axis order, everywhere: ``(run, year, country, domain, vendor)``, with ``standard``, ``body`` and ``sponsor``
in the place of the axes they replace.  A rule mentions only the last axes, over which it reduces; everything
to the left is batch.

Vendors inside the engines are *slots*: each domain has a short list of the vendors that ever offer in it,
padded to a common length.  ``World.slot_vendor`` maps a (domain, slot) to a vendor, and datasets have full
vendor labels.  To the rules a slot is a vendor.

Internally, markets are stored domain first, ``(run, domain, country, vendor)``, since each kind of buyer
works on its own domains; a dataset shows them as ``(run, year, country, domain, vendor)``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # type aliases are lazy, so that command help does not need numpy
    import numpy as np
    from numpy.typing import NDArray

#: Real-valued arrays; the docstring of each function states the axes.
type Floats = NDArray[np.floating[Any]]
#: A number, or an array that broadcasts with the others.
type Numbers = float | Floats
type Bools = NDArray[np.bool_]
type Integers = NDArray[np.integer[Any]]

#: The order of a year in both engines: the Mesa model has a method of each name, the vectorised engine a
#: function of each but the last, which is its ``measured``.  Within a stage every actor reads the state as it
#: was when the stage began.
STAGES = (
    "policy",
    "prices",
    "renewals",
    "finance",
    "votes",
    "restrictions",
    "regulation",
    "choice",
    "books",
    "measure",
)


#: Earliest and latest year in tables.
FIRST_YEAR, LAST_YEAR = 1900, 2100

#: Limit of runs, points of a design, and levels of a column: far more than anybody can simulate.
MOST_AT_ONCE = 2**24

#: Limit of draws of all parameters, which are in memory together.
MOST_DRAWS = 2**20

#: Offers whose utilities differ by less than this are tied: rounding must never decide a tender.
TIE_TOLERANCE = 1e-9

#: A year that never comes.
NEVER = 9999

#: The smallest positive normal number.
SMALLEST = sys.float_info.min


class RunsOf(NamedTuple):
    """Default numbers of runs by purpose.

    The pool is the first runs of the default seed: commands, studies, the app and every committed page use
    it, so that one quantity has one number everywhere.
    """

    pool: int = 64  # each scenario, mechanism, link or advantage that is compared
    scenario: int = 100  # the outcomes of one scenario and their spread, the past left to chance
    calibration: int = 4  # each point of a wave, and each draw
    decision: int = 24  # one decision explained: how often it ends so
    points: int = 8  # each of many points


RUNS = RunsOf()

#: Default seed, which is that of the pool.
SEED = 0

#: Default lead: share of the base abroad in the first year that a sponsor's vendors receive.
LEAD = 0.6

#: Seconds to wait for a scheduler without workers.
PATIENCE_SECONDS = 300.0

#: The year shown beside the last one.
MIDDLE = 2035


def years_shown(last: int) -> list[int]:
    """Return the years that tables show of results up to a last year: 2035 and the last year."""
    return [MIDDLE, last] if last > MIDDLE else [last]
