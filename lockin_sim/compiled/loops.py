"""Implement some rules and decisions as loops over numbers, for one run, for the compiled engine.

Each docstring names the numpy function of which it is the loop form; tests of both engines compare them.
"""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.model.sales import yearly_part
from lockin_sim.rules import contracts, diffusion, finance
from lockin_sim.rules.counting import Counted, Tally

# --- what is installed, and who works with whom ---------------------------------------------------------


def run_lots(
    incumbent: Integers,
    outgoing: Integers,
    generation: Integers,
    swap_year: Integers,
    year: int,
    swap_years: Floats,
    domain: Integers,
    country: Integers,
    weight: Floats,
    installed: Floats,
) -> None:
    """Compute the installed base of one run from its lots, the loop form of ``model.state``.

    incumbent        slot of each lot's vendor, -1 if there is none.  (lot,)
    outgoing         slot that the incumbent replaces.  (lot,)
    generation       newest generation that the lot was due for.  (lot,)
    swap_year        year in which the swap began.  (lot,)
    swap_years       duration of a swap.  (domain, generation)
    domain, country  market of each lot; lots of a market are adjacent.  (lot,)
    weight           share of the lot in its market.  (lot,)
    installed        filled in markets that have lots.  (domain, country, vendor)
    """
    for k in range(len(incumbent)):
        d, i = domain[k], country[k]
        if k == 0 or d != domain[k - 1] or i != country[k - 1]:
            for v in range(installed.shape[2]):
                installed[d, i, v] = 0.0
        if incumbent[k] >= 0:
            done = 1.0
            if incumbent[k] != outgoing[k]:
                years = swap_years[d, max(generation[k], 0)] if swap_years.shape[1] else 1.0
                done = float(contracts.swapped_part(swap_year[k], years, year))
                installed[d, i, outgoing[k]] += weight[k] * (1.0 - done)
            installed[d, i, incumbent[k]] += weight[k] * done


def fill_fits(compliance: Floats, openness: Floats, exclusive: bool, fits: Floats) -> None:
    """Compute interoperability of one domain, the loop form of :func:`.diffusion.interoperability`.

    compliance  (vendor, standard)
    openness    (vendor, vendor)
    exclusive   whether (D12) instead of (D11) defines what two vendors have in common
    fits        m, filled.  (vendor, vendor)
    """
    vendors, standards = compliance.shape
    for u in range(vendors):
        fits[u, u] = 1.0
        for v in range(u):
            common = 0.0
            for s in range(standards):
                both = min(compliance[u, s], compliance[v, s])
                common = common + both if exclusive else max(common, both)
            fits[u, v], fits[v, u] = openness[u, v] * common, openness[v, u] * common


def add_by_sponsor(base: Floats, sponsor: Integers, by_sponsor: Floats) -> None:
    """Sum the base of one domain by sponsor, the loop form of :func:`.diffusion.base_by_sponsor`.

    base        (country, vendor)
    sponsor     h, the last for none.  (vendor,)
    by_sponsor  added to; vendors without a sponsor do not count.  (country, sponsor + 1)
    """
    countries, sponsors = by_sponsor.shape
    for v in range(len(sponsor)):
        h = sponsor[v]
        if h < sponsors - 1:
            for i in range(countries):
                by_sponsor[i, h] += base[i, v]


def add_own_layers(by_sponsor: Floats, weight: Floats, layers: Floats) -> None:
    """Add the layers that build on one domain, the loop form of :func:`.diffusion.own_layers`.

    by_sponsor  k of one domain e, of all countries and sponsors.  (cell,)
    weight      gamma, how much each domain builds on it.  (domain,)
    layers      added to.  (domain, cell)
    """
    for d in range(len(layers)):
        if weight[d] != 0.0:
            for cell in range(len(by_sponsor)):
                layers[d, cell] += weight[d] * by_sponsor[cell]


def fill_official_status(
    weight: Floats, status: Floats, demanded: Bools, compliance: Floats, seen: Floats
) -> None:
    """Compute the official status of offers in one domain, the loop form of :func:`.utility.official_status`.

    weight      weight of each body for an audience (V13).  (audience, body)
    status      rows sum to 1.  (body, standard)
    demanded    d.  (audience, standard)
    compliance  a.  (vendor, standard)
    seen        filled.  (audience, vendor)
    """
    bodies, standards = status.shape
    for i in range(len(seen)):
        for v in range(len(compliance)):
            seen[i, v] = 0.0
        for s in range(standards):
            official = 0.0
            for b in range(bodies):
                official += weight[i, b] * status[b, s]
            for v in range(len(compliance)):
                seen[i, v] += official if demanded[i, s] else official * compliance[v, s]


# --- renewals, routes and loans -------------------------------------------------------------------------


def generations(starts: Integers, run: int, lot: int, year: int) -> tuple[int, int]:
    """Find the newest generation that one lot is due for, -1 before the first, and the year of the next.

    The loop form of :func:`.decisions.find_next_generation_year`.
    starts  (generation, run, lot), year in which each lot is due for each
    """
    arrived, next_due = -1, NEVER
    for g in range(len(starts)):
        start = starts[g, run, lot]
        if start <= year:
            arrived += 1
        else:
            next_due = min(next_due, start)
    return arrived, next_due


def route(
    count_upto: Floats,
    first_upto: Floats,
    further_upto: Floats,
    distance: Floats,
    shock: Floats,
    country: Integers,
) -> float:
    """Draw the landings of one project, the loop form of :func:`.projects.plan`, and return its length in km.

    count_upto, first_upto  cumulative chances of the world's routes
    further_upto, distance  cumulative chances and lengths of legs from each economy
    shock    uniform, of the number of landings and of each landing.  (landing + 1,)
    country  filled with the economies.  (landing,)
    """
    landings, length = 1 + _drawn_once(count_upto, shock[0]), 0.0
    first = country[0] = _drawn_once(first_upto, shock[1])
    for k in range(1, len(country)):
        country[k] = -1
        if k < landings:
            landing, repeated = _drawn_once(further_upto[first], shock[1 + k]), False
            for before in range(k):
                repeated = repeated or country[before] == landing
            if not repeated:
                country[k] = landing
                length += distance[first, landing]
    return length if length > 0 else distance[first, first]


def _drawn_once(cumulative: Floats, shock: float) -> int:
    """Return the position in the cumulative chances, (position,), at which a shock falls."""
    low, high = 0, len(cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if shock > cumulative[middle]:
            low = middle + 1
        else:
            high = middle
    return low


def serve(buyers: int, priority: Floats, requests: Floats, money: float, promised: Floats) -> None:
    """Promise one lender's money to buyers in order of priority, the loop form of :func:`.finance.promises`.

    buyers    number of requests, the first ones in the tables
    priority  (F2); overwritten.  (buyer,)
    requests  R, above 0, USD bn.  (buyer,)
    money     E, USD bn
    promised  r, filled.  (buyer,)
    """
    for i in range(buyers):
        promised[i] = 0.0
    for _ in range(buyers):
        first = 0
        for i in range(buyers):
            if priority[i] > priority[first]:
                first = i
        promised[first] = finance.promised_share(money, requests[first])
        priority[first] = -np.inf
        money -= requests[first]
        if money <= 0.0:
            break


def borrow(
    promise: Floats,
    grant_element: Floats,
    terms: tuple[Bools, Integers],
    financed_share: float,
    weight: float,
    left: Floats,
    share: Floats,
    benefit: Floats,
) -> None:
    """Finance one purchase, the loop form of :func:`.finance.co_finance` and :func:`.finance.price_benefit`.

    promise         r; overwritten.  (lender,)
    grant_element   per cent.  (lender,)
    terms           whether each lender's money is tied, and the lender's sponsor
    financed_share  phi
    weight          w
    left            working array.  (sponsor + 1,)
    share           f, filled.  (sponsor + 1, lender)
    benefit         B, filled.  (sponsor + 1,)
    """
    tied, sponsor = terms
    for g in range(len(left)):
        left[g], benefit[g] = 1.0, 0.0
        for h in range(len(promise)):
            share[g, h] = 0.0
    while True:
        best = 0
        for h in range(len(promise)):
            if promise[h] > 0.0 and (promise[best] <= 0.0 or grant_element[h] > grant_element[best]):
                best = h
        if promise[best] <= 0.0:
            break
        worth = financed_share * finance.gift(grant_element[best])
        for g in range(len(left)):
            if not tied[best] or g == sponsor[best]:
                share[g, best] = finance.taken(left[g], promise[best])
                left[g] -= share[g, best]
                benefit[g] += worth * share[g, best]
        promise[best] = 0.0
    for g in range(len(left)):
        benefit[g] = finance.weigh_benefit(benefit[g], weight)


# --- bodies and states ----------------------------------------------------------------------------------


def count_one(yes: Bools, votes: Bools, member: Integers, weight: Floats, firm_weight: Floats) -> Counted:
    """Count the ballots on one proposal, the loop form of :func:`.counting.count`.

    yes, votes           (ballot,)
    member               country that casts each ballot.  (ballot,)
    weight, firm_weight  (country,)
    """
    heads, full, weighted, private = (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
    objection = 0.0
    for i in range(len(member)):
        mine, firms = weight[member[i]], firm_weight[member[i]]
        for_it, cast = 1.0 * yes[i], 1.0 * votes[i]
        head, whole = 1.0 * (mine > 0), 1.0 * (mine >= 1)
        heads = (heads[0] + for_it * head, heads[1] + cast * head)
        full = (full[0] + for_it * whole, full[1] + cast * whole)
        weighted = (weighted[0] + for_it * mine, weighted[1] + cast * mine)
        private = (private[0] + for_it * firms, private[1] + cast * firms)
        objection = max(objection, (cast - cast * for_it) * mine)
    return Counted(
        Tally(heads[0], heads[1]),
        Tally(full[0], full[1]),
        Tally(weighted[0], weighted[1]),
        Tally(private[0], private[1]),
        objection,
    )


def add_ally_pressure(
    restricted: Bools, first: Integers, follower: Integers, share: Floats, pressure: Floats
) -> None:
    """Add the pressure of restricting allies, a sparse form of :func:`.restriction.ally_pressure`.

    restricted  (country, sponsor)
    first       start of each country's entries in ``follower`` and ``share``, and their number.  (country +
                1,)
    follower    countries that have it as an ally.  (entry,)
    share       alpha.  (entry,)
    pressure    M, added to.  (country, sponsor)
    """
    for j in range(len(restricted)):
        for h in range(restricted.shape[1]):
            if restricted[j, h]:
                for k in range(first[j], first[j + 1]):
                    pressure[follower[k], h] += share[k]


def add_sensitive_dependence(
    installed: Floats, sensitive: Bools, sponsor: Integers, dependence: Floats
) -> None:
    """Sum dependence in sensitive domains, the loop form of :func:`.restriction.sensitive_dependence`.

    installed   (domain, country, vendor)
    sensitive   S.  (domain,)
    sponsor     h, the last for none.  (domain, vendor)
    dependence  D, initially zero.  (country, sponsor + 1)
    """
    countries, sponsors = dependence.shape
    for d in range(len(sensitive)):
        if sensitive[d]:
            for v in range(installed.shape[2]):
                h = sponsor[d, v]
                for i in range(countries):
                    dependence[i, h] += installed[d, i, v]
    for i in range(countries):
        deployed = 0.0
        for h in range(sponsors):
            deployed += dependence[i, h]
        if deployed > 0:
            for h in range(sponsors):
                dependence[i, h] /= deployed


# --- books ----------------------------------------------------------------------------------------------


def fill_sales(
    book: Floats,
    signed: Floats,
    expansion: Floats,
    booked: Bools,
    years: Floats,
    sales: Floats,
    after: Floats,
) -> None:
    """Compute sales and next year's order book of one run, the loop form of :func:`.sales.sell`.

    book               order book.  (year ahead, group, domain, vendor)
    signed, expansion  (group, domain, vendor)
    booked, years      delivery of contracts in the world.  (domain,)
    sales, after       filled: (group, domain, vendor), and the order book of next year
    """
    ahead, groups, domains, vendors = book.shape
    for g in range(groups):
        for d in range(domains):
            for v in range(vendors):
                yearly = yearly_part(signed[g, d, v], booked[d], years[d])
                sales[g, d, v] = book[0, g, d, v] + yearly + expansion[g, d, v]
                for year in range(1, ahead):
                    more = yearly if year < years[d] else 0.0
                    after[year - 1, g, d, v] = book[year, g, d, v] + more
                after[ahead - 1, g, d, v] = 0.0


def fill_remembered(before: Floats, sales: Floats, sponsor: Integers, after: Floats) -> None:
    """Advance the record of recent sales of one run, the loop form of :func:`.sales.remembered`.

    before, after  record before, and after, which is filled.  (YEARS, domain, sponsor)
    sales          (domain, vendor)
    sponsor        index of the sponsor, the last for none.  (domain, vendor)
    """
    years, domains, sponsors = before.shape
    for d in range(domains):
        whole = 0.0
        for v in range(sales.shape[1]):
            whole += sales[d, v]
        for h in range(sponsors):
            for year in range(1, years):
                after[year - 1, d, h] = before[year, d, h]
            after[years - 1, d, h] = 0.0 if whole > 0.0 else before[years - 1, d, h]
        for v in range(sales.shape[1]):
            if whole > 0.0 and sponsor[d, v] < sponsors:
                after[years - 1, d, sponsor[d, v]] += diffusion.share_of(sales[d, v], whole)


def fill_demanding_share(
    installed: Floats,
    market_size: Floats,
    demanded: Bools,
    some: Integers,
    traded: bool,
    capacity: float,
    share: Floats,
) -> None:
    """The loop form of :func:`.decisions.compute_demanding_share`, for one domain.

    installed    (country, vendor);  market_size (country,);  demanded, traded  as there
    some         markets that demand any family
    capacity     of the world and all vendors, USD bn
    share        (standard,), filled
    """
    for s in range(len(share)):
        share[s] = 0.0
    for k in range(len(some)):
        here = 0.0
        for v in range(installed.shape[1]):
            here += installed[some[k], v]
        for s in range(len(share)):
            if demanded[some[k], s]:
                share[s] += here * market_size[some[k]]
    for s in range(len(share)):
        share[s] = diffusion.share_of(share[s], capacity) * traded
