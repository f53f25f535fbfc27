"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.core.batch import Batch
from lockin_sim.draws import Keys
from lockin_sim.rules import restriction, voting


def votes(batch: Batch) -> None:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    world, state = batch.world, batch.state
    batch.next_status = state.status
    deciding = [b for b, body in enumerate(world.bodies) if body.votes_in(batch.year)]
    if not deciding:
        return
    batch.next_status = state.status.copy()
    own_base = voting.base_by_standard(batch.by_domain(state.installed), state.compliance)
    leaning = voting.leaning(own_base)
    affinity = (batch.affinity @ world.owners.T)[:, None]
    debt = (batch.debt_burden @ world.owners.T)[:, None]
    streams = batch.stream("cycle", 3), batch.stream("ballot", 3)
    for b in deciding:
        _decide(batch, b, leaning, affinity, debt, streams)


def _decide(
    batch: Batch, b: int, leaning: Floats, affinity: Floats, debt: Floats, streams: tuple[Keys, Keys]
) -> None:
    """One body votes in all domains of its mandate.

    leaning         (run, domain, country, standard);  affinity, debt  (run, 1, country, standard)
    streams         keys of the shocks shared by all members, and of the ballots
    """
    world, state, now, p = batch.world, batch.state, batch.now, batch.p4
    body, domains, members = world.bodies[b], np.flatnonzero(now.mandate[b]), batch.members[b]
    chance = voting.support(
        _of(members, leaning[:, domains]),
        _of(members, affinity),
        _of(members, debt),
        p.cycle_shock_scale * batch.draws.normal(streams[0], world.proposal_keys[b, domains, None]),
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
        vote_noise=p.vote_noise,
    )
    attends = batch.coverage[:, domains][:, :, members, None] > voting.LEAST_BASE
    ballot = batch.draws.uniform(streams[1], batch.ballot_keys[b][domains])
    yes = (np.swapaxes(ballot, -1, -2) < chance) & attends
    share, passed = voting.PROCEDURES[body.procedure](
        yes,
        np.broadcast_to(attends, yes.shape),
        body.weight[members, None],
        body.firm_weight[members, None],
        body.quota,
        body.blocking,
    )
    proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], world.families(batch.year))
    before = state.status[:, b, domains]
    batch.next_status[:, b, domains] = voting.status_mix(before, proposed, passed[:, :, 0], batch.p3.turnover)
    batch.flows.votes[:, b, domains] = share[:, :, 0]


def _of(members: np.ndarray, table: Floats) -> Floats:
    """The members' part of a table (..., country, standard), members contiguous in memory."""
    return np.swapaxes(np.swapaxes(table, -1, -2).take(members, axis=-1), -1, -2)


def restrictions(batch: Batch) -> None:
    """Countries begin or lift restrictions of a sponsor's vendors.

    Sponsors whom nobody has on the agenda, orders or restricts stay out of the sums.
    """
    world, state, now, p = batch.world, batch.state, batch.now, batch.p3
    order = np.where(world.home, -1, now.restriction_order)
    asked = (now.salience > 0) | (order > 0).any(axis=0) | (state.since >= 0).any(axis=(0, 1))
    some = np.flatnonzero(asked)
    batch.restricting = False
    if not some.size:
        return
    since = state.since[:, :, some]
    allies = restriction.ally_pressure(since >= 0, world.allies) if world.allies.size else 0.0
    begins = restriction.restriction_probability(
        world.concern[:, some],
        allies + now.pressure[:, some],
        restriction.sensitive_dependence(state.installed, world.sponsored[..., some], world.sensitive),
        batch.debt_burden[:, :, some],
        (now.salience * (p.salience_scale if batch.year > world.facts_until else 1.0))[..., some],
        restriction_rate=p.restriction_rate,
        restriction_intercept=p.restriction_intercept,
        restriction_concern=p.restriction_concern,
        restriction_alliance=p.restriction_alliance,
        restriction_dependence=p.restriction_dependence,
        restriction_debt=p.restriction_debt,
    )
    shock = batch.draws.uniform(batch.stream("restriction", 2), batch.restriction_keys[some]).swapaxes(1, 2)
    state.since[:, :, some] = restriction.next_restriction(
        since, batch.year, shock, begins, p.lifting_rate, order[:, some]
    )
    batch.restricting = bool((state.since >= 0).any())
