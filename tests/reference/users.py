"""Users: who leaves whom for whom, and who comes new."""

import math
import sys

from reference.initial import on_sale
from reference.state import Market, shares
from reference.year import View, coverage_gain, sponsor_of

#: A continuum is never of one mind (section 6 of the description).
LEAST_NOISE = 15 / -math.log(sys.float_info.min)


def users_move(
    view: View, d: int, i: int, tastes: list[float], goes: list[float], market: Market
) -> list[float]:
    """A year of the users of a market; goes is the share of what is restricted that must go, by sponsor.
    Returns their shares afterwards."""
    world, p, year, state = view.world, view.p, view.year, view.state
    before, vendors = state.users[d, i], range(world.shape[2])
    scale = max(p.noise_scale, LEAST_NOISE)
    share, minds_price = shares(before), view.price_weight(year.now.log_income[i])
    price = [math.exp(view.price(d, i, v, share[v])) for v in vendors]
    utility = _worth(view, d, i, share, price, minds_price, tastes)
    may, cap = [v for v in vendors if view.may(d, i, v)], year.now.share_cap[d, i]
    if cap < 1:
        may = [v for v in may if before[v] < cap] or may  # N5
    weight = [0.0 for _ in vendors]
    best = max((utility[v] for v in may), default=0.0)
    for v in may:
        weight[v] = math.exp((utility[v] - best) / scale)  # N1
    gained, stayed, pulled, value = ([0.0 for _ in vendors] for _ in range(4))
    leaving, early = [0.0 for _ in vendors], [0.0 for _ in vendors]
    gone = [world.hosted[d] and not on_sale(world, year.now, year.year, d, i, v) for v in vendors]
    cost = p.switching_cost * world.relative_switching[d]
    for u in vendors:
        regular = before[u] * min(1.0, 1 / world.lifetime[d])
        if gone[u]:
            early[u] = before[u] - regular
        elif view.restricted(d, i, u):
            early[u] = (before[u] - regular) * goes[sponsor_of(world, d, u)]
        leaving[u] = regular + early[u]
        reach = [weight[v] * math.exp(-cost * (1 - view.fit(d, u, v)) / scale) for v in vendors]  # N2
        if sum(reach) > 0:
            for v in vendors:
                gained[v] += leaving[u] * reach[v] / sum(reach)  # N3
            stayed[u] = leaving[u] * weight[u] / sum(reach)
            pulled[u] = stayed[u] - leaving[u] * weight[u] / sum(weight)
            value[u] = leaving[u] * (scale * math.log(sum(reach)) + best)
        else:
            gained[u] += leaving[u]
            stayed[u] = leaving[u]
            value[u] = leaving[u] * best
    thinking = p.greenfield_rate * max(0.0, 1 - sum(before))  # N4
    if may:
        expected = best + scale * math.log(sum(weight))
        gap = (expected - view.outside(i)) / scale
        come = 1 / (1 + math.exp(-gap)) if gap > -700 else 0.0
        new = thinking * come
        gained = [g + new * w / sum(weight) for g, w in zip(gained, weight, strict=True)]
    size = year.now.market_size[d, i] * world.lifetime[d]
    market.bought = [size * g for g in gained]
    market.pulled = [size * x for x in pulled]
    barred = [view.restricted(d, i, v) or gone[v] for v in vendors]
    market.counted = {
        "renewed": size * sum(leaving),
        "retained": size * sum(stayed),
        "forced": size * sum(x for x, b in zip(leaving, barred, strict=True) if b),
        "early": size * sum(early),
        "surplus": size * sum(value),
        "considered": 0.0,
        "coverage_surplus": 0.0,
        "paid": size * sum(g * c for g, c in zip(gained, price, strict=True)),
    }
    _count_new(market, size, thinking, [utility[v] for v in may], view.outside(i), scale)
    return [before[v] - leaving[v] + gained[v] for v in vendors]


def _worth(
    view: View,
    d: int,
    i: int,
    share: list[float],
    price: list[float],
    minds_price: float,
    tastes: list[float],
) -> list[float]:
    """Utility of every vendor's offer to the users of a market, whether they may have it or not."""
    world, p, year = view.world, view.p, view.year
    return [
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
        for v in range(world.shape[2])
    ]


def _count_new(
    market: Market, size: float, thinking: float, offered: list[float], outside: float, scale: float
) -> None:
    """Count those who have nothing yet and think about it, and what the offers are worth to them."""
    if outside > -math.inf and thinking > 1e-6:
        market.counted["considered"] = size * thinking
        market.counted["coverage_surplus"] = size * thinking * coverage_gain(offered, outside, scale)
