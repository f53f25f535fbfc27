"""Is run r the same, bit for bit, whoever computes it together with what else?"""

import numpy as np
import pytest
import xarray as xr
from equivalence.agreement import drawn_parameters
from properties.worlds import EVERYTHING
from worlds import FIRST, rich_world

import lockin_sim as ls
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.errors import InputError
from lockin_sim.engine import Batch, Engine
from lockin_sim.model.measures import VARIABLES, recorder
from lockin_sim.settings.parameters import Parameters

RUNS, YEARS = 5, (2010, 2016)


def assert_same_bits(one, other):
    assert set(one.data_vars) == set(other.data_vars)
    for name in one.data_vars:
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=str(name))


def alone(world, run, years, parameters, seed):
    how = {"seed": seed, "runs": [run], "years": years, "record": frozenset(EVERYTHING)}
    with limit_blas_threads():
        series = Engine(Batch(world, ls.load_scenario("baseline"), parameters, **how)).series()
    return {name: values[0] for name, values in series.items()}


@pytest.fixture(scope="module")
def several():
    return ls.simulate(runs=RUNS, seed=5, years=YEARS, record=EVERYTHING)


@pytest.mark.parametrize("run", [0, 3])
def test_a_run_computed_alone_is_the_run_of_a_batch(real_world, several, run):
    by_itself = alone(real_world, run, YEARS, Parameters(), 5)
    together = several.isel(run=run)
    for name in EVERYTHING:
        axes = VARIABLES[name].axes  # vendors are slots in the engine, and domains come first
        if (
            "vendor" not in axes
            and name not in ("winner", "incumbent")
            and not {"domain", "country"} <= set(axes)
        ):
            np.testing.assert_array_equal(by_itself[name], together[name].values, err_msg=name)
    used = real_world.slot_vendor >= 0
    domain, _ = np.nonzero(used)
    shares = together.installed.transpose("year", "domain", "vendor", "country").values
    slots = np.moveaxis(by_itself["installed"], 2, 3)
    np.testing.assert_array_equal(slots[:, used], shares[:, domain, real_world.slot_vendor[used]])


def test_runs_may_be_picked_by_number(several):
    picked = ls.simulate(runs=[4, 2], seed=5, years=YEARS, record=EVERYTHING)
    assert picked.run.values.tolist() == [4, 2]
    assert_same_bits(picked, several.isel(run=[4, 2]))


def test_years_are_measured_together_or_one_by_one(several, monkeypatch):
    monkeypatch.setattr(recorder, "WAITING", 0)
    one_by_one = ls.simulate(runs=2, seed=5, years=YEARS, record=EVERYTHING)
    assert_same_bits(one_by_one, several.isel(run=slice(2)))


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(several):
    short = ls.simulate(runs=2, seed=5, years=(2010, 2013), record=EVERYTHING)
    assert_same_bits(short, several.isel(run=slice(2)).sel(year=slice(2013)))


def test_runs_differ_and_seeds_differ(several):
    assert len({run.values.tobytes() for run in several.winner}) == RUNS
    other = ls.simulate(runs=1, seed=6, years=YEARS, record="winner")
    assert (other.winner.values[0] != several.winner.values[0]).any()


def test_the_same_call_gives_the_same_dataset_down_to_its_attributes():
    one, other = (ls.simulate(runs=2, seed=9, years=(2010, 2012)) for _ in range(2))
    xr.testing.assert_identical(one, other)


def test_the_baseline_is_a_scenario_without_levers():
    by_name = ls.simulate("baseline", runs=2, years=(2010, 2014), record=EVERYTHING)
    assert_same_bits(by_name, ls.simulate(ls.Scenario.none(), runs=2, years=(2010, 2014), record=EVERYTHING))


@pytest.mark.parametrize("seed", range(2))
def test_small_worlds_too_know_no_batch(seed):
    world = rich_world(seed)

    def simulated(runs):
        return ls.simulate(world=world, runs=runs, seed=seed, years=(FIRST, FIRST + 8), record=EVERYTHING)

    assert_same_bits(simulated(3), simulated(18).isel(run=slice(3)))
    assert_same_bits(simulated(1), simulated(18).isel(run=[0]))


def test_a_world_of_one_domain_knows_no_batch():
    """Its arrays of one run have a single matrix, which numpy may lay out otherwise than one of several."""
    world, given = rich_world(8, domains=("cameras",)), drawn_parameters(8)

    def simulated(runs):
        return ls.simulate(world=world, parameters=given, runs=runs, seed=11, years=YEARS, record=EVERYTHING)

    assert_same_bits(simulated([1]), simulated([1, 2]).isel(run=[0]))


@pytest.mark.parametrize("engine", ["core", "fast"])
def test_threads_share_the_runs_and_change_none(engine):
    if engine == "fast":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    told = []

    def simulated(**threads):
        world = rich_world(5, vendors=11, sponsors=7)  # as many as in the bundled one, whose code serves
        return ls.simulate(
            ls.Scenario.none(), world=world, runs=7, seed=5, years=YEARS, engine=engine, **threads
        )

    assert_same_bits(simulated(workers=3, progress=told.append), simulated())
    assert told == [3, 3, 1]  # in the order of runs


def test_threads_are_asked_for_as_a_number_that_the_engine_can_use():
    with pytest.raises(InputError, match=r"workers: found 0; allowed: a whole number of at least 1"):
        ls.simulate(runs=2, workers=0)
    with pytest.raises(InputError, match=r"workers: found 2; allowed: 1 with engine='mesa'"):
        ls.simulate(runs=2, engine="mesa", workers=2)
