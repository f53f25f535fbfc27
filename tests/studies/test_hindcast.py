"""Is the record read as meant, and a sample of runs what the simulation says?"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.model.projects import Plans
from lockin_sim.studies.hindcast import others, recorded
from lockin_sim.studies.hindcast import sample as simulated
from lockin_sim.studies.hindcast.built import suppliers
from lockin_sim.studies.hindcast.kept import Totals
from lockin_sim.studies.hindcast.recorded import Series
from lockin_sim.studies.hindcast.sample import Sample
from lockin_sim.studies.hindcast.scopes import with_scopes
from lockin_sim.studies.hindcast.shown import scored, table
from lockin_sim.world.schema import read_table

MOBILE = "mobile_network"

_countries = read_table("countries")
EU = {iso3 for iso3, member in zip(_countries.labels, _countries["eu_member"], strict=True) if member}


# --- the record ---


def test_shares_of_a_series() -> None:
    found = recorded.shares(Series(MOBILE, "excluding_CHN", 2020, "ran", "delloro_2020"))
    assert found == {"ericsson": 0.37, "nokia": 0.27, "huawei": 0.21, "samsung": 0.08, "zte": 0.03}


def test_brands_are_added_up_to_their_maker_only_if_all_are_known() -> None:
    whole = recorded.shares(Series("smartphone", "world", 2020, "smartphones", "counterpoint_press"))
    assert whole["bbk"] == pytest.approx(0.084 + 0.0815 + 0.0318)
    part = recorded.shares(Series("smartphone", "world", 2019, "smartphones", "idc_press"))
    assert "bbk" not in part
    assert "vivo" not in part


def test_years_held_back_are_not_read() -> None:
    assert recorded.shares(Series(MOBILE, "world", 2022, "ran", "delloro_2020")) == {}


def test_stances_count_as_the_description_says() -> None:
    stances = recorded.stances()
    asked = stances.known_2020 & ~np.isin(stances.countries, ["CHN", "HKG", "USA"])
    counts = [int((stances.since[asked] <= year).sum()) for year in range(2018, 2024)]
    assert counts == [2, 5, 12, 15, 15, 17]


def test_stances_agree_with_the_first_year() -> None:
    table_ = ls.records("networks_5g")
    for year in (2020, 2023):
        restricting = np.isin(table_[f"status_{year}"], ("banned", "restricted_dejure", "restricted_defacto"))
        known = table_[f"status_{year}"] != ""
        np.testing.assert_array_equal(restricting[known], (table_["restricted_since"] <= year)[known])


def test_network_shares_take_the_first_figure() -> None:
    shares = recorded.network_shares()
    of = {c: (s, x) for c, s, x in zip(shares.countries, shares.share, shares.later, strict=True)}
    assert of["DEU"] == (0.57, 0.59)
    assert of["HUN"] == (0.55, 0.62)
    assert of["NOR"][0] == 0
    assert np.isnan(of["NOR"][1])
    assert shares.fit.sum() == 8


def test_loans_leave_out_economies_kept_aside() -> None:
    countries = ("ETH", "TUN", "DEU")
    amount = recorded.chinese_loans(countries)
    assert recorded.held_out("TUN")
    assert np.isnan(amount[1])
    assert amount[0] > 0
    assert amount[2] == 0


def test_cables_of_2016_to_2020() -> None:
    found = recorded.cables(2016, 2020)
    assert found["hmn"][0] == pytest.approx(17 / 66)
    assert found["hmn"][1] == pytest.approx(0.09, abs=0.005)
    assert recorded.landings("2016-2020")["hmn"] == pytest.approx(0.14, abs=0.01)


def test_laws_are_dated_at_the_end_of_a_year() -> None:
    assert {k: v for k, v in recorded.privacy_laws().items() if k >= 2009} == {
        2009: 77, 2011: 89, 2014: 109, 2016: 120, 2018: 132, 2019: 142
    }  # fmt: skip


# --- cables ---


def test_a_project_has_the_supplier_that_landed_everywhere() -> None:
    """Two cables from A: one to B by the first supplier, one to C by the second; a third at A alone."""
    country = np.array([[[0, 1], [0, 2], [0, -1]]])
    plans = Plans(country, np.full((1, 3, 1), 100.0), np.zeros((1, 3), dtype=np.uint64))
    new = np.array([[[2.0, 1.0], [1.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_allclose(suppliers(new, plans)[0], np.array([[1, 0], [0, 1], [2 / 3, 1 / 3]]))


def test_a_project_that_nobody_could_build_has_none() -> None:
    plans = Plans(np.array([[[0, 1]]]), np.full((1, 1, 1), 100.0), np.zeros((1, 1), dtype=np.uint64))
    assert suppliers(np.array([[[1.0, 0.0], [0.0, 1.0]]]), plans).sum() == 0


# --- the sample ---


def test_totals_are_means_of_what_is_defined() -> None:
    totals = Totals()
    totals.add({"a": xr.DataArray([[1.0, np.nan], [3.0, np.nan]], dims=("run", "x"))})
    totals.add({"a": xr.DataArray([[5.0, np.nan]], dims=("run", "x"))})
    np.testing.assert_array_equal(totals.means()["a"], [3.0, np.nan])


def test_scopes_of_revenue_divide_the_world() -> None:
    world = with_scopes(ls.load_world())
    parts = [world.groups[name][0] for name in ("CHN", "EMEA", "America", "Asia_Pacific")]
    number = np.sum(parts, axis=0)
    assert set(np.array(world.countries)[number == 0]) <= {"HKG", "MAC", "TWN", "MNG", "PRK"}
    assert number.max() == 1


@pytest.fixture(scope="module")
def few() -> Sample:
    return simulated(ls.load_world(), runs=9, seed=3, until=2021)


def test_batches_make_no_difference(few: Sample) -> None:
    ds = ls.simulate(
        "baseline", runs=9, seed=3, years=(2010, 2021), record=["group_sales_share", "installed", "lent"]
    )
    here = {"domain": MOBILE, "group": "EU", "vendor": "huawei"}
    mine, direct = few.means["sales"].sel(here), ds["group_sales_share"].sel(here)
    np.testing.assert_allclose(mine, direct.mean("run"), atol=1e-12)
    np.testing.assert_allclose(few.means["sales_sd"].sel(here), direct.std("run"), atol=1e-7)
    np.testing.assert_allclose(few.means["lent"], ds["lent"].sel(sponsor="CHN").mean("run"), atol=1e-12)
    installed = ds["installed"].sel(country="DEU", domain=MOBILE, year=2020).fillna(0)
    chinese = installed.sel(vendor=["huawei", "zte"]).sum("vendor") / installed.sum("vendor")
    kept = few.by_run["chinese"].sel(country="DEU", domain=MOBILE, year=2020)
    np.testing.assert_allclose(kept, chinese, atol=1e-6)


def test_first_years_of_restriction(few: Sample) -> None:
    ds = ls.simulate("baseline", runs=9, seed=3, years=(2010, 2021), record="restricted")
    restricted = ds["restricted"].sel(sponsor="CHN")
    for year in (2018, 2021):
        by_then = restricted.sel(year=slice(2010, year)).any("year")
        np.testing.assert_array_equal(few.by_run["since"] <= year, by_then)


def test_galileo_is_measured_abroad_too(few: Sample) -> None:
    """What the world reads is what the EU and all others read, by their phones."""
    scores = others.adopters(few).scores
    world = few.world
    phones = world.conditions.market_size[9, world.domains.index("smartphone")]
    members = np.array([code in EU for code in world.countries])
    here = phones[members].sum() / phones.sum()
    share, own = scores["galileo_phones"], scores["galileo_phones_own"]
    assert share * (1 - own) == pytest.approx((1 - here) * scores["galileo_phones_abroad"])
    assert scores["galileo_phones_abroad"] < share < share * own / here <= 1


# --- printing ---


def test_scores_come_in_the_order_of_targets_and_the_rest_last() -> None:
    scores = scored({"unknown": 1.0, "loans_rank": 0.6, "mobile_sales_error": 3.0})
    assert [s.name for s in scores] == ["mobile_sales_error", "loans_rank", "unknown"]
    assert [s.holds for s in scores] == [False, True, True]


def test_a_table_stands_in_columns() -> None:
    assert table(("a", "bb"), [("ccc", "d")]) == "a    bb\nccc  d"
