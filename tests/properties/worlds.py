"""Random small worlds with every mechanism at work, random parameters and levers; and worlds reordered.

What shapes a world is drawn by hypothesis and shrinks; the many numbers in it come from one drawn seed.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
import scipy.sparse as sparse
from hypothesis import strategies as st
from worlds import BUYERS, FIRST, coin, rich_world

import lockin_sim as ls
from lockin_sim.model.measures import VARIABLES
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.world import World
from lockin_sim.world.cache import FACT_AXES as DECLARED_FACTS
from lockin_sim.world.cache import get_array_axes
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.markets import Lots

#: What can be recorded.
EVERYTHING = sorted(VARIABLES)

#: Letters of axes, for reordering.
LETTERS = {
    "year": "y", "country": "c", "ally": "c", "domain": "d", "vendor": "v", "sponsor": "h", "body": "b",
    "vendor_sponsor": "H", "standard": "s", "lender": "l", "generation": "g",
}  # fmt: skip
WORLD_AXES, CONDITION_AXES, FACT_AXES = (
    {name: "".join(LETTERS.get(axis, ".") for axis in axes) for name, axes in declared.items()}
    for declared in (get_array_axes(World), get_array_axes(Conditions), DECLARED_FACTS)
)


class Case(NamedTuple):
    """What one simulation needs."""

    world: World
    parameters: Parameters
    scenario: ls.Scenario
    years: tuple[int, int]
    seed: int

    def simulated(self, runs=2, **how):
        """The simulation with everything recorded.  how: as in ``ls.simulate``"""
        given = {"world": self.world, "parameters": self.parameters, "seed": self.seed, "years": self.years}
        return ls.simulate(self.scenario, runs=runs, record=EVERYTHING, **given, **how)

    def __repr__(self):
        """What differs from the defaults; the labels of the draws say what the world is."""
        changed = {
            name: value
            for name, value in self.parameters.as_dict().items()
            if value != collect_declarations()[name].default
        }
        levers = [use.model_dump(by_alias=True) for use in self.scenario.levers]
        return f"Case({self.world.shape}, {changed}, {levers}, {self.years}, seed={self.seed})"


@st.composite
def worlds(draw, *, given=None):
    """A random small world.

    given  True: only buyers who compare offers with shocks, and a first year as given; False: a first year
           drawn around records; None: either, with all buyers
    """
    possible = [name for name, buyer in BUYERS.items() if given is not True or buyer != "adopters"]
    domains = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=4, unique=True), label="domains")
    countries = draw(st.integers(3, 8), label="countries")
    seed = draw(st.integers(0, 2**32 - 1), label="numbers")
    rng = np.random.default_rng(seed)
    weights = rng.random((countries, countries)) * coin(rng, 0.6, countries, countries)
    kind = draw(st.sampled_from(("uniform", "dense", "sparse")), label="influence")
    return rich_world(
        seed,
        domains=tuple(domains),
        countries=countries,
        vendors=draw(st.integers(2, 4), label="slots"),
        sponsors=draw(st.integers(1, 3), label="sponsors"),
        procedures=tuple(draw(st.lists(st.sampled_from(sorted(PROCEDURES)), max_size=2))),
        influence={"uniform": "uniform", "dense": weights, "sparse": sparse.csr_array(weights)}[kind],
        recorded=draw(st.booleans(), label="recorded") if given is None else not given,
    )


def numbers(low, high):
    """Numbers to six digits: nothing so small that only its rounding is tested."""
    return st.floats(low, high).map(lambda x: min(high, max(low, round(x, 6))))


@st.composite
def parameters(draw, **fixed):
    """Every parameter at its default, off, within its range, or far out in what is valid."""
    values = {}
    for name, declared in collect_declarations().items():
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
def scenarios(draw, world, last):
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


def target_names(world, kind):
    """Names of everything a lever on such targets may be applied to."""
    return {
        "sponsor": world.sponsors,
        "country": (*world.countries, *world.groups),
        "domain": world.domains,
        "body": world.body_names,
        "vendor": tuple(world.vendors[v] for v in np.unique(world.slot_vendor) if v >= 0),
    }[kind]


def setting_values(world, lever, setting):
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
def cases(draw, *, longest=10, levers=True, given=None):
    """A random world with random parameters, levers, horizon and seed."""
    steps = draw(st.integers(6, longest), label="steps")
    world = draw(worlds(given=given))
    scenario = draw(scenarios(world, FIRST + steps), label="scenario") if levers else ls.Scenario.none()
    return Case(world, draw(parameters()), scenario, (FIRST, FIRST + steps), draw(st.integers(0, 99)))


#: Nothing is traded, influence is sparse, and states prescribe families: a case that once failed, by chance.
ADOPTERS_ALONE = Case(
    rich_world(
        0, domains=("satellites",), countries=3, vendors=2, procedures=(), influence=sparse.csr_array((3, 3))
    ),
    Parameters(regulation_rate=0.0625),
    ls.Scenario.none(),
    (FIRST, FIRST + 6),
    seed=0,
)


# --- the same world in another order ---


def reordered(world, **order):
    """The same world with its rows in another order; keys and labels move along.

    order  by axis: ``c``, ``d``, ``h``, ``b`` a permutation each; ``v`` a permutation of the slots, or one a
           domain, as (domain, vendor) of the world given; ``vendors`` a permutation of the vendor labels
    """
    d, c, v = world.shape
    sizes = {"c": c, "d": d, "h": len(world.sponsors), "b": len(world.bodies), "vendors": len(world.vendors)}
    order = {axis: np.asarray(order.get(axis, np.arange(n)), dtype=int) for axis, n in sizes.items()} | {
        "v": np.broadcast_to(np.asarray(order.get("v", np.arange(v))), (d, v))
    }
    order["H"] = np.append(order["h"], len(world.sponsors))
    order["l"] = np.argsort(_rank(order["h"])[world.lenders.sponsor], kind="stable")
    arrays = _every(world, WORLD_AXES, order)
    arrays["slot_vendor"] = _renamed(arrays["slot_vendor"], order["vendors"], keep=-1)
    arrays["slot_home"] = _renamed(arrays["slot_home"], order["c"], keep=-1)
    arrays["slot_sponsor"] = _renamed(arrays["slot_sponsor"], order["h"], keep=len(world.sponsors))
    return dataclasses.replace(
        world,
        **arrays,
        countries=_picked(world.countries, order["c"]),
        domains=_picked(world.domains, order["d"]),
        buyer=_picked(world.buyer, order["d"]),
        vendors=_picked(world.vendors, order["vendors"]),
        sponsors=_picked(world.sponsors, order["h"]),
        bodies=tuple(
            dataclasses.replace(
                body, weight=body.weight[order["c"]], firm_weight=body.firm_weight[order["c"]]
            )
            for body in _picked(world.bodies, order["b"])
        ),
        conditions=Conditions(**_every(world.conditions, CONDITION_AXES, order)),
        influence=world.influence.take(order["c"]),
        lots=_lots(world.lots, order),
        routes=None if world.routes is None else _routes(world.routes, order),
        lenders=_lenders(world, order),
        groups={name: mask[np.ix_(order["d"], order["c"])] for name, mask in world.groups.items()},
        facts=_facts(world, order),
    )


def _picked(labels, order):
    return tuple(labels[i] for i in order)


def _renamed(positions, order, *, keep):
    """Positions in the old order as positions in the new one; ``keep`` stands for none."""
    new = np.empty(len(order) + 1, dtype=int)
    new[order], new[-1] = np.arange(len(order)), keep
    return np.where(positions == keep, keep, new[positions])


def _rank(order):
    """The new position of each old one."""
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    return rank


def _slots(slot, domain, order):
    """Slots of some (old) domains in the new order, -1 stays."""
    ranks = np.stack([_rank(row) for row in order["v"]])
    return np.where(slot >= 0, ranks[domain, slot], -1)


def _lots(lots, order):
    """Lots sorted by their markets' new places; those of a market keep their order."""
    domain, country = _rank(order["d"])[lots.domain], _rank(order["c"])[lots.country]
    place = np.lexsort((np.arange(len(lots)), country, domain))
    sibling = np.where(lots.sibling >= 0, _rank(place)[lots.sibling], -1) if len(lots) else lots.sibling
    recorded = _slots(lots.recorded, lots.domain, order)
    columns = (domain, country, lots.operator, lots.weight, sibling, recorded)
    return Lots(*(column[place] for column in columns), lots.operators)


def _routes(routes, order):
    """Landings are drawn along the list of countries, which has to keep its order where there are any."""
    assert (np.diff(order["c"]) == 1).all()
    return dataclasses.replace(routes, domain=int(_rank(order["d"])[routes.domain]))


def _lenders(world, order):
    lenders, by_lender = world.lenders, order["l"]
    arrays = {
        f.name: getattr(lenders, f.name)[by_lender]
        for f in dataclasses.fields(lenders)
        if f.name not in ("names", "sponsor", "appeal")
    }
    return dataclasses.replace(
        lenders,
        names=_picked(lenders.names, by_lender),
        sponsor=_rank(order["h"])[lenders.sponsor[by_lender]],
        appeal=lenders.appeal[np.ix_(order["c"], by_lender)],
        **arrays,
    )


def _facts(world, order):
    facts = {
        name: _moved(value, FACT_AXES[name], order) if name in FACT_AXES else value
        for name, value in world.facts.items()
    }
    if "landings" in facts and world.routes is not None:
        slots = order["v"][world.routes.domain]
        facts["landings"] = facts["landings"][np.ix_(order["c"], slots)]
    if "anchor_domain" in facts:
        facts["anchor_domain"] = _rank(order["d"])[facts["anchor_domain"]]
        facts["anchor_sponsor"] = _rank(order["h"])[facts["anchor_sponsor"]]
    return facts


def _every(holder, axes, order):
    values = {name: getattr(holder, name) for name in axes}
    return {
        name: value if value is None else _moved(value, axes[name], order) for name, value in values.items()
    }


def _moved(array, axes, order):
    """The array with its named axes in the new order; axes without an order stay."""
    axes = "." * (array.ndim - len(axes)) + axes
    for position, axis in enumerate(axes):
        if axis == "v":  # the slots of each domain have an order of their own; the domains have moved already
            slots = order["v"][order["d"]]
            shape = [1] * array.ndim
            shape[axes.index("d")], shape[position] = slots.shape
            array = np.take_along_axis(
                array, np.broadcast_to(slots.reshape(shape), array.shape), axis=position
            )
        elif axis in order and array.shape[position] == len(order[axis]):
            array = array.take(order[axis], axis=position)
    return array
