"""Loans: who asks, who is promised what, who uses it for whom."""

import math
from dataclasses import dataclass, field

import numpy as np

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance
from reference.initial import expansion
from reference.state import State, table
from reference.year import Year, entered, sponsor_of


@dataclass
class Loans:
    """What lenders promise this year, (country, lender) each."""

    element: list[list[float]]
    requests: list[list[float]] = field(default_factory=list)
    promise: list[list[float]] = field(default_factory=list)
    by_rule: list[float] = field(default_factory=list)  # beyond what waited, USD bn, by lender


def grant_element(rate: float, tenor: float, grace: float, discount: float, payments: float) -> float:
    """Per cent of a loan that is a gift (F1)."""
    repaid_over = max(tenor - grace, 1 / payments)
    d = (1 + discount) ** (1 / payments) - 1
    annuity = (1 + d) ** (-payments * grace) - (1 + d) ** (-payments * (grace + repaid_over))
    return 100 * (1 - rate / payments / d) * (1 - annuity / (d * payments * repaid_over))


def lend(
    world: World,
    chance: Chance,
    state: State,
    year: Year,
    p: ls.Parameters,
    asking: list[tuple[int, int, float]],
) -> Loans:
    """Stage of finance.  asking: (domain, country, value) of each contract that may be signed."""
    lenders, now, country = world.lenders, year.now, world.shape[1]
    number = len(lenders.names)
    element, requests, promise, waiting, served = (table(country, number) for _ in range(5))
    by_rule = [0.0] * number
    for loan in open_loans(world, state, year, p):
        waiting[loan[1]][loan[2]] += state.loans[loan]
    for i in range(country):
        for lender in range(number):
            discount = min(world.borrowing_rate[i], lenders.highest_discount_rate[lender])
            terms = (now.loan_rate[lender], now.tenor[lender], now.grace[lender])
            element[i][lender] = grant_element(*terms, discount, lenders.payments_per_year[lender])
    for d, i, value in asking:
        for lender in range(number):
            if world.financeable[d] and _lends_for(world, state, year, lender, d, i, element):
                requests[i][lender] += p.financed_share * network(world, p, d) * value  # F10
    for lender in range(number):
        recorded = [float(now.recorded_loans[i, lender]) for i in range(country)]
        left = now.envelope[lender] - sum(amount for amount in recorded if amount >= 0)
        money = max(0.0, left - state.overspent[lender]) / max(state.take_up[lender], 0.01)
        order = {}
        for i in range(country):
            if recorded[i] >= 0:
                continue
            served[i][lender] = max(0.0, requests[i][lender] - waiting[i][lender])
            shock = chance.gumbel("lender", world.lender_keys[i, lender], year=year.year, country=i)
            worth = lenders.by_grant_element[lender] * math.log(max(element[i][lender], 1e-6))
            order[i] = lenders.appeal[i, lender] + worth + shock  # F2
        for i in sorted((i for i in order if served[i][lender] > 0), key=lambda i: -order[i]):
            promise[i][lender] = min(1.0, max(0.0, money / served[i][lender]))  # F8
            money -= served[i][lender]
        for i in range(country):
            by_rule[lender] += promise[i][lender] * served[i][lender]
            if waiting[i][lender] > 0 and requests[i][lender] > 0:  # F11
                paid = waiting[i][lender] + promise[i][lender] * served[i][lender]
                promise[i][lender] = min(1.0, paid / requests[i][lender])
    return Loans(element, requests, promise, by_rule)


def open_loans(world: World, state: State, year: Year, p: ls.Parameters) -> list[tuple[int, int, int]]:
    """Loans on record that can pay now, the oldest first: (year, country, lender) each (F12)."""
    early, wait = round(p.loan_early), round(p.loan_wait)
    return [loan for loan in sorted(state.loans) if loan[0] - early <= year.year <= loan[0] + wait]


def charge(
    world: World, state: State, year: Year, p: ls.Parameters, lent: list[list[float]]
) -> list[list[float]]:
    """Take what contracts borrowed from open loans, and let loans lapse.  Returns the new loans."""
    left = [list(row) for row in lent]
    for loan in open_loans(world, state, year, p):
        _, i, lender = loan
        paid = min(state.loans[loan], left[i][lender])
        state.loans[loan] -= paid
        left[i][lender] -= paid
    for loan in state.loans:
        if year.year >= loan[0] + round(p.loan_wait):
            state.loans[loan] = 0.0
    for (i, lender), amount in np.ndenumerate(year.now.recorded_loans):
        if amount >= 0:
            left[i][lender] = float(amount)
    return left


def network(world: World, p: ls.Parameters, d: int) -> float:
    """What a loan pays over a contract: all of a network's spending, and its backbone."""
    follows = expansion(world, p, d)
    return (p.financed_base if world.backbone[d] else 1.0) / (1 - follows if follows < 1 else 1.0)


def _lends_for(world: World, state: State, year: Year, lender: int, d: int, i: int, element) -> bool:
    """Whether a contract may ask a lender for a loan."""
    if world.lenders.appeal[i, lender] == -math.inf or not element[i][lender] > 0:
        return False
    if not year.now.tied[lender]:
        return True
    h = int(world.lenders.sponsor[lender])
    sells = any(
        entered(world, year.year, d, v) and sponsor_of(world, d, v) == h for v in range(world.shape[2])
    )
    return sells and not (world.sensitive[d] and state.since[i][h] is not None)


def used(world: World, year: Year, loans: Loans, i: int, h: int | None) -> list[float]:
    """Share of a loan that each lender gives for an offer of a sponsor (F3)."""
    lenders = range(len(world.lenders.names))
    left, taken = 1.0, [0.0 for _ in lenders]
    for lender in sorted(lenders, key=lambda k: -loans.element[i][k]):
        if world.lenders.sponsor[lender] == h or not year.now.tied[lender]:
            taken[lender] = min(loans.promise[i][lender], max(0.0, left))
            left -= loans.promise[i][lender]
    return taken


def benefit(loans: Loans, p: ls.Parameters, i: int, taken: list[float]) -> float:
    """Share of the price that loans take off (F4)."""
    worth = (share * max(0.0, e) / 100 for share, e in zip(taken, loans.element[i], strict=True))
    return 1.0 - (1.0 - p.financed_share * sum(worth)) ** p.loan_weight
