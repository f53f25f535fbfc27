"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.core.batch import Batch
from lockin_sim.core.session import Session
from lockin_sim.rules import restriction, voting


def votes(batch: Batch) -> None:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    world, state, now = batch.world, batch.state, batch.now
    batch.next_status = state.status
    deciding = tuple(b for b, body in enumerate(world.bodies) if body.votes_in(batch.year))
    session = batch.session(deciding)
    if not session.size:
        return
    batch.next_status = state.status.copy()
    attends = session.of_cells(batch.coverage)[:, :, None] > voting.LEAST_BASE
    ballot = batch.draws.uniform(batch.stream("ballot", 2), session.keys).swapaxes(-1, -2)
    yes = (ballot < _support(batch, session)) & attends
    families = world.families(batch.year)
    for b, domains, part in session.parts():
        body, members = world.bodies[b], session.members[b]
        in_favour = part(yes)
        share, passed = voting.PROCEDURES[body.procedure](
            in_favour,
            np.broadcast_to(part(attends), in_favour.shape),
            body.weight[members, None],
            body.firm_weight[members, None],
            body.quota,
            body.blocking,
        )
        proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], families)
        before = state.status[:, b, domains]
        mix = voting.status_mix(before, proposed, passed[:, :, 0], batch.p3.turnover)
        batch.next_status[:, b, domains] = mix
        batch.flows.votes[:, b, domains] = share[:, :, 0]


def _support(batch: Batch, session: Session) -> Floats:
    """Probability that each ballot is in favour.  (run, ballot, standard)."""
    world, state, p = batch.world, batch.state, batch.p3
    own_base = voting.base_by_standard(batch.by_domain(state.installed), state.compliance)
    shock = batch.draws.normal(batch.stream("cycle", 2), session.proposal_keys, world.dtype)
    return voting.support(
        session.of_cells(voting.leaning(own_base)),
        session.of_countries(batch.affinity @ world.owners.T),
        session.of_countries(batch.debt_burden @ world.owners.T),
        session.of_motions(p.cycle_shock_scale * shock.swapaxes(-1, -2)),
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
        vote_noise=p.vote_noise,
    )


def restrictions(batch: Batch) -> None:
    """Countries begin or lift restrictions of a sponsor's vendors.

    Sponsors whom nobody has on the agenda, orders or restricts stay out of the sums.
    """
    world, state, now, p = batch.world, batch.state, batch.now, batch.p3
    order = np.where(world.home, -1, now.restriction_order)
    asked = (now.salience > 0) | (order > 0).any(axis=0) | (state.since >= 0).any(axis=(0, 1))
    some = np.flatnonzero(asked)
    if not some.size:
        return
    since = state.since[:, :, some]
    allies = restriction.ally_pressure(since >= 0, world.allies) if world.allies.size else 0.0
    begins = restriction.restriction_probability(
        world.concern[:, some],
        allies + now.pressure[:, some],
        restriction.sensitive_dependence(batch.by_sponsor[..., some], batch.coverage, world.sensitive),
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
