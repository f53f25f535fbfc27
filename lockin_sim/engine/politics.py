"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Stance
from lockin_sim.rules import diffusion, restriction, voting


class Decided(NamedTuple):
    """What the bodies decided this year."""

    status: Floats  # (run, body, domain, standard), from next year on
    votes: Floats  # (run, body, domain, standard), share in favour, NaN without a vote


def votes(batch: Batch, year: Year) -> Decided:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    world, state, now = batch.world, batch.state, year.now
    status, share = state.status.copy(), np.full_like(state.status, np.nan)
    families = world.families(year.year)
    affinity = year.affinity[..., :-1] @ world.owners.T
    debt = batch.debt_burden(now) @ world.owners.T
    for b, body in enumerate(world.bodies):
        domains, members = np.flatnonzero(now.mandate[b]), np.flatnonzero(body.members)
        if not (body.votes_in(year.year) and domains.size and members.size):
            continue
        p = batch.shaped(3)
        proposal = batch.draws.stream("cycle", year.year)[:, None, None] ^ world.proposal_keys[b, domains]
        shock = batch.draws.normal(proposal, np.uint64(0), world.dtype)[:, :, None]
        keys = batch.draws.of_country("ballot", year.year)
        keys = keys[:, None, members if keys.shape[1] > 1 else slice(None), None]
        yes, present = decisions.ballot(
            state.installed[:, domains[:, None], members],
            state.compliance[:, domains],
            affinity[:, None, members],
            debt[:, None, members],
            p.cycle_shock_scale * shock,
            batch.draws.uniform(keys, world.ballot_keys[b, domains[:, None], members]),
            p,
        )
        in_favour, passed = voting.PROCEDURES[body.procedure](
            yes,
            present,
            body.weight[members, None],
            body.firm_weight[members, None],
            body.quota,
            body.blocking,
        )
        proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], families)
        before = state.status[:, b, domains]
        status[:, b, domains] = voting.status_mix(before, proposed, passed[:, :, 0], batch.shaped(2).turnover)
        share[:, b, domains] = in_favour[:, :, 0]
    return Decided(status, share)


def restrictions(batch: Batch, year: Year) -> Integers:
    """Countries begin or lift restrictions of a sponsor's vendors.  (run, country, sponsor), year each began.

    Sponsors whom nobody has on the agenda, orders or restricts stay out of the sums.
    """
    world, state, now, p = batch.world, batch.state, year.now, batch.shaped(2)
    order = np.where(world.home, -1, now.restriction_order)
    salience = year.salience[:, None, :-1]
    asked = (salience > 0).any(axis=(0, 1)) | (order > 0).any(axis=0) | (state.since >= 0).any(axis=(0, 1))
    some = np.flatnonzero(asked)
    if not some.size:
        return state.since
    since = state.since[:, :, some]
    allies: Floats | float = 0.0
    if world.allies.size and np.any(batch.parameters.restriction_alliance):
        allies = restriction.ally_pressure(since >= 0, world.allies)
    by_sponsor = diffusion.base_by_sponsor(
        state.installed[:, world.sensitive], world.sponsored_slots[world.sensitive][..., some]
    )
    dependence = restriction.sensitive_dependence(
        by_sponsor, state.installed[:, world.sensitive].sum(axis=-1)
    )
    stance = Stance(
        concern=world.concern[:, some],
        votes=world.rival_votes[:, some],
        alliance=allies,
        dependence=dependence,
        pressure=now.pressure[:, some],
        salience=salience[..., some],
        order=order[:, some],
    )
    luck = batch.draws.of_country("restriction", year.year)[..., None]
    shock = batch.draws.uniform(luck, world.restriction_keys[:, some])
    after = state.since.copy()
    after[:, :, some] = decisions.reconsider(since, stance, year.year, shock, p)
    return after
