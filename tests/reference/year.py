"""What everybody meets in a year: conditions, prices, qualities; and what they see when they choose."""

import math
from dataclasses import dataclass
from typing import Any

import lockin_sim as ls
from lockin_sim.world import World
from reference.initial import on_sale
from reference.state import State, everything_installed, table


@dataclass
class Year:
    """Posted before anybody decides."""

    year: int
    step: int
    now: Any
    list_price: list[list[float]]  # d, v
    quality: list[list[float]]  # d, v
    salience: list[float]  # h
    affinity: list[list[float]]  # i, h


def sponsor_of(world: World, d: int, v: int) -> int | None:
    """The sponsor of an offer."""
    h = int(world.slot_sponsor[d, v])
    return h if h < len(world.sponsors) else None


def demands(state: State, year: Year, d: int, i: int, s: int) -> bool:
    """Whether offers must support a family in a market: by policy, or because the state prescribes it."""
    return bool(year.now.demanded[i, s]) or state.prescribed.get((d, i)) == s


def entered(world: World, year: int, d: int, v: int) -> bool:
    """Whether an offer is on the market anywhere."""
    return bool(world.slot_vendor[d, v] >= 0 and world.slot_entry[d, v] <= year)


def standards_cost(world: World, state: State, p: ls.Parameters, d: int, v: int) -> float:
    """What an offer's standards add to its price (P8)."""
    mine, h = state.compliance[d][v], sponsor_of(world, d, v)
    further = 0.0 if p.exclusive_compliance >= 0.5 else sum(mine) - max(mine)
    foreign = sum(a for s, a in enumerate(mine) if h is None or not world.owners[s, h] > 0)
    return p.dual_cost * further + p.royalty_rate * foreign


def added_quality(now, p: ls.Parameters, d: int, v: int) -> float:
    """The path of an offer's quality, with what parameters add (P11)."""
    way = math.log2(p.quality_drift)
    drift = -way * now.quality_half[d, v] if way < 0 else way * now.quality_twice[d, v]
    sponsor = p.sponsor_quality * now.quality_sponsor[d, v]
    trend = p.sponsor_quality_trend * now.quality_sponsor_trend[d, v]
    held = p.trend_after_record * now.quality_trend[d, v]
    return now.quality_path[d, v] + held + drift + sponsor + trend


def post(world: World, conditions, state: State, p: ls.Parameters, year: int) -> Year:
    """Stages of policy and prices."""
    step = year - world.first_year
    now = conditions.at(step)
    domain, country, vendor = world.shape
    price, quality = table(domain, vendor), table(domain, vendor)
    for d in range(domain):
        reference, exponent = world.reference_volume[d], p.learning_scale * world.learning_exponent[d]
        for v in range(vendor):
            learned = ((state.deployed[d][v] + reference) / reference) ** -exponent  # P1
            cost = world.initial_cost[d, v] * now.cost_factor[d, v] * learned
            added = 1 + standards_cost(world, state, p, d, v)
            price[d][v] = cost * (1 - now.state_support[d, v]) * added  # P2
            quality[d][v] = added_quality(now, p, d, v) + state.quality_gained[d][v]
    salience = []
    for h in range(len(world.sponsors)):
        after = max(0, year - int(world.salience_until[h]))
        salience.append(now.salience[h] * math.exp(-p.salience_fading * after))  # U13
    affinity = [
        [now.affinity[i, h] + state.drift[i][h] for h in range(len(world.sponsors))] for i in range(country)
    ]
    return Year(year, step, now, price, quality, salience, affinity)


def binding(world: World, p: ls.Parameters, b: int) -> float:
    """How much the standards of a body bind: of a forum by invitation, what the parameter says (V13)."""
    own = world.bodies[b].bindingness
    return p.forum_weight if math.isnan(own) else own


@dataclass
class View:
    """The world as everybody sees it when the choice begins."""

    world: World
    state: State
    year: Year
    p: ls.Parameters
    base: dict[tuple[int, int], list[float]]  # (d, i): installed by v

    def fit(self, d: int, u: int, v: int) -> float:
        """How well one vendor's base works with another's offer (D1, D8, D11, D12)."""
        if u == v:
            return 1.0
        a, b = self.state.compliance[d][u], self.state.compliance[d][v]
        both = [min(x, y) for x, y in zip(a, b, strict=True)]
        common = sum(both) if self.p.exclusive_compliance >= 0.5 else max(both)  # D12, D11
        g, h = sponsor_of(self.world, d, u), sponsor_of(self.world, d, v)
        blocs = 1.0 if g is None or h is None else self.year.now.compatibility[g, h]
        return self.year.now.openness[d] * blocs * common

    def neighbours(self, d: int, i: int) -> list[float]:
        """The neighbours' base, by vendor."""
        influence, vendors = self.world.influence, range(self.world.shape[2])
        total = [0.0 for _ in vendors]
        for k in range(influence.n):
            if influence.uniform:
                weight = 0.0 if k == i else 1 / max(influence.n - 1, 1)
            else:
                weight = influence.matrix[i, k]
            if influence.nearby is not None:
                part = self.p.regional_weight
                weight = (1 - part) * weight + part * influence.nearby[i, k]
            total = [t + weight * self.base[d, k][v] for v, t in enumerate(total)]
        return total

    def works_with(self, d: int, base: list[float], v: int) -> float:
        """Part of a base that works with an offer (D2)."""
        return sum(k * self.fit(d, u, v) for u, k in enumerate(base) if k)

    def layers(self, d: int, i: int, v: int) -> float:
        """Own other layers of the offer's sponsor (D3, D9)."""
        h, total = sponsor_of(self.world, d, v), 0.0
        if h is None:
            return 0.0
        for e in range(self.world.shape[0]):
            mine = (k for u, k in enumerate(self.base[e, i]) if sponsor_of(self.world, e, u) == h)
            total += self.world.stack[d, e] * sum(mine)
        return total

    def official(self, d: int, i: int, v: int) -> float:
        """Official status of the standards that an offer supports here, as the country sees it (U15)."""
        several = self.p.exclusive_compliance < 0.5
        spoken = [
            1.0 if several and demands(self.state, self.year, d, i, s) else a
            for s, a in enumerate(self.state.compliance[d][v])
        ]
        seen = [
            b
            for b, body in enumerate(self.world.bodies)
            if self.year.now.mandate[b, d] and (body.weight[i] > 0 or body.firm_weight[i] > 0)
        ]
        binds = {b: binding(self.world, self.p, b) for b in seen}
        total = 0.0
        for b in seen:
            mix = zip(self.state.status[b][d], spoken, strict=True)
            total += binds[b] * sum(f * a for f, a in mix)
        return total / sum(binds.values()) if total > 0 else 0.0  # V13

    def affinity(self, d: int, i: int, v: int) -> float:
        """Affinity with the sponsor of an offer."""
        h = sponsor_of(self.world, d, v)
        return 0.0 if h is None else self.year.affinity[i][h] * self.world.relative_affinity[d]

    def distrust(self, d: int, i: int, v: int) -> float:
        """Concern about the sponsor times salience, where restrictions bite."""
        h = sponsor_of(self.world, d, v)
        if h is None or not self.world.sensitive[d]:
            return 0.0
        return self.year.salience[h] * self.world.concern_in(self.year.year)[i, h]

    def restricted(self, d: int, i: int, v: int) -> bool:
        """Whether an offer's sponsor is restricted here."""
        h = sponsor_of(self.world, d, v)
        return bool(self.world.sensitive[d] and h is not None and self.state.since[i][h] is not None)

    def may(self, d: int, i: int, v: int) -> bool:
        """Whether an offer may be taken."""
        there = on_sale(self.world, self.year.now, self.year.year, d, i, v)
        return there and not self.restricted(d, i, v)

    def price(self, d: int, i: int, v: int, held: float, subsidy: float = 0.0) -> float:
        """Log of the price asked of a customer (P3, P6), of which a state pays part (P13)."""
        p, price = self.p, math.log(self.year.list_price[d][v])
        price += p.lock_in_markup * held - p.penetration_discount * (1 - held)
        cost = self.fines(d, i, v)
        if self.world.personal_data[d]:
            cost += self.year.now.compliance_cost[i, self.world.slot_sponsor[d, v]]
        return price + math.log1p(cost) + math.log1p(-subsidy)

    def fines(self, d: int, i: int, v: int) -> float:
        """What an offer costs more where it is not built to a family agreed on, share of price (P9)."""
        mine = self.state.compliance[d][v]
        return sum(self.year.now.fine[i, s] * (1 - a) for s, a in enumerate(mine))

    def price_weight(self, log_income: float) -> float:
        """What a log point of price counts (U14)."""
        return self.p.price_weight * math.exp(-self.p.price_income_slope * log_income)

    def outside(self, i: int) -> float:
        """Utility of going without (U12)."""
        return self.p.outside_level - self.p.outside_income_weight * self.year.now.log_income[i]


def look(world: World, state: State, year: Year, p: ls.Parameters) -> View:
    """The view of this year."""
    return View(world, state, year, p, everything_installed(world, state))


def removal(world: World, state: State, year: Year, i: int, h: int | None) -> float:
    """Share of what is restricted that must go this year (T3)."""
    if h is None or state.since[i][h] is None or not year.now.phase_out_years[i, h] > 0:
        return 0.0
    return 1 / max(1.0, year.now.phase_out_years[i, h] - (year.year - 1 - state.since[i][h]))


def logit(utilities: list[float], scale: float) -> list[float]:
    """Chances of offers (C3); at scale 0 those within 1e-9 of the best share it."""
    best = max(utilities)
    if best == -math.inf:
        return [0.0 for _ in utilities]
    gaps = [best - u for u in utilities]
    if scale == 0:
        weight = [1.0 if gap <= 1e-9 else 0.0 for gap in gaps]
    else:
        weight = [math.exp(-(gap if gap > 1e-9 else 0.0) / scale) for gap in gaps]
    return [w / sum(weight) for w in weight]


def surplus(utilities: list[float], scale: float) -> float:
    """Expected utility of the best (C4)."""
    best = max(utilities)
    if best == -math.inf:
        return math.nan
    if scale == 0:
        return best
    return best + scale * math.log(sum(math.exp((u - best) / scale) for u in utilities))


def coverage_gain(utilities: list[float], outside: float, scale: float) -> float:
    """What the offers are worth over going without (C7): the best of all of them, less going without."""
    return surplus([*utilities, outside], scale) - outside


def pick(utilities: list[float], shocks: list[float], scale: float) -> int | None:
    """The best offer with its shock; among equals the larger shock (C1)."""
    scores = [u + scale * e for u, e in zip(utilities, shocks, strict=True)]
    best = max(scores)
    if best == -math.inf:
        return None
    tied = [v for v, score in enumerate(scores) if score >= best - 1e-9]
    return max(tied, key=lambda v: shocks[v])
