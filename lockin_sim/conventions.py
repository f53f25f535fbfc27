"""The page to read first: axes, the order of a year, and names that every module shares.

Axis order, everywhere: ``(run, year, country, domain, vendor)``, with ``standard``, ``body`` and
``sponsor`` in the place of the axes they stand for.  A rule sees only the last axes it reduces
over; everything to the left is batch.

Vendors inside the engines are *slots*: each domain has a short list of the vendors that ever offer
in it, padded to a common length.  ``World.slot_vendor`` maps a (domain, slot) to a vendor, and
datasets carry full vendor labels.  To the rules a slot is a vendor.

Inside, markets are stored domain first, ``(run, domain, country, vendor)``, since each kind of buyer works on
its own domains; a dataset shows them as ``(run, year, country, domain, vendor)``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # aliases of types are evaluated where somebody asks: help of commands needs no numpy
    import numpy as np
    from numpy.typing import NDArray

#: Real-valued arrays; the docstring of each function states the axes.
type Floats = NDArray[np.floating[Any]]
#: A number, or an array that meets the others.
type Numbers = float | Floats
type Bools = NDArray[np.bool_]
type Integers = NDArray[np.integer[Any]]

#: The order of a year, which both engines walk: the Mesa model has a method of each name, the vectorised
#: engine a function of each but the last, which is its ``measured``.  Within a stage every actor reads the
#: state as it stood when the stage began.
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


#: Years that tables may be about: conditions are held from the one at the earliest, until the other at most.
FIRST_YEAR, LAST_YEAR = 1900, 2100

#: Most runs, points of a design, and levels of a column: far more than anybody can simulate.
MOST_AT_ONCE = 2**24

#: Offers whose utilities differ by less than this are tied: rounding must never decide a tender.
TIE_TOLERANCE = 1e-9

#: A year that does not come.
NEVER = 9999

#: The smallest number above 0 that is held in full.
SMALLEST = sys.float_info.min


class RunsOf(NamedTuple):
    """Runs where no number is given, by what they are for."""

    scenario: int = 100  # the outcomes of one scenario and their spread
    comparison: int = 200  # scenarios against a baseline
    visitors: int = 96  # each policy of a page that settles while it is looked at
    mechanisms: int = 64  # a mechanism, a link or an advantage taken away: many arms, larger effects
    calibration: int = 32  # each point of a wave, and each draw
    votes: int = 16  # ballots and swapped inputs: each run is looked at from many sides
    points: int = 8  # each of many points or futures


RUNS = RunsOf()

#: Seed where none is given.
SEED = 0

#: Part of what was built abroad by the first year that a sponsor's vendors are given as their lead.
LEAD = 0.6

#: Seconds that a scheduler may be without workers.
PATIENCE_SECONDS = 300.0
