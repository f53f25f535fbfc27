"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.core.batch import Batch
from lockin_sim.rules import restriction, voting


def votes(batch: Batch) -> None:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    state = batch.state
    batch.next_status = state.status
    deciding = [b for b, body in enumerate(batch.world.bodies) if body.votes_in(batch.year)]
    if not deciding:
        return
    batch.next_status = state.status.copy()
    own_base = voting.base_by_standard(state.installed.transpose(0, 2, 1, 3), state.compliance)
    leaning = voting.leaning(own_base)
    present = (batch.coverage > voting.LEAST_BASE).transpose(0, 2, 1)[..., None]
    for b in deciding:
        _decide(batch, b, leaning, present)


def _decide(batch: Batch, b: int, leaning: Floats, present: Bools) -> None:
    """One body votes in all domains of its mandate."""
    world, state, now, p = batch.world, batch.state, batch.now, batch.p4
    body = world.bodies[b]
    domains = np.flatnonzero(now.mandate[b])
    chance = voting.support(
        leaning[:, domains],
        (batch.affinity @ world.owners.T)[:, None],
        (batch.debt_burden @ world.owners.T)[:, None],
        p.cycle_shock_scale
        * batch.draws.normal(batch.stream("cycle", 3), world.proposal_keys[b, domains, None]),
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
        vote_noise=p.vote_noise,
    )
    attends = present[:, domains] & body.members[:, None]
    keys = world.ballot_keys[b].transpose(1, 0, 2)[domains]
    yes = (batch.draws.uniform(batch.stream("ballot", 3), keys) < chance) & attends
    share, passed = voting.PROCEDURES[body.procedure](
        yes,
        np.broadcast_to(attends, yes.shape),
        body.weight[:, None],
        body.firm_weight[:, None],
        body.quota,
        body.blocking,
    )
    proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], world.families(batch.year))
    before = state.status[:, b, domains]
    batch.next_status[:, b, domains] = voting.status_mix(before, proposed, passed[:, :, 0], batch.p3.turnover)
    batch.flows.votes[:, b, domains] = share[:, :, 0]


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
    shock = batch.draws.uniform(batch.stream("restriction", 2), world.restriction_keys)
    state.since = restriction.next_restriction(state.since, batch.year, shock, begins, p.lifting_rate, order)
