"""Channels add up, and votes that are frozen anyway explain nothing."""

import numpy as np
import pytest

import lockin_sim as ls

SMALL = {"runs": 3, "seed": 5, "years": (2010, 2030), "workers": 1}


@pytest.fixture(scope="module")
def found():
    twin = ls.load_scenario("baseline").model_copy(update={"name": "twin"})
    return ls.channels([twin, "no_state_finance"], **SMALL)


def test_the_same_policy_moves_nothing_through_any_channel(found):
    same = found.sel(scenario="twin")
    assert (same[["effect", "effect_low", "effect_high"]].fillna(0) == 0).to_array().all()
    assert (same.pairs_used.sel(domain="all") == 3).all()


def test_base_and_compliance_add_up_to_the_effect_of_compare(found):
    parts = found.effect.sel(channel=["installed_base", "others_compliance"]).sum("channel", skipna=False)
    np.testing.assert_allclose(parts, found.effect.sel(channel="total"), atol=1e-14)
    effects = ls.compare("no_state_finance", maps=False, **SMALL).sel(scenario="no_state_finance")
    total = found.sel(scenario="no_state_finance", channel="total")
    np.testing.assert_allclose(
        total.effect.sel(domain="all"), effects.effect.sel(outcome="cn2035_share"), atol=1e-14
    )
    np.testing.assert_allclose(
        total.effect_low.sel(domain="cloud"), effects.effect_low.sel(outcome="cn2035_cloud")
    )
    assert abs(total.effect.sel(domain="all", year=2030)) > 0


def test_votes_matter_only_where_they_change_something(found):
    assert abs(found.effect.sel(scenario="no_state_finance", channel="bodies", domain="all", year=2030)) > 0
    frozen = ls.channels("no_state_finance", parameters={"turnover": 0.0}, **SMALL)
    votes = frozen.sel(channel="bodies", domain="all")
    assert (votes.effect == 0).all()


def test_a_world_without_the_family_is_refused():
    with pytest.raises(ls.InputError, match="family under study"):
        ls.channels([], world=ls.toy_world(), years=(0, 2))
