"""Headline outcomes of a dataset small enough to compute by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.statistics import weighted_mean
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.world.case import Case

NAN = np.nan
RUNS, YEARS = 2, 2


@pytest.fixture
def world(monkeypatch):
    """Two domains, one sensitive; vendors of China, the USA and nobody; one body for the first domain."""
    # it has no tables
    monkeypatch.setattr("lockin_sim.comparisons.measured_places.resolve_world", lambda world: world)
    return SimpleNamespace(
        case=Case("cn2035", ("CHN", "USA", "EU")),
        standards=("international", "cn2035"),
        sponsors=("CHN", "USA"),
        vendors=("dragon", "eagle", "other"),
        domains=("radio", "shop"),
        body_names=("ITU",),
        group_names=("world",),
        slot_vendor=np.array([[0, 1, -1], [0, 1, 2]]),
        slot_sponsor=np.array([[0, 1, 2], [0, 1, 2]]),
        sensitive=np.array([True, False]),
    )


@pytest.fixture
def ds():
    """Market sizes 30 and 10, then 10 and 30."""

    def same(values):
        """The same in every run and year."""
        return np.broadcast_to(values, (RUNS, YEARS, *np.shape(values)))

    data = {
        "market_size": (("year", "domain"), np.array([[30.0, 10.0], [10.0, 30.0]])),
        "coverage": (("run", "year", "domain"), same([1.0, 0.5])),
        "reach": (("run", "year", "domain", "standard"), same([[1.0, 0.7], [1.0, 0.2]])),
        "standard_share": (("run", "year", "domain", "standard"), same([[0.6, 0.4], [0.9, 0.1]])),
        "owned_standard_share": (("run", "year", "domain", "standard"), same([[0.6, 0.3], [0.9, 0.1]])),
        "sponsor_share": (("run", "year", "domain", "sponsor"), same([[0.2, 0.8], [0.5, 0.1]])),
        "switching_pull_to": (("run", "year", "domain", "sponsor"), same([[0.1, 0.3], [0.2, 0.0]])),
        "switching_pull": (("run", "year", "domain"), same([0.4, 0.2])),
        "retention": (("run", "year", "domain"), same([0.8, 0.6])),
        "surplus": (("run", "year", "domain"), same([1.0, 3.0])),
        "coverage_surplus": (("run", "year", "domain"), same([2.0, NAN])),
        "price_paid": (("run", "year", "domain"), same([1.0, 0.5])),
        "replaced": (("run", "year"), np.array([[NAN, 5.0]] * RUNS)),
        "status": (("run", "year", "body", "domain", "standard"), same([[[0.7, 0.3], [NAN, NAN]]])),
        "restricting": (("run", "year", "sponsor"), same([0.25, 0.0])),
        "lending": (("run", "year", "sponsor"), np.array([[[NAN, NAN], [4.0, 1.0]]] * RUNS)),
        "total_debt": (("run", "year", "sponsor"), same([7.0, 2.0])),
    }
    labels = {
        "run": [0, 1],
        "year": [2010, 2011],
        "domain": ["radio", "shop"],
        "standard": ["international", "cn2035"],
        "vendor": ["dragon", "eagle", "other"],
        "sponsor": ["CHN", "USA"],
        "body": ["ITU"],
    }
    return xr.Dataset(
        {name: (axes, np.array(values)) for name, (axes, values) in data.items()}, coords=labels
    )


EXPECTED = {
    "cn2035_share": (0.75 * 0.4 + 0.25 * 0.1, 0.25 * 0.4 + 0.75 * 0.1),
    "cn2035_chinese_base": (0.75 * 0.3 + 0.25 * 0.1, 0.25 * 0.3 + 0.75 * 0.1),
    "cn2035_others": (0.75 * 0.1, 0.25 * 0.1),
    "cn2035_sensitive": (0.4, 0.4),
    "cn2035_radio": (0.4, 0.4),
    "cn2035_shop": (0.1, 0.1),
    "status_ITU": (0.3, 0.3),  # the domain outside the mandate does not count
    "dependence_CHN": (0.75 * 0.2 + 0.25 * 0.5, 0.25 * 0.2 + 0.75 * 0.5),
    "dependence_USA": (0.75 * 0.8 + 0.25 * 0.1, 0.25 * 0.8 + 0.75 * 0.1),
    "dependence_sensitive_CHN": (0.2, 0.2),
    "switching_pull_CHN": (0.75 * 0.1 + 0.25 * 0.2, 0.25 * 0.1 + 0.75 * 0.2),
    "switching_pull_USA": (0.75 * 0.3, 0.25 * 0.3),
    "switching_pull": (0.75 * 0.4 + 0.25 * 0.2, 0.25 * 0.4 + 0.75 * 0.2),
    "retention": (0.75 * 0.8 + 0.25 * 0.6, 0.25 * 0.8 + 0.75 * 0.6),
    "surplus": (1.5, 2.5),
    "coverage_surplus": (2.0, 2.0),  # where nobody considers anything new it does not count
    "price_paid": (0.875, 0.625),
    "replacement": (NAN, 5.0),
    "restricting_CHN": (0.25, 0.25),
    "lending_CHN": (NAN, 4.0),
    "debt_USA": (2.0, 2.0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_value_by_hand(ds, world, name):
    found = outcomes(world)[name].of(ds, world)
    assert found.shape == (RUNS, YEARS)
    np.testing.assert_allclose(found, [EXPECTED[name]] * RUNS, rtol=1e-14)


@pytest.mark.parametrize("name", ["switching_pull", "retention", "surplus", "price_paid"])
def test_a_domain_without_tenders_drops_out_with_its_weight(ds, world, name):
    values = ds[name].values
    values[0, 1, 0] = NAN
    values[1, 1, :] = NAN
    found = outcomes(world)[name].of(ds, world)
    assert found[0, 1] == values[0, 1, 1]
    assert np.isnan(found[1, 1])
    assert np.isfinite(found[:, 0]).all()


def test_nothing_installed_is_not_a_share_of_zero(ds, world):
    ds["coverage"].values[0, :, 0] = 0
    ds["sponsor_share"].values[0, :, 0] = NAN
    known = outcomes(world)
    assert np.isnan(known["cn2035_radio"].of(ds, world)[0]).all()
    np.testing.assert_allclose(known["cn2035_share"].of(ds, world)[0], 0.1)
    np.testing.assert_allclose(known["dependence_CHN"].of(ds, world)[0], 0.5)
    assert np.isnan(known["dependence_sensitive_CHN"].of(ds, world)[0]).all()


def test_outcomes_follow_the_world(world):
    world.case = Case("open", ("USA",))
    names = outcomes(world)
    assert {"open_share", "open_us_base", "open_radio", "status_ITU", "dependence_USA"} <= set(names)
    assert not [name for name in names if "cn2035" in name or "CHN" in name]
    assert names["open_us_base"].label == "open interfaces carried by equipment of US vendors"
    world.case = Case()
    assert not [name for name in outcomes(world) if name.startswith(("_", "open_", "status", "dependence"))]


def test_weighted_mean_of_nothing():
    assert np.isnan(weighted_mean(np.array([NAN, NAN]), np.ones(2)))
    assert np.isnan(weighted_mean(np.array([1.0, 2.0]), np.zeros(2)))


def test_outcomes_of_a_world_are_those_that_a_comparison_has():
    toy = ls.toy_world(4, 2)
    none, how = ls.Scenario.none(), {"runs": 1, "years": (0, 3), "workers": 1, "maps": False}
    better = none.with_lever("industrial_policy", "vendor_0", from_=2, name="better", quality=1.0)
    found = ls.compare(better, baseline=none, world=toy, **how)
    assert set(found["outcome"].values.tolist()) == set(ls.outcomes(toy))
    assert "cn2035_share" in ls.outcomes()
    assert all(each.name == name and each.unit and each.label for name, each in ls.outcomes().items())
