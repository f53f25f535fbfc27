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
RECORD = ("group_sales", "group_vendor_share", "incumbent", "landings", "lent", "restricted")

#: What a fact may be off, as standard deviations in its own unit, both assumed: by its publisher, of whom two
#: rarely agree by less; and by a model that leaves out what matters little.
MAY_BE_OFF = {
    "mobile networks sold": (0.015, 0.025),
    "mobile networks in use": (0.05, 0.05),
    "differences between economies": (0.03, 0.05),
    "change from 4G to 5G": (0.01, 0.02),
    "economies that restrict": (1.0, 2.0),
    "Chinese loans by region": (0.05, 0.1),
    "AI surveillance": (4.0, 8.0),
    "submarine cables": (0.03, 0.06),
    "phones sold": (0.01, 0.03),
    "phones by region": (0.02, 0.12),  # single brands of single regions are not what the model is made for
    "clouds sold": (0.015, 0.025),
    "online retail": (0.015, 0.025),
    "cards": (0.01, 0.03),
}
#: How alike the model is off for one seller in several years of a market, assumed.
ALIKE = 0.7


class Fact(NamedTuple):
    """A recorded number.

    subject     key of MAY_BE_OFF
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
        return MAY_BE_OFF[self.subject][0]

    @property
    def discrepancy(self) -> float:
        """Standard deviation of the model's own."""
        return MAY_BE_OFF[self.subject][1]


#: Facts beside a function that reads the same from a dataset: (run, fact).
type Part = tuple[list[Fact], Callable[[xr.Dataset], Floats]]
