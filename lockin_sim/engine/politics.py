"""Stages of politics: votes in the standards bodies, and restrictions of vendors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Some, Year, some
from lockin_sim.model import decisions
from lockin_sim.model.agenda import contributions
from lockin_sim.model.decisions import Stance, Voter
from lockin_sim.rules import diffusion, restriction
from lockin_sim.rules.reduce import by_few, total


class Decided(NamedTuple):
    """What the bodies decided this year."""

    status: Floats  # (run, body, domain, standard), from next year on
    origin: Floats  # (run, body, domain, sponsor), likewise
    proposed: Floats  # (run, body, domain, sponsor), weight of each sponsor's proposals
    votes: Floats  # (run, body, domain, standard), share in favour, NaN without a vote
    passed: Floats  # (run, body, domain, standard), 1 or 0, NaN without a vote


def votes(batch: Batch, year: Year) -> Decided:
    """Bodies whose cycle ends decide, and the mix of their live standards turns over."""
    world, state, now, p = batch.world, batch.state, year.now, batch.shaped(2)
    status, origin = state.status.copy(), state.origin.copy()
    share, passed = np.full_like(status, np.nan), np.full_like(status, np.nan)
    proposed = contributions(world, now, state.sold, year.year, batch.shaped(3))
    mandates = [np.flatnonzero(mandate) for mandate in now.mandate]
    deciding = [
        b for b, body in enumerate(world.bodies)
        if body.votes_in(year.year) and mandates[b].size and body.members.any()
    ]  # fmt: skip
    if not deciding:
        return Decided(status, origin, proposed, share, passed)
    families = world.families(year.year)
    decided = np.flatnonzero(now.mandate[deciding].any(axis=0))
    inclination = _inclination(batch, year, some(decided))
    for b in deciding:
        body, domains = world.bodies[b], mandates[b]
        yes, cast = _ballots(batch, year, b, domains, np.searchsorted(decided, domains), inclination)
        in_favour, accepted = decisions.decide(body, yes, cast, batch.shaped(3))
        live = decisions.Live(state.status[:, b, domains], state.origin[:, b, domains])
        live = decisions.turn_over(body, live, proposed[:, b, domains], families, accepted, p)
        status[:, b, domains], origin[:, b, domains] = live
        share[:, b, domains], passed[:, b, domains] = in_favour, accepted
    return Decided(status, origin, proposed, share, passed)


def _inclination(batch: Batch, year: Year, domains: Some) -> Floats:
    """What countries make of the families in some domains.  (run, domain, country, standard)."""
    world, state = batch.world, batch.state
    voter = Voter(
        state.installed[:, domains],
        by_few(year.affinity[..., :-1], world.ties)[:, None],
        world.democracy[:, None],
    )
    usual = world.usual_base[domains, None]
    return decisions.inclination(voter, world.owned_slots[domains], usual, world.challenger, batch.shaped(3))


def _ballots(
    batch: Batch, year: Year, b: int, domains: Integers, place: Integers, inclination: Floats
) -> tuple[Bools, Bools]:
    """Who of a body's members says yes, and who votes at all; place (some domain,), positions of the domains
    among those of the inclination.  (run, some domain, member, standard)."""
    world, p, draws = batch.world, batch.shaped(3), batch.draws
    members = np.flatnonzero(world.bodies[b].members)
    proposal = draws.stream("cycle", year.year)[:, None, None] ^ world.proposal_keys[b, domains]
    shock = draws.normal(proposal, np.uint64(0), world.dtype)[:, :, None]
    keys = draws.of_country("ballot", year.year)
    keys = keys[:, None, None, members if keys.shape[1] > 1 else slice(None)]
    own = draws.uniform(keys, world.ballot_keys[b, domains].swapaxes(1, 2)[..., members]).swapaxes(2, 3)
    mine = inclination.swapaxes(2, 3)[:, place].take(members, axis=-1).swapaxes(2, 3)
    return decisions.ballot(mine, shock, own, p)


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
