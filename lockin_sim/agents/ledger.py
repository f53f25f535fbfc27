"""The agents' state and flows in the form that both engines are measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.agents.country import Country
from lockin_sim.agents.tender import Tender
from lockin_sim.metrics import group_total
from lockin_sim.rules import choice
from lockin_sim.rules.pricing import effective_price
from lockin_sim.rules.tenders import contract_value
from lockin_sim.state import Flows, State

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


def state_of(model: LockInModel) -> State:
    """Where the agents stand, as a state of one run."""
    world = model.world
    deployed, compliance = world.initial_volume.copy(), world.initial_compliance.copy()
    quality = np.zeros_like(deployed)
    for vendor in model.vendors:
        for d, s in vendor.slot.items():
            deployed[d, s] = vendor.deployed[d]
            compliance[d, s] = vendor.compliance[d]
            quality[d, s] = vendor.quality_level[d]
    shape = (len(world.bodies), len(world.domains), len(world.standards))
    status = np.array([body.status for body in model.bodies]).reshape(shape)
    countries = model.countries
    none = np.zeros((1, len(countries), len(world.sponsors)))
    return State(
        installed=np.stack([c.installed for c in countries])[None],
        deployed=deployed[None],
        compliance=compliance[None],
        status=status[None],
        quality_level=quality[None],
        debt=np.stack([c.debt for c in countries])[None],
        instalment=none,
        instalment_change=none[:, None],
        since=np.stack([c.since for c in countries])[None],
        take_up=model.take_up[None],
        overspent=model.overspent[None],
        affinity_shift=np.stack([c.affinity_shift for c in countries])[None],
        order_book=model.order_book[None],
    )


def flows_of(model: LockInModel) -> Flows:
    """What the agents did this year, as flows of one run."""
    world = model.world
    flows = Flows.none(world, 1, len(model.stock_groups), len(model.flow_groups))
    for country in model.countries:
        flows.lent[0, country.place] = country.lent
        for tender in country.agenda:
            _count(flows, country, tender)
    for b, body in enumerate(model.bodies):
        flows.votes[0, b] = body.vote_share
    installed = np.stack([c.installed for c in model.countries])[None]
    flows.capacity = group_total(model.stock_groups, installed, model.now.market_size)
    return flows


def _count(flows: Flows, country: Country, tender: Tender) -> None:
    """Add one tender to the flows."""
    model, d, i = country.model, tender.domain, country.place
    world, p = model.world, model.parameters
    market, lifetime = model.now.market_size[i, d], world.lifetime[d]
    released = tender.released
    renewed, kept, forced, early = (
        contract_value(float(np.sum(part)), market, lifetime)
        for part in (
            released, released * tender.winner, released * country.restricted_vendors(d), tender.early
        )
    )  # fmt: skip
    base = tender.base.sum()
    free = np.where(tender.offers > -np.inf, tender.offers - tender.terms["switching"], -np.inf)
    chance, surplus = choice.logit(tender.offers, noise_scale=p.noise_scale)
    chance_free, _ = choice.logit(free, noise_scale=p.noise_scale)
    locked = renewed * choice.lock_in(tender.base / (base if base > 0 else 1.0), chance, chance_free)
    groups = model.flow_groups[:, i, d]
    flows.renewed[0, groups, d] += renewed
    flows.retained[0, groups, d] += kept
    flows.forced[0, groups, d] += forced
    flows.early[0, groups, d] += early
    flows.lock_in[0, groups, d] += locked
    flows.surplus[0, groups, d] += renewed * np.nan_to_num(surplus[0])
    flows.country_renewed[0, i] += renewed
    flows.country_lock_in[0, i] += locked @ world.sponsored[d]
    if tender.value > 0:
        slot = int(tender.winner.argmax())
        benefit = country.benefit[world.slot_sponsor[d, slot]] * world.financeable[d]
        flows.contracts[0, groups, d, slot] += tender.value
        flows.paid[0, groups, d] += effective_price(tender.price[slot], benefit) * tender.value
        flows.winner[0, i, d] = slot
