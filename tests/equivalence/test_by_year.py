"""Do parameters by year hold from their years on, alike in every engine?"""

import numpy as np
import pytest
from equivalence.agreement import EVERYTHING, assert_same, series
from equivalence.test_reference import compare
from worlds import FIRST, rich_world

import lockin_sim as ls
from lockin_sim.runs.simulation import simulate_together
from lockin_sim.settings.parameters import Parameters, collect_declarations

YEARS = (FIRST, FIRST + 12)
NONE = ls.Scenario.none()

#: What goes on after its rate is zero again: families stay prescribed, and affinity where it has drifted to.
ENDING = {
    "exclusive_compliance": {FIRST: 0.0, FIRST + 4: 1.0, FIRST + 8: 0.0},
    "regulation_rate": {FIRST: 0.0, FIRST + 3: 0.5, FIRST + 6: 0.0},
    "affinity_drift": {FIRST + 3: 0.05, FIRST + 6: 0.0},
}


def changing(seed):
    """Every parameter anywhere in its range, and elsewhere from some years on."""
    rng = np.random.default_rng(seed)
    years = {name: (FIRST + rng.integers(0, 13, 3)).tolist() for name in collect_declarations()}
    drawn = {n: {k: float(rng.uniform(*collect_declarations()[n].range)) for k in years[n]} for n in years}
    return drawn | {"restriction_intercept": {FIRST: -1.0}} | ENDING


def of_agents(world, parameters, run):
    model = ls.LockInModel(NONE, world=world, parameters=parameters, seed=11, run=run, record=EVERYTHING,
                           years=YEARS)  # fmt: skip
    model.run_to_end()
    return model.series()


@pytest.mark.parametrize("seed", range(3))
def test_numpy_and_agents_agree(seed):
    world, values = rich_world(seed), changing(seed)
    found = series(world, NONE, Parameters(**values), range(2), YEARS)
    assert_same(of_agents(world, values, 1), {name: of_runs[1] for name, of_runs in found.items()})
    prescribed = found["prescribed"][:, -4:]
    assert (prescribed >= 0).any()


@pytest.mark.parametrize("seed", range(2))
def test_numpy_and_compiled_code_agree(seed):
    pytest.importorskip("numba", reason="the extra fast is not installed")
    given = rich_world(seed, vendors=11, sponsors=7), NONE, Parameters(**changing(seed)), range(2), YEARS
    assert_same(series(*given), series(*given, compiled=True))


def test_numbers_by_year_of_each_run_are_those_of_the_run_alone():
    """The second run has its own numbers until all have the same; alone it is what it is among others."""
    world, fixed = rich_world(1, vendors=11, sponsors=7), {"turnover": 0.2}
    given = {"switching_cost": {FIRST: np.array([0.5, 4.0]), FIRST + 6: 0.0}, **fixed}
    together = series(world, NONE, Parameters(**given), range(2), YEARS)
    alone = fixed | {"switching_cost": {FIRST: 4.0, FIRST + 6: 0.0}}
    assert_same(of_agents(world, alone, 1), {name: of_runs[1] for name, of_runs in together.items()})
    pytest.importorskip("numba", reason="the extra fast is not installed")
    assert_same(series(world, NONE, Parameters(**given), range(2), YEARS, compiled=True), together)


@pytest.mark.parametrize("seed", range(2))
def test_numpy_and_the_reference_agree(seed):
    compare(rich_world(seed, countries=6, vendors=4), Parameters(**changing(seed)), seed=seed, years=9)


def test_the_same_number_in_all_years_changes_no_bit():
    world = rich_world(5)
    values = {name: declared.range[0] for name, declared in collect_declarations().items()}
    found = [
        ls.simulate(NONE, world=world, parameters=given, runs=1, years=YEARS)
        for given in (values, {n: {FIRST: v, FIRST + 5: v} for n, v in values.items()})
    ]
    assert found[0].equals(found[1])


def test_the_default_holds_before_the_first_year_and_each_number_until_the_next():
    early = {FIRST + 5: 0.0}
    plain, changed, early = (
        ls.simulate(world=rich_world(4), scenario=NONE, parameters=p, runs=2, years=YEARS)["vendor_share"]
        for p in (None, {"switching_cost": early | {FIRST + 9: 5.0}}, {"switching_cost": early})
    )
    apart = {place for place in range(13) if not plain[:, place].equals(changed[:, place])}
    assert min(apart) == 5
    apart = {place for place in range(13) if not early[:, place].equals(changed[:, place])}
    assert min(apart) == 9


def test_a_shared_past_and_a_run_alone_change_no_bit():
    world, several = ls.load_world(), [ls.load_scenario(name) for name in ("baseline", "open_ran")]
    values = {"switching_cost": {2024: 1.0, 2027: 4.0}, "noise_scale": np.array([1.0, 0.5])}
    how = {"years": (2010, 2029), "seed": 4}
    together = dict(
        simulate_together(several, world=world, parameters=[Parameters(**values)] * 2, runs=range(2),
                          records=[()] * 2, **how)
    )  # fmt: skip
    for place, scenario in enumerate(several):
        alone = ls.simulate(scenario, parameters=values, runs=[1], history="prior", **how)
        assert together[place].sel(run=[1]).equals(alone)


def test_an_explanation_sees_the_parameters_of_its_year():
    usual, changed = (
        ls.explain(
            "baseline", country="KEN", domain="mobile_network", year=2012, parameters=values, history="prior"
        )
        .data["terms"]
        .sel(term="switching")
        for values in (None, {"switching_cost": {2012: 6.0, 2040: 1.0}})
    )
    assert (usual != 0).any()
    np.testing.assert_allclose(changed, 2.0 * usual)
