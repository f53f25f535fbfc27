"""The first year: who had what in it."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance
from reference.state import State, everything_installed, shares, table

SAMPLE, ROUNDS = 64, 80


def taste_of_country(world: World, chance: Chance, p: ls.Parameters, d: int, i: int, run: int) -> list[float]:
    """Lasting taste of a country for the offers of a domain, by vendor."""
    shared = world.buyer[d] == "adopters" and not world.enacted[d]
    tastes = []
    for v in range(world.shape[2]):
        taste = 0.0
        if p.taste_country:
            label = np.uint64(0) if shared else world.offer_keys[d, v]
            shock = chance.normal("taste", world.cell_keys[d, i], label, country=i)
            taste = p.taste_country * world.relative_taste[d] * shock
        if world.taste is not None:
            taste += (world.taste if world.taste.ndim == 3 else world.taste[run])[d, i, v]
        tastes.append(taste)
    return tastes


def taste_of_operator(world: World, chance: Chance, p: ls.Parameters, j: int, arrived: int) -> list[float]:
    """Taste of the operator of a lot in the newest generation that it is due for, by vendor."""
    d, i = world.lots.domain[j], world.lots.country[j]
    scale, last = p.taste_operator * world.relative_taste[d], p.taste_persistence
    who, key, tastes = int(world.lots.operator[j]), world.operator_keys[j], []
    for v in range(world.shape[2]):
        labels = (who, key, world.offer_keys[d, v])
        taste = chance.taste_of_operator("operator taste", *labels, country=i)
        for g in range(arrived + 1):
            news = chance.taste_of_operator(f"operator taste {g}", *labels, country=i)
            taste = last * taste + math.sqrt(1 - last**2) * news
        tastes.append(scale * taste)
    return tastes


def first_state(world: World, chance: Chance, p: ls.Parameters, run: int) -> State:
    """The state of the first year."""
    domain, country, vendor = world.shape
    sponsor = len(world.sponsors)
    given = world.installed
    if given is not None and given.ndim == 4:
        given = given[run]
    appeal = _appeal(world) if given is None else {}
    lots = range(len(world.lots))
    incumbent = [_first_of_lot(world, chance, p, run, given, appeal, j) for j in lots]
    state = State(
        users={},
        incumbent=incumbent,
        generation=[_first_generation(world, chance, j) for j in lots],
        outgoing=[*incumbent],
        swap_year=[world.first_year for _ in lots],
        year=world.first_year,
        adoption={},
        landings=[
            [float(n) for n in row] for row in world.facts.get("landings", np.zeros((country, vendor)))
        ],
        deployed=[[float(q) for q in row] for row in world.initial_volume],
        compliance=[[[float(a) for a in row] for row in of_d] for of_d in world.initial_compliance],
        status=[[[float(f) for f in body.initial_status] for _ in range(domain)] for body in world.bodies],
        origin=[[_first_origin(world, b)] * domain for b in range(len(world.bodies))],
        quality_gained=table(domain, vendor),
        debt=table(country, sponsor),
        due={},
        since=table(country, sponsor, value=None),
        prescribed={},
        take_up=[float(w) for w in world.lenders.take_up],
        loans={},
        overspent=[0.0 for _ in world.lenders.names],
        drift=table(country, sponsor),
        book=[],
        sold=[],
    )
    for d in range(domain):
        for i in range(country):
            if world.buyer[d] == "users":
                state.users[d, i] = _first_users(world, chance, p, run, given, appeal, d, i)
            if world.buyer[d] == "adopters":
                state.adoption[d, i] = _first_adoption(world, chance, given, d, i)
    for (later, i, h), principal in np.ndenumerate(
        np.zeros((0, 0, 0)) if world.first_instalments is None else world.first_instalments
    ):
        if later:  # what falls due in the first year is repaid
            state.debt[i][h] += principal
            state.due.setdefault(later, table(country, sponsor))[i][h] += principal
    state.book = _first_book(world, p, state)
    state.sold = [_first_sales(world, state)] * 3
    return state


def _first_sales(world: World, state: State) -> list[list[float]]:
    """Shares of the base by domain and sponsor, which stand for sales before the first year."""
    base, size = everything_installed(world, state), world.conditions.at(0).market_size
    domain, country, vendor = world.shape
    found = table(domain, len(world.sponsors))
    for d in range(domain):
        held = [sum(base[d, i][v] * size[d, i] for i in range(country)) for v in range(vendor)]
        for v, share in enumerate(shares(held)):
            if world.slot_sponsor[d, v] < len(world.sponsors):
                found[d][world.slot_sponsor[d, v]] += share
    return found


def _first_origin(world: World, b: int) -> list[float]:
    """Whose the standards of a body are in the first year: of those who contribute, or everybody's alike."""
    now, sponsors = world.conditions.at(0), range(len(world.sponsors))
    weight = [float(now.effort[h, b] * now.contribution[h, b]) for h in sponsors]
    return [w / sum(weight) if sum(weight) > 0 else 1 / len(weight) for w in weight]


def _first_of_lot(world: World, chance: Chance, p, run: int, given, appeal, j: int) -> int | None:
    """Who runs a lot at the start."""
    lots, key = world.lots, world.lot_keys[j]
    d, i = lots.domain[j], lots.country[j]
    if given is not None:
        luck, total = chance.uniform("first", key, country=i), 0.0
        names = [(*world.vendors, "")[v] for v in world.slot_vendor[d]]
        for v in sorted(range(world.shape[2]), key=lambda v: (-given[d, i, v], names[v])):
            total += given[d, i, v]
            if luck < total:
                return v
        return None
    recorded = int(lots.recorded[j])
    if chance.knows_the_record and world.on_record.holder[0, j] >= 0:
        recorded = int(world.on_record.holder[0, j])
    if recorded >= 0:
        return recorded
    country = taste_of_country(world, chance, p, d, i, run)
    operator = taste_of_operator(world, chance, p, j, -1)
    best, winner = -math.inf, None
    for v in range(world.shape[2]):
        shock = chance.gumbel("first", key, world.offer_keys[d, v], country=i)
        utility = appeal[d][i][v] + country[v] + operator[v] + shock
        if utility > best:
            best, winner = utility, v
    there = chance.uniform("deployed", key, country=i) < world.facts["coverage"][d, i]
    return winner if there else None


def _first_generation(world: World, chance: Chance, j: int) -> int:
    """The newest generation of a lot at the start, -1 before the first and where it is not on record."""
    if not chance.knows_the_record:
        return -1
    return int(world.contracts.generation[j])


def _first_users(world: World, chance: Chance, p, run: int, given, appeal, d: int, i: int) -> list[float]:
    """Shares of users at the start."""
    if given is not None:
        return [float(k) for k in given[d, i]]
    taste = taste_of_country(world, chance, p, d, i, run)
    (chances,) = _chances(np.array([taste]) + appeal[d][i], 1.0).tolist()
    return [world.facts["coverage"][d, i] * share for share in chances]


def is_own(world: World, year: int, d: int, i: int, h: int) -> bool:
    """Whether a state is the sponsor's own: for laws, whether its rules are law there in the year."""
    if world.enacted[d] and world.law is not None:
        return bool(world.law[min(year - world.first_year, len(world.law) - 1)][i, h])
    return bool(world.home[i, h])


def _first_adoption(world: World, chance: Chance, given, d: int, i: int) -> list[float]:
    """Adoption at the start: as recorded, laws drawn; own states have what is there."""
    facts, adopted = world.facts.get("adoption", given), []
    for v in range(world.shape[2]):
        level = 0.0 if facts is None else float(facts[d, i, v])
        if world.enacted[d]:
            luck = chance.uniform("law", world.cell_keys[d, i], world.offer_keys[d, v], country=i)
            level = 1.0 if luck < level else 0.0
        h = world.slot_sponsor[d, v]
        own = h < len(world.sponsors) and is_own(world, world.first_year, d, i, h)
        there = on_sale(world, world.conditions.at(0), world.first_year, d, i, v)
        adopted.append(1.0 if own and there else level)
    return adopted


def _first_book(world: World, p, state: State) -> list[list[list[float]]]:
    """Revenue of contracts of all ages, signed by those installed."""
    domain, country, vendor = world.shape
    size, base = world.conditions.at(0).market_size, everything_installed(world, state)
    book = table(int(max(world.contract_years)), domain, vendor)
    for d in range(domain):
        years = int(world.contract_years[d])
        for v in range(vendor):
            yearly = sum(base[d, i][v] * size[d, i] for i in range(country)) * (1 - expansion(world, p, d))
            for ahead in range(years):
                book[ahead][d][v] = yearly * (years - 1 - ahead) / years
    return book


def expansion(world: World, p, d: int) -> float:
    """Part of spending that follows the base."""
    given = world.expansion_share[d]
    return p.expansion_share if math.isnan(given) else float(given)


# --- constants of the first year ---------------------------------------------------------------------


def _chances(utilities: np.ndarray, scale: float) -> np.ndarray:
    """Of each offer in each sample, zero where nothing is offered; both (sample, vendor)."""
    best = utilities.max(axis=1, keepdims=True)
    weight = np.exp((utilities - np.where(best == -math.inf, 0.0, best)) / scale)
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)


@lru_cache(maxsize=1)  # whatever the run: most of the time of this program
def _appeal(world: World) -> dict[int, list[list[float]]]:
    """Constant, region term and home bonus of each offer in each country, by domain."""
    p, now, sample = ls.Parameters(), world.conditions.at(0), range(SAMPLE)
    domain, country, vendor = world.shape
    luck = [Chance(0, run, None) for run in sample]
    found = {}
    for d in range(domain):
        if world.buyer[d] not in ("users", "operator"):
            continue
        appeal = table(country, vendor)
        for i in range(country):
            for v in range(vendor):
                there = on_sale(world, now, world.first_year, d, i, v) and world.facts["base_share"][d, v] > 0
                home = p.home_preference * world.home_bonus[d, v] * now.home_part[d, i, v]
                appeal[i][v] = home if there else -math.inf
        tastes = [[taste_of_country(world, c, p, d, i, 0) for i in range(country)] for c in luck]
        size = [world.facts["coverage"][d, i] * now.market_size[d, i] for i in range(country)]
        customers = [(i, size[i], np.array([of_run[i] for of_run in tastes])) for i in range(country)]
        if world.buyer[d] == "operator":
            customers = []
            for j in (j for j in range(len(world.lots)) if world.lots.domain[j] == d):
                i = int(world.lots.country[j])
                mine = [np.add(tastes[k][i], taste_of_operator(world, luck[k], p, j, -1)) for k in sample]
                customers.append((i, size[i] * world.lots.weight[j], np.array(mine)))
        for _ in range(ROUNDS):
            _rake(world, d, appeal, customers, p)
        found[d] = appeal
    return found


def _rake(world: World, d: int, appeal, customers, p) -> None:
    """One round: constants towards the world's shares, then terms towards records of economies or regions."""
    vendors, base = range(world.shape[2]), world.facts["base_share"][d]

    shares = [_chances(tastes + appeal[i], p.noise_scale).mean(axis=0).tolist() for i, _, tastes in customers]
    if world.buyer[d] == "users":
        _meet_records(world, d, appeal, shares)
    sold = [sum(size * s[v] for (_, size, _), s in zip(customers, shares, strict=True)) for v in vendors]
    for v in vendors:
        if base[v] > 0 and sold[v] > 0:
            for row in appeal:
                row[v] += math.log(base[v] / (sold[v] / sum(sold)))
    if world.buyer[d] == "operator":
        for inside, mine, target in _anchors(world, d):
            total = sum(size for i, size, _ in customers if i in inside)
            held = sum(
                size * s[v]
                for (i, size, _), s in zip(customers, shares, strict=True)
                for v in mine
                if i in inside
            )
            if total > 0 and 0 < held / total < 1:
                for i in inside:
                    for v in mine:
                        appeal[i][v] += 0.5 * (_log_odds(target) - _log_odds(held / total))


def _meet_records(world: World, d: int, appeal, shares) -> None:
    for i, recorded in enumerate(world.facts["users_base"][d]):
        if all(math.isnan(r) for r in recorded):
            continue
        for v, r in enumerate(recorded):
            if r > 0 and shares[i][v] > 0:
                appeal[i][v] += math.log(r / shares[i][v])
            elif not r > 0 and shares[i][v] > 1e-9:
                appeal[i][v] -= 30.0


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _anchors(world: World, d: int) -> list[tuple[list[int], list[int], float]]:
    """Countries, vendors and their share there; one factor on all odds makes regions add up to the world."""
    facts, now = world.facts, world.conditions.at(0)
    size = facts["coverage"][d] * now.market_size[d]
    found = []
    for h in range(len(world.sponsors)):
        rows = [
            k
            for k in range(len(facts["anchor_share"]))
            if facts["anchor_domain"][k] == d and facts["anchor_sponsor"][k] == h
        ]
        if not rows:
            continue
        mine = [
            v
            for v in range(world.shape[2])
            if world.slot_sponsor[d, v] == h and facts["base_share"][d, v] > 0
        ]
        inside = {k: [i for i in range(world.shape[1]) if facts["anchor_mask"][k, i]] for k in rows}
        part = {k: sum(size[i] for i in inside[k]) / sum(size) for k in rows}
        target = {k: float(facts["anchor_share"][k]) for k in rows}
        total = sum(facts["base_share"][d, v] for v in mine)
        if sum(part.values()) > 0.9 and 0 < total < 1:

            def gap(shift: float, part=part, target=target, total=total) -> float:
                held = sum(part[k] / (1 + math.exp(-_log_odds(target[k]) - shift)) for k in part)
                return held - total * sum(part.values())

            shift = _root(gap, -20.0, 20.0)
            target = {k: 1 / (1 + math.exp(-_log_odds(t) - shift)) for k, t in target.items()}
        found += [(inside[k], mine, target[k]) for k in rows]
    return found


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is zero."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return (low + high) / 2


def on_sale(world: World, now, year: int, d: int, i: int, v: int) -> bool:
    """Whether an offer is on sale in a country: entered, serving it, not barred."""
    h = world.slot_sponsor[d, v]
    barred = h < len(world.sponsors) and now.barrier[d, i, h]
    entered = world.slot_vendor[d, v] >= 0 and world.slot_entry[d, v] <= year
    return bool(entered and now.served[d, i, v] and not barred)
