"""What bodies are proposed and what they make of ballots, compiled: each table is counted in one pass, and
several turn over at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, plain, tables
from lockin_sim.engine.compiled.products import narrow
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined, stands_in
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.politics import Decided, Tables
from lockin_sim.model import agenda, decisions
from lockin_sim.model.decisions import Live
from lockin_sim.rules import counting, voting
from lockin_sim.world import World


class _Body(NamedTuple):
    """What a decision asks of a body."""

    quota: float


@stands_in(voting.proposals)
def _proposals(weight, family):
    """As of rules; family  by sponsor and, turned, by family, each with a tuple as long as its rows."""
    return narrow(weight, family[0])


@stands_in(voting.kept_by_sponsor)
def _kept_by_sponsor(kept, family):
    """As of rules, of the same."""
    return narrow(kept, family[1])


def propose(batch: Batch, year: Year) -> Floats:
    """As of the engine of numpy."""
    world, sold = batch.world, batch.state.sold
    proposed = np.empty((len(sold), len(world.bodies), *sold.shape[2:]))
    _propose(
        batch.numbers, *plain(sold, agenda.usual_sales(world, year.year)),
        plain(year.now.effort, year.now.contribution), proposed,
    )  # fmt: skip
    return proposed


@kernel
def _propose(numbers, sold, usual, given, proposed):
    """What every sponsor proposes: see ``model.agenda``, which gathers the same.

    given     effort and contribution, (sponsor, body) each
    proposed  filled: (run, body, domain, sponsor)
    """
    of_runs, sold, usual, written = tables((numbers, sold, usual, proposed))
    given, years, sponsors = tables(given), length(sold, 1), length(sold, 3)
    for r in range(length(sold, 0)):
        p = numbers_of(Numbers, of_runs, r)
        for d in range(length(sold, 2)):
            for first in range(0, sponsors, LANES):
                h = lanes(first, sponsors)
                sales = get(sold, r, 0, d, h)
                for year in range(1, years):
                    sales = sales + get(sold, r, year, d, h)
                for b in range(length(written, 1)):
                    effort, contribution = get(given[0], h, b), get(given[1], h, b)
                    weight = _agenda(
                        effort, contribution, sales / years, get(usual, d, h), p.agenda_elasticity
                    )
                    put(written, weight, r, b, d, h)


def _procedure(names: list[str]) -> Any:
    """What decides by the position of a procedure among some names, the last one for any other."""
    one = compiled(voting.PROCEDURES[names[0]])
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


_decide, _count_one = _procedure(list(voting.PROCEDURES)), compiled(counting.count_one)
_agenda = compiled(voting.agenda)
_quota_of, _turn_over = compiled(decisions.quota_of), compiled(decisions.turn_over)


def settle(batch: Batch, year: Year, held: Tables, decided: Decided, yes: Bools, cast: Bools) -> None:
    """As of the engine of numpy."""
    families = batch.world.families(year.year)
    accepted = np.empty((len(held.body), families.shape[1]), dtype=bool)
    _settle(
        (0,) * families.shape[1], (0,) * len(families), batch.numbers, accepted,
        plain(held.body, held.domain, held.first, held.country), *_rules_of(batch.world),
        (yes.swapaxes(1, 2), cast.swapaxes(1, 2)), plain(families, families.T),
        (decided.status, decided.origin, *plain(decided.proposed)), (decided.votes, decided.passed),
    )  # fmt: skip


@lru_cache(maxsize=8)  # as many worlds are kept
def _rules_of(world: World) -> tuple[Any, ...]:
    """Procedure of each body, its thresholds and how much is contested in it, and votes of its members."""
    names, bodies = list(voting.PROCEDURES), world.bodies
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
        p = numbers_of(Numbers, of_runs[0], r)
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
