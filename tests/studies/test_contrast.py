"""Do arms by name differ by what they say, and by nothing else?"""

import dataclasses
from functools import partial

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.statistics import weighted_mean
from lockin_sim.comparisons.by_group import OF_GROUPS, build_group_measures, compute_group_arrays
from lockin_sim.comparisons.measured_places import SUMS, extract_place, list_recorded_variables, outcomes
from lockin_sim.comparisons.outcomes import compute_group_sizes
from lockin_sim.comparisons.variants import with_lead

FEW = {"runs": 3, "seed": 5, "workers": 1}
SHORT = {**FEW, "years": (2012, 2014), "posterior": None}
SHARE, LENT = "dependence_CHN", "lending_CHN"


def effect(found, arm, outcome=SHARE, **at):
    return found.effect.sel(arm=arm, outcome=outcome, **at)


def test_two_scenarios_differ_as_a_comparison_says():
    options = {**FEW, "posterior": "bundled"}
    policy = ls.Scenario.none().with_lever("export_finance", "CHN", from_=2011, name="none", envelope=0.0)
    compared = ls.compare(policy, maps=False, years=(2010, 2014), **options).sel(scenario="none")
    arms = {"as it is": ls.Arm(), "none": ls.Arm(policy)}
    found = ls.contrast(arms, outcomes=[SHARE, LENT, "status_ITU"], years=(2012, 2014), **options)
    same = compared.sel(outcome=found.outcome, year=found.year)
    for name in ("effect", "effect_low", "effect_high", "effect_q05", "effect_q95", "pairs_used"):
        np.testing.assert_allclose(found[name].sel(arm="none", group="world"), same[name], rtol=0, atol=1e-12)
    level = found.level.sel(arm="none", group="world")
    np.testing.assert_allclose(level, same.level.sel(statistic="mean"), rtol=0, atol=1e-12)
    assert (effect(found, "none", LENT) < 0).all()


def test_a_parameter_by_year_leaves_each_future_its_own_value_until_then():
    when = {"switching_cost": {2013: 0.0}}
    found = ls.contrast(
        {"drawn": ls.Arm(), "free": ls.Arm(parameters=when)}, outcomes=[SHARE], years=range(2010, 2016), **FEW
    )
    moved = effect(found, "free", group="world")
    assert (moved.sel(year=slice(2010, 2012)) == 0).all()
    assert (moved.sel(year=slice(2013, 2015)) != 0).all()


def test_a_scenarios_own_parameters_give_way_to_those_of_the_arm():
    sticky = ls.Scenario.none().model_copy(update={"name": "sticky", "parameters": {"switching_cost": 9.0}})
    arms = {
        "scenario": ls.Arm(sticky), "arm": ls.Arm(parameters={"switching_cost": 9.0}),
        "both": ls.Arm(sticky, {"switching_cost": {2013: 0.0}}), "whole": ls.Arm(parameters=ls.Parameters()),
        "usual": ls.Arm(),
    }  # fmt: skip
    with pytest.warns(UserWarning, match="arm: nothing differs from scenario"):
        found = ls.contrast(arms, outcomes=[SHARE], **SHORT)
    assert found["arm_says"].sel(arm="both").item() == "No policy; cost of switching vendors: 0 from 2013"
    level = found.level.sel(outcome=SHARE, group="world")
    assert (level.sel(arm="arm") == level.sel(arm="scenario")).all()
    assert (level.sel(arm="whole") == level.sel(arm="usual")).all()
    assert (effect(found, "usual") != 0).all()
    assert (effect(found, "both", year=2012) == 0).all()
    assert (effect(found, "both", year=2014) != 0).all()


def test_an_arm_may_be_another_world(real_world):
    led = with_lead(real_world, "CHN", 0.6, "Africa")
    arms = {"as it is": ls.Arm(), "led": ls.Arm(world=led)}
    found = ls.contrast(arms, outcomes=[SHARE], groups=["Africa", "EU"], domain="mobile_network", **SHORT)
    assert (effect(found, "led", group="Africa") > 0.1).all()
    assert (abs(effect(found, "led", group="EU")) < 0.1).all()


@pytest.fixture(scope="module")
def recorded():
    """Two runs with everything that outcomes of groups read."""
    names = [
        *list_recorded_variables(outcomes().values()),
        *OF_GROUPS,
        "group_switching_pull_to",
        *SUMS.values(),
    ]
    return ls.simulate(runs=2, seed=3, years=(2010, 2014), record=names)


def read_in(name, recorded, world, *place):
    """An outcome of a place, and of one domain if it is named."""
    outcome = outcomes(world)[name]
    return outcome.of(extract_place(recorded, world, outcome.reads, *place), world)


GROUPED = [name for name, outcome in outcomes().items() if outcome.reads]


@pytest.mark.parametrize("name", GROUPED)
def test_a_group_that_is_the_world_has_its_outcomes(name, recorded, real_world):
    of, seen = outcomes(real_world)[name].of, read_in(name, recorded, real_world, "world")
    np.testing.assert_allclose(seen, of(recorded, real_world), rtol=0, atol=1e-12)
    assert np.isfinite(seen[:, 1:]).all()


def test_a_group_and_a_domain_have_their_own_outcomes(recorded, real_world):
    by_group = compute_group_arrays(recorded, real_world)["values"][
        :, :, real_world.group_names.index("Africa")
    ]
    for name in ("dependence_sensitive_USA", "retention"):
        seen = read_in(name, recorded, real_world, "Africa")
        of_africa = by_group[:, list(build_group_measures(real_world)).index(name)]
        np.testing.assert_allclose(seen, of_africa, atol=1e-12)
    one = read_in("dependence_CHN", recorded, real_world, "Africa", "cloud")
    held = recorded["group_sponsor_share"].sel(group="Africa", domain="cloud", sponsor="CHN")
    np.testing.assert_allclose(one, held, atol=1e-15)
    owed = read_in("debt_CHN", recorded, real_world, "Africa")
    members = real_world.group_masks[real_world.group_names.index("Africa")].any(axis=0)
    np.testing.assert_allclose(owed, recorded["debt"].sel(sponsor="CHN").values[..., members].sum(-1))


def test_world_outcomes_of_all_domains_are_means_of_those_of_each(recorded, real_world):
    of = partial(read_in, "dependence_CHN", recorded, real_world, "Africa")
    together = weighted_mean(
        np.stack([of(domain) for domain in real_world.domains], axis=-1),
        compute_group_sizes(recorded, real_world, ["Africa"])[0],
    )
    np.testing.assert_allclose(of(), together, atol=1e-12)


def test_an_outcome_is_read_where_its_name_ends_unless_groups_are_named():
    arms = {"as it is": ls.Arm(), "free": ls.Arm(parameters={"switching_cost": 0.0})}
    name = "dependence_sensitive_CHN_abroad"
    found = ls.contrast(arms, outcomes=name, **SHORT)
    assert found["group"].values.tolist() == ["abroad"]
    assert found["outcome"].values.tolist() == [name]
    named = ls.contrast(arms, outcomes=[name, "dependence_sensitive_CHN"], groups=["Africa"], **SHORT)
    assert named["group"].values.tolist() == ["Africa"]
    np.testing.assert_array_equal(*(named.level.sel(outcome=one) for one in named["outcome"].values))
    assert not np.allclose(named.level.isel(outcome=0, group=0), found.level.isel(outcome=0, group=0))


def test_vendors_of_ones_own_go_without_the_record(real_world):
    offers = {"mobile_network": {"entry": 2012, "quality": 3.0}}
    world = real_world.with_vendor("newco", sponsor="EU", home="EST", offers=offers)
    arms = {"as it is": ls.Arm(history="prior"), "with it": ls.Arm(world=world, history="prior")}
    found = ls.contrast(arms, outcomes=["dependence_EU"], domain="mobile_network", **SHORT)
    assert (effect(found, "with it", "dependence_EU") > 0).all()
    arms["with it"] = dataclasses.replace(arms["with it"], history="conditioned")
    with pytest.raises(ls.InputError, match=r"world: vendor: found 'newco'.*history='prior'"):
        ls.contrast(arms, outcomes=["dependence_EU"], **SHORT)
