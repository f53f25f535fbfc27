"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.core.batch import Batch
from lockin_sim.draws import combine, label_keys
from lockin_sim.rules import restriction, voting
from lockin_sim.world import Body


def votes(batch: Batch) -> None:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    state = batch.state
    batch.next_status = state.status
    deciding = [b for b, body in enumerate(batch.world.bodies) if body.votes_in(batch.year)]
    if not deciding:
        return
    batch.next_status = state.status.copy()
    own_base = voting.base_by_standard(state.installed.transpose(0, 2, 1, 3), state.compliance[:, :, :, :])
    for b in deciding:
        _decide(batch, b, own_base)


def _decide(batch: Batch, b: int, own_base: Floats) -> None:
    """One body votes in all domains of its mandate."""
    world, state, now, p = batch.world, batch.state, batch.now, batch.p4
    body = world.bodies[b]
    domains = np.flatnonzero(now.mandate[b])
    chance = voting.support(
        own_base[:, domains],
        (batch.affinity @ world.owners.T)[:, None],
        (batch.debt_burden @ world.owners.T)[:, None],
        p.cycle_shock_scale * _cycle_shock(batch, body, domains),
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
        vote_noise=p.vote_noise,
    )
    base = state.installed[:, :, domains].sum(axis=-1).transpose(0, 2, 1)[..., None]
    present = (base > voting.LEAST_BASE) & body.members[:, None]
    yes = (_ballot(batch, body, domains) < chance) & present
    share, passed = voting.PROCEDURES[body.procedure](
        yes,
        np.broadcast_to(present, yes.shape),
        body.weight[:, None],
        body.firm_weight[:, None],
        body.quota,
        body.blocking,
    )
    proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], world.families(batch.year))
    before = state.status[:, b, domains]
    batch.next_status[:, b, domains] = voting.status_mix(before, proposed, passed[:, :, 0], batch.p3.turnover)
    batch.flows.votes[:, b, domains] = share[:, :, 0]


def _cycle_shock(batch: Batch, body: Body, domains: np.ndarray) -> Floats:
    """Shock that all members share on a proposal.  (run, domain, 1, standard)."""
    world = batch.world
    domain = label_keys([world.domains[d] for d in domains])[:, None, None]
    key = combine(label_keys([body.label]), domain, label_keys(world.standards))
    return batch.draws.normal(batch.stream("cycle", 3), key)


def _ballot(batch: Batch, body: Body, domains: np.ndarray) -> Floats:
    """Shock of each member on each proposal.  (run, domain, country, standard)."""
    world = batch.world
    cell = world.cell_keys.T[domains][..., None]
    key = combine(label_keys([body.label]), cell, label_keys(world.standards))
    return batch.draws.uniform(batch.stream("ballot", 3), key)


def restrictions(batch: Batch) -> None:
    """Countries begin or lift restrictions of a sponsor's vendors."""
    world, state, now, p = batch.world, batch.state, batch.now, batch.p3
    allies = restriction.ally_pressure(state.since >= 0, world.allies) if world.allies.size else 0.0
    begins = restriction.restriction_probability(
        world.concern,
        allies + now.pressure,
        restriction.sensitive_dependence(state.installed, world.sponsored, world.sensitive),
        batch.debt_burden,
        now.salience * (p.salience_scale if batch.year > world.facts_until else 1.0),
        restriction_rate=p.restriction_rate,
        restriction_intercept=p.restriction_intercept,
        restriction_concern=p.restriction_concern,
        restriction_alliance=p.restriction_alliance,
        restriction_dependence=p.restriction_dependence,
        restriction_debt=p.restriction_debt,
    )
    order = np.where(world.home, -1, now.restriction_order)
    key = combine(label_keys(world.countries)[:, None], label_keys(world.sponsors))
    shock = batch.draws.uniform(batch.stream("restriction", 2), key)
    state.since = restriction.next_restriction(state.since, batch.year, shock, begins, p.lifting_rate, order)
