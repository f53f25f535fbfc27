"""Does the bundled world say what its tables, and the records beside them, say?"""

import dataclasses
import re

import numpy as np
import pytest
from data.places import Places, changed, linked, step

import lockin_sim as ls
from lockin_sim.common.conventions import NEVER
from lockin_sim.world import demand
from lockin_sim.world.cache import get_array_axes
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.loans import LONGEST
from lockin_sim.world.schema import read_table

# --- shapes ---


def test_arrays_have_the_axes_and_the_kind_that_their_fields_declare(world):
    """But for concern, which is by year where memberships are."""
    domain, country, vendor = world.shape
    sponsor, standard, lender = len(world.sponsors), len(world.standards), len(world.lenders.names)
    sizes = {
        "year": 21, "domain": len(world.domains), "country": 199, "vendor": vendor, "sponsor": sponsor,
        "ally": country, "vendor_sponsor": sponsor + 1, "standard": standard, "lender": lender,
        "body": len(world.bodies), "generation": world.launch_year.shape[2], "later": LONGEST,
    }  # fmt: skip
    assert world.conditions.years.tolist() == list(range(2010, 2031))
    for thing in (world, world.conditions):
        for name, axes in get_array_axes(thing).items():
            array, by_year = getattr(thing, name), ["year"] * (name == "concern")
            if array is not None:
                assert array.shape == tuple(sizes[axis] for axis in by_year + axes), name
    kinds = {
        (field.type, getattr(thing, field.name).dtype.kind)
        for thing in (world, world.conditions)
        for field in dataclasses.fields(thing)
        if "neutral" in field.metadata
    }
    assert kinds == {("Floats", "f"), ("Integers", "i"), ("Bools", "b")}
    assert {mask.shape for mask in world.groups.values()} == {(domain, country)}
    assert world.lenders.appeal.shape == (country, lender)


#: Where a blank says that a parameter, or the record, stands in its place.
BLANKS = {"expansion_share", "sales_path", "bindingness"}


def test_all_numbers_are_finite(world):
    for name, value in {**world.conditions.arrays(), **vars(world.lots), **vars(world)}.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name not in BLANKS:
            assert np.isfinite(value).all(), name


# --- who decides ---


def test_lots_of_a_market_are_a_whole_and_sorted(world):
    lots = world.lots
    keys = list(zip(lots.domain.tolist(), lots.country.tolist(), lots.operator.tolist(), strict=True))
    assert keys == sorted(keys)
    sums = np.add.reduceat(lots.weight, lots.markets[:-1])
    np.testing.assert_allclose(sums, 1.0)
    assert len(sums) == len(world.bought_by("operator")) * len(world.countries)


def test_siblings_are_of_the_same_operator(world):
    lots = world.lots
    paired = np.flatnonzero(lots.sibling >= 0)
    np.testing.assert_array_equal(lots.sibling[lots.sibling[paired]], paired)
    np.testing.assert_array_equal(lots.operator[lots.sibling[paired]], lots.operator[paired])
    assert (lots.sibling[paired] != paired).all()


def launches(world, domain, country):
    return world.launch_year[world.domains.index(domain), world.countries.index(country)].tolist()


@pytest.mark.parametrize(
    ("country", "first"),
    [
        ("USA", [2010, 2019, 2029, 2040]),  # launched as early as anybody, and will again
        (
            "CHN",
            [2014, 2020],
        ),  # licences of December 2013 and service of November 2019 count from the next year
        ("SWE", [2010, 2020]),  # a launch of 2009 is one of the first year
        (
            "ERI",
            [2029, 2029, 2035],
        ),  # none by 2025: three years later than it could be, where income is lowest
    ],
)
def test_generations_come_as_recorded(world, country, first):
    assert launches(world, "mobile_network", country)[: len(first)] == first


def test_generations_to_come_follow_as_late_as_those_before(world):
    """Kenya followed five years after the first launches of 4G and of 5G, so it does with 6G."""
    assert launches(world, "mobile_network", "KEN")[:3] == [2015, 2023, 2029 + 5]
    d = world.domains.index("mobile_network")
    behind = world.launch_year[d, :, 2:] - np.array([2029, 2040, 2051])
    assert behind.min() == 0
    assert behind.max() == demand.LATEST
    assert (world.launch_year[world.domains.index("cloud")] == NEVER).all()


def test_lots_follow_over_the_years_of_their_economy(world):
    years = dict(
        zip(world.countries, world.roll_out_years[world.domains.index("mobile_network")], strict=True)
    )
    assert years["CHN"].tolist() == [7, 5, 2, 2, 2]
    assert (years["KOR"][0], years["USA"][0], years["DEU"][0], years["ETH"][0]) == (3, 5, 2, 2)


# --- where offers are ---


def test_rules_of_the_eu_are_law_in_its_members_of_the_year_and_the_economic_area(world, at):
    """Britain left at the end of 2020; what it passed stays, as no law is repealed."""
    law = world.law[..., at.h["EU"]]
    members = {
        year: {c for c, m in zip(world.countries, law[step(year)], strict=True) if m}
        for year in (2010, 2013, 2021)
    }
    assert members[2013] - members[2010] == {"HRV"}
    assert members[2010] - members[2021] == {"GBR"}
    assert members[2021] - {"ISL", "LIE", "NOR"} == {
        c for c, m in zip(world.countries, world.home[:, at.h["EU"]], strict=True) if m
    }
    d, v = at.d["data_governance"], at.v("data_governance", "eu_rules")
    assert (world.own_slots(2015)[d, :, v] == law[step(2015)]).all()
    galileo = at.d["satellite_navigation"], slice(None), at.v("satellite_navigation", "galileo")
    assert (world.own_slots(2015)[galileo] == world.home[:, at.h["EU"]]).all()


#: What stands in an array of the conditions, by labels and year; some less what stood there in another year.
NUMBERS = (
    ("served", ("e_commerce", "CHN", "alibaba"), {2020: True}),
    ("served", ("e_commerce", "KEN", "alibaba"), {2020: False}),
    ("served", ("e_commerce", "CHN", "aliexpress"), {2020: False}),
    ("served", ("e_commerce", "USA", "rakuten"), {2020: True, 2021: False}),
    ("served", ("digital_payments", "IND", "upi"), {2020: True}),
    ("served", ("digital_payments", "IND", "ant"), {2014: False, 2015: True}),
    ("served", ("mobile_network", "KEN", "huawei"), {2010: True}),
    ("served", ("internet_protocol", "KEN", "china_rules"), {2023: False}),
    ("served", ("digital_payments", "HKG", "unionpay"), {2010: True}),
    ("served", ("digital_payments", "NGA", "unionpay"), {2010: False}),
    ("served", ("smartphone", "BRA", "transsion"), {2030: False}),
    ("served", ("smartphone", "MEX", "transsion"), {2021: False, 2022: True}),
    # barriers of 2010 stay; firms of the USA and the EU left Russia in 2022, but for makers of phones
    ("barrier", ("cloud", "CHN", "USA"), {2010: True, 2030: True}),
    ("barrier", ("digital_payments", "RUS", "USA"), {2021: False, 2022: True, 2030: True}),
    ("barrier", ("mobile_network", "RUS", "EU"), {2021: False, 2022: True}),
    ("barrier", ("smartphone", "RUS", "EU"), {2022: False}),
    ("barrier", ("cloud", "SYR", "USA"), {2010: True, 2025: True, 2026: False}),
    ("barrier", ("mobile_network", "IRN", "EU"), {2018: False, 2019: True}),
    # homes and partners
    ("home_part", ("digital_payments", "CHN", "ant"), {2010: 1.0}),
    ("home_part", ("digital_payments", "IND", "ant"), {2014: 0.0, 2015: 0.4, 2024: 0.0}),
    ("home_part", ("digital_payments", "KEN", "local"), {2010: 1.0}),
    ("home_part", ("data_governance", "DEU", "eu_rules"), {2010: 1.0}),
    ("home_part", ("data_governance", "CHE", "eu_rules"), {2010: 0.0}),
    # events
    ("place_utility", ("digital_payments", "IND", "upi"), {2016: 0.0, 2017: 3.0, 2023: 5.5, 2030: 5.5}),
    ("place_utility", ("mobile_network", "CHN", "nokia"), {2020: 0.0, 2021: -1.2}),
    ("place_utility", ("mobile_network", "DEU", "zte"), {2021: 0.0}),
    ("place_utility", ("mobile_network", "DEU", "ericsson"), {2015: 0.0}),
    ("place_utility", ("smartphone", "POL", "huawei"), {2020: -0.5, 2021: -1.5}, 2019),
    ("place_utility", ("smartphone", "KEN", "huawei"), {2020: -0.3}, 2019),
    ("place_utility", ("smartphone", "CHN", "huawei"), {2020: 0.0, 2021: -1.5, 2023: -0.75}, 2019),
    ("place_utility", ("smartphone", "RUS", "samsung"), {2022: -1.5}, 2021),
    ("place_utility", ("smart_city", "KEN", "huawei"), {2011: -4.0, 2015: -0.8, 2016: 0.0}),
    ("place_utility", ("smart_city", "CHN", "huawei"), {2011: 0.0}),
    ("place_utility", ("cloud", "JPN", "amazon"), {2010: 0.0, 2011: 1.0}),
    # clouds from abroad where data must stay at home
    ("place_utility", ("cloud", "RUS", "google"), {2014: 0.0, 2015: -3.0, 2030: -3.0}),
    ("place_utility", ("cloud", "IDN", "ovhcloud"), {2012: 0.0, 2013: -1.5, 2019: -1.5, 2020: 0.0}),
    ("place_utility", ("cloud", "RUS", "huawei"), {2018: 1.0}, 2017),  # a region of its own
    ("place_utility", ("cloud", "RUS", "local"), {2030: 0.0}),
    ("adoption_rate", ("data_governance", "eu_rules"), {2010: 0.063}),
    ("salience", ("CHN",), {2010: 0.015, 2018: 0.07, 2019: 0.35, 2020: 1.0, 2030: 1.0}),
)


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])}")
def test_a_number_is_that_of_the_tables(world, at, row):
    name, labels, expected, *beside = row
    known = 0.0 if not beside else at.number(world.conditions, name, beside[0], *labels)
    for year, number in expected.items():
        assert at.number(world.conditions, name, year, *labels) - known == pytest.approx(float(number)), year


def test_qualities_of_what_is_bought_are_uncertain_from_the_present_on(world):
    uncertain, present = world.conditions.quality_uncertain, step(world.present)
    bought = np.array([buyer != "adopters" for buyer in world.buyer])[:, None] & (world.slot_vendor >= 0)
    assert not uncertain[:present].any()
    np.testing.assert_array_equal(
        uncertain[present:], np.repeat(bought[None], len(uncertain) - present, axis=0)
    )


def test_regions_of_clouds_are_those_on_record(world, at, every):
    first = fitted_records("cloud_first_region")
    for code, provider, year in zip(first["iso3"], first["provider"], first["first_year"], strict=True):
        path = world.conditions.place_utility[:, at.d["cloud"], at.i[code], at.v("cloud", str(provider))]
        rises = np.diff(path[: step(2024)], prepend=0.0) == 1  # laws move other amounts
        assert (2010 + np.flatnonzero(rises)).tolist() == [max(2010, int(year))] * int(year < 2024)


# --- markets ---


def test_market_sizes_hit_the_totals(world, every):
    table, size = every["domains"], world.conditions.market_size
    for d, (total, year) in enumerate(zip(table["market_size"], table["market_size_year"], strict=True)):
        assert size[step(year), d].sum() == pytest.approx(total)


SHARES = [
    ("mobile_network", 2016, "CHN", 12 / 43.3),
    ("cloud", 2020, "CHN", 0.18),
    ("cloud", 2020, "USA", 0.46),
    ("e_commerce", 2019, "CHN", 0.48),
    ("digital_payments", 2014, "CHN", 0.40),
]


@pytest.mark.parametrize(("domain", "year", "code", "share"), SHARES)
def test_weights_of_markets(world, at, domain, year, code, share):
    size = world.conditions.market_size[step(year), at.d[domain]]
    assert size[at.i[code]] / size.sum() == pytest.approx(share, abs=0.004)


def test_greenfield_holds_no_china(world, at):
    china = [at.i[code] for code in ("CHN", "HKG", "MAC")]
    for name in ("greenfield", "built_2010", "abroad"):
        assert not world.groups[name][:, china].any()
    both = world.groups["greenfield"] | world.groups["built_2010"]
    np.testing.assert_array_equal(both, world.groups["abroad"])
    assert not (world.groups["greenfield"] & world.groups["built_2010"]).any()
    assert world.groups["greenfield"][at.d["mobile_network"], at.i["ETH"]]


def with_quality(folder, *knots, drifts=""):
    """A world in which the quality of Huawei's mobile networks goes through some knots, and its slot."""
    offer = "mobile_network,huawei,"
    changed(linked(folder), "quality.csv", re.compile(rf"^{offer}.*\n", re.MULTILINE), "", count=0)
    changed(folder, "quality.csv", re.compile(r"\Z"), "".join(f"{offer}{knot}\n" for knot in knots))
    if drifts:
        rows = (f"{offer}{row}\n" for row in drifts.split())
        changed(folder, "quality_drifts.csv", re.compile(r"(?<=\n)(?s:.*)"), "".join(rows))
    world = ls.load_world(folder)
    return world, Places(world).v("mobile_network", "huawei")


def test_quality_settles_three_years_after_the_record(tmp_path):
    world, slot = with_quality(tmp_path, "2010,1,record", "2020,3,record", "2023,2,settled")
    path, trend = world.conditions.quality_path[:, 0, slot], world.conditions.quality_trend[:, 0, slot]
    np.testing.assert_allclose(path[[0, 5, 10, 13, 20]], [1, 2, 3, 2, 2])
    np.testing.assert_allclose(trend[[0, 5, 10, 13, 20]], [0, 0, 0, 1, 1])


def test_another_drift_adds_to_the_record_and_nothing_once_quality_has_settled(tmp_path):
    knots = ("2012,1,record", "2020,3,record", "2023,2,settled")
    world, slot = with_quality(tmp_path, *knots, drifts="2012,-0.4,0.8 2020,0.4,-1.2")
    half, twice = world.conditions.quality_half, world.conditions.quality_twice
    np.testing.assert_allclose(half[[0, 2, 6, 10, 13, 20], 0, slot], [-0.4, -0.4, 0, 0.4, 0, 0])
    np.testing.assert_allclose(twice[[0, 2, 6, 10, 13, 20], 0, slot], [0.8, 0.8, -0.2, -1.2, 0, 0])
    elsewhere = np.ones(half.shape[1:], dtype=bool)
    elsewhere[0, slot] = False
    assert not half[:, elsewhere].any()
    assert not twice[:, elsewhere].any()


def test_the_sponsor_under_study_is_better_where_operators_buy(world):
    one, decades = world.conditions.quality_sponsor, world.conditions.quality_sponsor_trend
    theirs = (world.slot_sponsor == world.sponsors.index(world.case.sponsors[0])) & (world.slot_vendor >= 0)
    for d, buyer in enumerate(world.buyer):
        np.testing.assert_array_equal(one[:, d], np.tile(theirs[d] * (buyer == "operator"), (len(one), 1)))
    assert one.any()
    by_year = decades[:, one[0] > 0][:, 0]
    np.testing.assert_allclose(by_year[[0, 6, 7, 13, 20]], [-0.65, -0.05, 0.05, 0.65, 0.65])
    np.testing.assert_array_equal(decades, by_year[:, None, None] * one)


# --- money ---


def test_envelopes_of_china_are_those_on_record(world, at):
    finance = ls.records("chinese_finance")
    mine = world.lenders.sponsor == at.h["CHN"]
    lent = world.conditions.envelope[:, mine].sum(axis=1)
    for year, amount in zip(finance["year"], finance["loans_amount"], strict=True):
        if year >= 2010:
            assert lent[step(year)] == pytest.approx(amount / 1e3, abs=0.006)
    assert lent[-1] < 1


def test_spreads_are_those_on_record(world, at):
    costs = ls.records("borrowing_cost")
    for code, spread in zip(costs["iso3"], costs["default_spread"], strict=True):
        if not np.isnan(spread):
            assert world.borrowing_rate[at.i[code]] == pytest.approx(0.03 + spread)
    assert (world.borrowing_rate > 0.02).all()


def test_support_is_a_tenth_of_the_cost_of_chinese_firms(world, at):
    support = world.conditions.state_support[0]
    chinese = world.slot_sponsor == at.h["CHN"]
    adopters = np.array([who == "adopters" for who in world.buyer])
    np.testing.assert_array_equal(support, 0.1 * (chinese & ~adopters[:, None]))
    huawei = 0, at.v("mobile_network", "huawei")
    assert world.initial_cost[huawei] * (1 - support[huawei]) == pytest.approx(0.8, abs=1e-4)


# --- the first year ---


def test_landings_are_those_on_record(world, at, every):
    table, landings = fitted_records("cable_suppliers"), world.facts["landings"]
    known = 0.0
    for code, period, supplier, cables in zip(
        *(table[column] for column in ("iso3", "period", "supplier", "cables")), strict=True
    ):
        if period == "1989-2010" and supplier in ("asn", "subcom", "nec", "hmn"):
            assert landings[at.i[code], at.v("submarine_cable", str(supplier))] == cables
            known += cables
    assert landings.sum() > known
    assert landings[at.i["AUT"]].sum() == 0  # no coast


def test_routes(world, at):
    routes = world.routes
    assert routes is not None
    assert routes.count.sum() == pytest.approx(1)
    assert routes.count @ [1, 2, 3, 4] == pytest.approx(1.9)
    assert routes.first.sum() == pytest.approx(1)
    assert routes.first[at.i["AUT"]] == 0
    further, distance = routes.further_from(np.arange(len(routes.first)))
    assert (np.diag(distance) == 300).all()
    assert distance[at.i["FRA"], at.i["GBR"]] == pytest.approx(340, abs=15)  # Paris to London
    coastal = routes.first > 0
    np.testing.assert_allclose(further.sum(axis=1), coastal)


def test_users_of_2010(world, at):
    users = world.facts["users_base"]
    shops = users[at.d["e_commerce"]]
    assert shops[at.i["CHN"], at.v("e_commerce", "alibaba")] == 0.8
    assert np.isnan(shops[at.i["BRA"]]).all()
    known = ~np.isnan(users).any(axis=-1)
    np.testing.assert_allclose(users[known].sum(axis=-1), 1.0)
    assert known.sum() == 11


def test_recorded_users_fit_into_the_base_of_the_world(world):
    """Else no shares elsewhere could make the recorded total."""
    value = world.conditions.market_size[0] * world.facts["coverage"]
    for d in world.bought_by("users"):
        users = np.nan_to_num(world.facts["users_base"][d])
        held = value[d] @ users / value[d].sum()
        assert (held <= world.facts["base_share"][d] + 5e-4).all()


def test_adoption_of_2010(world, at):
    adoption, d = world.facts["adoption"], at.d["data_governance"]
    law = adoption[d, :, at.v("data_governance", "eu_rules")]
    assert law.mean() == pytest.approx(0.39, abs=1e-6)
    assert (law[world.law[0][:, at.h["EU"]]] == 1).all()
    assert law[at.i["HRV"]] < 1  # a member from 2013 on
    assert law[at.i["CHE"]] > law[at.i["TCD"]]
    assert world.conditions.adoption_rate[0, d, at.v("data_governance", "eu_rules")] == 0.063
    navigation = adoption[at.d["satellite_navigation"]]
    assert (navigation[:, at.v("satellite_navigation", "gps")] == 1).all()
    assert navigation[at.i["RUS"], at.v("satellite_navigation", "glonass")] == 1


def test_borrowers_are_the_economies_with_a_loan_on_record(world):
    table = read_table("loans")
    signed = {iso3 for _, year, iso3 in table.rows("year", "iso3") if not np.isnan(year)}
    members = world.groups["borrowers"]
    assert (members == members[0]).all()
    assert {code for code, inside in zip(world.countries, members[0], strict=True) if inside} == signed
    assert "PAK" in signed  # borrows most
    assert "DEU" not in signed  # of which nothing is recorded
