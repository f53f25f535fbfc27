"""Operators, users, projects and adopters: what they decide, on one view of the world."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance, of_generation
from reference.finance import Loans, benefit, used
from reference.initial import expansion
from reference.state import State
from reference.year import View, Year, logit, pick, removal, shares, sponsor_of, surplus

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


@dataclass
class Project:
    """A project of the year."""

    key: np.uint64
    landings: list[int]
    length: float
    value: float  # of a landing
    winner: int | None = None


@dataclass
class Market:
    """What was bought in a market in a year, USD bn."""

    bought: list[float]
    locked: list[float]
    counted: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(
            ("renewed", "retained", "forced", "early", "surplus", "paid"), 0.0
        )
    )


# --- what is up --------------------------------------------------------------------------------------


def lots_up(world: World, chance: Chance, state: State, year: Year, p: ls.Parameters, run: int) -> list[Lot]:
    """Lots that are renewed or considered."""
    found = []
    for j in range(len(world.lots)):
        d, i = int(world.lots.domain[j]), int(world.lots.country[j])
        arrived, incumbent = _arrived(world, chance, year, j), state.incumbent[j]
        ends, considers = _by_chance(world, chance, year, p, run, j)
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
            value = year.now.market_size[d, i] * world.lifetime[d] * capacity  # T4
            found.append(Lot(j, arrived, freed, considered, early, value))
    return found


def _arrived(world: World, chance: Chance, year: Year, j: int) -> int:
    """The newest generation that a lot is due for (T1), -1 before the first."""
    d, i, arrived = world.lots.domain[j], world.lots.country[j], -1
    for g, arrival in enumerate(world.generation_year[d]):
        if arrival < NEVER:
            luck = chance.uniform("generation", world.lot_keys[j], of_generation(g), country=i)
            arrived += bool(arrival + world.generation_delay[i] + math.floor(4 * luck) <= year.year)
    return arrived


def _by_chance(world: World, chance: Chance, year: Year, p, run: int, j: int) -> tuple[bool, bool]:
    """Whether the contract of a lot would end (T2), and whether building would be considered."""
    d, i, key = world.lots.domain[j], world.lots.country[j], world.lot_keys[j]
    if world.calendar is not None:
        calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[run]
        called = bool(calendar[year.step - 1, d, i])
        return called, called
    by_generation = any(arrival < NEVER for arrival in world.generation_year[d])
    hazard = p.contract_end_rate if by_generation else min(1.0, 1 / world.lifetime[d])
    ends = chance.uniform("contract", key, year=year.year, country=i) < hazard
    return ends, chance.uniform("greenfield", key, year=year.year, country=i) < p.greenfield_rate


def projects_planned(world: World, chance: Chance, year: Year) -> list[Project]:
    """Where this year's projects land."""
    routes, found = world.routes, []
    if routes is None:
        return found
    most = len(routes.count)
    expected = sum(n * c for n, c in enumerate(routes.count, start=1))
    value = float(sum(year.now.market_size[routes.domain])) / (routes.yearly * expected)
    for number in range(routes.yearly):
        key, luck = chance.of_project(number, year.year, most + 1)
        wanted = 1 + _drawn([float(c) for c in routes.count], luck[0])
        landings = [_drawn([float(c) for c in routes.first], luck[1])]
        for k in range(1, wanted):
            another = _drawn([float(c) for c in routes.further[landings[0]]], luck[1 + k])
            if another not in landings:
                landings.append(another)
        first = landings[0]
        length = sum(routes.distance[first, i] for i in landings[1:])
        found.append(Project(key, landings, length or routes.distance[first, first], value))
    return found


def _drawn(chances: list[float], luck: float) -> int:
    total = 0.0
    for k, one in enumerate(chances):
        total += one
        if luck <= total:
            return k
    return len(chances) - 1


# --- operators ---------------------------------------------------------------------------------------


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
        asked = view.price(d, i, v, 1.0 if v == incumbent else 0.0)
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
    winner = pick(utility, shocks, p.noise_scale)
    if winner is not None and lot.considered:
        luck = chance.gumbel("outside", world.lot_keys[lot.j], year=year.year, country=i)
        best, staying = max(_scores(utility, shocks, p.noise_scale)), view.outside(i) + p.noise_scale * luck
        builds = best > staying + 1e-9 or (best >= staying - 1e-9 and shocks[winner] > luck)  # C2
        winner = winner if builds else None
    lot.winner = winner
    _count_lot(view, market, lot, d, i, incumbent, utility, switching)
    if winner is None:
        return [0.0 for _ in world.lenders.names]
    market.bought[winner] += lot.value
    market.counted["paid"] += price[winner] * lot.value
    base = p.financed_base if world.backbone[d] else 1.0
    return [
        p.financed_share * base * lot.value * share
        for share in taken[winner] or [0.0] * len(world.lenders.names)
    ]


def _scores(utility: list[float], shocks: list[float], scale: float) -> list[float]:
    return [u + scale * e for u, e in zip(utility, shocks, strict=True)]


def _within_cap(view: View, d: int, i: int, weight: float, incumbent: int | None) -> set[int]:
    """Offers that may be taken, within the cap if that leaves any (T5)."""
    may = {v for v in range(view.world.shape[2]) if view.may(d, i, v)}
    cap = view.year.now.share_cap[d, i]
    within = {v for v in may if view.base[d, i][v] + (0.0 if v == incumbent else weight) <= cap + 1e-6}
    return within or may


def _count_lot(view: View, market: Market, lot: Lot, d, i, incumbent, utility, switching) -> None:
    """What a renewal shows."""
    if incumbent is None:
        return
    scale, counted = view.p.noise_scale, market.counted
    counted["renewed"] += lot.value
    counted["retained"] += lot.value * (lot.winner == incumbent)
    counted["forced"] += lot.value * view.restricted(d, i, incumbent)
    counted["early"] += lot.value * lot.early
    free = [u - s for u, s in zip(utility, switching, strict=True)]
    gain = logit(utility, scale)[incumbent] - logit(free, scale)[incumbent]  # C5
    market.locked[incumbent] += lot.value * gain
    worth = surplus(utility, scale)
    counted["surplus"] += lot.value * (0.0 if math.isnan(worth) else worth)


# --- users -------------------------------------------------------------------------------------------


def users_move(view: View, d: int, i: int, tastes: list[float], market: Market) -> list[float]:
    """A year of the users of a market.  Returns their shares afterwards."""
    world, p, year, state = view.world, view.p, view.year, view.state
    before, scale, vendors = state.users[d, i], p.noise_scale, range(world.shape[2])
    share, minds_price = shares(before), view.price_weight(year.now.log_income[i])
    price = [math.exp(view.price(d, i, v, share[v])) for v in vendors]
    utility = [
        p.quality_weight * year.quality[d][v]
        - minds_price * math.log(price[v])
        + p.home_preference * world.home_bonus[d, v] * year.now.home_part[d, i, v]
        + year.now.place_utility[d, i, v]
        + p.own_network_weight * world.own_pull[d, v] * view.works_with(d, share, v)
        + p.stack_weight * view.layers(d, i, v)
        + p.affinity_weight * view.affinity(d, i, v)
        + p.official_weight * view.official(d, i, v)
        - p.concern_weight * view.distrust(d, i, v)
        + tastes[v]
        for v in vendors
    ]
    may, cap = [v for v in vendors if view.may(d, i, v)], year.now.share_cap[d, i]
    if cap < 1:
        may = [v for v in may if before[v] < cap] or may  # N5
    weight = [0.0 for _ in vendors]
    best = max((utility[v] for v in may), default=0.0)
    for v in may:
        weight[v] = math.exp((utility[v] - best) / scale)  # N1
    gained, stayed, locked, value = ([0.0 for _ in vendors] for _ in range(4))
    leaving, early = [0.0 for _ in vendors], [0.0 for _ in vendors]
    cost = p.switching_cost * world.relative_switching[d]
    for u in vendors:
        regular = before[u] * min(1.0, 1 / world.lifetime[d])
        if view.restricted(d, i, u):
            early[u] = (before[u] - regular) * removal(world, state, year, i, sponsor_of(world, d, u))
        leaving[u] = regular + early[u]
        reach = [weight[v] * math.exp(-cost * (1 - view.fit(d, u, v)) / scale) for v in vendors]  # N2
        if sum(reach) > 0:
            for v in vendors:
                gained[v] += leaving[u] * reach[v] / sum(reach)  # N3
            stayed[u] = leaving[u] * weight[u] / sum(reach)
            locked[u] = stayed[u] - leaving[u] * weight[u] / sum(weight)
            value[u] = leaving[u] * (scale * math.log(sum(reach)) + best)
        else:
            gained[u] += leaving[u]
            stayed[u] = leaving[u]
            value[u] = leaving[u] * best
    if may:
        expected = best + scale * math.log(sum(weight))
        gap = (expected - view.outside(i)) / scale
        come = 1 / (1 + math.exp(-gap)) if gap > -700 else 0.0
        new = p.greenfield_rate * max(0.0, 1 - sum(before)) * come  # N4
        gained = [g + new * w / sum(weight) for g, w in zip(gained, weight, strict=True)]
    size = year.now.market_size[d, i] * world.lifetime[d]
    market.bought = [size * g for g in gained]
    market.locked = [size * x for x in locked]
    barred = [view.restricted(d, i, v) for v in vendors]
    market.counted = {
        "renewed": size * sum(leaving),
        "retained": size * sum(stayed),
        "forced": size * sum(x for x, b in zip(leaving, barred, strict=True) if b),
        "early": size * sum(early),
        "surplus": size * sum(value),
        "paid": size * sum(g * c for g, c in zip(gained, price, strict=True)),
    }
    return [before[v] - leaving[v] + gained[v] for v in vendors]


# --- projects ----------------------------------------------------------------------------------------


def project_chooses(
    view: View, loans: Loans, project: Project, tastes: dict[int, list[float]], markets: dict[int, Market]
) -> dict[int, list[float]]:
    """All landings of a project take one supplier.  Returns what lenders lend in each economy."""
    world, p, year = view.world, view.p, view.year
    d, lands, vendors = world.routes.domain, project.landings, range(world.shape[2])
    utility, price, taken = [], [], []
    minds_price = view.price_weight(sum(year.now.log_income[i] for i in lands) / len(lands))
    for v in vendors:
        h = sponsor_of(world, d, v)
        given = {i: used(world, year, loans, i, h) if world.financeable[d] else None for i in lands}
        taken.append(given)
        off = sum(benefit(loans, p, i, given[i]) if given[i] else 0.0 for i in lands) / len(lands)
        asked = math.log(year.list_price[d][v])
        price.append(math.exp(asked) * (1 - off))
        home = any(year.now.home_part[d, i, v] > 0 for i in lands)

        def mean(values) -> float:
            return sum(values) / len(lands)

        utility.append(
            p.quality_weight * year.quality[d][v]
            - minds_price * (asked + math.log1p(-off))
            + p.home_preference * world.home_bonus[d, v] * home
            + mean(year.now.place_utility[d, i, v] for i in lands)
            + world.length_slope[d, v] * math.log(project.length / 3000)  # U11
            + p.stack_weight * mean(view.layers(d, i, v) for i in lands)
            + p.affinity_weight * mean(view.affinity(d, i, v) for i in lands)
            + p.official_weight * mean(view.official(d, i, v) for i in lands)
            - p.concern_weight * mean(view.distrust(d, i, v) for i in lands)
            + mean(tastes[i][v] for i in lands)
        )
        if not all(view.may(d, i, v) for i in lands):
            utility[v] = -math.inf
    shocks = [Chance.gumbel_of(project.key, world.offer_keys[d, v]) for v in vendors]
    project.winner = pick(utility, shocks, p.noise_scale)
    if project.winner is None:
        return {}
    lent = {}
    for i in lands:
        markets[i].bought[project.winner] += project.value
        markets[i].counted["paid"] += price[project.winner] * project.value
        given = taken[project.winner][i] or []
        lent[i] = [p.financed_share * project.value * share for share in given]
    return lent


# --- adopters ----------------------------------------------------------------------------------------


def adopters_adopt(view: View, chance: Chance, d: int, i: int, tastes: list[float]) -> list[float]:
    """Adoption of each system or family of rules a year later."""
    world, p, year = view.world, view.p, view.year
    after = []
    for v, before in enumerate(view.state.adoption[d, i]):
        utility = (
            p.quality_weight * year.quality[d][v]
            + year.now.place_utility[d, i, v]
            + p.stack_weight * view.layers(d, i, v)
            + p.affinity_weight * view.affinity(d, i, v)
            - p.concern_weight * view.distrust(d, i, v)
            + tastes[v]
        )
        likes = 1 / (1 + math.exp(-utility)) if view.may(d, i, v) else 0.0
        h = sponsor_of(world, d, v)
        own = h is not None and world.home[i, h] and world.slot_vendor[d, v] >= 0
        if own and world.slot_entry[d, v] <= year.year:
            after.append(1.0)
        elif world.enacted[d]:
            hazard = 1 - math.exp(-2 * year.now.adoption_rate[d, v] * likes)  # A2
            keys = (world.cell_keys[d, i], world.offer_keys[d, v])
            luck = chance.uniform("adoption", *keys, year=year.year, country=i)
            after.append(1.0 if before > 0 or luck < hazard else 0.0)
        else:
            after.append(before + (likes - before) / max(world.lifetime[d], 1.0))  # A1
    return after
