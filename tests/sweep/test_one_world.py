"""Do points, comparisons, runs and agents speak of one world, with the same past, draws and structures?"""

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.engine.guided import simulate_guided
from lockin_sim.record.histories import build_histories
from lockin_sim.settings.design import column, table
from lockin_sim.settings.policies import scenarios

OUTCOMES = ["dependence[DEU,CHN,mobile_network]", "dependence[VNM,CHN,mobile_network]", "debt_CHN"]
RUNS = 4
COMMON = {"runs": RUNS, "outcomes": OUTCOMES, "progress": False}
DRAWN = {"posterior": "bundled"}


@pytest.mark.parametrize(
    "policies",
    [["germany_lifts", "us_pressure"], pytest.param(None, marks=pytest.mark.slow)],
    ids=["two", "all"],
)
@pytest.mark.parametrize(
    "options", [{}, DRAWN, DRAWN | {"structure": "drawn"}], ids=["declared", "drawn", "structures"]
)
def test_points_have_the_effects_of_a_comparison(policies, options):
    policies = policies or [name for name in scenarios() if name != "baseline"]
    points = ls.evaluate({"scenario": policies}, years=[2035], against="baseline", **COMMON, **options)
    effect = points["value"].mean("run").sel(year=2035).transpose("point", "outcome").values
    compared = ls.compare(policies, **COMMON, **options)["effect"].sel(scenario=policies, year=2035)
    wanted = compared.transpose("scenario", "outcome").values
    np.testing.assert_allclose(effect, wanted, rtol=0, atol=1e-12)
    assert np.abs(wanted).max() > 0.01


def test_a_point_meets_the_record_at_its_own_parameters():
    """As a study with that parameter does; and other runs than from chance."""
    own = ls.evaluate({"switching_cost": [1.0, 5.0]}, years=[2035], **COMMON)["value"]
    for point, cost in enumerate([1.0, 5.0]):
        study = ls.evaluate(
            {"scenario": ["baseline"]}, years=[2035], parameters={"switching_cost": cost}, **COMMON
        )
        np.testing.assert_array_equal(own.sel(point=point), study["value"].sel(point=0))
    chance = ls.evaluate({"switching_cost": [1.0, 5.0]}, years=[2035], history="prior", **COMMON)["value"]
    assert np.abs(own - chance).max() > 0.1


def test_a_parameter_from_a_later_year_shares_the_past():
    """Up to that year all points are the same, and from then on they are as a parameter by year is."""
    years = [2025, 2035]
    later = ls.evaluate({"switching_cost@2026": [0.0, 6.0]}, years=years, **COMMON)["value"]
    np.testing.assert_array_equal(later.sel(point=0, year=2025), later.sel(point=1, year=2025))
    assert np.abs(later.sel(point=0, year=2035) - later.sel(point=1, year=2035)).max() > 0.01
    by_year = ls.evaluate(
        {"scenario": ["baseline"]}, years=years, parameters={"switching_cost": {2026: 6.0}}, **COMMON
    )
    np.testing.assert_array_equal(later.sel(point=1), by_year["value"].sel(point=0))


def test_a_parameter_in_all_years_and_one_from_a_year_on_go_together():
    both = {"switching_cost@2026": [6.0, 1.0], "switching_cost": [1.0, 1.0]}
    found = ls.evaluate(both, years=[2025, 2035], **COMMON)["value"]
    alone = ls.evaluate({"switching_cost": [1.0]}, years=[2025, 2035], **COMMON)["value"]
    np.testing.assert_array_equal(found.sel(point=1), alone.sel(point=0))
    np.testing.assert_array_equal(found.sel(point=0, year=2025), alone.sel(point=0, year=2025))
    assert np.abs(found.sel(point=0, year=2035) - alone.sel(point=0, year=2035)).max() > 0


def test_what_is_subtracted_has_the_parameters_of_the_point():
    points = {"scenario": ["germany_lifts", "baseline"] * 2, "switching_cost@2026": [1.0, 1.0, 4.0, 4.0]}
    effect = ls.evaluate(points, years=[2035], against="baseline", **COMMON)["value"]
    level = ls.evaluate(points, years=[2035], **COMMON)["value"]
    assert (effect.isel(point=[1, 3]) == 0).all()
    for policy, base in ((0, 1), (2, 3)):
        np.testing.assert_array_equal(
            effect.isel(point=policy), level.isel(point=policy) - level.isel(point=base)
        )


def test_contracts_are_met_at_the_corners_of_a_design():
    """Nearly all tenders end as recorded where parameters lie at the ends of their ranges."""
    world, names = ls.load_world(), ["switching_cost", "taste_operator", "network_weight"]
    recorded = int((world.on_record.holder >= 0).sum())
    corners = np.array(np.meshgrid(*(column(name).range for name in names), indexing="ij")).reshape(3, -1)
    met = []
    for corner in corners.T.tolist():
        values = ls.Parameters(**dict(zip(names, corner, strict=True)))
        past = build_histories("conditioned", world=world, runs=np.arange(2), parameters=values)
        known = dataclasses.replace(past.past, tastes=past.tastes())
        guided = simulate_guided(world, values, known, past.runs, evidence=False)
        met.append(1 - len(guided.unmet.run) / (2 * recorded))
    assert min(met) >= 0.98, met


def test_agents_begin_from_the_record_too():
    how = {"runs": [1], "years": (2010, 2027), "seed": 3, "progress": False}
    core, mesa = (ls.simulate(engine=engine, **how) for engine in ("core", "mesa"))
    assert core.attrs["histories"] == mesa.attrs["histories"] == "conditioned"
    np.testing.assert_allclose(core["vendor_share"], mesa["vendor_share"], rtol=0, atol=1e-9)
    chance = ls.simulate(history="prior", **how)
    assert np.abs(chance["vendor_share"] - core["vendor_share"]).max() > 0.01


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"noise_scale": [1.0, 0.0]}, "noise_scale, point 1: found 0; allowed: above 0 with history"),
        ({"switching_cost@1990": [1.0]}, "switching_cost@1990: found 1990; allowed: a first year from 2010"),
        ({"switching_cost@2026": [-1.0]}, "switching_cost@2026, point 0: found -1"),
        ({"switching_cots@2026": [1.0]}, "Did you mean 'switching_cost'"),
    ],
)
def test_what_no_history_can_be_met_at_is_refused_before_the_first_run(points, message):
    with pytest.raises(ls.InputError, match=message):
        ls.evaluate(points, years=[2035], **COMMON)


def test_a_sweep_says_which_history_and_is_resumed_with_no_other(tmp_path):
    design = table({"switching_cost": [1.0, 3.0]})
    how = {"out": tmp_path / "s", "runs": 2, "years": [2030], "outcomes": OUTCOMES[:1], "progress": False}
    found = ls.sweep(design, **how)
    assert found.attrs["histories"] == "conditioned"
    again = ls.sweep(design, resume=True, **how)
    assert again.equals(found)
    with pytest.raises(ls.InputError, match="history"):
        ls.sweep(design, resume=True, history="prior", **how)


def test_one_outcome_needs_no_list():
    alone, listed = (
        ls.evaluate({"scenario": ["baseline"]}, **COMMON | {"outcomes": each})
        for each in ("debt_CHN", ["debt_CHN"])
    )
    assert alone.identical(listed)
    one = ls.compare(["germany_lifts"], **COMMON | {"outcomes": "debt_CHN"})
    assert list(one["outcome"].values) == ["debt_CHN"]
