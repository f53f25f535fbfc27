"""Is the record read as meant, and a sample of runs what the simulation says?"""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.statistics import mean_by_column
from lockin_sim.evidence.hindcast import list_readings, simulate_answers
from lockin_sim.model.projects import Plans
from lockin_sim.record import CHANGES, Question
from lockin_sim.record import tables as recorded
from lockin_sim.record.facts import ShareSeries, load_targets, read_recorded_shares
from lockin_sim.record.questions import (
    RECORD,
    RunView,
    answer_questions,
    compute_project_shares,
    compute_supplier_retention,
)
from lockin_sim.record.tables import compute_recorded_retention, list_complete_economies, with_places
from lockin_sim.world.held_out import fitted_records, is_kept_aside
from lockin_sim.world.schema import read_table

MOBILE = "mobile_network"

_countries = read_table("countries")
EU = {iso3 for iso3, member in zip(_countries.labels, _countries["eu_member"], strict=True) if member}


# --- the record ---


def test_shares_of_a_series():
    found = read_recorded_shares(ShareSeries(MOBILE, "excluding_CHN", 2020, "ran", "delloro_2020"))
    assert found == {"ericsson": 0.37, "nokia": 0.27, "huawei": 0.21, "samsung": 0.08, "zte": 0.03}


def test_brands_are_added_up_to_their_maker_only_if_all_are_known():
    whole = read_recorded_shares(
        ShareSeries("smartphone", "world", 2020, "smartphones", "counterpoint_press")
    )
    assert whole["bbk"] == pytest.approx(0.084 + 0.0815 + 0.0318)
    part = read_recorded_shares(ShareSeries("smartphone", "world", 2019, "smartphones", "idc_press"))
    assert "bbk" not in part
    assert "vivo" not in part


def test_stances_count_as_the_description_says():
    counts = [load_targets()[f"restricting_{year}"].recorded for year in range(2018, 2024)]
    assert counts == [4, 7, 17, 22, 22, 24]


def test_stances_agree_with_the_first_year():
    table_ = recorded.load_recorded_stances()
    for year in (2020, 2023):
        restricting = np.isin(table_[f"kind_{year}"], ("ban", "law", "practice"))
        known = table_[f"kind_{year}"] != ""
        np.testing.assert_array_equal(restricting[known], (table_["restricted_since"] <= year)[known])


def test_network_shares_take_the_first_figure():
    shares = recorded.load_network_shares()
    of = {c: (s, x) for c, s, x in zip(shares.countries, shares.share, shares.later, strict=True)}
    assert of["DEU"] == (0.57, 0.59)
    assert of["HUN"] == (0.55, 0.62)
    assert of["NOR"][0] == 0
    assert np.isnan(of["NOR"][1])
    assert shares.fit.sum() == 13


def test_loans_leave_out_economies_kept_aside():
    countries = ("ETH", "TUN", "DEU", "KEN")
    amount = recorded.compute_chinese_loans(countries)
    assert np.isnan(amount).tolist() == [False, True, False, False]
    assert amount[0] > 0
    assert amount[2] == 0
    assert amount[3] > 0


def test_cables_of_2016_to_2020():
    found = {counted: shares["hmn"] for counted, shares in recorded.compute_cable_shares(2016, 2020).items()}
    assert found["cables"] == pytest.approx(17 / 66)
    assert found["km"] == pytest.approx(0.09, abs=0.005)
    assert found["landings"] == pytest.approx(0.15, abs=0.005)


def test_laws_are_dated_at_the_end_of_a_year():
    assert {k: v for k, v in recorded.count_privacy_laws().items() if k >= 2009} == {
        2009: 77, 2011: 89, 2014: 109, 2016: 120, 2018: 132, 2019: 142
    }  # fmt: skip


def test_the_chance_of_being_listed_is_that_of_the_record():
    world, table = ls.load_world(), fitted_records("surveillance")
    listed = {}
    for iso3, here in zip(table["iso3"].tolist(), table["listed"].tolist(), strict=True):
        listed[iso3] = max(listed.get(iso3, 0.0), float(here))
    known = np.array([iso3 in listed for iso3 in world.countries])
    assert not any(is_kept_aside(iso3) for iso3 in listed)
    gdp = world.conditions.gdp[world.step(2020), known]
    found = np.array([listed[iso3] for iso3 in np.array(world.countries)[known]])
    chance, log_gdp = recorded.compute_listing_probability(gdp), np.log(gdp)
    # a logit at its maximum: what is left over sums to nothing, and does not go with log GDP
    assert chance.sum() == pytest.approx(found.sum(), abs=0.5)
    assert chance @ log_gdp == pytest.approx(found @ log_gdp, rel=0.01)
    assert ((chance - found) ** 2).mean() < 0.17 < found.mean() * (1 - found.mean())


# --- cables ---


def test_a_project_has_the_supplier_that_landed_everywhere():
    """Two cables from A: one to B by the first supplier, one to C by the second; a third at A alone."""
    country = np.array([[[0, 1], [0, 2], [0, -1]]])
    plans = Plans(country, np.full((1, 3, 1), 100.0), np.zeros((1, 3), dtype=np.uint64))
    new = np.array([[[2.0, 1.0], [1.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_allclose(
        compute_project_shares(new, plans)[0], np.array([[1, 0], [0, 1], [2 / 3, 1 / 3]])
    )


def test_a_project_that_nobody_could_build_has_none():
    plans = Plans(np.array([[[0, 1]]]), np.full((1, 1, 1), 100.0), np.zeros((1, 1), dtype=np.uint64))
    assert compute_project_shares(np.array([[[1.0, 0.0], [0.0, 1.0]]]), plans).sum() == 0


# --- the sample ---


SEED, RUNS, UNTIL = 3, 3, 2024


@pytest.fixture(scope="module")
def few():
    world = with_places(ls.load_world())
    return world, ls.simulate(world=world, runs=RUNS, seed=SEED, years=(2010, UNTIL), record=RECORD)


def test_batches_make_no_difference(few, monkeypatch):
    """What is asked batch by batch is what all runs together say."""
    monkeypatch.setattr("lockin_sim.evidence.hindcast.AT_ONCE", RUNS - 1)
    world, ds = few
    asked = tuple(question for reading in list_readings(world, UNTIL)[:4] for question in next(reading))
    together = answer_questions(RunView(ds, world), asked)
    with ls.running(engine="core"):  # as the dataset
        found = simulate_answers(asked, world=world, runs=RUNS, seed=SEED, until=UNTIL)
    np.testing.assert_array_equal(found, together)


def test_questions_are_answered_as_the_dataset_says(few):
    world, by_slot = few
    questions = (
        Question("lent", "", "KEN", 2020, since=2011),
        Question("base", MOBILE, "DEU", 2020, ("huawei", "zte")),
        Question("sales", MOBILE, "EU", 2019, ("huawei",)),
        Question("sales_in_year", MOBILE, "EU", 2019, ("huawei",)),
    )
    names = [reading if isinstance(reading, str) else reading.name for reading in RECORD]
    ds = ls.simulate(world=world, runs=RUNS, seed=SEED, years=(2010, UNTIL), record=names)
    said, place = (
        answer_questions(RunView(ds, world), questions),
        {"domain": MOBILE, "country": "DEU", "year": 2020},
    )
    np.testing.assert_array_equal(answer_questions(RunView(by_slot, world), questions), said)
    lent, base, sold, year = said.T
    direct = ds["lent"].sel(sponsor="CHN", country="KEN", year=slice(2011, 2020)).sum("year")
    np.testing.assert_allclose(lent, 1000 * direct, atol=1e-9)
    installed = ds["installed"].sel(place).fillna(0)
    np.testing.assert_allclose(
        base, installed.sel(vendor=["huawei", "zte"]).sum("vendor") / installed.sum("vendor")
    )
    shares = ds["group_sales"].sel(domain=MOBILE, group="EU")
    shares = (shares / shares.sum("vendor")).sel(vendor="huawei")
    np.testing.assert_allclose(year, shares.sel(year=2019))
    np.testing.assert_allclose(sold, shares.sel(year=[2018, 2019, 2020]).mean("year"))


def test_galileo_is_measured_abroad_too(few):
    """What the world reads is what the EU and all others read, by their phones."""
    world, ds = few
    places = ("world", "abroad", "home")
    share, abroad, home = mean_by_column(answer_questions(RunView(ds, world), tuple(
        Question("phones_reading", "satellite_navigation", place, 2019, ("galileo",)) for place in places
    )))  # fmt: skip
    phones = world.conditions.market_size[9, world.domains.index("smartphone")]
    members = np.array([code in EU for code in world.countries])
    here = phones[members].sum() / phones.sum()
    assert share - home == pytest.approx((1 - here) * abroad)
    assert abroad < share < home / here <= 1


# --- who stays at a change of generation ---


YEARS = range(2010, 2025)
BEFORE, AFTER = "huawei", "nokia"


def moves(real_world, after, restricted=False):
    """Runs in which the first half of all lots moves in 2012 and 2019 and the others a year later, all from
    BEFORE; after (run, generation, lot), what stands there then."""
    year, later = np.array(YEARS)[:, None], (np.arange(len(real_world.lots)) % 2)[None]
    generation = (year >= 2012 + later).astype(int) + (year >= 2019 + later) - 1
    first = np.full((len(after), *generation.shape), real_world.vendors.index(BEFORE))
    vendor = np.where(generation < 0, first, np.where(generation > 0, after[:, [1]], after[:, [0]]))
    everywhere = (len(after), len(YEARS), len(real_world.countries), len(real_world.sponsors))
    axes = ("run", "year", "lot")
    return xr.Dataset(
        {
            "incumbent": (axes, vendor),
            "generation": (axes, np.broadcast_to(generation, vendor.shape)),
            "restricted": (("run", "year", "country", "sponsor"), np.full(everywhere, restricted)),
        },
        coords={"sponsor": list(real_world.sponsors), "year": list(YEARS)},
    )


def test_who_changes_nothing_stays_and_who_changes_all_leaves(real_world):
    stay, leave = (
        np.full((2, len(real_world.lots)), real_world.vendors.index(name)) for name in (BEFORE, AFTER)
    )
    ds = moves(real_world, np.stack([stay, leave, np.stack([leave[0], stay[0]])]))
    np.testing.assert_array_equal(
        compute_supplier_retention(ds, real_world), [[1, 1, 1], [0, 1, 1], [0, 0, 0]]
    )


def test_a_part_of_the_network_is_enough_where_it_is_as_large_as_the_others(real_world):
    """Operators with two lots keep BEFORE in one; those with one lot lose it."""
    lots = real_world.lots
    one = np.where((lots.sibling >= 0) & (np.arange(len(lots)) < lots.sibling), BEFORE, AFTER)
    after = np.array([[real_world.vendors.index(name) for name in one]] * 2)[None]
    mine = (lots.domain == real_world.domains.index("mobile_network")) & np.isin(
        np.array(real_world.countries)[lots.country], list_complete_economies()
    )
    operators = len(set(lots.operator[mine]))
    several = len(set(lots.operator[mine & (lots.sibling >= 0)]))
    assert 0 < several < operators
    assert compute_supplier_retention(moves(real_world, after), real_world)[0, 0] == pytest.approx(
        several / operators
    )


def test_restricted_incumbents_are_left_out_of_the_last(real_world):
    stay = np.full((1, 2, len(real_world.lots)), real_world.vendors.index(BEFORE))
    free = compute_supplier_retention(moves(real_world, stay), real_world)
    hit = compute_supplier_retention(moves(real_world, stay, restricted=True), real_world)
    np.testing.assert_array_equal(free, [[1, 1, 1]])
    np.testing.assert_array_equal(hit, [[1, 1, np.nan]])


def test_who_has_not_moved_all_lots_is_left_out(real_world):
    ds = moves(real_world, np.full((1, 2, len(real_world.lots)), real_world.vendors.index(AFTER)))
    early = compute_supplier_retention(ds.sel(year=slice(2010, 2019)), real_world)
    assert early[0, 0] == 0
    assert early[0, 1] == 1  # only those whose lots all move in 2019
    assert np.isnan(compute_supplier_retention(ds.sel(year=slice(2010, 2018)), real_world)[0, 1])


def test_incumbents_that_are_restricted_stay_less_often_on_record():
    assert list(compute_recorded_retention()) == list(CHANGES)
    assert compute_recorded_retention()["stays_5g"] < compute_recorded_retention()["stays_5g_free"]
