"""What members make of a proposal in the standards bodies, from what a run recorded, and how they then vote.

The only place in which studies of coalitions touch the rules of voting beside the procedures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Voter
from lockin_sim.parameters import Parameters
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Variables that must be recorded.
RECORD = ("installed", "compliance", "debt")


class Proposal(NamedTuple):
    """What is voted on."""

    family: str
    domain: str
    year: int


def base_of(ds: xr.Dataset, at: Proposal) -> Floats:
    """Installed base in the domain and year, 0 of vendors without an offer.  (run, country, vendor)."""
    installed = ds["installed"].sel(domain=at.domain, year=at.year)
    return np.nan_to_num(installed.transpose("run", "country", "vendor").values.astype(np.float64))


def utility(ds: xr.Dataset, world: World, p: Parameters, at: Proposal, base: Floats) -> tuple[Floats, Bools]:
    """Vote utility of each country, before what moves all at once, and whether it votes at all.
    (run, country) each.

    p     one set of scalars
    base  (run, country, vendor), that of the run or another
    Affinity is that on record; what use of platforms adds to it is left out.
    """
    year, s = np.array([at.year]), world.standards.index(at.family)
    compliance = ds["compliance"].sel(domain=at.domain, year=at.year)
    debt = ds["debt"].sel(year=at.year).transpose("run", "country", "sponsor").values
    burden = 100.0 * debt / world.conditions.of("gdp", year)[0][:, None]
    voter = decisions.voter(
        base,
        np.nan_to_num(compliance.transpose("run", "vendor", "standard").values),
        world.conditions.of("affinity", year)[0] @ world.owners.T,
        burden @ world.owners.T,
        p,
    )
    return voter.inclination[..., s], voter.present[..., 0]


def cast(utility: Floats, present: Bools, shock: Floats, luck: Floats, p: Parameters) -> tuple[Bools, Bools]:
    """Who says yes and who votes, by draws of luck.  (draw, country) each.

    utility, present  (country,)
    shock             (draw, 1), standard normal, shared by all;  luck (draw, country), uniform in (0, 1)
    """
    voter = Voter(utility[:, None], np.broadcast_to(present[:, None], (len(utility), 1)))
    yes = decisions.ballot(voter, p.cycle_shock_scale * shock[..., None], luck[..., None], p)
    return yes[..., 0], np.broadcast_to(present, yes.shape[:-1])
