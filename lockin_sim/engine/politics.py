"""Simulate votes in standards bodies and restrictions of vendors."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board, Some, Year, cache_by_year, select_domains
from lockin_sim.model import decisions
from lockin_sim.model.decisions import RestrictionFactors
from lockin_sim.model.sales import contributions
from lockin_sim.rules import diffusion, restriction
from lockin_sim.rules.reduce import by_few, total
from lockin_sim.world import World
from lockin_sim.world.cache import cache_per_world


class Decided(NamedTuple):
    """Decisions of the bodies in a year."""

    status: Floats  # (run, body, domain, standard), from next year on
    origin: Floats  # (run, body, domain, sponsor), likewise
    proposed: Floats  # (run, body, domain, sponsor), weight of each sponsor's proposals
    votes: Floats  # (run, body, domain, standard), share in favour, NaN without a vote
    passed: Floats  # (run, body, domain, standard), 1 or 0, NaN without a vote


class Tabled(NamedTuple):
    """Tables of the year: one for each body and domain in which the body decides."""

    body: Integers  # (table,)
    domain: Integers  # (table,)
    first: Integers  # (table + 1,), first ballot of each; ends with the number of ballots
    domains: Integers  # (some,), those with any table
    place: Integers  # (table,), position of its domain among them
    of: Integers  # (ballot,), table that it is about
    country: Integers  # (ballot,), who casts it


def votes(batch: Batch, board: Board) -> Decided:
    """Let bodies whose cycle ends decide, and update the mix of their live standards."""
    state = batch.state
    proposed = batch.stages.propose(batch, board)
    share, passed = np.full_like(state.status, np.nan), np.full_like(state.status, np.nan)
    decided = Decided(state.status.copy(), state.origin.copy(), proposed, share, passed)
    tables = _list_tables(board.known)
    if len(tables.body):
        batch.stages.settle(batch, board, tables, decided, *batch.stages.ballots(batch, board, tables))
    return decided


def propose(batch: Batch, board: Board) -> Floats:
    """Compute the weight of each sponsor's proposals.  (run, body, domain, sponsor)."""
    return contributions(batch.world, board.now, batch.state.sold, board.year, batch.broadcast(3))


def settle(batch: Batch, board: Board, tables: Tabled, decided: Decided, yes: Bools, cast: Bools) -> None:
    """Write to ``decided`` what follows from the ballots of :func:`ballots`."""
    place = (slice(None), tables.body, tables.domain)
    in_favour, accepted = _count_ballots(batch, tables, yes, cast)
    contested = _relative_contested(batch.world)[tables.body, None]
    live, families = (decided.status[place], decided.origin[place]), batch.world.families(board.year)
    decided.status[place], decided.origin[place] = decisions.update_live_standards(
        contested, *live, decided.proposed[place], families, accepted, batch.broadcast(2)
    )
    decided.votes[place], decided.passed[place] = in_favour, accepted


@cache_by_year
def _list_tables(year: Year) -> Tabled:
    """Return the tables of the year and their voters."""
    ends = tuple(body.votes_in(year.number) for body in year.world.bodies)
    return _build_tables(year.world, ends, year.now.mandate.tobytes())


@cache_per_world(most=64)  # cycles end together in a few ways
def _build_tables(world: World, ends: tuple[bool, ...], mandate: bytes) -> Tabled:
    """Build the tables of bodies whose cycle ends; ``mandate`` is (body, domain), as bytes."""
    there = np.frombuffer(mandate, dtype=bool).reshape(len(world.bodies), len(world.domains))
    body, domain = np.nonzero(there & (np.array(ends, dtype=bool) & world.membership.any(axis=0))[:, None])
    of, country = np.nonzero(world.membership.T[body])
    domains, place = np.unique(domain, return_inverse=True)
    first = np.searchsorted(of, np.arange(len(body) + 1))
    return Tabled(*map(np.ascontiguousarray, (body, domain, first, domains, place, of, country)))


@lru_cache(maxsize=8)  # as many worlds are kept
def _relative_contested(world: World) -> Floats:
    """Return how much more is contested in each body than usual.  (body,)."""
    return np.array([body.relative_contested for body in world.bodies])


def _compute_inclination(batch: Batch, board: Board, domains: Some) -> Floats:
    """Compute countries' inclination towards families in some domains.  (run, domain, country, standard).

    Countries are last in memory, since they are many and families few.
    """
    world, state = batch.world, batch.state
    inclination = decisions.compute_inclination(
        state.installed[:, domains],
        compute_ties(batch, board)[:, None],
        world.democracy[:, None],
        world.owned_slots[domains],
        world.usual_base[domains, None],
        world.challenger,
        batch.broadcast(3),
    )
    return np.ascontiguousarray(inclination.swapaxes(2, 3)).swapaxes(2, 3)


def compute_ties(batch: Batch, board: Board) -> Floats:
    """Compute countries' affinity with the owners of a family minus that with their rivals.

    (run or 1, country, standard).
    """
    return by_few(board.affinity[..., :-1], batch.world.ties)


def draw_cycle_shock(batch: Batch, board: Board, tables: Tabled) -> Floats:
    """Draw the shock common to all members of a body, for each family on a table.  (run, table, standard)."""
    world, stream = batch.world, batch.draws.stream("cycle", board.year)
    proposal = stream[:, None, None] ^ world.proposal_keys[tables.body, tables.domain]
    return batch.draws.normal(proposal, np.uint64(0))


def ballots(batch: Batch, board: Board, tables: Tabled) -> tuple[Bools, Bools]:
    """Decide who votes, and who votes yes.  (run, ballot, standard) each, stored with ballots last."""
    world, draws = batch.world, batch.draws
    shock = draw_cycle_shock(batch, board, tables).swapaxes(1, 2).take(tables.of, axis=2)
    body, domain = tables.body[tables.of], tables.domain[tables.of]
    keys = draws.of_country("ballot", board.year)
    keys = keys[:, None, tables.country if keys.shape[1] > 1 else slice(None)]
    luck = draws.uniform(keys, world.ballot_keys[body, domain, tables.country].T)
    inclination = _compute_inclination(batch, board, select_domains(tables.domains))
    inclination = inclination.swapaxes(2, 3)  # (run, domain, standard, country)
    _, _, standards, countries = inclination.shape
    row = tables.place[tables.of] * standards + np.arange(standards)[:, None]
    mine = inclination.reshape(len(inclination), -1).take(row * countries + tables.country, axis=1)
    return decisions.cast_ballots(
        mine.swapaxes(1, 2), shock.swapaxes(1, 2), luck.swapaxes(1, 2), batch.broadcast(2)
    )


def _count_ballots(batch: Batch, tables: Tabled, yes: Bools, cast: Bools) -> tuple[Floats, Bools]:
    """Count the share in favour of each family on each table, and decide.  (run, table, standard) each."""
    bodies, first = np.unique(tables.body, return_index=True)
    results = []
    for b, begin, end in zip(bodies, first, np.append(first[1:], len(tables.body)), strict=True):
        one, last = tables.first[begin], tables.first[end]
        shape = (len(yes), end - begin, -1, yes.shape[-1])  # a body's tables have the same voters
        its_yes, its_cast = yes[:, one:last].reshape(shape), cast[:, one:last].reshape(shape)
        results.append(decisions.decide_ballots(batch.world.bodies[b], its_yes, its_cast, batch.broadcast(3)))
    in_favour, accepted = zip(*results, strict=True)
    return np.concatenate(in_favour, axis=1), np.concatenate(accepted, axis=1)


def restrictions(batch: Batch, board: Board) -> Integers:
    """Update countries' restrictions of sponsors' vendors.  (run, country, sponsor), year each began.

    Sponsors that nobody has on the agenda, orders or restricts are skipped.
    """
    world, state, now, p = batch.world, batch.state, board.now, batch.broadcast(2)
    order = np.where(world.home, -1, now.restriction_order)
    salience = board.salience[:, None, :-1]
    in_force = (state.since >= 0).any(axis=0).any(axis=0)
    sponsors = np.flatnonzero((salience > 0).any(axis=(0, 1)) | (order > 0).any(axis=0) | in_force)
    if not sponsors.size:
        return state.since
    since = state.since[:, :, sponsors]
    allies: Floats | float = 0.0
    if world.allies.size and np.any(batch.parameters.restriction_alliance):
        allies = restriction.ally_pressure(since >= 0, world.allies)
    sensitive = np.flatnonzero(world.sensitive)
    installed = state.installed[:, select_domains(sensitive)]
    by_sponsor = diffusion.base_by_sponsor(installed, world.sponsored_slots[sensitive][..., sponsors])
    dependence = restriction.sensitive_dependence(by_sponsor, total(installed)[..., 0])
    stance = RestrictionFactors(
        concern=world.concern_in(board.year)[:, sponsors],
        votes=world.rival_votes[:, sponsors],
        alliance=allies,
        dependence=dependence,
        pressure=now.pressure[:, sponsors],
        salience=salience[..., sponsors],
        order=order[:, sponsors],
    )
    luck = batch.draws.of_country("restriction", board.year)[..., None]
    shock = batch.draws.uniform(luck, world.restriction_keys[:, sponsors])
    after = state.since.copy()
    after[:, :, sponsors] = decisions.update_restrictions(since, stance, board.year, shock, p)
    return after
