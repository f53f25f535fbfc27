"""Does the fit of the history weigh facts and unknowns as it says, and are its tables what came out?"""

from collections import Counter

import fit_history
import numpy as np
import pytest
from fit_history import Fit

from lockin_sim.world.split import fitted_records


@pytest.fixture(scope="module")
def fit():
    return Fit((), runs=1, seed=0)


@pytest.fixture(scope="module")
def values(fit):
    return np.array([u.value for u in fit.unknowns])


def test_the_tables_are_what_was_fitted(fit, values):
    world = fit.world_with(values)
    for name in ("quality_path", "quality_trend", "place_utility"):
        fitted, bundled = (getattr(one.conditions, name) for one in (world, fit.world))
        np.testing.assert_allclose(fitted, bundled, atol=1e-9)
    np.testing.assert_array_equal(world.home_bonus, fit.world.home_bonus)


def test_a_residual_acts_where_its_rows_say(fit, values):
    moved = values.copy()
    residuals = {
        k: u for k, u in enumerate(fit.unknowns) if u.kind == "residual" and u.domain == "mobile_network"
    }
    europe = next(k for k, u in residuals.items() if len(u.rows) == 2)
    moved[europe] += 0.5
    change = fit.world_with(moved).conditions.place_utility - fit.world.conditions.place_utility
    d, slot = fit.place("mobile_network", "huawei")
    at = [fit.world.countries.index(code) for code in ("DEU", "POL", "KEN")]
    of_2020 = change[2020 - fit.world.first_year, d, :, slot]
    np.testing.assert_allclose(of_2020[at], [0.5, 0.5, 0.0])
    assert change[2021 - fit.world.first_year].any() == 0
    assert (change[:, :, :, :] != 0).sum() == 11 * 2 * (of_2020 != 0).sum()  # 2010 to 2020, Huawei and ZTE


def test_priors_are_a_walk_for_qualities_and_apart_for_the_rest(fit, values):
    first, at_rest = {}, np.zeros(len(values))
    for k, u in enumerate(fit.unknowns):
        at_rest[k] = first.setdefault((u.domain, u.vendor), 0.7) if u.kind == "knot" else u.prior
    off = fit.priors(at_rest)
    knots = Counter((u.domain, u.vendor) for u in fit.unknowns if u.kind == "knot")
    assert np.count_nonzero(off) == len(knots)  # the first knot of each alone
    np.testing.assert_allclose(off[off != 0], 0.7 / fit_history.FIRST_KNOT)
    moved = fit.priors(values + 0.3) - fit.priors(values)
    np.testing.assert_allclose(fit._prior_slopes(values) @ np.full(len(values), 0.3), moved, atol=1e-9)


def test_facts_are_weighed_by_their_errors_and_unknowns_have_few_residuals(fit):
    assert min(fact.error for fact in fit.facts) > 0
    residuals = [u for u in fit.unknowns if u.domain == "mobile_network" and u.kind == "residual"]
    assert len(residuals) <= 3
    assert {u.error for u in residuals} == {fit_history.REGION, fit_history.ECONOMY}


def test_a_place_with_sales_to_users_is_a_group_and_others_are_not(fit):
    groups = fit.world.groups
    assert groups["KEN;UGA;TZA"].sum(axis=1).tolist() == [3] * len(fit.world.domains)
    networks = {fact.scope for fact in fit.facts if fact.domain == "mobile_network"}
    assert any(scope in groups and scope not in fit.of_world for scope in networks)  # India, and yet by base
    india = next(f for f in fit.facts if f.domain == "mobile_network" and f.scope == "IND")
    means = fit.simulated(fit.world, 2021)
    where = fit.world.countries.index("IND")
    d = fit.world.domains.index("mobile_network")
    base = means.base[india.year - 1 - fit.world.first_year : india.year + 2 - fit.world.first_year, d, where]
    slots = [fit.place("mobile_network", vendor)[1] for vendor in india.vendors]
    share = (base / base.sum(axis=-1, keepdims=True))[:, slots].sum(axis=-1).mean()
    assert fit._question(india, means) == pytest.approx(share)


def test_only_facts_that_name_nearly_all_of_a_market_are_compared_among_each_other(fit):
    of_domain = Counter()
    for fact in fit.facts:
        if (fact.domain, fact.scope, fact.year) in fit.shares and len(fact.vendors) == 1:
            of_domain[fact.domain, fact.scope, fact.year] += fact.share
    assert list(of_domain.values()) == pytest.approx([1.0] * len(fit.shares))
    assert ("smartphone", "Europe", 2020) not in fit.shares
    assert ("smartphone", "world", 2020) in fit.shares


def test_tastes_follow_page_views_around_a_mean_of_none():
    fit = Fit(("smartphone",), runs=1, seed=0)
    values = np.array([u.value for u in fit.unknowns])
    before = fit.world.conditions.place_utility
    moved = fit.taste(values)
    change = fit.world.conditions.place_utility - before
    assert np.abs(change).max() == pytest.approx(moved)
    d, slot = fit.place("smartphone", "apple")
    elsewhere = np.ones(change.shape[1:], dtype=bool)
    elsewhere[d, :, slot] = False
    assert not change[:, elsewhere].any()
    table = fit.tables["events"]
    mine = table["kind"] == "taste"
    taste = dict(zip(table["scope"][mine].tolist(), table["utility"][mine].tolist(), strict=True))
    size = fit.world.conditions.market_size[2020 - fit.world.first_year, d]
    place = {iso3: fit.world.countries.index(iso3) for iso3 in taste}
    read = set(fitted_records("mobile_platform")["iso3"])
    known = {iso3: value for iso3, value in taste.items() if iso3 in read}
    weights = [size[place[iso3]] for iso3 in known]
    assert np.average(list(known.values()), weights=weights) == pytest.approx(0, abs=1e-9)
    assert taste["JPN"] > taste["DEU"] > taste["IND"]
    assert not {"CHN", "RUS", "USA"} & set(taste)  # their sales are on record
    income = fit.world.conditions.log_income[2020 - fit.world.first_year]
    of_income = sorted((income[place[iso3]], value) for iso3, value in taste.items() if iso3 not in read)
    assert len(of_income) > 20
    assert np.diff([value for _, value in of_income]).min() >= 0
