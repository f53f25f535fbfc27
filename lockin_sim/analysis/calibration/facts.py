"""What a recorded number is, and how far it may be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lockin_sim.conventions import Floats

if TYPE_CHECKING:
    import xarray as xr

#: Years that have to be simulated: the last one with a fact, and one to smooth it with.
YEARS = (2010, 2024)

#: What has to be recorded of a run.
RECORD = ("generation", "group_sales", "group_vendor_share", "incumbent", "landings", "lent", "restricted")

#: What a publisher may be off, as a standard deviation in the unit of the fact (assumed): two of them rarely
#: agree by less.  What the model is off is learnt, see :mod:`lockin_sim.analysis.discrepancy`.
PUBLISHED = {
    "mobile networks sold": 0.015,
    "mobile networks in use": 0.05,
    "differences between economies": 0.03,
    "change from 4G to 5G": 0.01,
    "operators that stay": 0.07,  # what wrong rows and unknown operators add
    "economies that restrict": 1.0,
    "Chinese loans by region": 0.05,
    "AI surveillance": 4.0,
    "submarine cables": 0.03,
    "phones sold": 0.01,
    "phones by region": 0.02,
    "clouds sold": 0.015,
    "online retail": 0.015,
    "cards": 0.01,
}
#: How alike the model is off for one seller in several years of a market (assumed).
ALIKE = 0.7


class Fact(NamedTuple):
    """A recorded number.

    subject     key of PUBLISHED; what the model is off is learnt for each
    what        which number of the subject, as it is told from the others
    recorded    its value; of shares, 0 to 1
    kind        facts of one kind are off alike: one seller in one market
    called      the same number in print; blank where ``what`` needs no other words
    """

    subject: str
    what: str
    recorded: float
    kind: str
    called: str = ""

    @property
    def name(self) -> str:
        """Subject and what, which together are unique."""
        return f"{self.subject}: {self.what}"

    @property
    def title(self) -> str:
        """What people read in its place, below a heading with the subject."""
        return self.called or self.what

    @property
    def observation(self) -> float:
        """Standard deviation of the publisher's error."""
        return PUBLISHED[self.subject]


#: Facts beside a function that reads the same from a dataset: (run, fact).
type Part = tuple[list[Fact], Callable[[xr.Dataset], Floats]]
