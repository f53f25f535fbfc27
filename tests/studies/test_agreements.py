"""Agreements on standards as example policies: whom they reach, and what they do to reach."""

from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls

FOLDER = Path(__file__).parents[2] / "experiments" / "television"


@pytest.fixture(scope="module")
def world():
    return ls.load_world()


@pytest.mark.parametrize(
    ("name", "groups", "family", "first"),
    [("agreement_bri", ["BRI"], "cn2035", 2026), ("treaty_6g", ["Europe", "Africa"], "international", 2030)],
)
def test_who_signs_is_bound_from_the_first_year_on(world, name, groups, family, first):
    policy = ls.load_scenario(FOLDER / f"{name}.toml")
    assert name not in ls.scenarios()
    assert "assumed" in policy.assumption
    assert "assumed" in policy.source
    signed = np.logical_or.reduce([world.groups[group].any(axis=0) for group in groups])
    before, now = (
        made.conditions(world, (2010, 2035)).demanded[:, :, world.standards.index(family)]
        for made in (ls.Scenario.none(), policy)
    )
    started = first - world.first_year
    assert (now[started:, signed]).all()
    np.testing.assert_array_equal(now[:started], before[:started])
    np.testing.assert_array_equal(now[:, ~signed], before[:, ~signed])


def test_an_agreement_on_a_family_spreads_it_and_one_on_another_does_not(world):
    options = {"world": world, "runs": 2, "seed": 1, "years": (2010, 2032), "record": ["group_reach"]}
    reach = {
        name: ls.simulate(policy, **options)["group_reach"]
        for name, policy in {
            "none": ls.Scenario.none(),
            "bri": ls.load_scenario(FOLDER / "agreement_bri.toml"),
            "treaty": ls.load_scenario(FOLDER / "treaty_6g.toml"),
        }.items()
    }  # fmt: skip
    told = {
        name: float(of.sel(group="BRI", domain="mobile_network", standard="cn2035", year=2032).mean())
        for name, of in reach.items()
    }
    assert told["bri"] > told["none"] + 0.3
    assert told["treaty"] <= told["none"] + 0.01
