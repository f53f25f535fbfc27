"""A vendor: its deployments, prices, quality and the standards it builds to, in each of its domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Reasons
from lockin_sim.model.state import State
from lockin_sim.rules import diffusion, pricing

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Vendor(mesa.Agent):
    """A firm; a system of satellites; or, where rules are adopted, a jurisdiction that exports its own.

    label           name of the vendor
    domains, slots  where it offers: (own domain,) each
    sponsor         (own domain,), index of its sponsor, the last for none
    deployed        (own domain,), cumulative deployments, years of world market
    compliance      (own domain, standard), how far it builds to each family, for all its markets
    quality_gained  (own domain,), what catching up gained, utility units
    """

    model: LockInModel

    def __init__(self, model: LockInModel, index: int, start: State) -> None:
        super().__init__(model)
        world = model.world
        self.label, self.index = world.vendors[index], index
        self.domains, self.slots = np.nonzero(world.slot_vendor == index)
        own = self.domains, self.slots
        self.sponsor = world.slot_sponsor[own]
        self.deployed = start.deployed[0][own]
        self.compliance = start.compliance[0][own]
        self.quality_gained = start.quality_level[0][own]

    def __repr__(self) -> str:
        return f"<Vendor {self.label}>"

    @property
    def list_price(self) -> Floats:
        """This year's list prices, after learning and state support.  (own domain,)."""
        world, now, own = self.model.world, self.model.now, (self.domains, self.slots)
        cost = pricing.learned_cost(
            world.initial_cost[own] * now.cost_factor[own],
            self.deployed,
            world.reference_volume[self.domains],
            self.model.parameters.learning_scale * world.learning_exponent[self.domains],
        )
        speaking = decisions.speaking_cost(self.compliance, world.owned_slots[own], self.model.parameters)
        return pricing.list_price(cost, now.state_support[own], speaking)

    @property
    def quality(self) -> Floats:
        """This year's qualities, utility units.  (own domain,)."""
        posted = decisions.posted_quality(self.model.now, 0.0, self.model.parameters)
        own: Floats = posted[self.domains, self.slots] + self.quality_gained
        return own

    @property
    def total_deployed(self) -> float:
        """Deployments in all its domains, years of world market."""
        return float(self.deployed.sum())

    @property
    def mean_price(self) -> float:
        """Mean of its list prices over its domains, 1 = industry mean cost of the first year."""
        return float(self.list_price.mean())

    def deliver(self, delivered: Floats) -> None:
        """Add what was delivered this year, (domain, vendor), USD bn, to the deployments."""
        market = self.model.now.market_size.sum(axis=-1)[self.domains]
        self.deployed = self.deployed + delivered[self.domains, self.slots] / market

    def catch_up(self) -> None:
        """Close part of the gap to the best quality posted this year."""
        board, rate = self.model.board, self.model.parameters.catch_up_rate
        if rate:
            gained = pricing.catch_up(board.quality[self.domains], board.entered[self.domains], rate)
            self.quality_gained = self.quality_gained + gained[np.arange(len(self.slots)), self.slots]

    def adapt(self, status: Floats, demanded: Floats, world_share: Floats) -> None:
        """Build to the standards that there is reason to speak: the own sponsor's, those with status, and
        those that markets demand.

        status, demanded, world_share  (domain, standard)
        """
        model, world, year = self.model, self.model.world, self.model.year
        preference = diffusion.own_preference(
            world.own_family(year)[self.domains, self.slots],
            np.append(model.now.standard_push, 1.0)[self.sponsor][:, None],
            model.parameters.own_standard_preference,
        )
        there = world.standard_entry <= year
        why = Reasons(
            preference,
            status[self.domains] * there,
            demanded[self.domains],
            world_share[self.domains],
            world.initial_compliance[self.domains, self.slots],
        )
        self.compliance = decisions.next_compliance(self.compliance, why, model.parameters)
