"""Implement votes, proposals and restrictions in compiled code, several members or countries at once."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.fingerprint import is_own
from lockin_sim.compiled import loops
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.functions import where
from lockin_sim.compiled.lanes.load_store import narrow, put, row
from lockin_sim.compiled.lanes.recompile import inlined, overrides, recompiled
from lockin_sim.compiled.lanes.rows import LANES, at, lanes
from lockin_sim.compiled.lanes.views import get, numbers_of, plain, shared, tables
from lockin_sim.compiled.stages.draws import normal, uniform
from lockin_sim.compiled.stages.known import of_conditions, of_world
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, cache_by_year
from lockin_sim.engine.politics import Decided, Tabled
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import RestrictionFactors
from lockin_sim.rules import voting
from lockin_sim.rules.reduce import by_few
from lockin_sim.world import World


@overrides(voting.proposals)
def _proposals(weight, family):
    """Sum the weight of proposals by family; ``family`` holds the matrix and its transpose, with tuples."""
    return narrow(weight, family[0])


@overrides(voting.kept_by_sponsor)
def _kept_by_sponsor(adopted, family):
    """Sum what is kept by sponsor, with the transposed matrix of families."""
    return narrow(adopted, family[1])


def propose(batch: Batch, board: Board) -> Floats:
    """Compute the weight of each sponsor's proposals, as the numpy stage does."""
    sold = batch.state.sold
    proposed = np.empty((len(sold), len(batch.world.bodies), *sold.shape[2:]))
    _propose(batch.parameter_table, sold, *_known_of_sponsors(board.known), proposed)
    return proposed


@cache_by_year
def _known_of_sponsors(year: Year) -> tuple[Any, ...]:
    """Return usual sales of sponsors, and their efforts, usual efforts and contributions."""
    (usual,) = plain(sales.usual_sales(year.world, year.number))
    usually = year.world.conditions.at(0)
    return usual, plain(year.now.effort, usually.effort, year.now.contribution)


@kernel
def _propose(numbers, sold, usual, support, proposed):
    """Compute what every sponsor proposes, as ``model.sales`` does.

    support   effort, usual effort and contribution.  (sponsor, body) each
    proposed  filled.  (run, body, domain, sponsor)
    """
    of_runs, sold, usual, written = tables((numbers, sold, usual, proposed))
    support, years, sponsors = tables(support), sold.shape[1], sold.shape[3]
    for r in range(len(sold)):
        p = numbers_of(ParameterRow, of_runs, r)
        for d in range(sold.shape[2]):
            for first in range(0, sponsors, LANES):
                h = lanes(first, sponsors)
                sales = get(sold, r, 0, d, h)
                for year in range(1, years):
                    sales = sales + get(sold, r, year, d, h)
                for b in range(written.shape[1]):
                    effort, usually, contribution = (
                        get(support[0], h, b),
                        get(support[1], h, b),
                        get(support[2], h, b),
                    )
                    weight = _agenda(
                        effort,
                        usually,
                        contribution,
                        sales / years,
                        get(usual, d, h),
                        p.effort_returns,
                        p.agenda_elasticity,
                    )
                    put(written, weight, r, b, d, h)


def _procedure(names: list[str]) -> Any:
    """Build the function that applies the voting procedure at a position of a list of names."""
    one = recompiled(voting.PROCEDURES[names[0]])
    others: Any = _procedure(names[1:]) if names[1:] else None

    def only(number, counted, quota, blocking):
        """Apply the last procedure."""
        return one(counted, quota, blocking)

    def first(number, counted, quota, blocking):
        """Apply the first procedure at 0, or else one of those behind it."""
        if number == 0:
            return one(counted, quota, blocking)
        return others(number - 1, counted, quota, blocking)

    return inlined(first if others else only)


#: Procedures of this package; worlds with others are not for compiled code.
_PROCEDURES = [name for name, procedure in voting.PROCEDURES.items() if not is_own(procedure)]

_decide, _count_one = _procedure(_PROCEDURES), recompiled(loops.count_one)
_agenda = recompiled(voting.agenda)
_quota_of, _turn_over = recompiled(decisions.resolve_quota), recompiled(decisions.update_live_standards)


class _Rules(NamedTuple):
    """Voting rules of each body.  (body,) each."""

    procedure: Any  # position among those known
    quota: Any
    blocking: Any
    contested: Any  # how much is contested in it
    weight: Any  # (body, country) each, votes of members, and of their firms
    firm_weight: Any


def settle(batch: Batch, board: Board, boards: Tabled, decided: Decided, yes: Bools, cast: Bools) -> None:
    """Decide all tables of the year, as the numpy stage does."""
    sponsors, families = _families(board.known)
    accepted = np.empty((len(boards.body), len(batch.likes.families)), dtype=bool)
    _settle(
        batch.likes.families,
        sponsors,
        batch.parameter_table,
        accepted,
        boards,
        _rules_of(batch.world),
        plain(yes.swapaxes(1, 2), cast.swapaxes(1, 2)),
        families,
        decided,
    )


@cache_by_year
def _families(year: Year) -> tuple[Any, ...]:
    """Return a tuple as long as a row of sponsors, their families, (sponsor, family), and the transpose."""
    families = year.world.families(year.number)
    return (0,) * len(families), plain(families, families.T)


@lru_cache(maxsize=8)  # as many worlds are kept
def _rules_of(world: World) -> _Rules:
    """Return the voting rules of a world's bodies."""
    numbers = attrgetter("quota", "blocking", "relative_contested", "weight", "firm_weight")
    columns = map(np.array, zip(*map(numbers, world.bodies), strict=True))
    return _Rules(np.array([_PROCEDURES.index(body.procedure) for body in world.bodies]), *columns)


@kernel
def _settle(like, sponsors, numbers, accepted, boards, rules, ballots, families, decided):
    """Decide every table, as ``engine.politics`` does.

    like      a tuple as long as a row of families
    sponsors  a tuple as long as a row of sponsors
    accepted  working array of one run.  (table, family)
    ballots   yes and cast.  (run, family, ballot) each
    decided   status and origin are updated, votes and passed filled
    """
    (of_runs, passes), (yes, cast) = tables((numbers, accepted)), ballots
    known = tables(boards), tables(rules), tables(decided), tables(families), passes
    for r in range(len(numbers)):
        p = numbers_of(ParameterRow, of_runs, r)
        for t in range(len(boards.body)):
            b, d, begin, end = boards.body[t], boards.domain[t], boards.first[t], boards.first[t + 1]
            quota = _quota_of(rules.quota[b], p)
            for s in range(len(like)):
                counted = _count_one(
                    yes[r, s, begin:end],
                    cast[r, s, begin:end],
                    boards.country[begin:end],
                    rules.weight[b],
                    rules.firm_weight[b],
                )
                share, passed = _decide(rules.procedure[b], counted, quota, rules.blocking[b])
                decided.votes[r, b, d, s], decided.passed[r, b, d, s] = share, 1.0 * passed
                accepted[t, s] = passed
        for begin in range(0, len(boards.body), LANES):
            _turned_over(like, sponsors, r, lanes(begin, len(boards.body)), p, known)


@inlined
def _turned_over(like, sponsors, r, t, p, known):
    """Compute the live standards of some tables in the next year."""
    boards, rules, decided, (of_sponsor, turned), accepted = known
    b, d = get(boards.body, t), get(boards.domain, t)
    status, origin = _turn_over(
        get(rules.contested, b),
        row(decided.status, like, r, b, d),
        row(decided.origin, sponsors, r, b, d),
        row(decided.proposed, sponsors, r, b, d),
        ((of_sponsor, like), (turned, sponsors)),
        row(accepted, like, t),
        p,
    )
    put(decided.status, status, r, b, d)
    put(decided.origin, origin, r, b, d)


_inclination, _ballot = recompiled(decisions.compute_inclination), recompiled(decisions.cast_ballots)
_by_few = recompiled(by_few)


def ballots(batch: Batch, board: Board, tables: Tabled) -> tuple[Bools, Bools]:
    """Cast all ballots of the year, as the numpy stage does."""
    world, luck = batch.world, batch.draws.of_country("ballot", board.year)
    cycle = batch.draws.stream("cycle", board.year)
    likes, families, runs = batch.likes, len(batch.likes.families), len(batch.runs)
    yes, cast = np.empty((2, runs, families, len(tables.of)), dtype=bool)
    likings = np.zeros((len(tables.domains), len(world.countries), families))
    _cast(
        (likes.vendors, likes.sponsors, likes.families),
        batch.parameter_table,
        (luck.key, luck.counter),
        (cycle.key, cycle.counter),
        tables,
        of_world(world),
        _leanings(world),
        (batch.state.installed, board.affinity),
        (likings, np.empty((len(tables.body), families))),
        (yes, cast),
    )
    return yes.swapaxes(1, 2), cast.swapaxes(1, 2)


@lru_cache(maxsize=8)  # as many worlds are kept
def _leanings(world: World) -> tuple[Any, ...]:
    """Return which families challenge others, (1, family), and ties with sponsors, (sponsor + 1, family)."""
    return plain(world.challenger[None], np.pad(world.ties, ((0, 1), (0, 0))))


@kernel
def _cast(likes, numbers, ballots, proposals, ballots_of, world, leanings, states, scratch, out):
    """Cast every ballot, as ``engine.politics`` does.

    likes      tuples as long as a row of vendors, sponsors and families
    ballots    key of the ballots' shocks, and counters, (run, country or 1)
    proposals  key of the proposals' shocks, and counters, (run,)
    leanings   of :func:`_leanings`
    states     installed base, and affinity (run or 1, country, sponsor + 1)
    scratch    working arrays: inclination in each domain, (number, country, family), and shocks (table,
               family)
    out        yes and cast, filled.  (run, family, ballot) each
    """
    like, (of_runs, likings, shocks) = likes[2], tables((numbers, *scratch))
    (luck, cycle), (said_yes, was_cast) = tables((ballots[1], proposals[1])), tables(out)
    ballots_of, world, leanings, states = tables(ballots_of), tables(world), tables(leanings), tables(states)
    countries, number = len(world.democracy), len(ballots_of.of)
    for r in range(len(states[0])):
        p = numbers_of(ParameterRow, of_runs, r)
        for k in range(len(ballots_of.domains)):
            d = get(ballots_of.domains, k)
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(likings, _of_countries(likes, r, d, c, p, world, leanings, states), k, c)
        for first in range(0, len(ballots_of.body), LANES):
            t = lanes(first, len(ballots_of.body))
            proposal = row(world.proposal_keys, like, get(ballots_of.body, t), get(ballots_of.domain, t))
            put(shocks, normal(proposals[0], get(cycle, r) ^ proposal), t)
        for first in range(0, number, LANES):
            i = lanes(first, number)
            t, c = get(ballots_of.of, i), get(ballots_of.country, i)
            label = row(world.ballot_keys, like, get(ballots_of.body, t), get(ballots_of.domain, t), c)
            shock = uniform(ballots[0], get(luck, r, shared(luck, 1, c)) ^ label)
            yes, cast = _ballot(
                row(likings, like, get(ballots_of.place, t), c), row(shocks, like, t), shock, p
            )
            for s in range(len(like)):
                put(said_yes, at(yes, s), r, s, i)
                put(was_cast, at(cast, s), r, s, i)


@inlined
def _of_countries(likes, r, d, c, p, world, leanings, states):
    """Compute the inclination of some countries towards the families in a domain."""
    (challenger, ties), (installed, affinity), (vendors, sponsors, like) = leanings, states, likes
    return _inclination(
        row(installed, vendors, r, d, c),
        _by_few(row(affinity, sponsors, shared(affinity, 0, r), c), (ties, like)),
        get(world.democracy, c),
        (world.owned_slots[d], like),
        row(world.usual_base, like, d),
        row(challenger, like, 0),
        p,
    )


_reconsider = recompiled(decisions.update_restrictions)
_add_pressure = recompiled(loops.add_ally_pressure)
_add_dependence = recompiled(loops.add_sensitive_dependence)


def restrictions(batch: Batch, board: Board) -> Integers:
    """Update restrictions of sponsors, as the numpy stage does."""
    world, state = batch.world, batch.state
    luck, after = batch.draws.of_country("restriction", board.year), state.since.copy()
    _restrict(
        batch.parameter_table,
        (luck.key, luck.counter),
        board.year,
        (state.since, state.installed),
        of_world(world),
        of_conditions(board.known),
        _allies_of(world),
        *plain(world.concern_in(board.year)),
        board.salience,
        after,
    )
    return after


@lru_cache(maxsize=8)  # as many worlds are kept
def _allies_of(world: World) -> tuple[Any, ...]:
    """Return the allies of each country in sparse form.

    Start of each country's entries, (country + 1,); the countries that have it as an ally, and its weight for
    them, (pair,) each.
    """
    ally, follower = np.nonzero(world.allies.T)
    first = np.searchsorted(ally, np.arange(len(world.countries) + 1))
    return plain(first, follower, world.allies[follower, ally])


@kernel
def _restrict(numbers, luck, year, states, world, now, allies, concern, salience, after):
    """Update the restrictions of every country and sponsor, as ``engine.politics`` does.

    luck      key, and counters (run, country or 1)
    states    since and installed, as in the state
    allies    of :func:`_allies_of`
    concern   (country, sponsor)
    salience  (run or 1, sponsor + 1)
    after     filled.  (run, country, sponsor)
    """
    (since, installed), (number, sponsors) = states, after.shape[1:]
    alliance, dependence = np.empty((number, sponsors)), np.empty((number, sponsors + 1))
    (of_runs, before, written, counters), knows = tables((numbers, since, after, luck[1])), tables(world)
    presses = tables((alliance, dependence, concern, now.pressure))
    said, orders = tables((salience, now.restriction_order))
    must = now.restriction_order > 0
    for r in range(len(since)):
        p, restricted = numbers_of(ParameterRow, of_runs, r), since[r] >= 0
        alliance[:], dependence[:] = 0.0, 0.0
        _add_pressure(restricted, *allies, alliance)
        _add_dependence(installed[r], world.sensitive, world.slot_sponsor, dependence)
        for h in range(sponsors):
            heeded = get(said, shared(said, 0, r), h)
            if not (heeded > 0.0 or restricted[:, h].any() or must[:, h].any()):
                continue
            for first in range(0, number, LANES):
                c = lanes(first, number)
                order = where(get(knows.home, c, h), -1, get(orders, c, h))
                stance = _stance_of(c, h, heeded, order, knows, presses)
                label = get(counters, r, shared(counters, 1, c)) ^ get(knows.restriction_keys, c, h)
                shock = uniform(luck[0], label)
                put(written, _reconsider(get(before, r, c, h), stance, year, shock, p), r, c, h)


@inlined
def _stance_of(c, h, salience, order, world, presses):
    """Collect what some countries know when they reconsider restrictions of a sponsor.

    presses  pressure by allies, dependence, concern, and other pressure.  (country, sponsor) each
    """
    alliance, dependence, concern, pressure = presses
    return RestrictionFactors(
        concern=get(concern, c, h),
        votes=get(world.rival_votes, c, h),
        alliance=get(alliance, c, h),
        dependence=get(dependence, c, h),
        pressure=get(pressure, c, h),
        salience=salience,
        order=order,
    )
