"""What was bought, decided and owed is booked, compiled: run by run."""

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
from lockin_sim.compiled.lanes.tables import get, length, numbers_of, plain, plain_named, shared, tables
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.books import book_decided, hand_over, note_winners
from lockin_sim.engine.buyers import Built, Choices, SignedLots
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.renewals import Loans
from lockin_sim.model import decisions, sales
from lockin_sim.model.decisions import Reasons
from lockin_sim.model.scripted_contracts import taken_over
from lockin_sim.model.state import Flows
from lockin_sim.rules import adoption, contracts, diffusion, finance
from lockin_sim.world import World

#: What is counted of lots and of users alike.
COUNTED = ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus")


class Contracts(NamedTuple):
    """Contracts or landings of a year, (row,) each."""

    run: Any
    country: Any
    slot: Any  # that of the winner, 0 where there is none
    signed: Any  # (row, 1) each
    value: Any
    paid: Any
    lent: Any  # (row, lender)


class Sums(NamedTuple):
    """What purchases are added to, as in ``Flows``: of groups, and of economies where they are measured."""

    contracts: Any
    switching_pull: Any
    paid: Any
    country_renewed: Any

    @classmethod
    def of(cls, flows: Flows) -> Sums:
        """Those of a year."""
        return cls(*(getattr(flows, name) for name in cls._fields))


def trade(batch: Batch, board: Board, signed: SignedLots, built: Built | None) -> Floats:
    """As of the engine of numpy."""
    flows, rows, counted = batch.flows, signed.rows, signed.counted
    lent = np.zeros((len(batch.runs), len(batch.world.countries), signed.lent.shape[1]))
    _trade(
        batch.flow_groups,
        Contracts(rows.run, rows.country, signed.slot, signed.signed, rows.value, signed.paid, signed.lent),
        (rows.domain, rows.incumbent, counted.pulled), counted_of(counted),
        0 if batch.world.routes is None else batch.world.routes.domain, _landed(built),
        Sums.of(flows), lent, counted_of(flows),
    )  # fmt: skip
    return lent


#: What is counted of them, and added up in flows.
counted_of = attrgetter(*COUNTED)


def _landed(built: Built | None) -> Contracts:
    """Landings, one row each."""
    if built is None:
        nobody, nothing = np.zeros(0, dtype=np.intp), np.zeros((0, 1))
        return Contracts(nobody, nobody, nobody, np.zeros((0, 1), dtype=bool), nothing, nothing, nothing)
    run, country, value = built.landings.run, built.landings.country, built.landings.value
    return Contracts(run, country, built.slot, built.signed, value, built.paid, built.lent)


@kernel
def _trade(groups, lots, of_lots, counted, landing_domain, landings, sums, lent, shown):
    """Every contract: see ``engine.books``, which sums the same.

    groups   (group, domain, country)
    of_lots  domain and incumbent of each lot's contract, and the pull of switching costs
    lent     added to: (run, country, lender)
    shown    added to: (run, group, domain) each, in the order of what is counted
    """
    (groups, lent), sums, shown = tables((groups, lent)), tables(sums), tables(shown)
    _add_lots(groups, tables(lots), tables(of_lots), tables(counted), sums, lent, shown)
    _add_projects(groups, landing_domain, tables(landings), sums, lent)


@inlined
def _add_lots(groups, lots, of_lots, counted, sums, lent, shown):
    """Add what operators bought, row by row."""
    domain, incumbent, pulled = of_lots
    for i in range(len(lots.run)):
        r, d, c, held = lots.run[i], domain[i], lots.country[i], max(incumbent[i], 0)
        bought = lots.value[i, 0] if lots.signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                sums.contracts[r, g, d, lots.slot[i]] += bought
                sums.switching_pull[r, g, d, held] += pulled[i, 0]
                sums.paid[r, g, d] += lots.paid[i, 0] * bought
                for k in range(len(shown)):
                    shown[k][r, g, d] += counted[k][i, 0]
        if len(sums.country_renewed):
            sums.country_renewed[r, d, c] += counted[0][i, 0]
        for k in range(lots.lent.shape[1]):
            lent[r, c, k] += lots.lent[i, k]


@inlined
def add_users(like, r, d, groups, worth, bought, counted, sums, shown):
    """Add what the users of a domain bought in a run; bought  by country: gained, pulled and price."""
    gained, pulled, price = bought
    for g in range(len(groups)):
        bought = summed(like, groups[g, d], worth[d], gained)
        keep(sums.contracts[r, g, d], bought, like)
        keep(sums.switching_pull[r, g, d], summed(like, groups[g, d], worth[d], pulled), like)
        if len(price) == 1:  # in all countries
            sums.paid[r, g, d] = over(bought * line(price[0], like))
        else:
            sums.paid[r, g, d] = over(_paid(like, groups[g, d], worth[d], gained, price))
        for c in range(len(gained)):
            if groups[g, d, c]:
                for j in range(len(shown)):
                    shown[j][r, g, d] += worth[d, c] * counted[j, c, 0]
    if len(sums.country_renewed):
        for c in range(len(gained)):
            sums.country_renewed[r, d, c] = worth[d, c] * counted[0, c, 0]


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
def _add_projects(groups, d, landings, sums, lent):
    """Add what projects bought, landing by landing."""
    for i in range(len(landings.run)):
        r, c, value = landings.run[i], landings.country[i], landings.value[i, 0]
        bought = value if landings.signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                sums.contracts[r, g, d, landings.slot[i]] += bought
                sums.paid[r, g, d] += landings.paid[i, 0] * value
        for k in range(landings.lent.shape[1]):
            lent[r, c, k] += landings.lent[i, k]


_run_lots, _shares = recompiled(loops.run_lots), recompiled(adoption.shares)
_market_shares = recompiled(diffusion.market_shares)


class _Places(NamedTuple):
    """Lots, (lot,) each, and in which domains landings and adoptions are."""

    domain: Any
    country: Any
    weight: Any
    projects: Any  # (1,), or none
    adopters: Any


class _Installed(NamedTuple):
    """What is installed and why, as in the state."""

    incumbent: Any
    generation: Any
    landings: Any
    adoption: Any
    installed: Any


def commit(batch: Batch, board: Board, chosen: Choices) -> None:
    """As of the engine of numpy."""
    state, signed, rows = batch.state, chosen.signed, chosen.signed.rows
    state.adoption = chosen.adoption
    _commit(
        batch.like, (rows.run, rows.lot, rows.arrived, signed.slot, signed.signed),
        taken_over(batch.world, board.year, batch.runs), _landed(chosen.built), batch.world.landings_kept,
        _places(batch.world),
        _Installed(*(getattr(state, name) for name in _Installed._fields)),
    )  # fmt: skip
    hand_over(batch, board)
    if batch.winners:
        note_winners(batch, signed)


@lru_cache(maxsize=8)  # as many worlds are kept
def _places(world: World) -> _Places:
    """Those of a world."""
    routes, lots = world.routes, world.lots
    projects = np.array([] if routes is None else [routes.domain], dtype=np.intp)
    return _Places(*plain(lots.domain, lots.country, lots.weight, projects, world.bought_by("adopters")))


@kernel
def _commit(like, contracts, imposed, landed, kept, places, held):
    """Lots, landings and adoptions, and what is installed of them: see ``engine.books``.

    like       a tuple as long as a row of vendors
    contracts  (row,) each: run, lot, newest generation that it is due for, slot, and (row, 1) whether signed
    imposed    lots that are taken over (some,), and by whom (run, some)
    kept       part of its landings that each country keeps
    held       all but adoption is written to
    """
    (run, lot, arrived, slot, signed), (taken, taker) = contracts, imposed
    for k in range(len(run)):
        if signed[k, 0]:
            held.incumbent[run[k], lot[k]] = slot[k]
            held.generation[run[k], lot[k]] = arrived[k]
    landings = held.landings
    landings *= kept
    for k in range(len(landed.run)):
        if landed.signed[k, 0]:
            landings[landed.run[k], landed.country[k], landed.slot[k]] += 1.0
    tabled = tables(held)
    for r in range(len(held.incumbent)):
        for k in range(len(taken)):
            held.incumbent[r, taken[k]] = taker[r, k]
        _run_lots(held.incumbent[r], places.domain, places.country, places.weight, held.installed[r])
        for first in range(0, length(tabled.landings, 1), LANES):
            _derive(like, r, lanes(first, length(tabled.landings, 1)), places, tabled)


@inlined
def _derive(like, r, c, places, held):
    """What is installed in some countries where projects and adopters decide."""
    for k in range(len(places.projects)):
        put(held.installed, _market_shares(row(held.landings, like, r, c)), r, places.projects[k], c)
    for k in range(len(places.adopters)):
        put(held.installed, _shares(row(held.adoption, like, r, k, c)), r, places.adopters[k], c)


_fill_demanding_share, _exclusive = map(recompiled, (loops.fill_demanding_share, decisions.exclusive))
_next_mix, _next_of_several = map(recompiled, (decisions.next_mix, decisions.next_of_several))
_own_preference, _share_of = map(recompiled, (diffusion.own_preference, diffusion.share_of))
_expansion, _delivered_by = recompiled(contracts.expansion), recompiled(sales.delivered_by)
_fill_sales, _fill_remembered = recompiled(loops.fill_sales), recompiled(loops.fill_remembered)
_repayment, _take_up, _overspent = map(recompiled, (finance.repayment, finance.take_up, finance.overspent))


class _Known(NamedTuple):
    """What books are kept from beside what they change: the state, loans, and what is known of the year."""

    installed: Any  # as in the state
    status: Any
    promised: Any  # (run, lender)
    lent: Any  # (run, country, lender)
    change: Any  # of instalments in later years, added to
    stock: Any  # (group, domain, country) each
    flow: Any
    size: Any  # (domain, country), of markets
    market: Any  # (domain,), the world's at full coverage
    tenor: Any  # (lender,) each
    grace: Any
    envelope: Any
    demanded: Any  # (run or 1, domain or 1, country, standard)
    demanding: Any  # (some,), countries that demand any family
    seen: Any  # (run or 1, domain, body), weight of bodies
    push: Any  # (sponsor + 1,), of own standards
    own_family: Any  # (domain, vendor, standard), of the vendor's sponsor
    there: Any  # (standard,)
    sponsor: Any  # (domain, vendor)
    initial: Any  # (domain, vendor, standard), compliance
    traded: Any  # (domain,)
    contract_years: Any
    booked: Any  # (domain,), where contracts are delivered over years
    beside: Any  # (domain,), where what is sold runs beside contracts
    lender: Any  # (lender,), its sponsor
    follows: Any  # (run or 1, domain), part of spending that follows the base


class _Moved(NamedTuple):
    """What books bring from one year to the next, as in the state."""

    compliance: Any
    deployed: Any
    order_book: Any
    sold: Any
    debt: Any
    instalment: Any
    take_up: Any
    overspent: Any


class _Shown(NamedTuple):
    """What books show, as in ``Flows``: filled but for contracts; what sponsors lent is added up."""

    contracts: Any
    capacity: Any
    expansion: Any
    sales: Any
    lent: Any


def books(batch: Batch, board: Board, loans: Loans, decided: Decided, lent: Floats) -> None:
    """As of the engine of numpy."""
    state, flows, ahead, seen = batch.state, batch.flows, batch.exogenous, batch.audiences(board.known)
    before = _Moved(*(getattr(state, name) for name in _Moved._fields))
    after = _Moved(*(np.empty(values.shape) for values in before))
    of_markets = _known_of_markets(board.known)
    if batch.regulates:
        of_markets = of_markets | {"demanded": batch.demanded(board.now)}
    known = _Known(
        **of_markets, **_known_of_world(batch.world), installed=state.installed, status=state.status,
        promised=loans.promised, lent=lent, change=state.instalment_change, stock=batch.stock_groups,
        flow=batch.flow_groups, market=ahead.market[board.step], demanding=seen.demanding,
        seen=seen.seen_by_all, push=ahead.push[board.step], follows=batch.follows_base,
    )  # fmt: skip
    flows.capacity = np.empty(flows.capacity.shape)
    flows.expansion, flows.sales = np.empty(flows.contracts.shape), np.empty(flows.contracts.shape)
    flows.lent = np.zeros(flows.lent.shape)
    _book(
        batch.like, batch.like_families, board.step, batch.parameter_table, known,
        np.empty((3, len(batch.like_families))), _Shown(*(getattr(flows, name) for name in _Shown._fields)),
        before, after,
    )  # fmt: skip
    vars(state).update(after._asdict())
    flows.lent_by_lender, flows.repaid = lent, state.instalment
    book_decided(batch, board, decided)


@of_year
def _known_of_markets(year: Year) -> dict[str, Any]:
    """What is demanded, sizes of markets, terms of loans, and families that are there."""
    world, now = year.world, year.now
    return plain_named(
        demanded=now.demanded[None, None],
        size=now.market_size,
        tenor=now.tenor,
        grace=now.grace,
        envelope=now.envelope,
        own_family=world.own_family(year.number),
        there=world.standard_entry <= year.number,
    )


@lru_cache(maxsize=8)
def _known_of_world(world: World) -> dict[str, Any]:
    """What no year changes."""
    return plain_named(
        sponsor=world.slot_sponsor,
        initial=world.initial_compliance,
        traded=world.traded,
        contract_years=world.contract_years,
        booked=sales.booked(world),
        beside=sales.beside(world),
        lender=world.lenders.sponsor,
    )


@kernel
def _book(like, few, step, numbers, known, pull, shown, before, after):
    """The books of every run: see ``engine.books``, which keeps the same.

    like, few  tuples as long as a row of vendors, and of families
    step       years since the initial state; numbers (run, parameter)
    pull       to work with: what pulls vendors of a domain, (official, demanded or spoken; family)
    after      filled
    """
    (of_runs, pull), known, shown = tables((numbers, pull)), tables(known), tables(shown)
    before, after = tables(before), tables(after)
    for r in range(len(known.installed)):
        p = numbers_of(ParameterRow, of_runs, r)
        for d in range(len(known.size)):
            _sell(like, r, d, known, shown, before.deployed, after.deployed)
            base = shown.capacity[r, 0, d]
            _learn(like, few, r, d, p, known, base, pull, before.compliance, after.compliance)
        _fill_sales(
            before.order_book[r], shown.contracts[r], shown.expansion[r], known.booked, known.contract_years,
            shown.sales[r], after.order_book[r],
        )  # fmt: skip
        _fill_remembered(before.sold[r], shown.sales[r, 0], known.sponsor, after.sold[r])
        _owe(r, step, p, known, shown.lent, before, after)


@inlined
def _sell(like, r, d, known, shown, before, after):
    """What runs in a domain, what vendors sell without a contract, and what they deliver and learn from.

    before, after  what was delivered in all years, (run, domain, vendor) each
    """
    installed, size, share = (
        known.installed[r, d],
        known.size[d],
        known.follows[shared(known.follows, 0, r), d],
    )
    for g in range(len(known.stock)):
        keep(shown.capacity[r, g, d], summed(like, known.stock[g, d], size, installed), like)
    for g in range(len(known.flow)):
        if len(known.stock) == len(known.flow):
            base = line(shown.capacity[r, g, d], like)
        else:
            base = summed(like, known.flow[g, d], size, installed)
        keep(shown.expansion[r, g, d], _expansion(base, share), like)
    bought, expansion = line(shown.contracts[r, 0, d], like), line(shown.expansion[r, 0, d], like)
    delivered = _delivered_by(bought, expansion, known.beside[d])
    keep(after[r, d], line(before[r, d], like) + delivered / known.market[d], like)


@inlined
def _learn(like, few, r, d, p, known, base, pull, before, after):
    """Vendors of a domain move towards the standards that pull them.

    base           what runs there, (vendor,)
    before, after  compliance, (run, domain, vendor, family) each
    """
    official, demanded, spoken = pull[0], pull[1], pull[2]
    weight, whole = known.seen[shared(known.seen, 0, r), d], over(line(base, like))
    here = known.demanded[shared(known.demanded, 0, r), shared(known.demanded, 1, d)]
    _fill_demanding_share(
        known.installed[r, d], known.size[d], here, known.demanding, known.traded[d], whole, demanded
    )
    for s in range(len(known.there)):
        official[s] = spoken[s] = 0.0
        for b in range(len(weight)):
            official[s] += weight[b] * known.status[r, b, d, s] * known.there[s]
        for v in range(len(base)):
            spoken[s] += _share_of(base[v], whole) * before[r, d, v, s]
    for first in range(0, len(base), LANES):
        v = lanes(first, len(base))
        push = get(known.push, get(known.sponsor, d, v))
        why = Reasons(
            _own_preference(row(known.own_family, few, d, v), push, p.own_standard_preference),
            row(official, few),
            row(demanded, few),
            row(spoken, few),
            row(known.initial, few, d, v),
        )
        mix = row(before, few, r, d, v)
        put(after, _next_mix(mix, why, p) if _exclusive(p) else _next_of_several(mix, why, p), r, d, v)


@inlined
def _owe(r, step, p, known, lent_by_sponsor, before, after):
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the lender."""
    lent, change = known.lent, known.change
    for k in range(len(known.lender)):
        h, spent = known.lender[k], 0.0
        first, last, share = _repayment(known.tenor[k], known.grace[k])
        for c in range(lent.shape[1]):
            amount = lent[r, c, k]
            if amount != 0.0:
                spent += amount
                lent_by_sponsor[r, c, h] += amount
                if step + first < change.shape[1]:
                    change[r, step + first, c, h] += share * amount
                if step + last + 1 < change.shape[1]:
                    change[r, step + last + 1, c, h] -= share * amount
        after.overspent[r, k] = _overspent(before.overspent[r, k], spent, known.envelope[k])
        after.take_up[r, k] = _take_up(before.take_up[r, k], spent, known.promised[r, k], p.take_up_memory)
    for c in range(before.debt.shape[1]):
        for h in range(before.debt.shape[2]):
            repaid = before.instalment[r, c, h] + change[r, step, c, h]
            after.instalment[r, c, h] = repaid
            after.debt[r, c, h] = before.debt[r, c, h] + lent_by_sponsor[r, c, h] - repaid
