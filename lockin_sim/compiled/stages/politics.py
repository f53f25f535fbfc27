"""Politics, compiled: proposals, ballots, tables and restrictions, several members or countries at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.functions import where
from lockin_sim.compiled.lanes.load_store import narrow, put, row
from lockin_sim.compiled.lanes.recompile import inlined, overrides, recompiled
from lockin_sim.compiled.lanes.rows import LANES, at, lanes
from lockin_sim.compiled.lanes.tables import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.compiled.stages.draws import normal, uniform
from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.politics import Decided, Tables
from lockin_sim.fingerprint import is_own
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import Live, Stance, Voter
from lockin_sim.rules import counting, restriction, voting
from lockin_sim.rules.reduce import by_few
from lockin_sim.world import World


class _Body(NamedTuple):
    """What a decision asks of a body."""

    quota: float


@overrides(voting.proposals)
def _proposals(weight, family):
    """As of rules; family  by sponsor and, turned, by family, each with a tuple as long as its rows."""
    return narrow(weight, family[0])


@overrides(voting.kept_by_sponsor)
def _kept_by_sponsor(kept, family):
    """As of rules, of the same."""
    return narrow(kept, family[1])


def propose(batch: Batch, board: Board) -> Floats:
    """As of the engine of numpy."""
    sold = batch.state.sold
    proposed = np.empty((len(sold), len(batch.world.bodies), *sold.shape[2:]))
    _propose(batch.parameter_table, sold, *_known_of_sponsors(board.known), proposed)
    return proposed


@of_year
def _known_of_sponsors(year: Year) -> tuple[Any, ...]:
    """Usual sales of sponsors; and their efforts, usual efforts and contributions."""
    (usual,) = plain(sales.usual_sales(year.world, year.number))
    usually = year.world.conditions.at(0)
    return usual, plain(year.now.effort, usually.effort, year.now.contribution)


@kernel
def _propose(numbers, sold, usual, given, proposed):
    """What every sponsor proposes: see ``model.agenda``, which gathers the same.

    given     effort, usual effort and contribution, (sponsor, body) each
    proposed  filled: (run, body, domain, sponsor)
    """
    of_runs, sold, usual, written = tables((numbers, sold, usual, proposed))
    given, years, sponsors = tables(given), length(sold, 1), length(sold, 3)
    for r in range(length(sold, 0)):
        p = numbers_of(ParameterRow, of_runs, r)
        for d in range(length(sold, 2)):
            for first in range(0, sponsors, LANES):
                h = lanes(first, sponsors)
                sales = get(sold, r, 0, d, h)
                for year in range(1, years):
                    sales = sales + get(sold, r, year, d, h)
                for b in range(length(written, 1)):
                    effort, usually, contribution = (
                        get(given[0], h, b), get(given[1], h, b), get(given[2], h, b)
                    )  # fmt: skip
                    weight = _agenda(
                        effort, usually, contribution, sales / years, get(usual, d, h), p.effort_returns,
                        p.agenda_elasticity,
                    )  # fmt: skip
                    put(written, weight, r, b, d, h)


def _procedure(names: list[str]) -> Any:
    """What decides by the position of a procedure among some names, the last one for any other."""
    one = recompiled(voting.PROCEDURES[names[0]])
    others: Any = _procedure(names[1:]) if names[1:] else None

    def only(number, counted, quota, blocking):
        """The last one."""
        return one(counted, quota, blocking)

    def first(number, counted, quota, blocking):
        """The first one, or one of those behind it."""
        if number == 0:
            return one(counted, quota, blocking)
        return others(number - 1, counted, quota, blocking)

    return inlined(first if others else only)


#: Procedures of this package; worlds with others are not for compiled code.
_PROCEDURES = [name for name, procedure in voting.PROCEDURES.items() if not is_own(procedure)]

_decide, _count_one = _procedure(_PROCEDURES), recompiled(counting.count_one)
_agenda = recompiled(voting.agenda)
_quota_of, _turn_over = recompiled(decisions.quota_of), recompiled(decisions.turn_over)


def settle(batch: Batch, board: Board, held: Tables, decided: Decided, yes: Bools, cast: Bools) -> None:
    """As of the engine of numpy."""
    sponsors, families = _families(board.known)
    accepted = np.empty((len(held.body), len(batch.like_families)), dtype=bool)
    _settle(
        batch.like_families, sponsors, batch.parameter_table, accepted,
        (held.body, held.domain, held.first, held.country), *_rules_of(batch.world),
        (yes.swapaxes(1, 2), cast.swapaxes(1, 2)), families,
        (decided.status, decided.origin, decided.proposed), (decided.votes, decided.passed),
    )  # fmt: skip


@of_year
def _families(year: Year) -> tuple[Any, ...]:
    """A tuple as long as a row of sponsors, and the families that they propose, by sponsor and turned."""
    families = year.world.families(year.number)
    return (0,) * len(families), plain(families, families.T)


@lru_cache(maxsize=8)  # as many worlds are kept
def _rules_of(world: World) -> tuple[Any, ...]:
    """Procedure of each body, its thresholds and how much is contested in it, and votes of its members."""
    names, bodies = _PROCEDURES, world.bodies
    return (
        np.array([names.index(body.procedure) for body in bodies]),
        tuple(np.array([getattr(b, n) for b in bodies]) for n in ("quota", "blocking", "relative_contested")),
        (np.stack([body.weight for body in bodies]), np.stack([body.firm_weight for body in bodies])),
    )


@kernel
def _settle(
    like, sponsors, numbers, accepted, held, procedure, rules, weights, ballots, families, mixes, out
):
    """Every table: see ``engine.politics``, which gathers the same.

    like      a tuple as long as a row of families, sponsors as one of sponsors
    accepted  filled for one run after the other: (table, standard)
    mixes     (run, body, domain, ...), those of status and origin change
    out       filled: (run, body, domain, standard) each
    """
    of_runs, (body, domain, first, country) = tables((numbers,)), held
    known = tables(held), tables(rules), tables(mixes), tables(families), tables((accepted,))
    for r in range(len(numbers)):
        p = numbers_of(ParameterRow, of_runs[0], r)
        for t in range(len(body)):
            b, d, begin, end = body[t], domain[t], first[t], first[t + 1]
            quota = _quota_of(_Body(rules[0][b]), p)
            for s in range(len(like)):
                counted = _count_one(
                    ballots[0][r, s, begin:end],
                    ballots[1][r, s, begin:end],
                    country[begin:end],
                    weights[0][b],
                    weights[1][b],
                )
                share, passed = _decide(procedure[b], counted, quota, rules[1][b])
                out[0][r, b, d, s], out[1][r, b, d, s], accepted[t, s] = share, 1.0 * passed, passed
        for begin in range(0, len(body), LANES):
            _turned_over(like, sponsors, r, lanes(begin, len(body)), p, known)


@inlined
def _turned_over(like, sponsors, r, t, p, known):
    """Live standards on some tables, from next year on."""
    held, rules, mixes, families, accepted = known
    b, d = get(held[0], t), get(held[1], t)
    live = _turn_over(
        get(rules[2], b),
        Live(row(mixes[0], like, r, b, d), row(mixes[1], sponsors, r, b, d)),
        row(mixes[2], sponsors, r, b, d),
        ((families[0], like), (families[1], sponsors)),
        row(accepted[0], like, t),
        p,
    )
    put(mixes[0], live.status, r, b, d)
    put(mixes[1], live.origin, r, b, d)


_inclination, _ballot = recompiled(decisions.inclination), recompiled(decisions.ballot)
_by_few = recompiled(by_few)


def ballots(batch: Batch, board: Board, tables: Tables) -> tuple[Bools, Bools]:
    """As of the engine of numpy."""
    world, luck = batch.world, batch.draws.of_country("ballot", board.year)
    cycle = batch.draws.stream("cycle", board.year)
    families, runs = len(batch.like_families), len(batch.runs)
    yes, cast = np.empty((2, runs, families, len(tables.of)), dtype=bool)
    found = np.zeros((len(tables.domains), len(world.countries), families))
    (democracy, owned), given, (ballot_keys, proposal_keys) = _voting(world)
    _cast(
        (batch.like_families, *batch.likes[:2]), batch.parameter_table, (luck.key, cycle.key),
        (found, np.empty((len(tables.body), families))),
        (tables.body, tables.domain, tables.place, tables.domains), (tables.of, tables.country),
        (batch.state.installed, board.affinity, democracy, owned), given,
        (luck.counter, ballot_keys), (cycle.counter, proposal_keys), (yes, cast),
    )  # fmt: skip
    return yes.swapaxes(1, 2), cast.swapaxes(1, 2)


@lru_cache(maxsize=8)  # as many worlds are kept
def _voting(world: World) -> tuple[Any, ...]:
    """Democracy and owners of families; what is usual, who challenges, and ties, none of vendors without a
    sponsor; labels of the luck of ballots and of tables."""
    ties = np.pad(world.ties, ((0, 1), (0, 0)))
    return (
        plain(world.democracy, world.owned_slots),
        plain(world.usual_base, world.challenger[None], ties),
        plain(world.ballot_keys, world.proposal_keys),
    )


@kernel
def _cast(likes, numbers, keys, scratch, about, rows, states, given, chance, cycle, out):
    """Every ballot: see ``engine.politics``, which gathers the same.

    likes    tuples as long as rows of families, of vendors, and of sponsors, none last
    keys     of the shocks to ballots and to tables
    scratch  what countries make of families in each domain, (some, country, family), and (table, family)
    about    of each table its body, domain and place of the domain, and the domains with any
    rows     (ballot,) each: table and country
    out      filled: (run, family, ballot) each
    """
    of_runs, found, shocks = tables((numbers, *scratch))
    about, rows, states, given = tables(about), tables(rows), tables(states), tables(given)
    chance, cycle, out = tables(chance), tables(cycle), tables(out)
    like, countries, number = likes[0], length(states[2], 0), length(rows[0], 0)
    for r in range(length(states[0], 0)):
        p = numbers_of(ParameterRow, of_runs, r)
        for k in range(length(about[3], 0)):
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(found, _of_countries(likes, r, get(about[3], k), c, p, states, given), k, c)
        for first in range(0, length(about[0], 0), LANES):
            t = lanes(first, length(about[0], 0))
            proposal = row(cycle[1], like, get(about[0], t), get(about[1], t))
            put(shocks, normal(keys[1], get(cycle[0], r) ^ proposal), t)
        for first in range(0, number, LANES):
            i = lanes(first, number)
            t, c = get(rows[0], i), get(rows[1], i)
            mine = shared(chance[0], 1, c)
            ballot = row(chance[1], like, get(about[0], t), get(about[1], t), c)
            luck = uniform(keys[0], get(chance[0], r, mine) ^ ballot)
            yes, cast = _ballot(row(found, like, get(about[2], t), c), row(shocks, like, t), luck, p)
            for s in range(len(like)):
                put(out[0], at(yes, s), r, s, i)
                put(out[1], at(cast, s), r, s, i)


@inlined
def _of_countries(likes, r, d, c, p, states, given):
    """What some countries make of the families in a domain."""
    like, vendors, sponsors = likes
    voter = Voter(
        row(states[0], vendors, r, d, c),
        _by_few(row(states[1], sponsors, shared(states[1], 0, r), c), (given[2], like)),
        get(states[2], c),
    )
    return _inclination(voter, (part(states[3], d), like), row(given[0], like, d), row(given[1], like, 0), p)


_reconsider, _stance = recompiled(decisions.reconsider), Stance
_add_pressure = recompiled(restriction.add_ally_pressure)
_add_dependence = recompiled(restriction.add_sensitive_dependence)


def restrictions(batch: Batch, board: Board) -> Integers:
    """As of the engine of numpy."""
    luck, after = batch.draws.of_country("restriction", board.year), batch.state.since.copy()
    pressure, order = _orders(board.known)
    _restrict(
        batch.parameter_table, luck.key, board.year, batch.state.since, batch.state.installed,
        *_standing(batch.world, batch.world.concern_since(board.year)), (board.salience, pressure), order,
        luck.counter, after,
    )  # fmt: skip
    return after


@of_year
def _orders(year: Year) -> tuple[Any, ...]:
    """Pressure on countries, and what they must do."""
    return plain(year.now.pressure, year.now.restriction_order)


@lru_cache(maxsize=8)  # as many worlds are kept
def _standing(world: World, since: int) -> tuple[Any, ...]:
    """Who has whom as an ally, countries and sponsors, and where restrictions bite, from a change of concern
    on; since, the position of its year."""
    ally, follower = np.nonzero(world.allies.T)
    first = np.searchsorted(ally, np.arange(len(world.countries) + 1))
    return (
        plain(first, follower, world.allies[follower, ally]),
        plain(
            world.concern_in(world.first_year + since), world.rival_votes, world.home, world.restriction_keys
        ),
        plain(world.sensitive, world.slot_sponsor),
    )


@kernel
def _restrict(numbers, key, year, since, installed, allies, countries, bites, posted, ordered, luck, after):
    """Every country and sponsor: see ``engine.politics``, which gathers the same.

    after  filled: (run, country, sponsor)
    """
    number, sponsors = after.shape[1:]
    pressure, dependence = np.empty((number, sponsors)), np.empty((number, sponsors + 1))
    of_runs, before, written = tables((numbers, since, after))
    known = tables((pressure, dependence)), tables(countries), tables(posted), tables((ordered, luck))
    must = ordered > 0
    for r in range(len(since)):
        p, restricted = numbers_of(ParameterRow, of_runs, r), since[r] >= 0
        pressure[:], dependence[:] = 0.0, 0.0
        _add_pressure(restricted, allies[0], allies[1], allies[2], pressure)
        _add_dependence(installed[r], bites[0], bites[1], dependence)
        for h in range(sponsors):
            salience = get(known[2][0], shared(known[2][0], 0, r), h)
            if not (salience > 0.0 or restricted[:, h].any() or must[:, h].any()):
                continue
            for first in range(0, number, LANES):
                c = lanes(first, number)
                put(
                    written,
                    _reconsidered(r, c, h, get(before, r, c, h), salience, p, year, key, known),
                    r,
                    c,
                    h,
                )


@inlined
def _reconsidered(r, c, h, since, salience, p, year, key, known):
    """Year in which restrictions of one sponsor began in some countries, -1 where there is none."""
    scratch, countries, posted, (ordered, counter) = known
    order = where(get(countries[2], c, h), -1, get(ordered, c, h))
    stance = _stance(
        concern=get(countries[0], c, h),
        votes=get(countries[1], c, h),
        alliance=get(scratch[0], c, h),
        dependence=get(scratch[1], c, h),
        pressure=get(posted[1], c, h),
        salience=salience,
        order=order,
    )
    mine = shared(counter, 1, c)
    shock = uniform(key, get(counter, r, mine) ^ get(countries[3], c, h))
    return _reconsider(since, stance, year, shock, p)
