"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Some, Year, some
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Stance, Voter
from lockin_sim.rules import diffusion, restriction, voting
from lockin_sim.rules.reduce import total


class Decided(NamedTuple):
    """What the bodies decided this year."""

    status: Floats  # (run, body, domain, standard), from next year on
    votes: Floats  # (run, body, domain, standard), share in favour, NaN without a vote


def votes(batch: Batch, year: Year) -> Decided:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    world, state, now = batch.world, batch.state, year.now
    status, share = state.status.copy(), np.full_like(state.status, np.nan)
    mandates = [np.flatnonzero(mandate) for mandate in now.mandate]
    deciding = [
        b for b, body in enumerate(world.bodies)
        if body.votes_in(year.year) and mandates[b].size and body.members.any()
    ]  # fmt: skip
    if not deciding:
        return Decided(status, share)
    families = world.families(year.year)
    decided = np.flatnonzero(now.mandate[deciding].any(axis=0))
    voter = _voters(batch, year, some(decided))
    for b in deciding:
        body, domains = world.bodies[b], mandates[b]
        yes, present = _ballots(batch, year, b, domains, np.searchsorted(decided, domains), voter)
        weight, firm_weight = body.weight[body.members, None], body.firm_weight[body.members, None]
        in_favour, passed = voting.PROCEDURES[body.procedure](
            yes, present, weight, firm_weight, body.quota, body.blocking
        )
        proposed = voting.proposals(now.effort[:, b], now.contribution[:, b], families)
        before = state.status[:, b, domains]
        status[:, b, domains] = voting.status_mix(before, proposed, passed[:, :, 0], batch.shaped(2).turnover)
        share[:, b, domains] = in_favour[:, :, 0]
    return Decided(status, share)


def _voters(batch: Batch, year: Year, domains: Some) -> Voter:
    """What countries bring to the votes in some domains.  (run, domain, country, standard), stored with
    countries last: there are many of them, and few families."""
    world, state, p = batch.world, batch.state, batch.shaped(3)
    affinity = year.affinity[..., :-1] @ world.owners.T
    debt = batch.debt_burden(year.now) @ world.owners.T
    voter = decisions.voter(
        state.installed[:, domains],
        state.compliance[:, domains],
        affinity[:, None],
        debt[:, None],
        p,
    )
    inclination = np.ascontiguousarray(voter.inclination.swapaxes(2, 3)).swapaxes(2, 3)
    return voter._replace(inclination=inclination)


def _ballots(
    batch: Batch, year: Year, b: int, domains: Integers, place: Integers, voter: Voter
) -> tuple[Bools, Bools]:
    """Who of a body's members says yes, and who votes at all; place (some domain,), positions of the domains
    among those of the voters.  (run, some domain, member, standard or 1)."""
    world, p, draws = batch.world, batch.shaped(3), batch.draws
    members = np.flatnonzero(world.bodies[b].members)
    proposal = draws.stream("cycle", year.year)[:, None, None] ^ world.proposal_keys[b, domains]
    shock = draws.normal(proposal, np.uint64(0), world.dtype)[:, :, None]
    keys = draws.of_country("ballot", year.year)
    keys = keys[:, None, None, members if keys.shape[1] > 1 else slice(None)]
    own = draws.uniform(keys, world.ballot_keys[b, domains].swapaxes(1, 2)[..., members]).swapaxes(2, 3)

    def of_members(known: NDArray) -> NDArray:
        return known.swapaxes(2, 3)[:, place].take(members, axis=-1).swapaxes(2, 3)

    mine = Voter(of_members(voter.inclination), of_members(voter.present))
    yes = decisions.ballot(mine, p.cycle_shock_scale * shock, own, p)
    return yes, mine.present


def restrictions(batch: Batch, year: Year) -> Integers:
    """Countries begin or lift restrictions of a sponsor's vendors.  (run, country, sponsor), year each began.

    Sponsors whom nobody has on the agenda, orders or restricts stay out of the sums.
    """
    world, state, now, p = batch.world, batch.state, year.now, batch.shaped(2)
    order = np.where(world.home, -1, now.restriction_order)
    salience = year.salience[:, None, :-1]
    in_force = (state.since >= 0).any(axis=0).any(axis=0)
    asked = np.flatnonzero((salience > 0).any(axis=(0, 1)) | (order > 0).any(axis=0) | in_force)
    if not asked.size:
        return state.since
    since = state.since[:, :, asked]
    allies: Floats | float = 0.0
    if world.allies.size and np.any(batch.parameters.restriction_alliance):
        allies = restriction.ally_pressure(since >= 0, world.allies)
    sensitive = np.flatnonzero(world.sensitive)
    held = state.installed[:, some(sensitive)]
    by_sponsor = diffusion.base_by_sponsor(held, world.sponsored_slots[sensitive][..., asked])
    dependence = restriction.sensitive_dependence(by_sponsor, total(held)[..., 0])
    stance = Stance(
        concern=world.concern[:, asked],
        votes=world.rival_votes[:, asked],
        alliance=allies,
        dependence=dependence,
        pressure=now.pressure[:, asked],
        salience=salience[..., asked],
        order=order[:, asked],
    )
    luck = batch.draws.of_country("restriction", year.year)[..., None]
    shock = batch.draws.uniform(luck, world.restriction_keys[:, asked])
    after = state.since.copy()
    after[:, :, asked] = decisions.reconsider(since, stance, year.year, shock, p)
    return after
