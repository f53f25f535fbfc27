"""Vendors and standards bodies as agents, and the public board of their offers and standards."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import ComplianceFactors
from lockin_sim.model.state import State
from lockin_sim.rules import diffusion, pricing, utility
from lockin_sim.world import Body, Conditions

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class PostedBoard(NamedTuple):
    """Board of offers and standards, posted before any decision of the year and visible to all."""

    year: int
    now: Conditions  # of the year
    entered: Bools  # (domain, vendor), on the market anywhere
    on_sale: Bools  # (domain, country, vendor)
    list_price: Floats  # (domain, vendor), 1 = industry mean cost of the first year
    log_price: Floats  # (domain, vendor)
    quality: Floats  # (domain, vendor), utility units
    compliance: Floats  # (domain, vendor, standard), 0 to 1: what is built for all markets
    fit: Floats  # (domain, vendor, vendor), how well one vendor's base works with another's offer
    salience: Floats  # (sponsor + 1,), of the security of its vendors, none last
    installed: Floats  # (domain, country, vendor), shares of capacity when the year begins
    status: Floats  # (body, domain, standard), of the standards that are live when the year begins
    attention: Floats  # (domain, country, body), weight of each body in what a country sees


def build_board(model: LockInModel) -> PostedBoard:
    """Build the year's board: vendors' prices, qualities and compliance, and bodies' standards."""
    world, now, year = model.world, model.now, model.year
    price, quality = np.ones(world.slot_vendor.shape), np.zeros(world.slot_vendor.shape)
    compliance = world.initial_compliance.copy()
    for vendor in model.vendors:
        own = vendor.domains, vendor.slots
        price[own], quality[own], compliance[own] = vendor.list_price, vendor.quality, vendor.compliance
    openness = diffusion.pair_openness(now.openness, now.compatibility, world.slot_sponsor)
    passed = np.maximum(year - world.salience_until, 0)
    salience = utility.salience_now(now.salience, passed, model.parameters.salience_fading)
    status = [body.status for body in model.bodies]
    shape = (len(world.bodies), len(world.domains), len(world.standards))
    return PostedBoard(
        year=year,
        now=now,
        entered=world.entered(year),
        on_sale=world.offered(year, now.served, now.barrier),
        list_price=price,
        log_price=pricing.log_price(price),
        quality=quality,
        compliance=compliance,
        fit=decisions.compute_interoperability(compliance, openness, model.parameters),
        salience=np.append(salience, 0.0),
        installed=model.installed(),
        status=np.reshape(status, shape),
        attention=world.attention(now.mandate, model.parameters.forum_weight),
    )


class Vendor(mesa.Agent):
    """A firm; a system of satellites; or, where rules are adopted, a jurisdiction that exports its own.

    label           name of the vendor
    domains, slots  domain and slot of each of its offers: (own domain,) each
    sponsor         (own domain,), index of its sponsor, the last index without a sponsor
    deployed        (own domain,), cumulative deployments, years of world market
    compliance      (own domain, standard), degree to which its products, for all markets, support each family
    quality_gained  (own domain,), quality gained by catching up and by drift, utility units
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
        """This year's list prices, including learning and state support.  (own domain,)."""
        world, now, own = self.model.world, self.model.now, (self.domains, self.slots)
        cost = pricing.learned_cost(
            world.initial_cost[own] * now.cost_factor[own],
            self.deployed,
            world.reference_volume[self.domains],
            self.model.parameters.learning_scale * world.learning_exponent[self.domains],
        )
        added = decisions.compute_standards_cost(
            self.compliance, world.owned_slots[own], self.model.parameters
        )
        return pricing.list_price(cost, now.state_support[own], added)

    @property
    def quality(self) -> Floats:
        """Qualities of the vendor's offers in this year, utility units.  (own domain,)."""
        posted = decisions.compute_quality(self.model.now, 0.0, self.model.parameters)
        result: Floats = posted[self.domains, self.slots] + self.quality_gained
        return result

    @property
    def total_deployed(self) -> float:
        """Cumulative deployments in all domains of the vendor, years of world market."""
        return float(self.deployed.sum())

    @property
    def mean_price(self) -> float:
        """Mean list price over the vendor's domains, 1 = industry mean cost of the first year."""
        return float(self.list_price.mean())

    def deliver(self, delivered: Floats) -> None:
        """Add this year's deliveries to the deployments.

        delivered  (domain, vendor), USD bn
        """
        market = self.model.now.market_size.sum(axis=-1)[self.domains]
        self.deployed = self.deployed + delivered[self.domains, self.slots] / market

    def catch_up(self) -> None:
        """Close part of the gap to the best quality posted this year."""
        board, rate = self.model.board, self.model.parameters.catch_up_rate
        if rate:
            gained = pricing.catch_up(board.quality[self.domains], board.entered[self.domains], rate)
            self.quality_gained = self.quality_gained + gained[np.arange(len(self.slots)), self.slots]

    def drift(self) -> None:
        """Change quality by a random shock in domains whose quality is no longer on record."""
        model, own = self.model, (self.domains, self.slots)
        uncertain, spread = model.now.quality_uncertain[own], model.parameters.quality_spread
        if spread and uncertain.any():
            luck = model.draws.stream("quality", model.year + 1)
            shock = model.draws.normal(luck, model.world.market_keys[own])
            self.quality_gained = self.quality_gained + pricing.drift(shock, uncertain, spread)

    def adapt(self, status: Floats, demanded: Floats, world_share: Floats) -> None:
        """Adjust compliance to the sponsor's own standards, official status, demand and market share.

        status, demanded, world_share  (domain, standard)
        """
        model, world, year = self.model, self.model.world, self.model.year
        preference = diffusion.own_preference(
            world.own_family(year)[self.domains, self.slots],
            np.append(model.now.standard_push, 1.0)[self.sponsor][:, None],
            model.parameters.own_standard_preference,
        )
        there = world.standard_entry <= year
        why = ComplianceFactors(
            preference,
            status[self.domains] * there,
            demanded[self.domains],
            world_share[self.domains],
            world.initial_compliance[self.domains, self.slots],
        )
        self.compliance = decisions.compute_next_compliance(self.compliance, why, model.parameters)


class StandardsBody(mesa.Agent):
    """A standards body.

    label       name of the body
    rules       members, procedure and cycle of the body
    status      (domain, standard), families of its live standards
    origin      (domain, sponsor), sponsors whose proposals became its live standards
    vote_share  (domain, standard), shares in favour in this year's votes, NaN without a vote
    passed      (domain, standard), 1 for a family that passes, 0 for a rejected one, NaN without a vote
    """

    model: LockInModel

    def __init__(self, model: LockInModel, index: int, rules: Body, start: State) -> None:
        super().__init__(model)
        self.label, self.index, self.rules = rules.label, index, rules
        self.members = np.flatnonzero(rules.members)
        self.status, self.origin = start.status[0, index].copy(), start.origin[0, index].copy()
        self.vote_share = np.full_like(self.status, np.nan)
        self.passed = self.vote_share.copy()
        self._decided = self.status, self.origin

    def __repr__(self) -> str:
        return f"<StandardsBody {self.label}>"

    @property
    def leading_share(self) -> float:
        """Share of the leading family among the body's live standards, mean over its domains."""
        mandate = self.model.now.mandate[self.index]
        return float(self.status[mandate].max(axis=-1).mean()) if mandate.any() else 0.0

    def hold_votes(self) -> None:
        """Hold votes if a cycle ends this year; decisions take effect at the end of the year."""
        model, rules = self.model, self.rules
        domains = np.flatnonzero(model.now.mandate[self.index])
        self.vote_share = np.full_like(self.status, np.nan)
        self.passed = self.vote_share.copy()
        self._decided = status, origin = self.status.copy(), self.origin.copy()
        if not (rules.votes_in(model.year) and domains.size and self.members.size):
            return
        share, passed = self._count_votes(domains)
        status[domains], origin[domains] = decisions.update_live_standards(
            rules.relative_contested,
            self.status[domains],
            self.origin[domains],
            model.contributions[self.index, domains],
            model.world.families(model.year),
            passed,
            model.parameters,
        )
        self.vote_share[domains], self.passed[domains] = share, passed

    def _count_votes(self, domains: Integers) -> tuple[np.ndarray, np.ndarray]:
        """Count the members' ballots: shares in favour, and what passes.  (some domain, standard) each."""
        model = self.model
        proposals = model.world.proposal_keys[self.index, domains]
        shock = model.draws.normal(model.stream("cycle"), proposals)[:, None]
        countries = list(model.countries)
        ballots = [countries[i].ballot(self.index, domains, shock) for i in self.members]
        yes, votes = (np.concatenate(each, axis=1) for each in zip(*ballots, strict=True))
        return decisions.decide_ballots(self.rules, yes, votes, model.parameters)

    def turn_over(self) -> None:
        """Put this year's decisions on standards into effect."""
        self.status, self.origin = self._decided
