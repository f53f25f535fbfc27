"""Are orders of states in the model what the table says, in every arm that does not change them?"""

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.record import tables
from lockin_sim.world.restrictions import ORDERS, by_state, stances
from lockin_sim.world.schema import read_table

YEARS = (2010, 2027)


def restricted(ds, world, iso3, year):
    """Share of runs in which an economy restricts Chinese vendors."""
    return float(ds["restricted"].sel(country=iso3, sponsor="CHN", year=year).mean())


@pytest.fixture(scope="module")
def simulated():
    return ls.simulate("baseline", runs=8, seed=3, years=YEARS, history="conditioned", record=["restricted"])


@pytest.mark.parametrize(
    ("iso3", "since", "kind"),
    [("USA", 2020, "ban"), ("GBR", 2020, "ban"), ("DEU", 2024, "law"), ("JPN", 2018, "practice"),
     ("CAN", 2020, "practice"), ("KEN", None, ""), ("HUN", None, "")],
)  # fmt: skip
def test_orders_are_those_of_the_record(real_world, iso3, since, kind):
    place = real_world.countries.index(iso3), real_world.sponsors.index("CHN")
    orders = real_world.recorded_orders[:, *place]
    years = real_world.first_year + np.arange(len(orders))
    known = years <= real_world.present
    assert (orders[~known] == 0).all()
    begins = 9999 if since is None else since
    np.testing.assert_array_equal(orders[known], np.where(years[known] >= begins, 1, -1))
    said = by_state(read_table("restrictions"))[iso3, "CHN"]
    assert not since or dict(said)[since] == kind


def test_who_is_not_on_record_is_free(real_world):
    named = {iso3 for iso3, _ in by_state(read_table("restrictions"))}
    rest = [i for i, code in enumerate(real_world.countries) if code not in named]
    assert len(rest) > 100
    assert (real_world.recorded_orders[:, rest] == 0).all()


def test_conditioned_runs_restrict_as_recorded_to_the_present(simulated, real_world):
    asked = ~tables.mask_unasked_rows(real_world, tables.load_recorded_stances())
    h = real_world.sponsors.index("CHN")
    for row in np.flatnonzero(asked):
        iso3 = tables.load_recorded_stances().labels[row]
        orders = real_world.recorded_orders[:, real_world.countries.index(iso3), h]
        for year in range(2011, real_world.present + 1):
            chance = restricted(simulated, real_world, iso3, year)
            assert chance == float(orders[year - real_world.first_year] > 0), (iso3, year)


def test_others_and_later_years_are_drawn(simulated, real_world):
    named = {iso3 for iso3, _ in by_state(read_table("restrictions"))}
    free = [code for code in real_world.countries if code not in named]
    part = simulated["restricted"].sel(country=free, sponsor="CHN", year=2025).mean("run")
    assert ((part > 0) & (part < 1)).any()


def test_prior_histories_know_nothing_of_it(real_world):
    ds = ls.simulate("baseline", runs=8, seed=3, years=(2010, 2025), record=["restricted"])
    assert 0 < restricted(ds, real_world, "GBR", 2025) < 1 or restricted(ds, real_world, "FRA", 2025) < 1
    assert (real_world.conditions.restriction_order == 0).all()


@pytest.mark.parametrize(("iso3", "mode", "wanted"), [("USA", "none", 0.0), ("KEN", "coordinated", 1.0)])
def test_a_lever_on_an_economy_takes_the_place_of_its_order(iso3, mode, wanted, real_world):
    scenario = ls.Scenario.none().with_lever("restriction", iso3, from_=2015, to=2025, on="CHN", mode=mode)
    ds = ls.simulate(
        scenario, runs=4, seed=3, years=(2010, 2024), history="conditioned", record=["restricted"]
    )
    assert restricted(ds, real_world, iso3, 2014) == 0
    assert restricted(ds, real_world, iso3, 2022) == wanted
    assert restricted(ds, real_world, "GBR", 2022) == 1.0


def test_orders_contradict_five_contracts_on_record(real_world):
    """Two of France, whose licences of 2020 left Huawei outside dense areas, one of a practice, one that the
    ban of its year ended, and one of Britain, signed before the order of its year."""
    lots, h = real_world.lots, real_world.sponsors.index("CHN")
    found = set()
    for year, lot, _, slot in real_world.contracts.tenders.tolist():
        country = lots.country[lot]
        ordered = real_world.recorded_orders[year - real_world.first_year, country, h] > 0
        if ordered and real_world.slot_sponsor[lots.domain[lot], slot] == h:
            found.add((real_world.countries[country], lots.operators[lots.operator[lot]], year))
    france = {("FRA", "SFR", 2020), ("FRA", "Bouygues Telecom", 2020)}
    tpg = {("SGP", "TPG Singapore", 2020), ("AUS", "TPG Australia (VHA)", 2018)}
    assert found == france | tpg | {("GBR", "Three UK", 2020)}


def test_stances_are_read_year_by_year():
    found = stances(read_table("restrictions"), "CHN")
    at = {iso3: row for row, iso3 in enumerate(found["iso3"].tolist())}
    assert (found["kind_2020"][at["CAN"]], found["kind_2023"][at["CAN"]]) == ("practice", "ban")
    assert (found["kind_2020"][at["DEU"]], found["kind_2023"][at["DEU"]]) == ("allowed", "allowed")
    assert found["restricted_since"][at["DEU"]] == 2024
    assert found["kind_2023"][at["MDG"]] == ""  # nothing is known of 2023
    assert set(found["kind_2020"]) >= ORDERS


def test_a_world_without_a_record_is_itself():
    toy = ls.toy_world(n_countries=2, n_vendors=2)
    assert toy.as_recorded is toy
    assert dataclasses.replace(toy).recorded_orders is None
