"""A vendor: its deployments, prices, quality and the standards it builds to, in each of its domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.rules import diffusion, pricing

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Vendor(mesa.Agent):
    """A firm, or in policy domains a jurisdiction that exports its rules.

    label          name of the vendor
    sponsor        index of its sponsor, the last index for none
    slot           slot it holds in each of its domains: {domain index: slot}
    deployed       cumulative deployments by domain, years of world market
    compliance     by domain, shares of standard families, (standard,)
    quality_level  by domain, utility units: fitted intercept and what catching up gained
    """

    model: LockInModel

    def __init__(self, model: LockInModel, label: str, slot: dict[int, int], quality: Floats) -> None:
        super().__init__(model)
        world = model.world
        self.label = label
        self.slot = slot
        self.sponsor = next(int(world.slot_sponsor[d, s]) for d, s in slot.items())
        self.deployed = {d: float(world.initial_volume[d, s]) for d, s in slot.items()}
        self.compliance = {d: world.initial_compliance[d, s].copy() for d, s in slot.items()}
        self.quality_level = {d: float(quality[d, s]) for d, s in slot.items()}

    def list_price(self, domain: int) -> float:
        """This year's list price, after learning and subsidy; 1 = industry mean cost of 2010."""
        world, now, s = self.model.world, self.model.now, self.slot[domain]
        cost = pricing.learned_cost(
            world.initial_cost[domain, s] * now.cost_factor[domain, s],
            np.asarray(self.deployed[domain]),
            world.reference_volume[domain],
            self.model.parameters.learning_scale * world.learning_exponent[domain],
        )
        return float(pricing.list_price(cost, now.subsidy[domain, s]))

    def quality(self, domain: int) -> float:
        """This year's quality, utility units."""
        return float(self.model.now.quality_path[domain, self.slot[domain]] + self.quality_level[domain])

    def book(self, domain: int, capacity_value: float, world_market: float) -> None:
        """Add this year's contracts to the deployments."""
        self.deployed[domain] += capacity_value / world_market

    def adapt(self, domain: int, status: Floats, world_share: Floats) -> None:
        """Move towards the standards that pull: the own sponsor's, and those with status and spread."""
        world, year = self.model.world, self.model.year
        push = np.append(self.model.now.standard_push, 1.0)[self.sponsor]
        preference = diffusion.own_preference(
            world.own_family(year)[domain, self.slot[domain]],
            push,
            self.model.parameters.own_standard_preference,
        )
        there = world.standard_entry <= year
        self.compliance[domain] = diffusion.next_compliance(
            self.compliance[domain],
            preference,
            status * there,
            world_share,
            self.model.parameters.compliance_rate,
        )
