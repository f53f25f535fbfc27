"""Lending, compiled: who asks whom, who is served, and what that gives to buyers, run by run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import gumbel
from lockin_sim.engine.compiled.memory import numbers_of, plain, tables
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.renewals import Renewals
from lockin_sim.model import decisions
from lockin_sim.model.grants import grant_elements
from lockin_sim.rules import finance
from lockin_sim.world import World

_helps, _may_pay, _paid_beside = map(compiled, (decisions.helps, decisions.may_pay, decisions.paid_beside))
_loans, _budget, _priority = map(compiled, (finance.loans, finance.budget, finance.priority))
_serve, _borrow = compiled(finance.serve), compiled(finance.borrow)


def lend(batch: Batch, year: Year, up: Renewals) -> Loans:
    """As of the engine of numpy."""
    world, state, now, rows, landings = batch.world, batch.state, year.now, up.rows, up.landings
    runs, countries, lenders = len(batch.runs), len(world.countries), len(world.lenders.names)
    luck = batch.draws.of_country("lender", year.year)
    promised, place = np.empty((runs, lenders)), np.empty((runs, countries), dtype=np.intp)
    given = np.empty((1 + place.size, len(world.sponsors) + 1, lenders))
    benefit = np.empty(given.shape[:2])
    none = rows.run[:0], rows.country[:0], rows.value[:0]
    filled = _promise(
        batch.numbers, year.year, luck.key, -1 if world.routes is None else world.routes.domain,
        *lenders_of(world),
        plain(grant_elements(world, now), now.tied, now.envelope),
        plain(state.take_up, state.overspent, state.since, luck.counter),
        plain(rows.run, rows.country, rows.value, rows.domain),
        plain(*none if landings is None else (landings.run, landings.country, landings.value)),
        (*np.empty((2, countries, lenders)), np.empty(given.shape[1])),
        (np.empty(countries, dtype=np.intp), *np.empty((3, countries))),
        (promised, place, given, benefit),
    )  # fmt: skip
    return Loans(promised, place, given[:filled], benefit[:filled])


@lru_cache(maxsize=8)  # a world is large
def lenders_of(world: World) -> tuple[Any, ...]:
    """What no year changes of lenders, and of the domains that they pay for."""
    lenders = world.lenders
    return (
        plain(lenders.appeal, lenders.by_grant_element, lenders.sponsor, world.lender_keys),
        plain(world.financeable, world.sensitive, world.backbone, world.expansion_share, world.first_sale),
    )


@kernel
def _promise(
    numbers, year, key, routes, lenders, domains, terms, states, rows, landings, of_run, of_lender, out
):
    """Loans to the buyers of every run: see ``engine.lending``, which gathers the same.

    key        of the order in which lenders serve;  routes  domain that projects buy, -1 without any
    rows       (row,) each, in the order of runs, as landings are
    of_run     to work with: requests and promises (country, lender), what is left of a loan (sponsor + 1,)
    of_lender  to work with: who asks, in which order, for how much, and gets how much of it (country,)
    out        filled: what is promised, and for buyers of each economy where what they are given is, what it
               is, and what it takes off the price
    Returns in how many places something is; nothing is in the first.
    """
    lenders, domains, terms, states = tables(lenders), tables(domains), tables(terms), tables(states)
    (of_runs,), up, landed, out = tables((numbers,)), tables(rows), tables(landings), tables(out)
    (requests, promise, left), served = tables(of_run), tables(of_lender)
    for g in range(len(left)):
        out[3][0, g] = 0.0
        for h in range(len(terms[1])):
            out[2][0, g, h] = 0.0
    row, landing, filled = 0, 0, 1
    for r in range(len(out[0])):
        p = numbers_of(Numbers, of_runs, r)
        for c in range(len(requests)):
            for h in range(len(terms[1])):
                requests[c, h], promise[c, h] = 0.0, 0.0
        while row < len(up[0]) and up[0][row] == r:
            _ask(r, up[3][row], up[1][row], up[2][row, 0], year, p, lenders, domains, terms, states, requests)
            row += 1
        while landing < len(landed[0]) and landed[0][landing] == r:
            c, value = landed[1][landing], landed[2][landing, 0]
            _ask(r, routes, c, value, year, p, lenders, domains, terms, states, requests)
            landing += 1
        for h in range(len(terms[1])):
            out[0][r, h] = _lend(r, h, key, lenders, terms, states, requests, promise, *served)
        for c in range(len(requests)):
            out[1][r, c] = 0
            if _promised(promise[c]):
                borrower = terms[0][c], (terms[1], lenders[2]), p.financed_share, left
                _borrow(promise[c], *borrower, out[2][filled], out[3][filled])
                out[1][r, c] = filled
                filled += 1
    return filled


@inlined
def _ask(r, d, c, value, year, p, lenders, domains, terms, states, requests):
    """Add the largest loans that a contract could ask of each lender."""
    appeal, _, sponsor, _ = lenders
    financeable, sensitive, backbone, expansion, first_sale = domains
    if not financeable[d]:
        return
    base = _paid_beside(backbone[d], expansion[d], p)
    for h in range(len(sponsor)):
        barred = sensitive[d] & (states[2][r, c, sponsor[h]] >= 0)
        eligible = _may_pay(first_sale[d, sponsor[h]] <= year, barred, terms[1][h])
        eligible &= _helps(appeal[c, h], terms[0][c, h])
        requests[c, h] += _loans(value, eligible, p.financed_share, base)


@inlined
def _lend(r, h, key, lenders, terms, states, requests, promise, asking, order, asked, share):
    """Promises of a lender, to all who ask or in a drawn order until nothing is left: their sum, USD bn."""
    appeal, exponent, _, keys = lenders
    take_up, overspent, _, counter = states
    number, total = 0, 0.0
    for c in range(len(requests)):  # whoever does not ask is written over by the next
        asking[number], asked[number], share[number] = c, requests[c, h], 1.0
        number += requests[c, h] > 0.0
        total += requests[c, h]
    money = _budget(terms[2][h], overspent[r, h], take_up[r, h])
    if total > money:
        for k in range(number):
            c = asking[k]
            shock = gumbel(key, counter[r, c if counter.shape[1] > 1 else 0] ^ keys[c, h])
            order[k] = _priority(appeal[c, h], terms[0][c, h], exponent[h], shock)
        _serve(number, order, asked, money, share)
    total = 0.0
    for k in range(number):
        promise[asking[k], h] = share[k]
        total += share[k] * asked[k]
    return total


@inlined
def _promised(promise):
    """Whether a buyer is promised anything."""
    found = False
    for h in range(len(promise)):
        found |= promise[h] > 0.0
    return found
