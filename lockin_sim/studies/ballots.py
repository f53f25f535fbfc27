"""What members make of a proposal in the standards bodies, from what a run recorded, and how they then vote.

The only place in which studies of coalitions touch the rules of voting beside the procedures.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Voter
from lockin_sim.parameters import Parameters
from lockin_sim.world import Body, World

if TYPE_CHECKING:
    import xarray as xr

#: Variables that must be recorded.
RECORD = ("installed",)


class Proposal(NamedTuple):
    """What is voted on."""

    family: str
    domain: str
    year: int


def base_of(ds: xr.Dataset, at: Proposal) -> Floats:
    """Installed base in the domain and year, 0 of vendors without an offer.  (run, country, vendor)."""
    installed = ds["installed"].sel(domain=at.domain, year=at.year)
    return np.nan_to_num(installed.transpose("run", "country", "vendor").values.astype(np.float64))


def utility(world: World, p: Parameters, at: Proposal, base: Floats) -> Floats:
    """Vote utility of each country, before what moves all at once.  (run, country).

    p     one set of scalars
    base  (run, country, vendor), that of the run or another
    Affinity is that on record; what use of platforms adds to it is left out.
    """
    d, s = world.domains.index(at.domain), world.standards.index(at.family)
    by_slot = np.where(world.slot_vendor[d] >= 0, base[..., world.slot_vendor[d]], 0.0)
    affinity = world.conditions.of("affinity", np.array([at.year]))[0]
    voter = Voter(by_slot, affinity @ world.ties, world.democracy[:, None])
    usual = world.usual_base[d, None]
    return decisions.inclination(voter, world.owned_slots[d], usual, world.challenger, p)[..., s]


def cast(utility: Floats, shock: Floats, luck: Floats, p: Parameters) -> tuple[Bools, Bools]:
    """Who says yes and who votes, by draws of luck.  (draw, country) each.

    utility  (country,)
    shock    (draw, 1), standard normal, shared by all;  luck (draw, country), uniform in (0, 1)
    """
    yes, votes = decisions.ballot(utility[:, None], shock[..., None], luck[..., None], p)
    return yes[..., 0], votes[..., 0]


def settled(body: Body, p: Parameters) -> Body:
    """The body with its hurdle as a number, that of the parameter where it has none of its own."""
    return dataclasses.replace(body, quota=float(decisions.quota_of(body, p)))
