"""What every study of policies promises: the same luck, nothing from nothing, however the work is cut."""

from functools import cache, partial

import numpy as np
import pytest
import xarray as xr
from studies.toys import HOW, NONE, SUBSIDY

import lockin_sim as ls
from lockin_sim.comparisons.by_group import breakdown, public_cost
from lockin_sim.settings.levers import LEVERS

WORLD = ls.toy_world(n_countries=6, n_vendors=2, lifetime=2)
TWIN = NONE.model_copy(update={"name": "twin"})
DEARER = SUBSIDY.model_copy(update={"name": "dearer"}).with_lever(
    "industrial_policy", "vendor_1", from_=2, quality=1.0
)
TOY = HOW | {"world": WORLD, "years": (0, 6)}


def contrast(scenarios, baseline, years, **how):
    """Arms of scenarios, their axis called as in the other studies."""
    arms = {each.name: ls.Arm(each) for each in (baseline, *scenarios)}
    years = range(years[0], years[1] + 1)
    return ls.contrast(arms, outcomes=["retention", "surplus"], years=years, **how).rename(arm="scenario")


STUDIES = {
    "compare": partial(ls.compare, maps=False),
    "by group": partial(breakdown, by="group"),
    "by domain": partial(breakdown, by="domain"),
    "public cost": partial(public_cost, outcomes=["retention"]),
    "contrast": contrast,
}
every_study = pytest.mark.parametrize("study", STUDIES)


@cache
def three(study):
    """A policy that does something, one that does nothing, and another one."""
    return STUDIES[study]([SUBSIDY, TWIN, DEARER], **TOY)


def effects(found, scenario):
    """Effects of a policy with their ends.  (variable, ...)"""
    return found[["effect", "effect_low", "effect_high"]].sel(scenario=scenario).to_array()


@every_study
def test_what_changes_nothing_has_exactly_no_effect_and_what_does_has_some(study):
    twin, subsidy = (effects(three(study), name) for name in ("twin", "subsidy"))
    assert (twin.fillna(0.0) == 0).all()
    assert twin.notnull().any()
    assert (subsidy.fillna(0.0) != 0).any()


@every_study
def test_all_levers_at_their_defaults_since_the_first_year_move_nothing_that_meets_the_record(
    study, real_world
):
    """Exactly: orders, loans and contracts on record are facts of both arms, as is the luck behind them."""
    base = nothing = ls.load_scenario("baseline")
    targets = {"sponsor": "CHN", "vendor": "huawei", "country": "EU", "domain": "mobile_network"}
    for name, lever in LEVERS.items():
        settings = {key: value for key, value in lever.defaults_in(real_world).items() if value is not None}
        if settings:  # the others have no number that says as before
            nothing = nothing.with_lever(name, targets[lever.target], from_=2011, name="nothing", **settings)
    found = STUDIES[study]([nothing], baseline=base, runs=2, years=(2010, 2027), workers=1)
    said = found.attrs.get("histories") or found["history"].values.tolist()
    assert set(np.ravel(said)) == {"conditioned"}
    of_nothing = effects(found, "nothing")
    assert (of_nothing.fillna(0.0) == 0).all()
    assert of_nothing.notnull().any()


@every_study
def test_a_policy_has_the_effects_alone_that_it_has_beside_others(study):
    """Its luck is its own: no shock is drawn in sequence."""
    alone = STUDIES[study]([DEARER], **TOY)
    np.testing.assert_array_equal(effects(alone, "dearer"), effects(three(study), "dearer"))


@every_study
def test_numbers_depend_neither_on_how_the_work_is_cut_nor_on_the_order(study):
    turned = STUDIES[study]([DEARER, TWIN, SUBSIDY], **TOY, chunk=1)
    whole = three(study)
    for name in whole.data_vars:
        if "scenario" in whole[name].dims:
            np.testing.assert_array_equal(
                turned[name].sel(scenario=whole["scenario"]).transpose(*whole[name].dims),
                whole[name],
                err_msg=str(name),
            )


@every_study
def test_runs_of_one_draw_are_one_whatever_their_number(study):
    """Intervals are over draws: one has none."""
    named = {n: v for n, v in TOY["parameters"].as_dict().items() if n != "price_weight"}
    draw = xr.Dataset(
        {"parameter_value": (("draw", "parameter"), [[1.0]]), "weight": ("draw", [1.0])},
        coords={"parameter": ["price_weight"]},
    )
    found = STUDIES[study]([SUBSIDY], **TOY | {"parameters": named, "posterior": draw}).sel(
        scenario="subsidy"
    )
    assert (found["effect"].fillna(0.0) != 0).any()
    assert found["effect_low"].isnull().all()


def test_numbers_are_the_same_on_two_processes():
    whole = STUDIES["compare"]([SUBSIDY, DEARER], **TOY)
    xr.testing.assert_identical(STUDIES["compare"]([SUBSIDY, DEARER], **TOY | {"workers": 2}, chunk=1), whole)
