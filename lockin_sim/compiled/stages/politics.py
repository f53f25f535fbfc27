"""Politics, compiled: proposals, ballots, tables and restrictions, several members or countries at once."""

from __future__ import annotations

from functools import lru_cache
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
from lockin_sim.compiled.lanes.tables import (
    get,
    length,
    numbers_of,
    part,
    plain,
    plain_named,
    shared,
    tables,
)
from lockin_sim.compiled.stages.draws import normal, uniform
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.politics import Decided, Tabled
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import Live, Stance, Voter
from lockin_sim.rules import voting
from lockin_sim.rules.reduce import by_few
from lockin_sim.world import World


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

_decide, _count_one = _procedure(_PROCEDURES), recompiled(loops.count_one)
_agenda = recompiled(voting.agenda)
_quota_of, _turn_over = recompiled(decisions.quota_of), recompiled(decisions.turn_over)


class _Rules(NamedTuple):
    """Rules of bodies.  (body,) each, if not said otherwise."""

    procedure: Any  # position among those known
    quota: Any
    blocking: Any
    contested: Any  # how much is contested in it
    weight: Any  # (body, country) each, votes of members, and of their firms
    firm_weight: Any


def settle(batch: Batch, board: Board, held: Tabled, decided: Decided, yes: Bools, cast: Bools) -> None:
    """As of the engine of numpy."""
    sponsors, families = _families(board.known)
    accepted = np.empty((len(held.body), len(batch.like_families)), dtype=bool)
    _settle(
        batch.like_families, sponsors, batch.parameter_table, accepted, held, _rules_of(batch.world),
        (yes.swapaxes(1, 2), cast.swapaxes(1, 2)), families, decided,
    )  # fmt: skip


@of_year
def _families(year: Year) -> tuple[Any, ...]:
    """A tuple as long as a row of sponsors, and families that they propose: (sponsor, family), and turned."""
    families = year.world.families(year.number)
    return (0,) * len(families), plain(families, families.T)


@lru_cache(maxsize=8)  # as many worlds are kept
def _rules_of(world: World) -> _Rules:
    """Those of a world."""
    bodies = world.bodies
    return _Rules(
        procedure=np.array([_PROCEDURES.index(body.procedure) for body in bodies]),
        quota=np.array([body.quota for body in bodies]),
        blocking=np.array([body.blocking for body in bodies]),
        contested=np.array([body.relative_contested for body in bodies]),
        weight=np.stack([body.weight for body in bodies]),
        firm_weight=np.stack([body.firm_weight for body in bodies]),
    )


@kernel
def _settle(like, sponsors, numbers, accepted, held, rules, ballots, families, decided):
    """Every table: see ``engine.politics``, which gathers the same.

    like      a tuple as long as a row of families, sponsors as one of sponsors
    accepted  filled for one run after the other: (table, family)
    ballots   yes and cast, (run, family, ballot) each
    decided   status and origin are changed, votes and passed filled
    """
    (of_runs, passes), (yes, cast) = tables((numbers, accepted)), ballots
    known = tables(held), tables(rules), tables(decided), tables(families), passes
    for r in range(len(numbers)):
        p = numbers_of(ParameterRow, of_runs, r)
        for t in range(len(held.body)):
            b, d, begin, end = held.body[t], held.domain[t], held.first[t], held.first[t + 1]
            quota = _quota_of(rules.quota[b], p)
            for s in range(len(like)):
                counted = _count_one(
                    yes[r, s, begin:end],
                    cast[r, s, begin:end],
                    held.country[begin:end],
                    rules.weight[b],
                    rules.firm_weight[b],
                )
                share, passed = _decide(rules.procedure[b], counted, quota, rules.blocking[b])
                decided.votes[r, b, d, s], decided.passed[r, b, d, s] = share, 1.0 * passed
                accepted[t, s] = passed
        for begin in range(0, len(held.body), LANES):
            _turned_over(like, sponsors, r, lanes(begin, len(held.body)), p, known)


@inlined
def _turned_over(like, sponsors, r, t, p, known):
    """Live standards on some tables, from next year on."""
    held, rules, decided, (of_sponsor, turned), accepted = known
    b, d = get(held.body, t), get(held.domain, t)
    live = _turn_over(
        get(rules.contested, b),
        Live(row(decided.status, like, r, b, d), row(decided.origin, sponsors, r, b, d)),
        row(decided.proposed, sponsors, r, b, d),
        ((of_sponsor, like), (turned, sponsors)),
        row(accepted, like, t),
        p,
    )
    put(decided.status, live.status, r, b, d)
    put(decided.origin, live.origin, r, b, d)


_inclination, _ballot = recompiled(decisions.inclination), recompiled(decisions.ballot)
_by_few = recompiled(by_few)


class _Voting(NamedTuple):
    """What is read of ballots beside the year's tables: the state, and the world."""

    installed: Any  # (run, domain, country, vendor)
    affinity: Any  # (run or 1, country, sponsor + 1)
    democracy: Any  # (country,)
    owned: Any  # (domain, vendor, family), by vendors' sponsors
    usual: Any  # (domain, family), base
    challenger: Any  # (1, family)
    ties: Any  # (sponsor + 1, family), none of vendors without a sponsor
    counters: Any  # (run, country or 1), of shocks to ballots
    ballot_keys: Any  # (body, domain, country, family)
    cycle: Any  # (run,), of shocks to tables
    proposal_keys: Any  # (body, domain, family)


def ballots(batch: Batch, board: Board, tables: Tabled) -> tuple[Bools, Bools]:
    """As of the engine of numpy."""
    world, luck = batch.world, batch.draws.of_country("ballot", board.year)
    cycle = batch.draws.stream("cycle", board.year)
    families, runs = len(batch.like_families), len(batch.runs)
    yes, cast = np.empty((2, runs, families, len(tables.of)), dtype=bool)
    found = np.zeros((len(tables.domains), len(world.countries), families))
    known = _Voting(
        **_voting(world), installed=batch.state.installed, affinity=board.affinity, counters=luck.counter,
        cycle=cycle.counter,
    )  # fmt: skip
    _cast(
        batch.like_families, batch.likes, batch.parameter_table, (luck.key, cycle.key), tables, known,
        (found, np.empty((len(tables.body), families))), (yes, cast),
    )  # fmt: skip
    return yes.swapaxes(1, 2), cast.swapaxes(1, 2)


@lru_cache(maxsize=8)  # as many worlds are kept
def _voting(world: World) -> dict[str, Any]:
    """What no year changes."""
    return plain_named(
        democracy=world.democracy,
        owned=world.owned_slots,
        usual=world.usual_base,
        challenger=world.challenger[None],
        ties=np.pad(world.ties, ((0, 1), (0, 0))),
        ballot_keys=world.ballot_keys,
        proposal_keys=world.proposal_keys,
    )


@kernel
def _cast(like, likes, numbers, keys, held, known, scratch, out):
    """Every ballot: see ``engine.politics``, which gathers the same.

    like     a tuple as long as a row of families;  likes  as of :attr:`Batch.likes`
    keys     of the shocks to ballots, and to tables
    scratch  what countries make of families in each domain, (some, country, family), and (table, family)
    out      filled: yes and cast, (run, family, ballot) each
    """
    (of_runs, found, shocks), (of_ballots, of_tables) = tables((numbers, *scratch)), keys
    held, known, (said_yes, was_cast) = tables(held), tables(known), tables(out)
    countries, number = length(known.democracy, 0), length(held.of, 0)
    for r in range(length(known.installed, 0)):
        p = numbers_of(ParameterRow, of_runs, r)
        for k in range(length(held.domains, 0)):
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(found, _of_countries(like, likes, r, get(held.domains, k), c, p, known), k, c)
        for first in range(0, length(held.body, 0), LANES):
            t = lanes(first, length(held.body, 0))
            proposal = row(known.proposal_keys, like, get(held.body, t), get(held.domain, t))
            put(shocks, normal(of_tables, get(known.cycle, r) ^ proposal), t)
        for first in range(0, number, LANES):
            i = lanes(first, number)
            t, c = get(held.of, i), get(held.country, i)
            label = row(known.ballot_keys, like, get(held.body, t), get(held.domain, t), c)
            luck = uniform(of_ballots, get(known.counters, r, shared(known.counters, 1, c)) ^ label)
            yes, cast = _ballot(row(found, like, get(held.place, t), c), row(shocks, like, t), luck, p)
            for s in range(len(like)):
                put(said_yes, at(yes, s), r, s, i)
                put(was_cast, at(cast, s), r, s, i)


@inlined
def _of_countries(like, likes, r, d, c, p, known):
    """What some countries make of the families in a domain."""
    voter = Voter(
        row(known.installed, likes.vendors, r, d, c),
        _by_few(row(known.affinity, likes.sponsors, shared(known.affinity, 0, r), c), (known.ties, like)),
        get(known.democracy, c),
    )
    usual, challenger = row(known.usual, like, d), row(known.challenger, like, 0)
    return _inclination(voter, (part(known.owned, d), like), usual, challenger, p)


_reconsider, _stance = recompiled(decisions.reconsider), Stance
_add_pressure = recompiled(loops.add_ally_pressure)
_add_dependence = recompiled(loops.add_sensitive_dependence)


class _Known(NamedTuple):
    """What is read of countries that restrict: of the world, the year, and chance."""

    first: Any  # (country + 1,), where those who have each country as an ally begin in the two below
    follower: Any  # (pair,) each
    influence: Any
    concern: Any  # (country, sponsor)
    votes: Any  # (country, sponsor)
    home: Any  # (country, sponsor)
    keys: Any  # (country, sponsor), labels of luck
    sensitive: Any  # (domain,), where restrictions bite
    sponsor: Any  # (domain, vendor)
    salience: Any  # (run or 1, sponsor + 1)
    pressure: Any  # (country, sponsor)
    order: Any  # (country, sponsor), what they must do
    counters: Any  # (run, country or 1), of shocks


def restrictions(batch: Batch, board: Board) -> Integers:
    """As of the engine of numpy."""
    luck, after = batch.draws.of_country("restriction", board.year), batch.state.since.copy()
    known = _Known(
        **_standing(batch.world, batch.world.concern_since(board.year)), **_orders(board.known),
        salience=board.salience, counters=luck.counter,
    )  # fmt: skip
    _restrict(
        batch.parameter_table, luck.key, board.year, batch.state.since, batch.state.installed, known, after
    )
    return after


@of_year
def _orders(year: Year) -> dict[str, Any]:
    """Pressure on countries, and what they must do."""
    return plain_named(pressure=year.now.pressure, order=year.now.restriction_order)


@lru_cache(maxsize=8)  # as many worlds are kept
def _standing(world: World, since: int) -> dict[str, Any]:
    """What stays from a change of concern on.  since  position of its year"""
    ally, follower = np.nonzero(world.allies.T)
    return plain_named(
        first=np.searchsorted(ally, np.arange(len(world.countries) + 1)),
        follower=follower,
        influence=world.allies[follower, ally],
        concern=world.concern_in(world.first_year + since),
        votes=world.rival_votes,
        home=world.home,
        keys=world.restriction_keys,
        sensitive=world.sensitive,
        sponsor=world.slot_sponsor,
    )


@kernel
def _restrict(numbers, key, year, since, installed, known, after):
    """Every country and sponsor: see ``engine.politics``, which gathers the same.

    after  filled: (run, country, sponsor)
    """
    number, sponsors = after.shape[1:]
    alliance, dependence = np.empty((number, sponsors)), np.empty((number, sponsors + 1))
    of_runs, before, written = tables((numbers, since, after))
    read, presses = tables(known), tables((alliance, dependence))
    must = known.order > 0
    for r in range(len(since)):
        p, restricted = numbers_of(ParameterRow, of_runs, r), since[r] >= 0
        alliance[:], dependence[:] = 0.0, 0.0
        _add_pressure(restricted, known.first, known.follower, known.influence, alliance)
        _add_dependence(installed[r], known.sensitive, known.sponsor, dependence)
        for h in range(sponsors):
            salience = get(read.salience, shared(read.salience, 0, r), h)
            if not (salience > 0.0 or restricted[:, h].any() or must[:, h].any()):
                continue
            for first in range(0, number, LANES):
                c = lanes(first, number)
                began = _reconsidered(r, c, h, get(before, r, c, h), salience, p, year, key, read, presses)
                put(written, began, r, c, h)


@inlined
def _reconsidered(r, c, h, since, salience, p, year, key, known, presses):
    """Year in which restrictions of one sponsor began in some countries, -1 where there is none.

    presses  what restricting allies and dependence press each country, (country, sponsor) and one more
    """
    alliance, dependence = presses
    stance = _stance(
        concern=get(known.concern, c, h),
        votes=get(known.votes, c, h),
        alliance=get(alliance, c, h),
        dependence=get(dependence, c, h),
        pressure=get(known.pressure, c, h),
        salience=salience,
        order=where(get(known.home, c, h), -1, get(known.order, c, h)),
    )
    label = get(known.counters, r, shared(known.counters, 1, c)) ^ get(known.keys, c, h)
    return _reconsider(since, stance, year, uniform(key, label), p)
