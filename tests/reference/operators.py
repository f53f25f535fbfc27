"""Operators: which lots are up, and whom they take."""

import math
from dataclasses import dataclass

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance, of_generation
from reference.finance import Loans, benefit, network, used
from reference.initial import expansion, on_sale
from reference.state import Market, State
from reference.year import View, Year, coverage_gain, logit, pick, removal, sponsor_of, surplus

NEVER = 9999


@dataclass
class Lot:
    """A lot that is up this year, and why."""

    j: int
    arrived: int
    freed: bool
    considered: bool
    early: bool
    value: float
    winner: int | None = None


def lots_up(world: World, chance: Chance, state: State, year: Year, p: ls.Parameters, run: int) -> list[Lot]:
    """Lots that are renewed or considered."""
    found = []
    for j in range(len(world.lots)):
        d, i = int(world.lots.domain[j]), int(world.lots.country[j])
        due_by, incumbent = year.year + _head_start(world, state, year, d, i), state.incumbent[j]
        arrived = _arrived(world, chance, due_by, j)
        signed = _signed_on_record(world, chance, year, j)
        ends, considers = (flag or signed for flag in _by_chance(world, chance, year, p, run, j))
        freed = incumbent is not None and arrived > state.generation[j]
        regular = freed or (incumbent is not None and ends)
        early = False
        if incumbent is not None and not regular and world.sensitive[d]:
            share = removal(world, state, year, i, sponsor_of(world, d, incumbent))
            luck = chance.uniform("removal", world.lot_keys[j], year=year.year, country=i)
            early = luck < share  # T3
        considered = incumbent is None and considers
        if regular or early or considered:
            capacity = world.lots.weight[j] * (1 - expansion(world, p, d))
            value = year.now.market_size[d, i] * _lasts(world, chance, due_by, p, j) * capacity  # T4
            found.append(Lot(j, arrived, freed, considered, early, value))
    return found


def _starts(world: World, chance: Chance, j: int) -> list[int]:
    """Years in which a lot is due for the generations there are (T1)."""
    d, i, starts = world.lots.domain[j], world.lots.country[j], []
    for g, launch in enumerate(world.launch_year[d, i]):
        luck = chance.uniform("generation", world.lot_keys[j], of_generation(g), country=i)
        drawn = launch + math.floor(world.roll_out_years[d, i, g] * luck)
        starts.append(int(drawn) if launch < NEVER else NEVER)
    if chance.knows_the_record:
        starts = _around_record(starts, world.on_record.start[j].tolist())
    return [start for start in starts if start < NEVER]


def _around_record(drawn: list[int], recorded: list[int]) -> list[int]:
    """Years on record, and others at least a year before or after them."""
    known = [year < NEVER for year in recorded]
    years = [r if k else y for y, r, k in zip(drawn, recorded, known, strict=True)]
    for g in reversed(range(len(years) - 1)):
        if any(known[g + 1 :]) and not known[g]:
            years[g] = min(years[g], years[g + 1] - 1)
    for g in range(1, len(years)):
        if any(known[:g]) and not known[g]:
            years[g] = max(years[g], years[g - 1] + 1)
    return years


def _head_start(world: World, state: State, year: Year, d: int, i: int) -> int:
    """Years before its date that the first vendor which may sell in a market has a generation (T9)."""
    found = 0
    for v in range(world.shape[2]):
        h = sponsor_of(world, d, v)
        barred = world.sensitive[d] and h is not None and state.since[i][h] is not None
        if on_sale(world, year.now, year.year, d, i, v) and not barred:
            found = max(found, int(year.now.generation_lead[d, v]))
    return found


def _arrived(world: World, chance: Chance, year: int, j: int) -> int:
    """The newest generation that a lot is due for by a year, -1 before the first."""
    return sum(start <= year for start in _starts(world, chance, j)) - 1


def _lasts(world: World, chance: Chance, year: int, p: ls.Parameters, j: int) -> float:
    """Years that a contract for a lot is expected to last (T7): it is still there after k with (1 - h)^k."""
    to_come = [start for start in _starts(world, chance, j) if start > year]
    if not to_come:
        return float(world.lifetime[world.lots.domain[j]])
    return sum((1 - p.contract_end_rate) ** k for k in range(min(to_come) - year))


def _by_chance(world: World, chance: Chance, year: Year, p, run: int, j: int) -> tuple[bool, bool]:
    """Whether the contract of a lot would end (T2), and whether building would be considered."""
    d, i, key = world.lots.domain[j], world.lots.country[j], world.lot_keys[j]
    if world.calendar is not None:
        calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[run]
        called = bool(calendar[year.step - 1, d, i])
        return called, called
    by_generation = any(launch < NEVER for launch in world.launch_year[d].flat)
    hazard = p.contract_end_rate if by_generation else min(1.0, 1 / world.lifetime[d])
    ends = chance.uniform("contract", key, year=year.year, country=i) < hazard
    considers = chance.uniform("greenfield", key, year=year.year, country=i) < (
        p.greenfield_rate * world.building_pace[d, i]
    )
    return ends, considers


def _signed_on_record(world: World, chance: Chance, year: Year, j: int) -> bool:
    """Whether a contract for a lot is signed in the year as recorded: it is due in any case."""
    known = chance.knows_the_record and year.step < len(world.on_record.signed)
    return known and bool(world.on_record.signed[year.step, j])


def operator_chooses(
    view: View, chance: Chance, loans: Loans, lot: Lot, tastes: list[float], market: Market
) -> list[float]:
    """The operator of a lot takes an offer, or leaves it unbuilt.  Returns what each lender lends."""
    world, p, year, state = view.world, view.p, view.year, view.state
    d, i = int(world.lots.domain[lot.j]), int(world.lots.country[lot.j])
    incumbent, vendors = state.incumbent[lot.j], range(world.shape[2])
    sibling = int(world.lots.sibling[lot.j])
    other = state.incumbent[sibling] if sibling >= 0 else None
    around, minds_price = view.neighbours(d, i), view.price_weight(year.now.log_income[i])
    left = p.carry_over * world.generation_carry_over[d, lot.arrived] if lot.freed else 1.0
    utility, switching, price, taken = [], [], [], []
    for v in vendors:
        given = used(world, year, loans, i, sponsor_of(world, d, v)) if world.financeable[d] else None
        taken.append(given)
        off = benefit(loans, p, i, given) if given else 0.0
        subsidy = year.now.purchase_subsidy[d, i, v]
        asked = view.price(d, i, v, 1.0 if v == incumbent else 0.0, subsidy)
        price.append(math.exp(asked) * (1 - off))
        leaving = 0.0
        if incumbent is not None:
            part = left * world.relative_switching[d]
            leaving = -p.switching_cost * part * (1 - view.fit(d, incumbent, v))  # U6
        switching.append(leaving)
        utility.append(
            p.quality_weight * year.quality[d][v]
            - minds_price * (asked + math.log1p(-off))
            + p.home_preference * world.home_bonus[d, v] * year.now.home_part[d, i, v]
            + year.now.place_utility[d, i, v]
            + p.network_weight * view.works_with(d, around, v)
            + p.stack_weight * view.layers(d, i, v)
            + p.affinity_weight * view.affinity(d, i, v)
            + p.official_weight * view.official(d, i, v)
            - p.concern_weight * view.distrust(d, i, v)
            + tastes[v]
            + (0.0 if other is None else p.sibling_pull * view.fit(d, other, v))
            + leaving
        )
    may = _within_cap(view, d, i, world.lots.weight[lot.j], incumbent)
    utility = [u if v in may else -math.inf for v, u in enumerate(utility)]
    label = [world.offer_keys[d, v] for v in vendors]
    shocks = [chance.gumbel("offer", world.lot_keys[lot.j], k, year=year.year, country=i) for k in label]
    luck = chance.gumbel("outside", world.lot_keys[lot.j], year=year.year, country=i)
    on_record = chance.of_tender(year.year, lot.j)
    if on_record is not None and world.on_record.holder[year.step, lot.j] >= 0:
        *shocks, luck = on_record
    winner = pick(utility, shocks, p.noise_scale)
    if winner is not None and lot.considered:
        best, staying = max(_scores(utility, shocks, p.noise_scale)), view.outside(i) + p.noise_scale * luck
        builds = best > staying + 1e-9 or (best >= staying - 1e-9 and shocks[winner] > luck)  # C2
        winner = winner if builds else None
    lot.winner = winner
    _count_lot(view, market, lot, d, i, incumbent, utility, switching)
    if winner is None:
        return [0.0 for _ in world.lenders.names]
    market.bought[winner] += lot.value
    market.counted["paid"] += price[winner] * lot.value
    return [
        p.financed_share * network(world, p, d) * lot.value * share
        for share in taken[winner] or [0.0] * len(world.lenders.names)
    ]


def _scores(utility: list[float], shocks: list[float], scale: float) -> list[float]:
    return [u + scale * e for u, e in zip(utility, shocks, strict=True)]


def _within_cap(view: View, d: int, i: int, weight: float, incumbent: int | None) -> set[int]:
    """Offers that may be taken, within the cap if that leaves any (T5)."""
    may = {v for v in range(view.world.shape[2]) if view.may(d, i, v)}
    cap = view.year.now.share_cap[d, i]
    if cap >= 1:
        return may
    within = {v for v in may if view.base[d, i][v] + (0.0 if v == incumbent else weight) <= cap + 1e-6}
    return within or may


def _count_lot(view: View, market: Market, lot: Lot, d, i, incumbent, utility, switching) -> None:
    """What a renewal shows."""
    scale, counted = view.p.noise_scale, market.counted
    if incumbent is None:
        if lot.considered and view.outside(i) > -math.inf:
            counted["considered"] += lot.value
            counted["coverage_surplus"] += lot.value * coverage_gain(utility, view.outside(i), scale)
        return
    counted["renewed"] += lot.value
    counted["retained"] += lot.value * (lot.winner == incumbent)
    counted["forced"] += lot.value * view.restricted(d, i, incumbent)
    counted["early"] += lot.value * lot.early
    free = [u - s for u, s in zip(utility, switching, strict=True)]
    gain = logit(utility, scale)[incumbent] - logit(free, scale)[incumbent]  # C5
    market.pulled[incumbent] += lot.value * gain
    worth = surplus(utility, scale)
    counted["surplus"] += lot.value * (0.0 if math.isnan(worth) else worth)
