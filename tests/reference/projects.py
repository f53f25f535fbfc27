"""Projects: where they land, and whom they take."""

import math
from dataclasses import dataclass

from lockin_sim.common.draws import Stream
from lockin_sim.world import World
from lockin_sim.world.markets import Routes
from reference.chance import Chance
from reference.finance import Loans, benefit, used
from reference.state import Market
from reference.year import View, Year, pick, sponsor_of


@dataclass
class Project:
    """A project of the year."""

    key: Stream
    landings: list[int]
    length: float
    value: float  # of a landing
    winner: int | None = None


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
            another = _drawn(_further(routes, landings[0]), luck[1 + k])
            if another not in landings:
                landings.append(another)
        first = landings[0]
        length = sum(_apart(routes, first, i) for i in landings[1:])
        found.append(Project(key, landings, length or routes.own_km, value))
    return found


def _further(routes: Routes, first: int) -> list[float]:
    """Chance of each economy as another landing: by its pull, falling with the distance from the first."""
    weight = [
        0.0 if i == first else float(pull) * math.exp(-_apart(routes, first, i) / routes.decay_km)
        for i, pull in enumerate(routes.pull)
    ]
    total = sum(weight) if routes.pull[first] > 0 else 0.0
    return [one / total if total else 0.0 for one in weight]


def _apart(routes: Routes, one: int, other: int) -> float:
    """Kilometres over the globe between two economies, by their unit vectors."""
    places = []
    for i in (one, other):
        latitude, longitude = math.radians(routes.latitude[i]), math.radians(routes.longitude[i])
        flat = math.cos(latitude)
        places.append((flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)))
    return 2 * 6371.0 * math.asin(min(1.0, math.dist(*places) / 2))


def _drawn(chances: list[float], luck: float) -> int:
    total = 0.0
    for k, one in enumerate(chances):
        total += one
        if luck <= total:
            return k
    return len(chances) - 1


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
        fined = sum(view.fines(d, i, v) for i in lands) / len(lands)
        asked = math.log(year.list_price[d][v]) + math.log1p(fined)
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
