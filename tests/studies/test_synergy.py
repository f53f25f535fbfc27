"""Packages whose interaction is known."""

import numpy as np
import pytest
from studies.toys import HOW, NONE, SUBSIDY, one_vendor

import lockin_sim as ls

END = {"outcome": "price_paid", "year": 12}


def test_levers_in_two_markets_do_not_interact():
    apart = NONE.with_lever("state_support", "vendor_0/domain_0", from_=2, share=0.5)
    apart = apart.with_lever("state_support", "vendor_0/domain_1", from_=3, share=0.2)
    found = ls.synergy(apart, world=ls.toy_world(5, 1, 2), outcomes=["price_paid", "surplus"], **HOW)
    np.testing.assert_allclose(found.alone.sel(END), [-0.25, -0.1])
    np.testing.assert_allclose(found.last.sel(END), [-0.25, -0.1])
    assert found.package.sel(END).item() == pytest.approx(-0.35)
    for name in ("interaction", "interaction_low", "interaction_high"):
        np.testing.assert_allclose(found[name].isel(year=slice(1, None)), 0, atol=1e-12)


def test_two_ways_to_halve_one_price_overlap():
    both = NONE.with_lever("state_support", "vendor_0", from_=2, share=0.5)
    both = both.with_lever("industrial_policy", "vendor_0", from_=2, cost=0.5)
    found = ls.synergy(both, world=one_vendor(), outcomes=["price_paid"], **HOW)
    assert list(found.lever.values) == ["state_support[vendor_0]", "industrial_policy[vendor_0]"]
    np.testing.assert_allclose(found.alone.sel(END), [-0.5, -0.5])
    np.testing.assert_allclose(found.last.sel(END), [-0.25, -0.25])
    assert found.sum_of_singles.sel(END).item() == pytest.approx(-1.0)
    assert found.interaction.sel(END).item() == pytest.approx(0.25)
    assert found.interaction_pairs_used.sel(END) == 3


def test_a_single_lever_is_its_package():
    found = ls.synergy(SUBSIDY, world=one_vendor(), outcomes=["price_paid"], **HOW)
    assert (found.interaction.isel(year=slice(1, None)) == 0).all()
    np.testing.assert_array_equal(found.alone.isel(lever=0), found.package)


def test_uses_of_one_lever_on_one_target_are_one_lever():
    phased = SUBSIDY.with_lever("state_support", "vendor_0", from_=8, share=0.5)
    found = ls.synergy(phased, world=one_vendor(), outcomes=["price_paid"], **HOW)
    assert list(found.lever.values) == ["state_support[vendor_0]"]


def test_levers_of_the_baseline_are_no_part_of_the_package():
    more = SUBSIDY.with_lever("industrial_policy", "vendor_0", from_=6, cost=0.5)
    found = ls.synergy(more, world=one_vendor(), outcomes=["price_paid"], **(HOW | {"baseline": SUBSIDY}))
    assert list(found.lever.values) == ["industrial_policy[vendor_0]"]
    assert found.package.sel(END).item() == pytest.approx(0.375 - 0.75)


def test_what_is_no_package_is_refused():
    with pytest.raises(ls.InputError, match="nothing beyond none"):
        ls.synergy(NONE, world=one_vendor(), **HOW)
    with pytest.raises(ls.InputError, match="the levers of subsidy"):
        ls.synergy(NONE, world=one_vendor(), **(HOW | {"baseline": SUBSIDY}))
