"""Random small worlds with every mechanism at work, random parameters and levers; and worlds reordered.

What shapes a world is drawn by hypothesis and shrinks; the many numbers in it come from one drawn seed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from hypothesis import strategies as st

import lockin_sim as ls
from lockin_sim.levers import LEVERS
from lockin_sim.parameters import Parameters, declarations
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.world import World
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.influence import Influence
from lockin_sim.world.model import Body

FIRST, FACTS_UNTIL, LAST = 2010, 2014, 2040
NEVER = 9999

#: Axes of every array, for reordering: y year, c country, d domain, v vendor slot, h sponsor, b body,
#: s standard, H sponsors and then none.
WORLD_AXES = {
    "slot_vendor": "dv", "slot_sponsor": "dv", "slot_home": "dv", "slot_entry": "dv", "initial_cost": "dv",
    "initial_volume": "dv", "initial_compliance": "dvs", "lifetime": "d", "contract_years": "d",
    "learning_exponent": "d", "reference_volume": "d", "sensitive": "d", "financeable": "d", "platform": "d",
    "personal_data": "d", "rule_distance": "Hh", "stack": "dd",
    "lots": "cd", "tranche": "cd", "borrowing_rate": "c", "lends": "ch", "home": "ch",
    "concern": "ch", "allies": "cc", "take_up": "h", "payments_per_year": "h", "family": "H", "owners": "sh",
    "proposal_mix": "hs", "standard_entry": "s", "calendar": "ycd", "taste": "cdv", "installed": "cdv",
}  # fmt: skip
CONDITION_AXES = {
    "years": "y", "market_size": "ycd", "gdp": "yc", "log_income": "yc", "affinity": "ych",
    "quality_path": "ydv", "cost_factor": "ydv", "subsidy": "ydv", "openness": "yd",
    "envelope": "yh", "loan_rate": "yh",
    "tenor": "yh", "grace": "yh", "tied": "yh", "effort": "yhb", "contribution": "yhb", "mandate": "ybd",
    "standard_push": "yh", "salience": "yh", "pressure": "ych", "restriction_order": "ych",
    "phase_out_years": "ych", "barrier": "ycdh", "compliance_cost": "ycH", "compatibility": "yhh",
    "share_cap": "ycd",
}  # fmt: skip
FACT_AXES = {"coverage": "cd", "base_share": "dv", "sales_share": "dv", "quality_entry": "dv"}


class Case(NamedTuple):
    """What one simulation needs."""

    world: World
    parameters: Parameters
    scenario: ls.Scenario
    years: tuple[int, int]
    seed: int

    def __repr__(self) -> str:
        """What differs from the defaults; the labels of the draws say what the world is."""
        changed = {
            name: value
            for name, value in self.parameters.as_dict().items()
            if value != declarations()[name].default
        }
        levers = [use.model_dump(by_alias=True) for use in self.scenario.levers]
        return f"Case({self.world.shape}, {changed}, {levers}, {self.years}, seed={self.seed})"


def simplex(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random rows that sum to 1."""
    return rng.dirichlet(np.full(shape[-1], 0.5), size=shape[:-1])


def coin(rng: np.random.Generator, chance: float, *shape: int) -> np.ndarray:
    """Random flags."""
    return rng.random(shape) < chance


@st.composite
def influences(draw: st.DrawFn, n: int, rng: np.random.Generator) -> Influence:
    """Uniform, dense or sparse influence; rows need not sum to 1 and the diagonal may be used."""
    kind = draw(st.sampled_from(("uniform", "dense", "sparse")))
    weights = rng.random((n, n)) * coin(rng, 0.6, n, n)
    given = {"uniform": "uniform", "dense": weights, "sparse": sparse.csr_array(weights)}[kind]
    return Influence(given, n)


@st.composite
def bodies(draw: st.DrawFn, countries: int, standards: int, rng: np.random.Generator) -> tuple[Body, ...]:
    """Up to two bodies of any procedure."""
    procedures = draw(st.lists(st.sampled_from(sorted(PROCEDURES)), max_size=2))
    return tuple(
        Body(
            label=f"body_{b}",
            procedure=procedure,
            weight=rng.choice((0.0, 0.5, 1.0, 1.0), countries),
            firm_weight=rng.choice((0.0, 1.0, 3.5, 8.0), countries),
            quota=float(rng.choice((0.2, 0.5, 2 / 3, 0.71))),
            blocking=float(rng.choice((0.1, 0.25, 1.0))),
            cycle_years=int(rng.integers(1, 4)),
            first_cycle_year=FIRST + int(rng.integers(0, 3)),
            initial_status=simplex(rng, standards),
        )
        for b, procedure in enumerate(procedures)
    )


@st.composite
def worlds(draw: st.DrawFn, *, steps: int = 8, calendars: bool = True) -> World:
    """A random small world.

    steps      years that a calendar covers
    calendars  whether some worlds have a calendar instead of chance
    """
    c = draw(st.integers(3, 8), label="countries")
    d = draw(st.integers(1, 3), label="domains")
    v = draw(st.integers(2, 4), label="slots")
    h = draw(st.integers(1, 3), label="sponsors")
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="numbers"))
    s, firms = int(rng.integers(2, 4)), v + int(rng.integers(0, 3))
    slot_vendor = np.stack([rng.permutation(firms)[:v] for _ in range(d)])
    if draw(st.booleans(), label="empty slots"):
        slot_vendor[coin(rng, 0.25, d, v)] = -1
        slot_vendor[np.arange(d), rng.integers(0, v, d)] = rng.integers(0, firms, d)
        slot_vendor = np.stack([_without_twins(row) for row in slot_vendor])
    used = slot_vendor >= 0
    sponsor_of = np.append(rng.integers(0, h + 1, firms), h)
    home_of = np.append(rng.integers(-1, c, firms), -1)
    entry = np.where(coin(rng, 0.7, d, v), FIRST - 5, FIRST + rng.integers(1, 5, (d, v)))
    home = coin(rng, 0.15, c, h)
    lots = rng.integers(1, 6, (c, d)).astype(float)
    share = simplex(rng, c, d, v + 1)[..., :v] if coin(rng, 0.8) else np.zeros((c, d, v))
    share = np.where(coin(rng, 0.15, c, d)[..., None], 0.0, share) * used
    the_bodies = draw(bodies(c, s, rng))
    allies = coin(rng, 0.4, c, c) * ~np.eye(c, dtype=bool)
    calendar = calendars and draw(st.booleans(), label="calendar")
    taste = draw(st.booleans(), label="taste")
    return World(
        name="small",
        countries=tuple(f"C{i}" for i in range(c)),
        domains=tuple(f"domain_{i}" for i in range(d)),
        vendors=tuple(f"vendor_{i}" for i in range(firms)),
        standards=tuple(f"standard_{i}" for i in range(s)),
        sponsors=tuple(f"S{i}" for i in range(h)),
        bodies=the_bodies,
        first_year=FIRST,
        last_year=LAST,
        facts_until=FACTS_UNTIL,
        slot_vendor=slot_vendor,
        slot_sponsor=sponsor_of[slot_vendor],
        slot_home=home_of[slot_vendor],
        slot_entry=np.where(used, entry, NEVER),
        initial_cost=rng.uniform(0.6, 1.5, (d, v)),
        initial_volume=rng.uniform(0, 5, (d, v)) * used,
        initial_compliance=simplex(rng, d, v, s),
        lifetime=rng.choice((1.0, 3.0, 6.5), d),
        contract_years=rng.integers(1, 4, d),
        learning_exponent=rng.uniform(0, 0.5, d),
        reference_volume=rng.uniform(0.5, 10, d),
        sensitive=coin(rng, 0.7, d),
        financeable=coin(rng, 0.7, d),
        platform=coin(rng, 0.5, d),
        personal_data=coin(rng, 0.6, d),
        stack=rng.uniform(0, 1, (d, d)) * coin(rng, 0.7, d, d),
        lots=lots,
        tranche=1.0 / lots if coin(rng, 0.8) else np.ones((c, d)),
        borrowing_rate=rng.uniform(0.01, 0.14, c),
        lends=coin(rng, 0.7, c, h) & ~home,
        home=home,
        concern=rng.uniform(0, 1, (c, h)),
        allies=allies / np.maximum(allies.sum(axis=1, keepdims=True), 1)
        if coin(rng, 0.8)
        else np.zeros((c, 0)),
        influence=draw(influences(c, rng)),
        take_up=rng.uniform(0.1, 1.0, h),
        payments_per_year=rng.integers(1, 3, h).astype(float),
        family=np.append(rng.integers(-1, s, h), -1),
        rule_distance=rng.uniform(0, 1, (h + 1, h)),
        owners=simplex(rng, s, h),
        proposal_mix=simplex(rng, h, s) * coin(rng, 0.8, h, 1),
        standard_entry=np.append(FIRST - 20, FIRST + rng.integers(-1, 5, s - 1)),
        conditions=_conditions(rng, (c, d, v, h, s, len(the_bodies))),
        groups={"some": coin(rng, 0.5, c, d), "none": np.zeros((c, d), dtype=bool)},
        calendar=coin(rng, 0.6, steps, c, d) if calendar else None,
        taste=rng.normal(0, 1, (c, d, v)) if taste else None,
        installed=share,
    )


def _without_twins(row: np.ndarray) -> np.ndarray:
    """The slots of a domain with each vendor once."""
    _, first = np.unique(row, return_index=True)
    return np.where(np.isin(np.arange(len(row)), first), row, -1)


def _conditions(rng: np.random.Generator, sizes: tuple[int, int, int, int, int, int]) -> Conditions:
    """Random conditions of the years of record."""
    c, d, v, h, _, b = sizes
    n = FACTS_UNTIL - FIRST + 1
    tenor = rng.uniform(3, 15, (1, h))
    return Conditions(
        years=np.arange(FIRST, FACTS_UNTIL + 1),
        market_size=rng.uniform(0.05, 3, (n, c, d)),
        gdp=rng.uniform(5, 500, (n, c)),
        log_income=rng.normal(0, 1, (n, c)),
        affinity=rng.uniform(-1, 1, (n, c, h)),
        quality_path=rng.normal(0, 0.7, (n, d, v)),
        cost_factor=rng.uniform(0.8, 1.2, (n, d, v)),
        subsidy=rng.uniform(0, 0.3, (n, d, v)) * coin(rng, 0.3, n, d, v),
        openness=rng.uniform(0, 1, (n, d)),
        envelope=rng.uniform(0, 4, (n, h)) * coin(rng, 0.8, n, h),
        loan_rate=rng.uniform(0, 0.08, (n, h)),
        tenor=np.repeat(tenor, n, axis=0),
        grace=np.repeat(tenor * rng.uniform(0, 0.8, (1, h)), n, axis=0),
        tied=coin(rng, 0.5, n, h),
        effort=rng.uniform(0, 3, (n, h, b)),
        contribution=rng.uniform(0, 1, (n, h, b)) * coin(rng, 0.8, n, h, b),
        mandate=np.repeat(coin(rng, 0.8, 1, b, d), n, axis=0),
        standard_push=rng.uniform(0, 3, (n, h)),
        salience=rng.uniform(0, 1, (n, h)),
        pressure=rng.uniform(-0.5, 0.5, (n, c, h)),
        restriction_order=rng.choice((0, 0, 0, 0, 1, -1), (n, c, h)),
        phase_out_years=rng.choice((0.0, 0.0, 1.0, 3.0), (n, c, h)),
        barrier=np.repeat(coin(rng, 0.1, 1, c, d, h), n, axis=0),
        compliance_cost=rng.uniform(0, 0.5, (n, c, h + 1)) * coin(rng, 0.5, n, c, 1),
        compatibility=np.repeat(_symmetric(rng, h)[None], n, axis=0),
        share_cap=rng.choice((1.0, 1.0, 0.6, 0.3), (n, c, d)),
    )


def _symmetric(rng: np.random.Generator, size: int) -> np.ndarray:
    """Compatibility between sponsors: 1 with themselves, often less with others."""
    between = np.minimum(1.0, rng.uniform(0, 2, (size, size)))
    between = np.maximum(between, between.T)
    np.fill_diagonal(between, 1.0)
    return between


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers to six digits: nothing so small that only its rounding is tested."""
    return st.floats(low, high).map(lambda x: min(high, max(low, round(x, 6))))


@st.composite
def parameters(draw: st.DrawFn, **fixed: float) -> Parameters:
    """Every parameter at its default, off, within its range, or far out in what is valid."""
    values: dict[str, float] = {}
    for name, declared in declarations().items():
        low, high, _ = declared.valid
        low, high = max(low, -30.0), min(high, 30.0)
        values[name] = draw(
            st.one_of(
                st.just(declared.default),
                st.just(declared.neutral),
                numbers(*declared.range),
                numbers(low, high),
                st.sampled_from((low, high)),
            ),
            label=name,
        )
    return Parameters(**(values | fixed))


@st.composite
def scenarios(draw: st.DrawFn, world: World, last: int) -> ls.Scenario:
    """Up to three uses of any lever, at any setting that is allowed."""
    scenario = ls.Scenario.none()
    for name in draw(st.lists(st.sampled_from(sorted(LEVERS)), max_size=3)):
        lever = LEVERS[name]
        known = target_names(world, lever.target)
        possible = [key for key, s in lever.settings.items() if not s.names_a_label or s.words(world)]
        if not known or not possible:
            continue
        chosen = draw(st.lists(st.sampled_from(sorted(possible)), min_size=1, unique=True))
        chosen += [
            key
            for key, setting in lever.settings.items()
            if setting.names_a_label and lever.defaults[key] is not None and key not in chosen
        ]
        settings = {key: draw(setting_values(world, name, key), label=f"{name}.{key}") for key in chosen}
        start = draw(st.integers(FIRST, last))
        end = draw(st.none() | st.integers(start, last))
        targets = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
        scenario = scenario.with_lever(name, targets, from_=start, to=end, **settings)
    return scenario


def target_names(world: World, kind: str) -> Sequence[str]:
    """Names of everything a lever on such targets may be applied to."""
    return {
        "sponsor": world.sponsors,
        "country": (*world.countries, *world.groups),
        "domain": world.domains,
        "body": world.body_names,
        "vendor": tuple(world.vendors[v] for v in np.unique(world.slot_vendor) if v >= 0),
    }[kind]


def setting_values(world: World, lever: str, setting: str) -> st.SearchStrategy[Any]:
    """All values that a setting of a lever may take in a world."""
    kind = LEVERS[lever].types[setting]
    declared = LEVERS[lever].settings[setting]
    low, high = declared.low, declared.high
    if kind is bool:
        return st.booleans()
    if kind is str:
        return st.sampled_from(declared.words(world))
    if setting == "tenor":
        low = 13.0
    if setting == "grace":
        high = 2.0
    if setting == "share":
        high = 0.2
    return st.sampled_from((float(low), float(high))) | numbers(low, high)


@st.composite
def cases(draw: st.DrawFn, *, longest: int = 10, levers: bool = True) -> Case:
    """A random world with random parameters, levers, horizon and seed."""
    steps = draw(st.integers(6, longest), label="steps")
    world = draw(worlds(steps=steps))
    scenario = draw(scenarios(world, FIRST + steps), label="scenario") if levers else ls.Scenario.none()
    return Case(world, draw(parameters()), scenario, (FIRST, FIRST + steps), draw(st.integers(0, 99)))


# --- the same world in another order ---


def reordered(world: World, **order: Any) -> World:
    """The same world with its rows in another order; keys and labels move along.

    order  by axis: ``c``, ``d``, ``h``, ``b`` a permutation each; ``v`` a permutation of the slots, or one a
           domain, as (domain, vendor) of the world given; ``vendors`` a permutation of the vendor labels
    """
    c, d, v = world.shape
    sizes = {"c": c, "d": d, "h": len(world.sponsors), "b": len(world.bodies), "vendors": len(world.vendors)}
    order = {axis: np.asarray(order.get(axis, np.arange(n)), dtype=int) for axis, n in sizes.items()} | {
        "v": np.broadcast_to(np.asarray(order.get("v", np.arange(v))), (d, v))
    }
    order["H"] = np.append(order["h"], len(world.sponsors))
    arrays = _every(world, WORLD_AXES, order)
    arrays["slot_vendor"] = _renamed(arrays["slot_vendor"], order["vendors"], keep=-1)
    arrays["slot_home"] = _renamed(arrays["slot_home"], order["c"], keep=-1)
    arrays["slot_sponsor"] = _renamed(arrays["slot_sponsor"], order["h"], keep=len(world.sponsors))
    return dataclasses.replace(
        world,
        **arrays,
        countries=_picked(world.countries, order["c"]),
        domains=_picked(world.domains, order["d"]),
        vendors=_picked(world.vendors, order["vendors"]),
        sponsors=_picked(world.sponsors, order["h"]),
        bodies=tuple(
            dataclasses.replace(
                body, weight=body.weight[order["c"]], firm_weight=body.firm_weight[order["c"]]
            )
            for body in _picked(world.bodies, order["b"])
        ),
        conditions=Conditions(**_every(world.conditions, CONDITION_AXES, order)),
        influence=_influence(world.influence, order["c"]),
        groups={name: mask[np.ix_(order["c"], order["d"])] for name, mask in world.groups.items()},
        facts={
            name: _moved(value, FACT_AXES[name], order) if name in FACT_AXES else value
            for name, value in world.facts.items()
        },
    )


def _picked(labels: Sequence[Any], order: np.ndarray) -> tuple[Any, ...]:
    return tuple(labels[i] for i in order)


def _renamed(positions: np.ndarray, order: np.ndarray, *, keep: int) -> np.ndarray:
    """Positions in the old order as positions in the new one; ``keep`` stands for none."""
    new = np.empty(len(order) + 1, dtype=int)
    new[order], new[-1] = np.arange(len(order)), keep
    return np.where(positions == keep, keep, new[positions])


def _influence(influence: Influence, order: np.ndarray) -> Influence:
    if influence.uniform:
        return influence
    return Influence(influence.matrix[order][:, order], influence.n)


def _every(holder: Any, axes: Mapping[str, str], order: Mapping[str, np.ndarray]) -> dict[str, Any]:
    values = {name: getattr(holder, name) for name in axes}
    return {
        name: value if value is None else _moved(value, axes[name], order) for name, value in values.items()
    }


def _moved(array: np.ndarray, axes: str, order: Mapping[str, np.ndarray]) -> np.ndarray:
    """The array with its named axes in the new order; axes without an order stay."""
    axes = "." * (array.ndim - len(axes)) + axes
    for position, axis in enumerate(axes):
        if axis == "v":  # the slots of each domain have an order of their own; the domains have moved already
            slots = order["v"][order["d"]]
            shape = [1] * array.ndim
            shape[position - 1], shape[position] = slots.shape
            array = np.take_along_axis(
                array, np.broadcast_to(slots.reshape(shape), array.shape), axis=position
            )
        elif axis in order and array.shape[position] == len(order[axis]):
            array = array.take(order[axis], axis=position)
    return array
