"""Small worlds in which everything happens: all four buyers, lenders, bodies, restrictions, generations."""

import dataclasses
from typing import Any

import numpy as np

from lockin_sim.common.conventions import NEVER
from lockin_sim.common.draws import History
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.world import Body, Conditions, World
from lockin_sim.world.case import Case, CaseYears
from lockin_sim.world.contracts import Contracts
from lockin_sim.world.markets import Influence, Lenders, Lots, Routes

FIRST, FACTS_UNTIL, LAST = 2010, 2014, 2040

#: What parameters add to qualities, beside the trend after the record.
ADDED_QUALITIES = ("quality_half", "quality_twice", "quality_sponsor", "quality_sponsor_trend")

#: Domains of a rich world, by name, and who buys in each.
BUYERS = {
    "radio": "operator",  # moves by generations
    "cameras": "operator",  # contracts end by chance
    "cables": "project",
    "phones": "users",
    "shops": "users",  # hold personal data
    "satellites": "adopters",  # a share
    "laws": "adopters",  # in force or not
}


def simplex(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random rows that sum to 1."""
    return rng.dirichlet(np.full(shape[-1], 0.5), size=shape[:-1])


def coin(rng: np.random.Generator, chance: float, *shape: int) -> np.ndarray:
    """Random flags."""
    return rng.random(shape) < chance


def rich_world(
    seed: int,
    *,
    domains: tuple[str, ...] = tuple(BUYERS),
    countries: int = 12,
    vendors: int = 5,
    sponsors: int = 3,
    standards: int = 3,
    procedures: tuple[str, ...] = ("one_country_one_vote", "rough_consensus"),
    influence: Any = None,
    recorded: bool = True,
    **changes: Any,
) -> World:
    """A small world with every mechanism at work; all numbers come from a seed.

    domains     some of BUYERS, in any order;  procedures  of the standards bodies, one each
    influence   weights of neighbours; None = drawn
    recorded    whether the first year is drawn around records; else ``installed`` is given
    changes     fields of the world that are given instead
    Vendors have a slot in each domain, in an order of its own, but for one empty slot in some.
    """
    rng, late = np.random.default_rng(seed), np.random.default_rng([seed, 2])  # late: old numbers stay
    d, c, v, h, s, b = len(domains), countries, vendors, sponsors, standards, len(procedures)
    slot_vendor = _slots(rng, d, v)
    used = slot_vendor >= 0
    sponsor_of, home_of = np.append(rng.integers(0, h + 1, v), h), np.append(rng.integers(-1, c, v), -1)
    entry = np.where(coin(rng, 0.8, d, v), FIRST - 5, FIRST + rng.integers(1, 5, (d, v)))
    buyer = tuple(BUYERS[name] for name in domains)
    lots = _lots(rng, buyer, c, slot_vendor, entry)
    share = simplex(rng, d, c, v + 1)[..., :v] * used[:, None]
    # what is drawn from one generator is drawn in this order, or all numbers change
    world: dict[str, Any] = {
        "name": "rich",
        "domains": domains,
        **_names(countries=("C", c), vendors=("vendor_", v), standards=("standard_", s), sponsors=("S", h)),
        "bodies": tuple(_body(rng, seed + k, f"body_{k}", p, c, s) for k, p in enumerate(procedures)),
        "first_year": FIRST,
        "last_year": LAST,
        "facts_until": FACTS_UNTIL,
        "buyer": buyer,
        "lots": lots,
        "routes": _routes(rng, buyer.index("project"), c) if "project" in buyer else None,
        "lenders": _lenders(rng, c, h),
        "slot_vendor": slot_vendor,
        "slot_sponsor": sponsor_of[slot_vendor],
        "slot_home": home_of[slot_vendor],
        "slot_entry": np.where(used, entry, NEVER),
    }
    world |= _of_offers(rng, used, s) | _of_domains(rng, domains, buyer)
    world["building_pace"] = np.random.default_rng([seed, 11]).uniform(0.2, 2, (d, c))
    delay = rng.integers(0, 4, c)
    world |= _of_countries(rng, late, c, h, influence) | _of_sponsors(rng, late, d, h, s)
    if influence is None:
        near = np.random.default_rng([seed, 13]).random((c, c)) / c
        world["influence"] = Influence(world["influence"].matrix, c, near)
    world |= _calendar(np.random.default_rng([seed, 7]), domains, delay)
    world |= {
        "conditions": _conditions(rng, (d, c, v, h, b, s)),
        "groups": {"some": coin(rng, 0.5, d, c), "none": np.zeros((d, c), dtype=bool)},
        "facts": _facts(rng, buyer, slot_vendor, entry, c),
        "installed": None if recorded else share,
    }
    return World(**(world | changes))


def with_contracts(world: World, seed: int, present: int = FIRST + 8) -> World:
    """The world with contracts on record for about half of its lots of radio: some known at the start, some
    later, with swaps, vendors that may not be on sale, and years that are not on record."""
    rng, lots = np.random.default_rng([seed, 3]), world.lots
    years, number = present - FIRST + 1, len(lots)
    holder, signed = np.full((years, number), -1), np.zeros((years, number), dtype=bool)
    start = np.full((world.launch_year.shape[2], number), NEVER)
    d = world.domains.index("radio")
    for lot in np.flatnonzero((lots.domain == d) & (rng.random(number) < 0.6)):
        slots = np.flatnonzero(world.slot_vendor[d] >= 0)
        begins = np.unique(rng.integers(-2, years, 3))
        for k, step in enumerate(begins):
            until = years if k + 1 == len(begins) else begins[k + 1]
            holder[max(step, 0) : min(until, step + 6), lot] = rng.choice(slots)
            signed[step, lot] = step > 0
            if k < 2 and rng.random() < 0.7 and (start[k, lot] == NEVER):
                start[k, lot] = FIRST + step
    case = Case(years=CaseYears(FIRST, FACTS_UNTIL, present, present + 2, LAST))
    held = [(FIRST + year, lot, holder[year, lot]) for year, lot in np.argwhere(holder >= 0)]
    tenders = []
    for step, lot in np.argwhere(signed & (holder >= 0)):
        begun = [g for g, year in enumerate(start[:, lot]) if year == FIRST + step]
        tenders.append((FIRST + step, lot, begun[0] if begun else -1, holder[step, lot]))
    generation = np.where(start[1] <= FIRST, 1, np.where(start[0] <= FIRST, 0, -1))
    contracts = Contracts(np.array(tenders), np.array(held), generation)
    return dataclasses.replace(world, contracts=contracts, case=case)


def with_leads(world: World, seed: int) -> World:
    """The world with vendors that have generations up to four years before their dates, in some years."""
    rng, now = np.random.default_rng([seed, 5]), world.conditions
    shape = now.generation_lead.shape
    lead = rng.integers(1, 5, shape[1:]) * coin(rng, 0.5, *shape[1:]) * world.by_generation[:, None]
    years = coin(rng, 0.8, shape[0], 1, 1)
    return dataclasses.replace(world, conditions=dataclasses.replace(now, generation_lead=lead * years))


def without_lenders(world: World) -> World:
    """The world, in which nobody lends."""
    of_lenders = ("envelope", "loan_rate", "tenor", "grace", "tied", "recorded_loans")
    now = {name: getattr(world.conditions, name)[..., :0] for name in of_lenders}
    of_each = vars(world.lenders).items()
    lenders = {name: part[:, :0] if name == "appeal" else part[:0] for name, part in of_each}
    conditions = dataclasses.replace(world.conditions, **now)
    return dataclasses.replace(world, conditions=conditions, lenders=Lenders(**lenders))


def without_lots(world: World) -> World:
    """The world, in whose domains of operators there are no operators."""
    none = {f.name: getattr(world.lots, f.name)[:0] for f in dataclasses.fields(Lots)}
    return dataclasses.replace(world, lots=Lots(**none))


def halves_off(half: int) -> Parameters:
    """Parameters of which every second one is 0, or as near to it as it may be; the others are above 0.

    half  0 or 1, the place of the first one that is off
    """
    values = {}
    for place, (name, declared) in enumerate(collect_declarations().items()):
        low, high, _ = declared.valid
        above = declared.default if declared.default > 0 else declared.range[1]
        values[name] = min(max(0.0, low), high) if place % 2 == half else above
    return Parameters(**values)


def history_on_record(world: World, parameters: Parameters, runs: int, seed: int = 5) -> History:
    """Histories of some runs that meet the contracts of a world: tastes and luck given them."""
    numbers = np.arange(runs * len(world.countries)).reshape(runs, -1)
    past = History(numbers, np.arange(runs), seed=seed, last=world.present)
    return ConditionedHistories.of(past, np.arange(runs), parameters, world)[:]


def _names(**kinds: tuple[str, int]) -> dict[str, tuple[str, ...]]:
    """Numbered names of each kind: what they begin with, and how many."""
    return {kind: tuple(f"{begin}{i}" for i in range(number)) for kind, (begin, number) in kinds.items()}


def _of_offers(rng: np.random.Generator, used: np.ndarray, s: int) -> dict[str, Any]:
    """Fields over domains and vendors.  used: slots that hold a vendor, (domain, vendor)."""
    d, v = used.shape
    return {
        "initial_cost": rng.uniform(0.6, 1.5, (d, v)),
        "initial_volume": rng.uniform(0, 5, (d, v)) * used,
        "initial_compliance": simplex(rng, d, v, s),
        "home_bonus": rng.uniform(0, 2, (d, v)),
        "own_pull": rng.uniform(0, 2, (d, v)),
        "length_slope": rng.normal(0, 1, (d, v)),
        "is_local": coin(rng, 0.1, d, v),
    }


def _not_left(years: int, *shape: int) -> np.ndarray:
    """Whether a vendor has not left a market for good.  (year, ...)."""
    last = np.random.default_rng(years).geometric(0.05, shape)
    found: np.ndarray = np.arange(years).reshape(-1, *[1] * len(shape)) < last
    return found


def _of_domains(rng: np.random.Generator, domains: tuple[str, ...], buyer: tuple[str, ...]) -> dict[str, Any]:
    """Fields over domains."""
    d = len(domains)
    return {
        "generation_carry_over": rng.uniform(0, 1, (d, 2)),
        "swap_years": np.random.default_rng(d).integers(1, 6, (d, 2)).astype(float),
        "relative_switching": rng.uniform(0.3, 1, d),
        "relative_taste": rng.uniform(0.3, 1, d),
        "relative_affinity": rng.uniform(0.3, 2, d),
        "expansion_share": np.where(np.array(buyer) == "operator", np.nan, 0.0),
        "backbone": np.array([name == "radio" for name in domains]),
        "enacted": np.array([name == "laws" for name in domains]),
        "lifetime": rng.choice((3.0, 6.5, 12.0), d),
        "contract_years": rng.integers(1, 4, d),
        "learning_exponent": rng.uniform(0, 0.5, d),
        "reference_volume": rng.uniform(0.5, 10, d),
        "sensitive": coin(rng, 0.7, d),
        "financeable": np.array([who in ("operator", "project") for who in buyer]) & coin(rng, 0.9, d),
        "platform": np.array([who == "users" for who in buyer]),
        "personal_data": np.array([name in ("shops", "phones") for name in domains]),
        "hosted": np.array([name == "shops" for name in domains]),
        "stack": rng.uniform(0, 1, (d, d)) * coin(rng, 0.7, d, d),
    }


def _of_countries(
    rng: np.random.Generator, late: np.random.Generator, c: int, h: int, influence: Any
) -> dict[str, Any]:
    """Fields over countries."""
    return {
        "borrowing_rate": rng.uniform(0.01, 0.14, c),
        "home": coin(rng, 0.1, c, h),
        "concern": rng.uniform(0, 1, (c, h)),
        "rival_votes": rng.normal(0, 1, (c, h)),
        "democracy": late.uniform(-1, 1, c),
        "allies": _allies(rng, c),
        "influence": Influence(rng.random((c, c)) / c if influence is None else influence, c),
    }


def _of_sponsors(
    rng: np.random.Generator, late: np.random.Generator, d: int, h: int, s: int
) -> dict[str, Any]:
    """Fields over sponsors and families of standards."""
    return {
        "salience_until": rng.integers(FIRST + 2, FACTS_UNTIL + 1, h),
        "family": np.append(rng.integers(-1, s, h), -1),
        "owners": simplex(rng, s, h),
        "rivals": np.eye(h)[late.permutation(h)],
        "challenger": coin(late, 0.5, s).astype(float),
        "usual_base": late.uniform(0, 1, (d, s)),
        "sales_path": np.where(
            coin(late, 0.8, d, h), late.dirichlet(np.ones(h + 1), (5, d))[..., :h], np.nan
        ),
        "rule_distance": rng.uniform(0, 1, (h + 1, h)),
        "proposal_mix": simplex(rng, h, s),
        "standard_entry": np.append(FIRST - 20, FIRST + rng.integers(-1, 5, s - 1)),
    }


def _slots(rng: np.random.Generator, d: int, v: int) -> np.ndarray:
    """Vendor of each slot, an order of its own in each domain, -1 in an empty one.  (domain, slot)."""
    slot_vendor = np.stack([rng.permutation(v) for _ in range(d)])
    slot_vendor[np.arange(d), rng.integers(0, v, d)] = np.where(
        coin(rng, 0.3, d), -1, slot_vendor[np.arange(d), 0]
    )
    return np.stack([_without_twins(row) for row in slot_vendor])


def _without_twins(row: np.ndarray) -> np.ndarray:
    """The slots of a domain with each vendor once."""
    _, first = np.unique(row, return_index=True)
    return np.where(np.isin(np.arange(len(row)), first), row, -1)


def _calendar(rng: np.random.Generator, domains: tuple[str, ...], delay: np.ndarray) -> dict[str, Any]:
    """Launches of two generations of radio, later in some countries, and years over which lots follow."""
    shape = (len(domains), len(delay), 2)
    radio = np.array([name == "radio" for name in domains])[:, None, None]
    launch = np.array([FIRST + 1, FIRST + 7]) + delay[:, None]
    return {
        "launch_year": np.where(radio, np.broadcast_to(launch, shape), NEVER),
        "roll_out_years": rng.integers(1, 7, shape),
    }


def _lots(
    rng: np.random.Generator, buyer: tuple[str, ...], c: int, slot_vendor: np.ndarray, entry: np.ndarray
) -> Lots:
    """One to three operators a country, each with one or two lots; some incumbents are on record."""
    rows: list[tuple[int, int, int, float, int, int]] = []
    names: list[str] = []
    for d in (d for d, who in enumerate(buyer) if who == "operator"):
        there = np.flatnonzero((slot_vendor[d] >= 0) & (entry[d] <= FIRST))
        for i in range(c):
            for k, share in enumerate(simplex(rng, int(rng.integers(1, 4)))):
                pair, first = int(rng.integers(1, 3)), len(rows)
                for lot in range(pair):
                    sibling = first + 1 - lot if pair == 2 else -1
                    known = int(rng.choice(there)) if len(there) and coin(rng, 0.2) else -1
                    rows.append((d, i, len(names), share / pair, sibling, known))
                names.append(f"operator {k + 1}")
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.zeros(0, dtype=int)] * 6
    domain, country, operator, weight, sibling, known = columns
    return Lots(domain, country, operator, weight.astype(float), sibling, known, tuple(names))


def _routes(rng: np.random.Generator, domain: int, c: int) -> Routes:
    """Five projects a year that land once to three times."""
    pull = simplex(rng, c, c)[0]  # more than it takes: worlds of a seed stay what they are in all else
    latitude, longitude = np.array([[130.0], [360.0]]) * (rng.uniform(size=(c, c))[:2] - 0.5)
    count = np.array([0.4, 0.4, 0.2])
    return Routes(domain, 5, count, simplex(rng, c), pull, latitude, longitude, decay_km=4000.0, own_km=300.0)


def _lenders(rng: np.random.Generator, c: int, h: int) -> Lenders:
    """A lender a sponsor, the first has two."""
    sponsor = np.append(0, np.arange(h))
    n = len(sponsor)
    return Lenders(
        names=tuple(f"lender_{k}" for k in range(n)),
        sponsor=sponsor,
        share=np.where(sponsor == 0, 0.5, 1.0),
        payments_per_year=rng.integers(1, 3, n).astype(float),
        take_up=rng.uniform(0.1, 1.0, n),
        highest_discount_rate=rng.uniform(0.08, 0.2, n),
        appeal=np.where(coin(rng, 0.7, c, n), rng.normal(0, 1, (c, n)), -np.inf),
        by_grant_element=rng.choice((0.0, 1.0), n),
    )


def _body(rng: np.random.Generator, seed: int, label: str, procedure: str, c: int, s: int) -> Body:
    """A body; what was added to bodies late comes from a seed of its own, so that old numbers stay."""
    assert procedure in PROCEDURES
    late = np.random.default_rng([seed, 1])
    return Body(
        label=label,
        procedure=procedure,
        weight=rng.choice((0.0, 0.5, 1.0, 1.0), c),
        firm_weight=rng.choice((0.0, 1.0, 3.5, 8.0), c),
        quota=float(np.where(late.random() < 0.2, np.nan, rng.choice((0.2, 0.5, 2 / 3, 0.71)))),
        blocking=float(rng.choice((0.1, 0.25, 1.0))),
        cycle_years=int(rng.integers(1, 4)),
        first_cycle_year=FIRST + int(rng.integers(0, 3)),
        initial_status=simplex(rng, s),
        relative_contested=float(late.choice((0.0, 0.5, 1.0, 3.0))),
        bindingness=float(late.choice((np.nan, 0.0, 0.5, 1.0))),
    )


def refusing_world(seed: int, **changes: Any) -> World:
    """A rich world whose first body is content with no majority, and whose second is with any."""
    world = rich_world(seed, procedures=("one_country_one_vote", "weighted_firms"), **changes)
    bodies = tuple(
        dataclasses.replace(body, quota=quota, relative_contested=1.0, first_cycle_year=FIRST + 1)
        for body, quota in zip(world.bodies, (1.0, 0.0), strict=True)
    )
    return dataclasses.replace(world, bodies=bodies)


def _allies(rng: np.random.Generator, c: int) -> np.ndarray:
    allies = coin(rng, 0.4, c, c) * ~np.eye(c, dtype=bool)
    return allies / np.maximum(allies.sum(axis=1, keepdims=True), 1)


def _facts(
    rng: np.random.Generator, buyer: tuple[str, ...], slot_vendor: np.ndarray, entry: np.ndarray, c: int
) -> dict[str, Any]:
    """Records of the first year; no regional anchors."""
    d, v = slot_vendor.shape
    there = (slot_vendor >= 0) & (entry <= FIRST)
    base = simplex(rng, d, v) * there
    suppliers = there[buyer.index("project")] if "project" in buyer else np.zeros(v)
    return {
        "coverage": rng.uniform(0.3, 1, (d, c)),
        "base_share": base / np.maximum(base.sum(axis=-1, keepdims=True), 1e-9),
        "users_base": np.full((d, c, v), np.nan),
        "landings": rng.integers(0, 4, (c, v)) * suppliers.astype(float),
        "adoption": rng.uniform(0, 1, (d, c, v)) * there[:, None],
        **{f"anchor_{name}": np.zeros(0, dtype=int) for name in ("domain", "sponsor", "share")},
        "anchor_mask": np.zeros((0, c), dtype=bool),
    }


def _conditions(rng: np.random.Generator, sizes: tuple[int, int, int, int, int, int]) -> Conditions:
    """Random conditions of the years of record."""
    d, c, v, h, b, s = sizes
    n, lenders = FACTS_UNTIL - FIRST + 1, h + 1
    tenor = rng.uniform(3, 15, (1, lenders))
    return Conditions(
        years=np.arange(FIRST, FACTS_UNTIL + 1),
        market_size=rng.uniform(0.05, 3, (n, d, c)),
        gdp=rng.uniform(5, 500, (n, c)),
        log_income=rng.normal(0, 1, (n, c)),
        affinity=rng.uniform(-1, 1, (n, c, h)),
        quality_path=rng.normal(0, 0.7, (n, d, v)),
        quality_trend=rng.normal(0, 0.1, (n, d, v)),
        quality_uncertain=np.repeat((np.arange(n) > n // 2)[:, None, None], d, axis=1) * np.ones(v),
        served=coin(rng, 0.9, 1, d, c, v) & _not_left(n, d, c, v),
        home_part=np.repeat(coin(rng, 0.1, 1, d, c, v) * rng.choice((0.3, 1.0), (1, d, c, v)), n, axis=0),
        place_utility=rng.normal(0, 0.5, (n, d, c, v)) * coin(rng, 0.2, n, d, c, v),
        training=np.zeros((n, c, h)),
        adoption_rate=rng.uniform(0, 0.2, (n, d, v)),
        cost_factor=rng.uniform(0.8, 1.2, (n, d, v)),
        state_support=rng.uniform(0, 0.3, (n, d, v)) * coin(rng, 0.3, n, d, v),
        openness=rng.uniform(0, 1, (n, d)),
        envelope=rng.uniform(0, 4, (n, lenders)) * coin(rng, 0.8, n, lenders),
        loan_rate=rng.uniform(0, 0.08, (n, lenders)),
        tenor=np.repeat(tenor, n, axis=0),
        grace=np.repeat(tenor * rng.uniform(0, 0.8, (1, lenders)), n, axis=0),
        tied=coin(rng, 0.5, n, lenders),
        effort=rng.uniform(0, 3, (n, h, b)),
        contribution=rng.uniform(0, 1, (n, h, b)) * coin(rng, 0.8, n, h, b),
        mandate=np.repeat(coin(rng, 0.8, 1, b, d), n, axis=0),
        standard_push=rng.uniform(0, 3, (n, h)),
        salience=rng.uniform(0, 1, (n, h)),
        pressure=rng.uniform(-0.5, 0.5, (n, c, h)),
        restriction_order=rng.choice((0, 0, 0, 0, 0, 1, -1), (n, c, h)),
        phase_out_years=rng.choice((0.0, 0.0, 1.0, 3.0), (n, c, h)),
        barrier=np.repeat(coin(rng, 0.05, 1, d, c, h), n, axis=0),
        compliance_cost=rng.uniform(0, 0.5, (n, c, h + 1)) * coin(rng, 0.5, n, c, 1),
        compatibility=np.repeat(_symmetric(rng, h)[None], n, axis=0),
        share_cap=rng.choice((1.0, 1.0, 0.6, 0.3), (n, d, c)),
        demanded=coin(rng, 0.2, n, c, s),
        fine=rng.uniform(0, 0.5, (n, c, s)) * coin(rng, 0.2, n, c, s),
        **dict(zip(ADDED_QUALITIES, rng.spawn(1)[0].normal(0, 0.3, (4, n, d, v)), strict=True)),
        treaty=_treaties(rng.spawn(1)[0], n, c, s),
        purchase_subsidy=_subsidies(rng.spawn(1)[0], n, d, c, v),
        recorded_loans=np.full((n, c, lenders), -1.0),
        generation_lead=np.zeros((n, d, v), dtype=int),
    )


def _subsidies(rng: np.random.Generator, *sizes: int) -> np.ndarray:
    """Shares of prices that states pay, here and there."""
    return rng.uniform(0, 0.6, sizes) * coin(rng, 0.1, *sizes)


def _treaties(rng: np.random.Generator, n: int, c: int, s: int) -> np.ndarray:
    """How far treaties bind, in all years alike."""
    return np.repeat(rng.uniform(0, 1, (1, c, s)) * coin(rng, 0.2, 1, c, s), n, axis=0)


def _symmetric(rng: np.random.Generator, size: int) -> np.ndarray:
    """Compatibility between sponsors: 1 with themselves, often less with others."""
    between = np.minimum(1.0, rng.uniform(0, 2, (size, size)))
    between = np.maximum(between, between.T)
    np.fill_diagonal(between, 1.0)
    return between


def with_facts(world: World, seed: int) -> World:
    """The world with orders and loans on record, of some of its economies and years."""
    rng = np.random.default_rng(seed)
    years, (_, c, _) = len(world.conditions.years), world.shape
    h, lenders = len(world.sponsors), len(world.lenders.names)
    lent = rng.uniform(0, 3, (years, c, lenders)) * (rng.uniform(size=(years, c, lenders)) < 0.4)
    recorded = (rng.uniform(size=(1, c, 1)) < 0.7) & (np.arange(lenders) < 2)
    until = np.arange(years)[:, None, None] < years - 1
    return dataclasses.replace(
        world,
        recorded_orders=np.where(until, rng.integers(-1, 2, (years, c, h)), 0),
        recorded_loans=np.where(recorded & until, lent, -1.0),
        recorded_instalments=rng.uniform(0, 0.5, (9, c, h)) * (rng.uniform(size=(1, c, h)) < 0.5),
    )
