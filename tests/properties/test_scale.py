"""What a run holds grows with the economies of a world, not with their pairs; nothing is timed."""

from __future__ import annotations

import dataclasses
import gc
import importlib.util
import tracemalloc
import weakref

import numpy as np
import pytest
import scipy.sparse as sparse
from worlds import FIRST, rich_world

import lockin_sim as ls
from lockin_sim.runs.simulation import OF_OFFER
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import WORLDS
from lockin_sim.world.markets import Lenders

#: Economies that each economy looks at; offers to it, sponsors, lenders and families of standards: as many
#: as in the bundled world, whose compiled code serves here too.
NEIGHBOURS, OFFERS, SPONSORS, LENDERS, FAMILIES = 8, 11, 7, 8, 3

FEW, MANY = 2_000, 20_000

needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="the extra fast is not installed"
)
ENGINES = ["core", pytest.param("fast", marks=needs_numba)]


def ring(economies):
    """Each economy looks at those that follow it."""
    rows = np.repeat(np.arange(economies), NEIGHBOURS)
    columns = (rows + np.tile(np.arange(1, NEIGHBOURS + 1), economies)) % economies
    shape = (economies, economies)
    return sparse.csr_array((np.full(len(rows), 1 / NEIGHBOURS), (rows, columns)), shape=shape)


def made(economies, buyer="operator", **content):
    """A world in which only neighbours matter: a toy with sponsors, lenders and families that do nothing."""
    given = {"lifetime": 4, "influence": ring(economies)} | content
    toy = ls.toy_world(economies, OFFERS, 1, buyer=buyer, **given)
    sizes = {
        "domain": 1, "country": economies, "vendor": OFFERS, "standard": FAMILIES, "year": 1, "body": 0,
        "generation": 0, "ally": 0, "sponsor": SPONSORS, "vendor_sponsor": SPONSORS + 1, "lender": LENDERS,
    }  # fmt: skip
    wider = {"sponsor", "vendor_sponsor", "standard"}
    same = {f.name for f in dataclasses.fields(World) if wider.isdisjoint(f.metadata.get("axes", ()))}
    names, ones, nobody = tuple("abcdefgh"), np.ones(LENDERS), np.full((economies, LENDERS), -np.inf)
    return World.with_neutral(sizes, **{name: getattr(toy, name) for name in same} | {
        "sponsors": names[:SPONSORS], "standards": names[:FAMILIES],
        "lenders": Lenders(names, np.zeros(LENDERS, dtype=int), *[ones] * 4, nobody, 0 * ones),
        "conditions": Conditions.with_neutral(sizes),
        "salience_until": np.full(SPONSORS, toy.salience_until[0]),
    })  # fmt: skip


def offers(world):
    """Offers to markets and lots."""
    domains, countries, vendors = world.shape
    return (domains * countries + len(world.lots)) * vendors


def held(world, engine, runs):
    """Most bytes that arrays of some runs of three years hold at a time."""
    given = ls.Parameters.neutral(network_weight=1.0, switching_cost=1.0)
    how = {"world": world, "parameters": given, "seed": 1, "engine": engine}
    ls.simulate(ls.Scenario.none(), **how, runs=1, years=(0, 1))  # what is kept of the world and of the code
    tracemalloc.start()
    try:
        ls.simulate(ls.Scenario.none(), **how, runs=runs, years=(0, 3))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "buyer", ["operator", *(pytest.param(each, marks=pytest.mark.slow) for each in ("users", "adopters"))]
)
def test_memory_grows_with_the_number_of_economies(buyer, engine):
    few, many = (held(made(economies, buyer), engine, runs=2) for economies in (FEW, MANY))
    assert many < 1.15 * MANY / FEW * few
    assert many < 8 * MANY**2 / 10  # no array of all pairs, by far


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("buyer", ["operator", "users"])
def test_memory_of_a_run_is_what_is_reckoned_with(buyer, engine):
    """Runs are computed together as far as that says; it may err by twice, and not by more."""
    world = made(FEW, buyer)
    few, many = (held(world, engine, runs=runs) for runs in (2, 6))
    of_a_run = (many - few) / 4
    assert of_a_run < 2 * OF_OFFER * offers(world)


@pytest.mark.parametrize("engine", ENGINES)
def test_few_worlds_are_kept(engine):
    """Whatever is kept of a world for its next run, years that differ in all that is given included."""
    worlds = []
    for seed in range(WORLDS + 3):
        world = rich_world(seed, vendors=OFFERS, sponsors=SPONSORS)
        ls.simulate(world=world, runs=1, years=(FIRST, FIRST + 4), engine=engine)
        worlds.append(weakref.ref(world))
    del world
    gc.collect()
    assert sum(world() is not None for world in worlds) <= WORLDS


@pytest.mark.parametrize("engine", ENGINES)
def test_an_economy_feels_its_neighbours_alone(engine):
    """In the first year one who differs is felt by those who look at it, then by theirs, and so on."""
    economies = 60
    base = np.full((economies, 1, OFFERS), 1 / OFFERS)
    other = base.copy()
    other[0] = np.eye(OFFERS)[0]
    given = ls.Parameters.neutral(network_weight=40.0)

    def chosen(installed):
        world = made(economies, lifetime=1, installed=installed)
        return ls.simulate(
            ls.Scenario.none(), world=world, parameters=given, runs=20, seed=1, years=(0, 3), engine=engine,
            record=["installed"],
        )["installed"].values  # fmt: skip

    differs = (chosen(base) != chosen(other)).any(axis=(0, 3, 4))
    near = [{(-k) % economies for k in range(year * NEIGHBOURS + 1)} for year in range(4)]
    felt = [set(np.flatnonzero(of_year)) for of_year in differs]
    assert all(some <= reached for some, reached in zip(felt, near, strict=True))
    assert felt[1]
    assert felt[2] - near[1]
    assert felt[3] - near[2]
