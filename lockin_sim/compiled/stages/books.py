"""What was bought, decided and owed is booked, compiled: run by run."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np

from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import keep, line, nothing, over, put, row
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.tables import get, length, numbers_of, plain, shared, tables
from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.books import book_decided, hand_over, note_winners
from lockin_sim.engine.buyers import Built, Choices, Signed
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.renewals import Loans
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import Reasons
from lockin_sim.model.scripted_contracts import taken_over
from lockin_sim.model.state import run_lots
from lockin_sim.rules import adoption, contracts, diffusion, finance
from lockin_sim.world import World

#: What is counted of lots and of users alike.
COUNTED = ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus")


def trade(batch: Batch, board: Board, signed: Signed, built: Built | None) -> Floats:
    """As of the engine of numpy."""
    flows = batch.flows
    lent = np.zeros((len(batch.runs), len(batch.world.countries), signed.lent.shape[1]))
    _trade(
        batch.flow_groups, *_of_lots(signed), *_of_projects(batch, built),
        (flows.contracts, flows.switching_pull),
        (flows.paid, flows.country_renewed, lent), counted_of(flows),
    )  # fmt: skip
    return lent


def _of_lots(signed: Signed) -> tuple[Any, ...]:
    """Lots that are up, one row each: where they are, what is paid and lent, and what is counted."""
    rows, counted = signed.rows, signed.counted
    return (
        (rows.run, rows.domain, rows.country, rows.incumbent, signed.slot, signed.signed),
        (rows.value, signed.paid, signed.lent, counted.pulled), counted_of(counted),
    )  # fmt: skip


#: What is counted of them, and added up in flows.
counted_of = attrgetter(*COUNTED)


def _of_projects(batch: Batch, built: Built | None) -> tuple[Any, ...]:
    """Landings, one row each: the domain of all, where they are, what is paid and lent."""
    if built is None or batch.world.routes is None:
        nobody, nothing = np.zeros(0, dtype=np.intp), np.zeros((0, 1))
        return 0, (nobody, nobody, nobody, np.zeros((0, 1), dtype=bool)), (nothing, nothing, nothing)
    landings = built.landings
    return (
        batch.world.routes.domain,
        (landings.run, landings.country, built.slot, built.signed),
        (landings.value, built.paid, built.lent),
    )


@kernel
def _trade(groups, lots, values, counted, d, landings, prices, slots, sums, shown):
    """Every contract: see ``engine.books``, which sums the same.

    groups  (group, domain, country)
    slots   added to, by vendor: bought by groups, and the pull of switching costs there
    sums    added to: paid in groups, renewed in economies, (run, country, lender) lent
    shown   added to: (run, group, domain) each, in the order of what is counted
    """
    (groups,), slots, sums, shown = tables((groups,)), tables(slots), tables(sums), tables(shown)
    _add_lots(groups, tables(lots), tables(values), tables(counted), slots, sums, shown)
    _add_projects(groups, d, tables(landings), tables(prices), slots[0], sums)


@inlined
def _add_lots(groups, lots, values, counted, slots, sums, shown):
    """Add what operators bought, row by row."""
    run, domain, country, incumbent, slot, signed = lots
    value, price, money, pulled = values
    contracts, pull = slots
    paid, country_renewed, lent = sums
    for i in range(len(run)):
        r, d, c, held = run[i], domain[i], country[i], max(incumbent[i], 0)
        bought = value[i, 0] if signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                contracts[r, g, d, slot[i]] += bought
                pull[r, g, d, held] += pulled[i, 0]
                paid[r, g, d] += price[i, 0] * bought
                for k in range(len(shown)):
                    shown[k][r, g, d] += counted[k][i, 0]
        if len(country_renewed):
            country_renewed[r, d, c] += counted[0][i, 0]
        for k in range(money.shape[1]):
            lent[r, c, k] += money[i, k]


@inlined
def add_users(like, r, d, groups, worth, bought, counted, slots, sums, shown):
    """Add what the users of a domain bought in a run; bought  by country: gained, pulled and price."""
    gained, pulled, price = bought
    contracts, pull = slots
    paid, country_renewed = sums
    for g in range(len(groups)):
        bought = summed(like, groups[g, d], worth[d], gained)
        keep(contracts[r, g, d], bought, like)
        keep(pull[r, g, d], summed(like, groups[g, d], worth[d], pulled), like)
        if len(price) == 1:  # in all countries
            paid[r, g, d] = over(bought * line(price[0], like))
        else:
            paid[r, g, d] = over(_paid(like, groups[g, d], worth[d], gained, price))
        for c in range(len(gained)):
            if groups[g, d, c]:
                for j in range(len(shown)):
                    shown[j][r, g, d] += worth[d, c] * counted[j, c, 0]
    if len(country_renewed):
        for c in range(len(gained)):
            country_renewed[r, d, c] = worth[d, c] * counted[0, c, 0]


@inlined
def summed(like, within, weight, values):
    """Weighted sum over some of all countries: the loop form of ``engine.buyers.of_groups``, of one group.

    like            a tuple as long as a row of vendors
    within, weight  (country,) each;  values (country, vendor)
    Returns a line.
    """
    found = nothing(like)
    for c in range(len(values)):
        if within[c]:
            found = found + line(values[c], like) * weight[c]
    return found


@inlined
def _paid(like, within, weight, gained, price):
    """The same of what is gained, at the prices of each country."""
    found = nothing(like)
    for c in range(len(gained)):
        if within[c]:
            found = found + line(gained[c], like) * line(price[c], like) * weight[c]
    return found


@inlined
def _add_projects(groups, d, landings, prices, contracts, sums):
    """Add what projects bought, landing by landing."""
    run, country, slot, signed = landings
    value, price, money = prices
    paid, _, lent = sums
    for i in range(len(run)):
        r, c = run[i], country[i]
        bought = value[i, 0] if signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                contracts[r, g, d, slot[i]] += bought
                paid[r, g, d] += price[i, 0] * value[i, 0]
        for k in range(money.shape[1]):
            lent[r, c, k] += money[i, k]


_run_lots, _shares = recompiled(run_lots), recompiled(adoption.shares)
_market_shares = recompiled(diffusion.market_shares)


def commit(batch: Batch, board: Board, chosen: Choices) -> None:
    """As of the engine of numpy."""
    state, signed = batch.state, chosen.signed
    state.adoption = chosen.adoption
    _commit(
        batch.like, signed.signed, (signed.rows.run, signed.rows.lot, signed.rows.arrived, signed.slot),
        taken_over(batch.world, board.year, batch.runs), *_landed(chosen.built), batch.world.landings_kept,
        *_lots_and_domains(batch.world), (state.incumbent, state.generation),
        (state.landings, state.adoption, state.installed),
    )  # fmt: skip
    hand_over(batch, board)
    if batch.winners:
        note_winners(batch, signed)


def _landed(built: Built | None) -> tuple[Any, ...]:
    """Whether each landing has a supplier, and of each its run, country and slot."""
    if built is None:
        nothing = np.empty(0, dtype=np.intp)
        return np.empty((0, 1), dtype=bool), (nothing, nothing, nothing)
    return built.signed, (built.landings.run, built.landings.country, built.slot)


@lru_cache(maxsize=8)  # as many worlds are kept
def _lots_and_domains(world: World) -> tuple[Any, ...]:
    """Lots, and in which domains landings and adoptions are."""
    routes = world.routes
    projects = np.array([] if routes is None else [routes.domain], dtype=np.intp)
    lots = world.lots
    return plain(lots.domain, lots.country, lots.weight), plain(projects, world.bought_by("adopters"))


@kernel
def _commit(like, signed, rows, given, landed, landing, kept, lots, domains, running, held):
    """Lots, landings and adoptions, and what is installed of them: see ``engine.books``.

    like     a tuple as long as a row of vendors
    running  who runs each lot, and of which generation: (run, lot) each, written to
    held     landings, adoption and installed, as in the state: the first and the last are written to
    """
    incumbent, generation = running
    landings, _, installed = held
    for k in range(len(signed)):
        if signed[k, 0]:
            incumbent[rows[0][k], rows[1][k]] = rows[3][k]
            generation[rows[0][k], rows[1][k]] = rows[2][k]
    landings *= kept
    for k in range(len(landed)):
        if landed[k, 0]:
            landings[landing[0][k], landing[1][k], landing[2][k]] += 1.0
    tabled = tables(held)
    for r in range(len(incumbent)):
        for k in range(len(given[0])):
            incumbent[r, given[0][k]] = given[1][r, k]
        _run_lots(incumbent[r], lots[0], lots[1], lots[2], installed[r])
        for first in range(0, length(tabled[0], 1), LANES):
            _derive(like, r, lanes(first, length(tabled[0], 1)), domains, tabled)


@inlined
def _derive(like, r, c, domains, tabled):
    """What is installed in some countries where projects and adopters decide."""
    projects, adopters = domains
    landings, adopted, installed = tabled
    for k in range(len(projects)):
        put(installed, _market_shares(row(landings, like, r, c)), r, projects[k], c)
    for k in range(len(adopters)):
        put(installed, _shares(row(adopted, like, r, k, c)), r, adopters[k], c)


_fill_demanding_share, _exclusive = map(recompiled, (decisions.fill_demanding_share, decisions.exclusive))
_next_mix, _next_of_several = map(recompiled, (decisions.next_mix, decisions.next_of_several))
_own_preference, _share_of = map(recompiled, (diffusion.own_preference, diffusion.share_of))
_expansion, _delivered_by = recompiled(contracts.expansion), recompiled(sales.delivered_by)
_fill_sales, _fill_remembered = recompiled(sales.fill_sales), recompiled(sales.fill_remembered)
_repayment, _take_up, _overspent = map(recompiled, (finance.repayment, finance.take_up, finance.overspent))


def books(batch: Batch, board: Board, loans: Loans, decided: Decided, lent: Floats) -> None:
    """As of the engine of numpy."""
    state, flows, ahead, seen = batch.state, batch.flows, batch.exogenous, batch.audiences(board.known)
    before = _moved(state)
    after = tuple(np.empty(values.shape) for values in before)
    (by_policy, *sizes), families = _known_of_markets(board.known)
    demanded = batch.demanded(board.now) if batch.regulates else by_policy
    flows.capacity = np.empty(flows.capacity.shape)
    flows.expansion, flows.sales = np.empty(flows.contracts.shape), np.empty(flows.contracts.shape)
    flows.lent = np.zeros(flows.lent.shape)
    _book(
        (batch.like, batch.like_families), board.step, batch.parameter_table,
        (state.installed, state.status, *before), loans.promised, (lent, state.instalment_change),
        (batch.stock_groups, batch.flow_groups), (*sizes, ahead.market[board.step]),
        (demanded, seen.demanding), (seen.seen_by_all, ahead.push[board.step]), families,
        _given(batch.world), (batch.follows_base,), tuple(np.empty((3, len(batch.like_families)))),
        (flows.contracts, flows.capacity, flows.expansion, flows.sales, flows.lent), after,
    )  # fmt: skip
    vars(state).update(zip(_MOVED, after, strict=True))
    flows.lent_by_lender, flows.repaid = lent, state.instalment
    book_decided(batch, board, decided)


#: What books bring from one year to the next.
_MOVED = ("compliance", "deployed", "order_book", "sold", "debt", "instalment", "take_up", "overspent")
_moved = attrgetter(*_MOVED)


@of_year
def _known_of_markets(year: Year) -> tuple[Any, ...]:
    """What is demanded, sizes of markets, tenors, grace, envelopes; own families of vendors' sponsors,
    (domain, vendor, standard), and those that are there."""
    world, now = year.world, year.now
    there = world.standard_entry <= year.number
    return (
        plain(now.demanded[None, None], now.market_size, now.tenor, now.grace, now.envelope),
        plain(world.own_family(year.number), there),
    )


@lru_cache(maxsize=8)
def _given(world: World) -> tuple[Any, ...]:
    """What no year changes."""
    return plain(
        world.slot_sponsor, world.initial_compliance, world.traded, world.contract_years,
        sales.booked(world), sales.beside(world), world.lenders.sponsor,
    )  # fmt: skip


@kernel
def _book(
    likes, step, numbers, states, promised, money, groups, now, demands, posted, families, given, follows,
    scratch, flows, after,
):  # fmt: skip
    """The books of every run: see ``engine.books``, which keeps the same.

    likes    tuples as long as a row of vendors, and of families
    step     years since the initial state; numbers (run, parameter)
    states   installed and status, and then those that move; after  filled, the latter a year later
    money    lent, and changes of instalments, which are added to;  promised (run, lender)
    scratch  (family,) each
    flows    filled but for the first; what sponsors lent is added up
    """
    of_runs, promised = tables((numbers, promised))
    states, money, groups = tables(states), tables(money), tables(groups)
    now, demands, posted, families = tables(now), tables(demands), tables(posted), tables(families)
    given, follows, scratch = tables(given), tables(follows), tables(scratch)
    flows, after = tables(flows), tables(after)
    for r in range(len(states[0])):
        p = numbers_of(ParameterRow, of_runs, r)
        for d in range(len(now[0])):
            _sell(likes[0], r, d, states, groups, now, given, follows[0], flows, after)
            capacity = flows[1][r, 0, d]
            _learn(
                likes, r, d, p, states, now[0], capacity, demands, posted, families, given, scratch, after[0]
            )
        _fill_sales(states[4][r], flows[0][r], flows[2][r], given[4], given[3], flows[3][r], after[2][r])
        _fill_remembered(states[5][r], flows[3][r, 0], given[0], after[3][r])
        _owe(r, step, p, states, promised, money, now, given[6], flows[4], after)


@inlined
def _sell(like, r, d, states, groups, now, given, follows, flows, after):
    """What runs in a domain, what vendors sell without a contract, and what they deliver and learn from."""
    stock, flow = groups
    contracts, capacity, expansion = flows[:3]
    installed, size, share = states[0][r, d], now[0][d], follows[shared(follows, 0, r), d]
    for g in range(len(stock)):
        keep(capacity[r, g, d], summed(like, stock[g, d], size, installed), like)
    for g in range(len(flow)):
        if len(stock) == len(flow):
            base = line(capacity[r, g, d], like)
        else:
            base = summed(like, flow[g, d], size, installed)
        keep(expansion[r, g, d], _expansion(base, share), like)
    delivered = _delivered_by(line(contracts[r, 0, d], like), line(expansion[r, 0, d], like), given[5][d])
    keep(after[1][r, d], line(states[3][r, d], like) + delivered / now[4][d], like)


@inlined
def _learn(likes, r, d, p, states, size, base, demands, posted, families, given, scratch, after):
    """Vendors of a domain move towards the standards that pull them."""
    like, few = likes
    installed, status, compliance = states[:3]
    demanded, some = demands
    seen, push = posted
    own, there = families
    sponsor, initial, traded = given[:3]
    official, asked, spoken = scratch
    weight, whole = seen[shared(seen, 0, r), d], over(line(base, like))
    here = demanded[shared(demanded, 0, r), shared(demanded, 1, d)]
    _fill_demanding_share(installed[r, d], size[d], here, some, traded[d], whole, asked)
    for s in range(len(there)):
        official[s] = spoken[s] = 0.0
        for b in range(len(weight)):
            official[s] += weight[b] * status[r, b, d, s] * there[s]
        for v in range(len(base)):
            spoken[s] += _share_of(base[v], whole) * compliance[r, d, v, s]
    for first in range(0, len(base), LANES):
        v = lanes(first, len(base))
        liked = _own_preference(row(own, few, d, v), get(push, get(sponsor, d, v)), p.own_standard_preference)
        why = Reasons(liked, row(official, few), row(asked, few), row(spoken, few), row(initial, few, d, v))
        before = row(compliance, few, r, d, v)
        put(after, _next_mix(before, why, p) if _exclusive(p) else _next_of_several(before, why, p), r, d, v)


@inlined
def _owe(r, step, p, states, promised, money, now, sponsor, lent_by_sponsor, after):
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the lender."""
    debt, instalment, take_up, overspent = states[6:]
    debt_after, instalment_after, take_up_after, overspent_after = after[4:]
    lent, change = money
    _, tenor, grace, envelope, _ = now
    for k in range(len(sponsor)):
        h, spent = sponsor[k], 0.0
        first, last, share = _repayment(tenor[k], grace[k])
        for c in range(lent.shape[1]):
            amount = lent[r, c, k]
            if amount != 0.0:
                spent += amount
                lent_by_sponsor[r, c, h] += amount
                if step + first < change.shape[1]:
                    change[r, step + first, c, h] += share * amount
                if step + last + 1 < change.shape[1]:
                    change[r, step + last + 1, c, h] -= share * amount
        overspent_after[r, k] = _overspent(overspent[r, k], spent, envelope[k])
        take_up_after[r, k] = _take_up(take_up[r, k], spent, promised[r, k], p.take_up_memory)
    for c in range(debt.shape[1]):
        for h in range(debt.shape[2]):
            repaid = instalment[r, c, h] + change[r, step, c, h]
            instalment_after[r, c, h] = repaid
            debt_after[r, c, h] = debt[r, c, h] + lent_by_sponsor[r, c, h] - repaid
