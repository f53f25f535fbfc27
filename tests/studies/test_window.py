"""Windows that are known: nothing, and a price that falls at once whenever it starts."""

import numpy as np
import pytest
from studies.toys import HOW, NONE, SUBSIDY, one_vendor

import lockin_sim as ls
from lockin_sim.studies.policies import shifted

AT = {"starts": (2, 5, 8), "after": 3, "outcomes": ("price_paid", "surplus")}


def test_doing_nothing_has_no_window():
    idle = NONE.model_copy(update={"name": "idle"}).with_lever(
        "state_support", "vendor_0", from_=2, share=0.0
    )
    found = ls.window(idle, world=one_vendor(), **AT, **HOW)
    for name in ("effect", "effect_low", "effect_high", "closing", "closing_low", "closing_high"):
        assert (found[name] == 0).all()
    assert (found.pairs_used == HOW["runs"]).all()


def test_a_subsidy_achieves_the_same_whenever_it_starts():
    found = ls.window([SUBSIDY], world=one_vendor(), **AT, **HOW).sel(outcome="price_paid")
    assert dict(found.sizes) == {"scenario": 1, "mechanism": 2, "reading": 2, "start": 3}
    np.testing.assert_allclose(found.effect, -0.25)
    np.testing.assert_allclose(found.closing, 0, atol=1e-15)


def test_a_phase_in_is_read_after_as_many_years_from_any_start():
    slow = NONE.model_copy(update={"name": "slow"}).with_lever(
        "industrial_policy", "vendor_0", from_=4, quality=1.0, phase_in=10.0
    )
    how = HOW | {"parameters": ls.Parameters.neutral(quality_weight=1.0)}
    found = ls.window(slow, world=one_vendor(), **AT, **how).sel(outcome="surplus", mechanism="with_lock_in")
    np.testing.assert_allclose(found.effect.sel(reading="after"), [[0.4, 0.4, 0.4]])
    np.testing.assert_allclose(found.effect.sel(reading="horizon"), [[1.0, 0.8, 0.5]])
    np.testing.assert_allclose(found.closing.sel(reading="horizon"), -0.5)


def test_without_lock_in_is_another_world_with_its_own_baseline():
    found = ls.window("no_dsr", starts=(2013,), after=5, runs=2, seed=1, years=(2010, 2018), workers=1)
    free = {"switching_cost": 0.0, "network_weight": 0.0}
    moved = shifted(ls.load_scenario("no_dsr"), 2013, ls.load_scenario("baseline"), ls.load_world())
    for mechanism, parameters in (("with_lock_in", {}), ("without_lock_in", free)):
        by_hand = ls.compare(
            moved, parameters=parameters, runs=2, seed=1, years=(2010, 2018), workers=1, maps=False
        )
        expected = by_hand.effect.sel(scenario="no_dsr", year=2018, outcome=found.outcome.values)
        for reading in ("after", "horizon"):
            effect = found.effect.sel(mechanism=mechanism, reading=reading, start=2013, scenario="no_dsr")
            np.testing.assert_array_equal(effect, expected)


def test_all_levers_move_together_and_those_of_the_baseline_stay():
    base = NONE.with_lever("state_support", "vendor_0", from_=1, share=0.1)
    two = base.with_lever("state_support", "vendor_0", from_=4, to=6, share=0.2)
    two = two.with_lever("industrial_policy", "vendor_0", from_=7, cost=0.5)
    moved = shifted(two, 9, base, one_vendor())
    assert [(use.from_, use.to) for use in moved.levers] == [(1, None), (9, 11), (12, None)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": (2, 10)}, "starts: found 10"),
        ({"starts": (0,)}, "starts: found 0"),
        ({"starts": ()}, "starts: found"),
        ({"after": -1}, "after: found -1"),
        ({"outcomes": ("pricepaid",)}, "Did you mean 'price_paid'"),
    ],
)
def test_what_cannot_be_read_is_refused(change, message):
    with pytest.raises(ls.InputError, match=message):
        ls.window(SUBSIDY, world=one_vendor(), **(AT | change), **HOW)


def test_the_baseline_alone_has_no_window():
    with pytest.raises(ls.InputError, match="at least one other than none"):
        ls.window([NONE], world=one_vendor(), **AT, **HOW)


def test_what_is_lost_is_a_part_of_what_the_first_start_achieves():
    slow = NONE.model_copy(update={"name": "slow"}).with_lever(
        "industrial_policy", "vendor_0", from_=4, quality=1.0, phase_in=10.0
    )
    how = HOW | {"parameters": ls.Parameters.neutral(quality_weight=1.0)}
    found = ls.window(slow, world=one_vendor(), **AT, **how).sel(outcome="surplus", reading="horizon")
    for name in ("lost", "lost_low", "lost_high"):
        np.testing.assert_allclose(found[name], 0.5)


def test_what_lock_in_makes_of_it_is_a_paired_difference():
    how = {"starts": (2016, 2018), "after": 4, "seed": 1, "years": (2010, 2022), "workers": 1}
    one, three = (ls.window("no_dsr", runs=runs, **how) for runs in (1, 3))
    for found in (one, three):
        with_lock_in, without = (found["closing"].sel(mechanism=name) for name in found["mechanism"].values)
        np.testing.assert_allclose(found["closing_by_lock_in"], with_lock_in - without, atol=1e-12)
    assert np.isnan(one["closing_by_lock_in_low"]).all()
    assert (three["closing_by_lock_in_low"] < three["closing_by_lock_in_high"]).any()
