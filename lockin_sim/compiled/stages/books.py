"""Keep the books of purchases, deliveries and debts in compiled code, run by run."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.compiled import loops
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import keep, line, nothing, over, put, row
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.views import get, numbers_of, plain, shared, tables
from lockin_sim.compiled.stages.known import of_batch, of_conditions, of_flows, of_state, of_world
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, cache_by_year
from lockin_sim.engine.books import COUNTED, hand_over, note_winners, write_decisions
from lockin_sim.engine.buyers import Choices
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.renewals import Renewals
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import ComplianceFactors
from lockin_sim.model.scripted_contracts import taken_over
from lockin_sim.model.seen import Loans
from lockin_sim.rules import adoption, contracts, diffusion, finance
from lockin_sim.world import World

#: What is counted, of whatever has it.
counted_of = attrgetter(*COUNTED)


def trade(batch: Batch, board: Board, up: Renewals, chosen: Choices) -> Floats:
    """Sum contracts into the year's flows, as ``engine.books.trade`` does."""
    flows, lots = batch.flows, chosen.lots
    lent = np.zeros((len(batch.runs), len(batch.world.countries), lots.lent.shape[1]))
    _trade(
        batch.flow_groups,
        lots,
        up.rows.incumbent,
        chosen.counted.pulled,
        counted_of(chosen.counted),
        chosen.built,
        of_flows(flows),
        lent,
        counted_of(flows),
    )
    return lent


@kernel
def _trade(groups, lots, incumbent, pulled, counted, built, flows, lent, shown):
    """Sum every contract, as ``engine.books`` does.

    groups     (group, domain, country)
    incumbent  vendor of each lot before its contract
    pulled     pull of the switching cost towards the incumbent
    lent       added to.  (run, country, lender)
    shown      added to, in the order of what is counted.  (run, group, domain) each
    """
    (groups, lent, incumbent, pulled), flows = tables((groups, lent, incumbent, pulled)), tables(flows)
    lots, counted, shown = tables(lots), tables(counted), tables(shown)
    _add(groups, lots, flows, lent)
    _add(groups, tables(built), flows, lent)
    for i in range(len(lots.run)):
        r, d, c, slot = lots.run[i], lots.domain[i], lots.country[i], max(incumbent[i], 0)
        for g in range(len(groups)):
            if groups[g, d, c]:
                flows.switching_pull[r, g, d, slot] += pulled[i, 0]
                for k in range(len(shown)):
                    shown[k][r, g, d] += counted[k][i, 0]
        if len(flows.country_renewed):
            flows.country_renewed[r, d, c] += counted[0][i, 0]


@inlined
def _add(groups, bought, flows, lent):
    """Add the purchases of all rows to flows and loans."""
    for i in range(len(bought.run)):
        r, d, c = bought.run[i], bought.domain[i], bought.country[i]
        value = bought.value[i, 0] if bought.signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                flows.contracts[r, g, d, bought.slot[i]] += value
                flows.paid[r, g, d] += bought.paid[i, 0] * value
        for k in range(bought.lent.shape[1]):
            lent[r, c, k] += bought.lent[i, k]


@inlined
def add_users(like, r, d, groups, worth, bought, counted, flows, shown):
    """Add purchases of a domain's users in a run; ``bought`` holds gained, pulled and price by country."""
    gained, pulled, price = bought
    for g in range(len(groups)):
        bought = summed(like, groups[g, d], worth[d], gained)
        keep(flows.contracts[r, g, d], bought, like)
        keep(flows.switching_pull[r, g, d], summed(like, groups[g, d], worth[d], pulled), like)
        if len(price) == 1:  # in all countries
            flows.paid[r, g, d] = over(bought * line(price[0], like))
        else:
            flows.paid[r, g, d] = over(_paid(like, groups[g, d], worth[d], gained, price))
        for c in range(len(gained)):
            if groups[g, d, c]:
                for j in range(len(shown)):
                    shown[j][r, g, d] += worth[d, c] * counted[j, c, 0]
    if len(flows.country_renewed):
        for c in range(len(gained)):
            flows.country_renewed[r, d, c] = worth[d, c] * counted[0, c, 0]


@inlined
def summed(like, within, weight, values):
    """Sum values over the countries of a group with weights, as ``engine.buyers.sum_by_group`` does.

    like            a tuple as long as a row of vendors
    within, weight  (country,) each
    values          (country, vendor)

    Returns a line.
    """
    total = nothing(like)
    for c in range(len(values)):
        if within[c]:
            total = total + line(values[c], like) * weight[c]
    return total


@inlined
def _paid(like, within, weight, gained, price):
    """Sum what countries pay, with the prices of each country.  Returns a line."""
    total = nothing(like)
    for c in range(len(gained)):
        if within[c]:
            total = total + line(gained[c], like) * line(price[c], like) * weight[c]
    return total


_run_lots, _shares = recompiled(loops.run_lots), recompiled(adoption.shares)
_begin_swap = recompiled(decisions.begin_swap)
_market_shares = recompiled(diffusion.market_shares)


def commit(batch: Batch, board: Board, up: Renewals, chosen: Choices) -> None:
    """Write the year's contracts to the state, as ``engine.books.commit`` does."""
    world, rows, lots = batch.world, up.rows, chosen.lots
    batch.state.adoption = chosen.adoption
    _commit(
        batch.likes.vendors,
        board.year,
        (rows.run, rows.lot, rows.arrived, rows.early, lots.slot, lots.signed),
        taken_over(world, board.year, batch.runs),
        chosen.built,
        world.landings_kept,
        of_world(world),
        _derived_domains(world),
        of_state(batch.state),
    )
    hand_over(batch, board)
    if batch.winners:
        note_winners(batch, lots)


@lru_cache(maxsize=8)  # as many worlds are kept
def _derived_domains(world: World) -> tuple[Any, ...]:
    """Return the domains of projects, one or none, and of adopters."""
    projects = np.array([] if world.routes is None else [world.routes.domain], dtype=np.intp)
    return plain(projects, world.bought_by("adopters"))


@kernel
def _commit(like, year, contracts, imposed, built, landings_kept, world, domains, state):
    """Write lots, landings, adoption and installed base to the state, as ``engine.books`` does.

    like           a tuple as long as a row of vendors
    contracts      run, lot, and newest generation the lot is due for, (row,) each; whether it is up only by
                   order, (row, 1); slot, (row,); whether signed, (row, 1)
    imposed        lots that are taken over, (taken,), and the new vendors, (run, taken)
    landings_kept  part of the landings that each country keeps
    domains        of projects and of adopters
    state          written to, except adoption
    """
    (run, lot, arrived, early, slot, signed), (taken, taker) = contracts, imposed
    for k in range(len(run)):
        if signed[k, 0]:
            r, j = run[k], lot[k]
            state.outgoing[r, j], state.swap_year[r, j] = _begin_swap(
                state.incumbent[r, j], slot[k], early[k, 0], state.outgoing[r, j], state.swap_year[r, j], year
            )
            state.incumbent[r, j], state.generation[r, j] = slot[k], arrived[k]
    landings = state.landings
    landings *= landings_kept
    for k in range(len(built.run)):
        if built.signed[k, 0]:
            landings[built.run[k], built.country[k], built.slot[k]] += 1.0
    tabled = tables(state)
    for r in range(len(state.incumbent)):
        for k in range(len(taken)):
            state.incumbent[r, taken[k]] = state.outgoing[r, taken[k]] = taker[r, k]
        _run_lots(
            state.incumbent[r],
            state.outgoing[r],
            state.generation[r],
            state.swap_year[r],
            year,
            world.swap_years,
            world.lots_domain,
            world.lots_country,
            world.lots_weight,
            state.installed[r],
        )
        for first in range(0, tabled.landings.shape[1], LANES):
            _derive(like, r, lanes(first, tabled.landings.shape[1]), domains, tabled)


@inlined
def _derive(like, r, c, domains, state):
    """Compute the installed base of some countries from landings and adoption."""
    projects, adopters = domains
    for k in range(len(projects)):
        put(state.installed, _market_shares(row(state.landings, like, r, c)), r, projects[k], c)
    for k in range(len(adopters)):
        put(state.installed, _shares(row(state.adoption, like, r, k, c)), r, adopters[k], c)


_fill_demanding_share, _exclusive = map(recompiled, (loops.fill_demanding_share, decisions.is_exclusive))
_next_mix, _next_of_several = map(
    recompiled, (decisions.compute_exclusive_compliance, decisions.compute_parallel_compliance)
)
_own_preference, _share_of = map(recompiled, (diffusion.own_preference, diffusion.share_of))
_expansion, _delivered_by = recompiled(contracts.expansion), recompiled(sales.delivered_by)
_fill_sales, _fill_remembered = recompiled(loops.fill_sales), recompiled(loops.fill_remembered)
_repayment, _take_up, _overspent = map(recompiled, (finance.repayment, finance.take_up, finance.overspent))


class _Inputs(NamedTuple):
    """Inputs of the books beside the batch, its world, state and conditions."""

    promised: Any  # (run, lender)
    lent: Any  # (run, country, lender)
    market: Any  # (domain,), the world's at full coverage
    push: Any  # (sponsor + 1,), of own standards
    demanded: Any  # (run or 1, domain or 1, country, standard)
    demanding: Any  # (some,), countries that demand any family
    seen: Any  # (run or 1, domain, body), weight of bodies
    own_family: Any  # (domain, vendor, standard), of the vendor's sponsor
    there: Any  # (standard,)
    booked: Any  # (domain,), where contracts are delivered over years
    beside: Any  # (domain,), where what is sold runs beside contracts


#: What books bring from one year to the next.
_MOVED = (
    "compliance",
    "deployed",
    "order_book",
    "sold",
    "debt",
    "instalment",
    "take_up",
    "overspent",
)


def books(batch: Batch, board: Board, loans: Loans, decided: Decided, lent: Floats) -> None:
    """Keep the books of a year, as ``engine.books.books`` does."""
    state, flows, ahead, likes = batch.state, batch.flows, batch.exogenous, batch.likes
    seen = batch.audiences(board.known)
    demanded = batch.demanded(board.now) if batch.regulates else plain(board.now.demanded)[0][None, None]
    year = _Inputs(
        loans.promised,
        lent,
        ahead.market[board.step],
        ahead.push[board.step],
        demanded,
        seen.demanding,
        seen.seen_by_all,
        *_standards_of(board.known),
        *_delivery(batch.world),
    )
    flows.capacity = np.empty(flows.capacity.shape)
    flows.expansion, flows.sales = np.empty(flows.contracts.shape), np.empty(flows.contracts.shape)
    flows.lent = np.zeros(flows.lent.shape)
    before = of_state(state)
    after = before._replace(**{name: np.empty(getattr(before, name).shape) for name in _MOVED})
    _book(
        (likes.vendors, likes.families),
        board.step,
        of_batch(batch),
        of_world(batch.world),
        of_conditions(board.known),
        year,
        np.empty((3, len(likes.families))),
        of_flows(flows),
        before,
        after,
    )
    vars(state).update(after._asdict())
    flows.lent_by_lender, flows.repaid = lent, state.instalment
    write_decisions(batch, board, decided)


@cache_by_year
def _standards_of(year: Year) -> tuple[Any, ...]:
    """Return each sponsor's own family of standards, and which families exist."""
    return plain(year.world.own_family(year.number), year.world.standard_entry <= year.number)


@lru_cache(maxsize=8)
def _delivery(world: World) -> tuple[Any, ...]:
    """Return how contracts are delivered in each domain."""
    return plain(sales.booked(world), sales.beside(world))


@kernel
def _book(likes, step, batch, world, now, year, pull, flows, before, after):
    """Keep the books of every run, as ``engine.books`` does.

    likes  tuples as long as a row of vendors and of families
    step   years since the initial state
    pull   working array of pulls on vendors.  (official, demanded or spoken; family)
    after  filled with the state that changes
    """
    batch, world, now, year = tables(batch), tables(world), tables(now), tables(year)
    flows, before, after, (pull,) = tables(flows), tables(before), tables(after), tables((pull,))
    for r in range(len(before.installed)):
        p = numbers_of(ParameterRow, batch.parameter_table, r)
        for d in range(len(now.market_size)):
            _sell(likes[0], r, d, batch, now.market_size[d], year, flows, before, after.deployed)
            _learn(likes, r, d, p, world, now, year, flows.capacity[r, 0, d], pull, before, after.compliance)
        _fill_sales(
            before.order_book[r],
            flows.contracts[r],
            flows.expansion[r],
            year.booked,
            world.contract_years,
            flows.sales[r],
            after.order_book[r],
        )
        _fill_remembered(before.sold[r], flows.sales[r, 0], world.slot_sponsor, after.sold[r])
        _owe(r, step, p, world, now, year, flows.lent, before, after)


@inlined
def _sell(like, r, d, batch, size, year, flows, before, deployed):
    """Compute installed capacity, deliveries and experience in a domain.

    size      size of each market.  (country,)
    deployed  cumulative deliveries, filled.  (run, domain, vendor)
    """
    installed, share = before.installed[r, d], batch.follows_base[shared(batch.follows_base, 0, r), d]
    stock, flow = batch.stock_groups, batch.flow_groups
    for g in range(len(stock)):
        keep(flows.capacity[r, g, d], summed(like, stock[g, d], size, installed), like)
    for g in range(len(flow)):
        if len(stock) == len(flow):
            base = line(flows.capacity[r, g, d], like)
        else:
            base = summed(like, flow[g, d], size, installed)
        keep(flows.expansion[r, g, d], _expansion(base, share), like)
    bought, expansion = line(flows.contracts[r, 0, d], like), line(flows.expansion[r, 0, d], like)
    delivered = _delivered_by(bought, expansion, year.beside[d])
    keep(deployed[r, d], line(before.deployed[r, d], like) + delivered / year.market[d], like)


@inlined
def _learn(likes, r, d, p, world, now, year, base, pull, before, compliance):
    """Move the vendors of a domain towards the standards that pull them.

    base        installed base.  (vendor,)
    compliance  filled.  (run, domain, vendor, family)
    """
    (like, few), official, demanded, spoken = likes, pull[0], pull[1], pull[2]
    weight, whole = year.seen[shared(year.seen, 0, r), d], over(line(base, like))
    here = year.demanded[shared(year.demanded, 0, r), shared(year.demanded, 1, d)]
    size, traded = now.market_size[d], world.traded[d]
    _fill_demanding_share(before.installed[r, d], size, here, year.demanding, traded, whole, demanded)
    for s in range(len(year.there)):
        official[s] = spoken[s] = 0.0
        for b in range(len(weight)):
            official[s] += weight[b] * before.status[r, b, d, s] * year.there[s]
        for v in range(len(base)):
            spoken[s] += _share_of(base[v], whole) * before.compliance[r, d, v, s]
    for first in range(0, len(base), LANES):
        v = lanes(first, len(base))
        push = get(year.push, get(world.slot_sponsor, d, v))
        why = ComplianceFactors(
            _own_preference(row(year.own_family, few, d, v), push, p.own_standard_preference),
            row(official, few),
            row(demanded, few),
            row(spoken, few),
            row(world.initial_compliance, few, d, v),
        )
        mix = row(before.compliance, few, r, d, v)
        put(compliance, _next_mix(mix, why, p) if _exclusive(p) else _next_of_several(mix, why, p), r, d, v)


@inlined
def _owe(r, step, p, world, now, year, lent_by_sponsor, before, after):
    """Repay old loans and book new ones; the lender owes what it lent beyond its envelope."""
    lent, change = year.lent, before.instalment_change
    for k in range(len(now.tenor)):
        h, spent = world.lenders_sponsor[k], 0.0
        first, last, share = _repayment(now.tenor[k], now.grace[k])
        for c in range(lent.shape[1]):
            amount = lent[r, c, k]
            if amount != 0.0:
                spent += amount
                lent_by_sponsor[r, c, h] += amount
                if step + first < change.shape[1]:
                    change[r, step + first, c, h] += share * amount
                if step + last + 1 < change.shape[1]:
                    change[r, step + last + 1, c, h] -= share * amount
        after.overspent[r, k] = _overspent(before.overspent[r, k], spent, now.envelope[k])
        after.take_up[r, k] = _take_up(before.take_up[r, k], spent, year.promised[r, k], p.take_up_memory)
    for c in range(before.debt.shape[1]):
        for h in range(before.debt.shape[2]):
            repaid = before.instalment[r, c, h] + change[r, step, c, h]
            after.instalment[r, c, h] = repaid
            after.debt[r, c, h] = before.debt[r, c, h] + lent_by_sponsor[r, c, h] - repaid
