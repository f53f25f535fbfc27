"""Do the two engines, written apart, give the same trajectory for the same world, scenario, seed and run?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given
from properties.worlds import Case, cases

import lockin_sim as ls
from lockin_sim.core import Core
from lockin_sim.metrics import VARIABLES
from lockin_sim.parameters import Parameters

RUNS, SEED, YEARS = 5, 11, (2010, 2050)
EVERYTHING = frozenset(VARIABLES)

#: The baseline, and policies that bring other mechanisms to life than it does.
COMPARED = ("baseline", "eu_package", "decoupled_internet")


def assert_same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> None:
    """Winners and flags equal, floats to 1e-9, NaN in the same places; for every variable."""
    assert set(one) == set(other)
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        assert a.shape == b.shape, name
        if a.dtype.kind in "biu":
            np.testing.assert_array_equal(a, b, err_msg=str(name))
        else:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=str(name))


@cache
def core_runs(scenario: str) -> dict[str, np.ndarray]:
    """All variables of five runs computed together, each (run, year, ...)."""
    engine = Core(
        ls.load_world(),
        ls.load_scenario(scenario),
        ls.load_scenario(scenario).configure(Parameters()),
        seed=SEED,
        runs=range(RUNS),
        years=YEARS,
        record=EVERYTHING,
    )
    years = list(engine.years())
    return {name: np.stack([year[name] for year in years], axis=1) for name in EVERYTHING}


@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("scenario", COMPARED)
def test_engines_agree_on_every_variable_of_the_real_world(scenario: str, run: int) -> None:
    model = ls.LockInModel(scenario, seed=SEED, run=run, years=YEARS, record=EVERYTHING)
    model.run_to_end()
    assert_same(model.series(), {name: values[run] for name, values in core_runs(scenario).items()})


def simulated(case: Case, engine: str, runs: int = 2) -> dict[str, np.ndarray]:
    dataset = ls.simulate(
        case.scenario,
        world=case.world,
        parameters=case.parameters,
        runs=runs,
        seed=case.seed,
        years=case.years,
        engine=engine,
        record=sorted(EVERYTHING),
    )
    return {str(name): variable.values for name, variable in dataset.data_vars.items()}


@given(case=cases())
def test_engines_agree_in_random_worlds_at_any_setting(case: Case) -> None:
    assert_same(simulated(case, "mesa"), simulated(case, "core"))


def test_engines_agree_when_every_run_has_its_own_parameters_calendar_taste_and_base() -> None:
    rng = np.random.default_rng(5)
    runs, steps, shape = 3, 6, (5, 2, 3)
    world = ls.toy_world(
        *(shape[0], shape[2], shape[1]),
        tranche=0.4,
        installed=rng.dirichlet(np.ones(4), size=(runs, *shape[:2]))[..., :3],
        taste=rng.normal(size=(runs, *shape)),
        calendar=rng.random((runs, steps, *shape[:2])) < 0.7,
        influence=rng.random((5, 5)),
    )
    parameters = ls.Parameters.neutral(
        switching_cost=np.array([0.0, 1.0, 4.0]),
        network_weight=np.array([2.0, 0.5, -1.0]),
        noise_scale=np.array([1.0, 0.0, 3.0]),
        build_out=np.array([0.2, 1.0, 0.5]),
        outside_level=np.array([-np.inf, 0.0, -1.0]),
    )
    case = Case(world, parameters, ls.Scenario.none(), (0, steps), 4)
    mesa, core = simulated(case, "mesa", runs), simulated(case, "core", runs)
    assert_same(mesa, core)
    assert len({values.tobytes() for values in core["vendor_share"]}) == runs


@pytest.mark.parametrize("influence", ["uniform", "dense", "sparse"])
def test_engines_agree_on_every_form_of_influence(influence: str) -> None:
    weights = np.random.default_rng(1).random((7, 7))
    given_weights = {"uniform": "uniform", "dense": weights, "sparse": sparse.csr_array(weights)}[influence]
    world = ls.toy_world(7, 3, influence=given_weights)
    parameters = ls.Parameters.neutral(network_weight=3.0, switching_cost=1.0)
    case = Case(world, parameters, ls.Scenario.none(), (0, 8), 2)
    assert_same(simulated(case, "mesa"), simulated(case, "core"))


@pytest.mark.parametrize("outside", [0.1, 0.2, 0.3, 0.6, 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1])
def test_rounding_never_decides_whether_new_capacity_is_built(outside: float) -> None:
    """Terms that each engine may add in an order of its own come to exactly what staying out is worth."""
    world = ls.toy_world(
        1, 1, installed=np.zeros((1, 1, 1)), quality=np.array([0.1]), taste=np.full((1, 1, 1), 0.3)
    )
    world = dataclasses.replace(world, slot_home=np.zeros((1, 1), dtype=int))
    parameters = ls.Parameters.neutral(
        quality_weight=1.0, home_preference=0.2, noise_scale=0.0, outside_level=outside
    )
    case = Case(world, parameters, ls.Scenario.none(), (0, 1), 0)
    assert_same(simulated(case, "mesa"), simulated(case, "core"))
