"""Winners and losers: the parts agree with the whole, and nothing moves without a policy."""

import numpy as np
import pytest
from studies.toys import HOW, SUBSIDY, one_vendor

import lockin_sim as ls
from lockin_sim.comparisons.by_group import breakdown, select_effects_by_region
from lockin_sim.comparisons.outcomes import mask_sponsor_vendors

SMALL = {"runs": 3, "seed": 5, "years": (2010, 2022), "workers": 1}


@pytest.fixture(scope="module")
def groups():
    return breakdown("no_state_finance", by="group", **SMALL)


@pytest.fixture(scope="module")
def effects():
    how = {"maps": False, "outcomes": list(SAME.values()), **SMALL}
    return ls.compare("no_state_finance", **how).sel(scenario="no_state_finance")


#: Measures of the world and outcomes of :func:`lockin_sim.compare` that are the same.
SAME = {
    **{name: name for name in ("surplus", "price_paid", "retention", "dependence_sensitive_EU")},
    "dependence_mobile_network_CHN": "dependence[world,CHN,mobile_network]",
    "cn2035_reach_mobile_network": "cn2035_reach[world,mobile_network]",
}


@pytest.mark.parametrize(("measure", "outcome"), SAME.items())
def test_the_world_is_that_of_compare(groups, effects, measure, outcome):
    world = groups.sel(scenario="no_state_finance", group="world", measure=measure)
    np.testing.assert_allclose(world.effect, effects.effect.sel(outcome=outcome), atol=1e-12)
    np.testing.assert_allclose(world.level, effects.level.sel(outcome=outcome, statistic="mean"), atol=1e-12)


def test_in_a_mean_over_economies_each_counts_alike(groups):
    how = {k: v for k, v in SMALL.items() if k != "workers"} | {"record": ("installed",)}
    ds, world = ls.simulate("no_state_finance", **how), ls.load_world()
    held = ds.installed.sel(year=2022).fillna(0.0)
    chinese = np.array(world.vendors)[mask_sponsor_vendors(world, "CHN")]
    parts = held.sel(vendor=chinese).sum("vendor") / held.sum("vendor")
    at = {"scenario": "no_state_finance", "year": 2022}
    of = groups.sel(at, drop=True).sel(measure="dependence_economies_CHN")
    networks = groups.sel(at, drop=True).sel(measure="dependence_mobile_network_economies_CHN")
    size = world.conditions.of("market_size", np.array([2022]))[0]
    for group in ("Africa", "EU", "abroad"):
        mask = world.groups[group] & world.sensitive[:, None]
        built = [d for d in range(len(mask)) if mask[d].any()]
        alike = [parts.isel(country=mask[d], domain=d).mean("country").mean().item() for d in built]
        assert networks.level.sel(group=group).item() == pytest.approx(alike[built.index(0)], rel=1e-9)
        weight = (size * mask).sum(axis=1)[built]
        assert of.level.sel(group=group).item() == pytest.approx(np.average(alike, weights=weight), rel=1e-9)


def test_regions_are_the_groups_of_the_case_and_have_both_means(groups):
    found = select_effects_by_region(groups)
    assert found.group.values.tolist() == list(ls.load_world().case.groups)
    assert found.measure.values.tolist() == [
        "dependence_mobile_network_CHN", "dependence_mobile_network_economies_CHN",
        "cn2035_reach_mobile_network",
    ]  # fmt: skip
    at = {"scenario": "no_state_finance", "measure": "dependence_mobile_network_CHN", "group": "Africa"}
    np.testing.assert_array_equal(found.effect.sel(at), groups.effect.sel(at))


def test_a_domain_is_that_of_simulate():
    domains = breakdown("no_state_finance", by="domain", **SMALL)
    ds = ls.simulate("no_state_finance", **{k: v for k, v in SMALL.items() if k != "workers"})
    for measure in ("surplus", "retention", "price_paid"):
        level = domains.level.sel(scenario="no_state_finance", measure=measure)
        np.testing.assert_allclose(level.T, ds[measure].mean("run"), rtol=1e-12)
    chinese = ds.sales_share.sel(vendor=["huawei", "zte"], domain="mobile_network").sum("vendor").mean("run")
    sales = domains.level.sel(scenario="no_state_finance", measure="sales_CHN", domain="mobile_network")
    np.testing.assert_allclose(sales[1:], chinese[1:])


def test_in_a_toy_a_subsidy_makes_adopters_better_off_by_what_it_takes_off():
    found = breakdown(SUBSIDY, by="group", world=one_vendor(), **HOW).sel(scenario="subsidy", group="world")
    np.testing.assert_allclose(found.effect.sel(measure="price_paid", year=[3, 4, 12]), [0, -0.25, -0.25])
    np.testing.assert_allclose(found.effect.sel(measure="surplus", year=[3, 12]), [0, -np.log(0.75)])
    assert (found.pairs_used.sel(measure="surplus") == [0] + [3] * 12).all()
