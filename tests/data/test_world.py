"""Does the bundled world say what its tables, and the records beside them, say?"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.errors import InputError
from lockin_sim.world import World
from lockin_sim.world.layout import NEVER
from lockin_sim.world.tables import DATA, Table, read_all


@pytest.fixture(scope="module")
def world() -> World:
    return ls.load_world()


@pytest.fixture(scope="module")
def every() -> dict[str, Table]:
    return read_all()


class Places:
    """Positions of labels."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.i = {code: i for i, code in enumerate(world.countries)}
        self.d = {domain: d for d, domain in enumerate(world.domains)}
        self.h = {sponsor: h for h, sponsor in enumerate(world.sponsors)}

    def v(self, domain: str, vendor: str) -> int:
        return int(
            np.flatnonzero(self.world.slot_vendor[self.d[domain]] == self.world.vendors.index(vendor))[0]
        )


@pytest.fixture(scope="module")
def at(world: World) -> Places:
    return Places(world)


def step(year: int) -> int:
    return year - 2010


# --- shapes ---


def test_arrays_have_the_axes_that_their_fields_name(world: World) -> None:
    domain, country, vendor = world.shape
    sponsor, lender, years = len(world.sponsors), len(world.lenders.names), 21
    assert (domain, country) == (10, 199)
    c = world.conditions
    assert c.years.tolist() == list(range(2010, 2031))
    of_offers = (c.served, c.home_part, c.place_utility)
    assert {a.shape for a in of_offers} == {(years, domain, country, vendor)}
    of_slots = (c.quality_path, c.quality_trend, c.adoption_rate, c.cost_factor, c.state_support)
    assert {a.shape for a in of_slots} == {(years, domain, vendor)}
    of_lenders = (c.envelope, c.loan_rate, c.tenor, c.grace, c.tied)
    assert {a.shape for a in of_lenders} == {(years, lender)}
    assert {a.shape for a in (c.market_size, c.share_cap)} == {(years, domain, country)}
    assert c.barrier.shape == (years, domain, country, sponsor)
    assert {m.shape for m in world.groups.values()} == {(domain, country)}
    assert world.lenders.appeal.shape == (country, lender)
    assert world.rival_votes.shape == world.concern.shape == (country, sponsor)
    assert world.sales_path.shape == (years, domain, sponsor)
    assert world.usual_base.shape == (domain, len(world.standards))


#: Where a blank says that a parameter, or the record, stands in its place.
BLANKS = {"expansion_share", "sales_path", "bindingness"}


def test_all_numbers_are_finite(world: World) -> None:
    for name, value in {**vars(world.conditions), **vars(world.lots), **vars(world)}.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name not in BLANKS:
            assert np.isfinite(value).all(), name


# --- who decides ---


def test_buyers(world: World) -> None:
    assert dict(zip(world.domains, world.buyer, strict=True)) == {
        **dict.fromkeys(("mobile_network", "smart_city"), "operator"),
        "submarine_cable": "project",
        **dict.fromkeys(("smartphone", "e_commerce", "digital_payments", "cloud"), "users"),
        **dict.fromkeys(("satellite_navigation", "data_governance", "internet_protocol"), "adopters"),
    }
    decided = [who in ("operator", "project") for who in world.buyer]
    np.testing.assert_array_equal(world.financeable, decided)


def test_lots_of_a_market_are_a_whole_and_sorted(world: World) -> None:
    lots = world.lots
    keys = list(zip(lots.domain.tolist(), lots.country.tolist(), lots.operator.tolist(), strict=True))
    assert keys == sorted(keys)
    sums = np.add.reduceat(lots.weight, lots.markets[:-1])
    np.testing.assert_allclose(sums, 1.0)
    assert len(sums) == 2 * len(world.countries)  # each economy has operators and agencies


def test_siblings_are_of_the_same_operator(world: World) -> None:
    lots = world.lots
    paired = np.flatnonzero(lots.sibling >= 0)
    np.testing.assert_array_equal(lots.sibling[lots.sibling[paired]], paired)
    np.testing.assert_array_equal(lots.operator[lots.sibling[paired]], lots.operator[paired])
    assert (lots.sibling[paired] != paired).all()


def test_about_900_mobile_lots(world: World, at: Places) -> None:
    mobile = world.lots.domain == at.d["mobile_network"]
    assert 850 <= mobile.sum() <= 950

    def of(code: str) -> list[str]:
        mine = mobile & (world.lots.country == at.i[code])
        return [world.lots.labels[lot] for lot in np.flatnonzero(mine)]

    assert of("CHN")[::8] == ["China Mobile 1", "China Unicom 1", "China Telecom 1"]
    assert len(of("USA")) == 16
    assert of("TUV") == ["operator 1 1"]  # 10 000 people
    assert len(of("NGA")) == 16  # 160 million: four operators with four lots


def test_recorded_incumbents(world: World, at: Places) -> None:
    recorded = np.flatnonzero(world.lots.recorded >= 0)
    slots = world.lots.recorded[recorded]
    named = [
        (world.lots.labels[lot], world.vendors[world.slot_vendor[world.lots.domain[lot], slot]])
        for lot, slot in zip(recorded, slots, strict=True)
    ]
    assert ("Bharti Airtel 1", "ericsson") in named
    assert ("Bharti Airtel 8", "nokia") in named
    assert ("Ethio Telecom 2", "zte") in named


def test_generations_arrive_later_where_income_is_low(world: World, at: Places) -> None:
    mobile, cloud = world.generation_year[[at.d["mobile_network"], at.d["cloud"]]]
    assert mobile.tolist() == [2010, 2018, 2029, 2040, 2051]
    assert (cloud == NEVER).all()
    delay = dict(zip(world.countries, world.generation_delay.tolist(), strict=True))
    assert (delay["USA"], delay["CHN"], delay["ETH"]) == (0, 3, 5)


# --- where offers are ---


def test_service_areas(world: World, at: Places) -> None:
    served = world.conditions.served

    def places(domain: str, vendor: str, year: int) -> set[str]:
        mine = served[step(year), at.d[domain], :, at.v(domain, vendor)]
        return {code for code, there in zip(world.countries, mine, strict=True) if there}

    assert places("e_commerce", "alibaba", 2020) == {"CHN"}
    assert places("e_commerce", "aliexpress", 2020) == set(world.countries) - {"CHN"}
    assert places("e_commerce", "rakuten", 2020) - places("e_commerce", "rakuten", 2021) == {"USA"}
    assert places("digital_payments", "upi", 2020) == {"IND"}
    assert "IND" not in places("digital_payments", "ant", 2014)
    assert "IND" in places("digital_payments", "ant", 2015)
    assert len(places("e_commerce", "mercadolibre", 2018)) == 18
    assert places("mobile_network", "huawei", 2010) == set(world.countries)
    assert places("satellite_navigation", "beidou", 2019) == set(world.countries)


def test_homes_and_partners(world: World, at: Places) -> None:
    part, d = world.conditions.home_part, at.d["digital_payments"]
    ant, local = at.v("digital_payments", "ant"), at.v("digital_payments", "local")
    assert part[0, d, at.i["CHN"], ant] == 1
    assert part[step(2014), d, at.i["IND"], ant] == 0
    assert 0 < part[step(2015), d, at.i["IND"], ant] < 1
    assert part[step(2017), d, at.i["MYS"], ant] > 0
    assert (part[:, d, :, local] == 1).all()
    rules = at.d["data_governance"], at.v("data_governance", "eu_rules")
    np.testing.assert_array_equal(part[0, rules[0], :, rules[1]] == 1, world.home[:, at.h["EU"]])
    empty = world.slot_vendor < 0
    assert not part.swapaxes(-1, -2)[:, empty].any()


def test_events(world: World, at: Places) -> None:
    utility = world.conditions.place_utility

    def there(year: int, domain: str, code: str, vendor: str) -> float:
        return float(utility[step(year), at.d[domain], at.i[code], at.v(domain, vendor)])

    assert [there(y, "digital_payments", "IND", "upi") for y in (2016, 2017, 2023, 2030)] == [0, 3, 5.5, 5.5]
    of_region = [there(y, "mobile_network", "DEU", "zte") for y in (2010, 2014, 2015)]
    assert of_region[0] == of_region[1] != of_region[2] == 0
    assert there(2015, "mobile_network", "DEU", "ericsson") == 0
    assert [there(y, "smartphone", "POL", "huawei") for y in (2019, 2020, 2021)] == [0, -0.5, -1.5]
    assert there(2020, "smartphone", "KEN", "huawei") == -0.3
    assert there(2025, "smartphone", "CHN", "huawei") == 0
    assert [there(y, "cloud", "JPN", "amazon") for y in (2010, 2011)] == [0, 1]


def test_regions_of_clouds_are_those_on_record(world: World, at: Places) -> None:
    first = ls.records("cloud_first_region")
    for code, provider, year in zip(first["iso3"], first["provider"], first["first_year"], strict=True):
        path = world.conditions.place_utility[:, at.d["cloud"], at.i[code], at.v("cloud", str(provider))]
        np.testing.assert_array_equal(path[: step(2024)] > 0, np.arange(2010, 2024) >= year)


# --- markets ---


def test_market_sizes_hit_the_totals(world: World, every: dict[str, Table], at: Places) -> None:
    table, size = every["domains"], world.conditions.market_size
    for d, (total, year) in enumerate(zip(table["market_size"], table["market_size_year"], strict=True)):
        assert size[step(year), d].sum() == pytest.approx(total)


SHARES = [
    ("mobile_network", 2016, "CHN", 12 / 43.3),
    ("cloud", 2020, "CHN", 0.18),
    ("cloud", 2020, "USA", 0.46),
    ("smart_city", 2016, "CHN", 0.40),
    ("e_commerce", 2015, "CHN", 0.32),
    ("e_commerce", 2019, "CHN", 0.48),
    ("digital_payments", 2014, "CHN", 0.40),
]


@pytest.mark.parametrize(("domain", "year", "code", "share"), SHARES)
def test_weights_of_markets(
    world: World, at: Places, domain: str, year: int, code: str, share: float
) -> None:
    size = world.conditions.market_size[step(year), at.d[domain]]
    assert size[at.i[code]] / size.sum() == pytest.approx(share, abs=0.004)


def test_greenfield_holds_no_china(world: World, at: Places) -> None:
    china = [at.i[code] for code in ("CHN", "HKG", "MAC")]
    for name in ("greenfield", "built_2010", "abroad"):
        assert not world.groups[name][:, china].any()
    both = world.groups["greenfield"] | world.groups["built_2010"]
    np.testing.assert_array_equal(both, world.groups["abroad"])
    assert not (world.groups["greenfield"] & world.groups["built_2010"]).any()
    assert world.groups["greenfield"][at.d["mobile_network"], at.i["ETH"]]


def test_groups_of_countries(world: World) -> None:
    sizes = {name: int(mask.any(axis=0).sum()) for name, mask in world.groups.items()}
    assert sizes["excluding_CHN"] == 198
    assert (sizes["EU"], sizes["ASEAN5"], sizes["CHN"]) == (27, 5, 1)
    incomes = ("low", "lower_middle", "upper_middle", "high")
    assert sum(sizes[f"income:{group}"] for group in incomes) == 199


def test_quality_settles_three_years_after_the_record(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file = folder / "quality.csv"
    mine = "mobile_network,huawei,"
    others = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(mine)]
    knots = ("2010,1,record", "2020,3,record", "2023,2,settled")
    file.write_text("\n".join([*others, *(mine + knot for knot in knots)]) + "\n", encoding="utf-8")
    world = ls.load_world(folder)
    slot = Places(world).v("mobile_network", "huawei")
    path = world.conditions.quality_path[:, 0, slot]
    trend = world.conditions.quality_trend[:, 0, slot]
    np.testing.assert_allclose(path[[0, 5, 10, 13, 20]], [1, 2, 3, 2, 2])
    np.testing.assert_allclose(trend[[0, 5, 10, 13, 20]], [0, 0, 0, 1, 1])


# --- money ---


def test_envelopes_of_china_are_those_on_record(world: World, at: Places) -> None:
    finance = ls.records("chinese_finance")
    mine = world.lenders.sponsor == at.h["CHN"]
    lent = world.conditions.envelope[:, mine].sum(axis=1)
    for year, amount in zip(finance["year"], finance["loans_amount"], strict=True):
        if year >= 2010:
            assert lent[step(year)] == pytest.approx(amount / 1e3, abs=0.006)
    assert lent[-1] < 1


def test_lenders_know_their_borrowers(world: World, at: Places) -> None:
    appeal = dict(zip(world.lenders.names, world.lenders.appeal.T, strict=True))
    assert not np.isfinite(world.lenders.appeal.T[world.home.T[world.lenders.sponsor]]).any()
    exim, commercial = appeal["china_eximbank"], appeal["china_commercial"]
    assert np.isfinite(exim[[at.i["ETH"], at.i["KEN"]]]).all()
    assert np.isinf(exim[[at.i["BRA"], at.i["USA"]]]).all()
    assert np.isfinite(commercial[[at.i["BRA"], at.i["RUS"]]]).all()
    share = np.bincount(world.lenders.sponsor, world.lenders.share)
    np.testing.assert_allclose(share, 1.0)


def test_spreads_are_those_on_record(every: dict[str, Table], world: World, at: Places) -> None:
    costs = ls.records("borrowing_cost")
    for code, spread in zip(costs["iso3"], costs["default_spread"], strict=True):
        if not np.isnan(spread):
            assert world.borrowing_rate[at.i[code]] == pytest.approx(0.03 + spread)
    assert (world.borrowing_rate > 0.02).all()


def test_support_is_a_tenth_of_the_cost_of_chinese_firms(world: World, at: Places) -> None:
    support = world.conditions.state_support[0]
    chinese = world.slot_sponsor == at.h["CHN"]
    adopters = np.array([who == "adopters" for who in world.buyer])
    np.testing.assert_array_equal(support, 0.1 * (chinese & ~adopters[:, None]))
    huawei = 0, at.v("mobile_network", "huawei")
    assert world.initial_cost[huawei] * (1 - support[huawei]) == pytest.approx(0.8, abs=1e-4)


# --- the first year ---


def test_landings_are_those_on_record(world: World, at: Places) -> None:
    table, landings = ls.records("cable_suppliers"), world.facts["landings"]
    known = 0.0
    for code, period, supplier, cables in zip(
        *(table[column] for column in ("iso3", "period", "supplier", "cables")), strict=True
    ):
        if period == "1989-2010" and supplier in ("asn", "subcom", "nec", "hmn"):
            assert landings[at.i[code], at.v("submarine_cable", str(supplier))] == cables
            known += cables
    assert landings.sum() > known
    assert landings[at.i["AUT"]].sum() == 0  # no coast


def test_routes(world: World, at: Places) -> None:
    routes = world.routes
    assert routes is not None
    assert routes.count.sum() == pytest.approx(1)
    assert routes.count @ [1, 2, 3, 4] == pytest.approx(1.9)
    assert routes.first.sum() == pytest.approx(1)
    assert routes.first[at.i["AUT"]] == 0
    assert (np.diag(routes.distance) == 300).all()
    assert routes.distance[at.i["FRA"], at.i["GBR"]] == pytest.approx(340, abs=15)  # Paris to London
    coastal = routes.first > 0
    np.testing.assert_allclose(routes.further.sum(axis=1), coastal)


def test_users_of_2010(world: World, at: Places) -> None:
    users = world.facts["users_base"]
    shops = users[at.d["e_commerce"]]
    assert shops[at.i["CHN"], at.v("e_commerce", "alibaba")] == 0.8
    assert np.isnan(shops[at.i["BRA"]]).all()
    known = ~np.isnan(users).any(axis=-1)
    np.testing.assert_allclose(users[known].sum(axis=-1), 1.0)
    assert known.sum() == 11


def test_recorded_users_fit_into_the_base_of_the_world(world: World) -> None:
    """Else no shares elsewhere could make the recorded total."""
    value = world.conditions.market_size[0] * world.facts["coverage"]
    for d in world.bought_by("users"):
        users = np.nan_to_num(world.facts["users_base"][d])
        held = value[d] @ users / value[d].sum()
        assert (held <= world.facts["base_share"][d] + 5e-4).all()


def test_adoption_of_2010(world: World, at: Places) -> None:
    adoption, d = world.facts["adoption"], at.d["data_governance"]
    law = adoption[d, :, at.v("data_governance", "eu_rules")]
    assert law.mean() == pytest.approx(0.39, abs=1e-6)
    assert (law[world.home[:, at.h["EU"]]] == 1).all()
    assert law[at.i["CHE"]] > law[at.i["TCD"]]
    assert world.conditions.adoption_rate[0, d, at.v("data_governance", "eu_rules")] == 0.076
    navigation = adoption[at.d["satellite_navigation"]]
    assert (navigation[:, at.v("satellite_navigation", "gps")] == 1).all()
    assert navigation[at.i["RUS"], at.v("satellite_navigation", "glonass")] == 1


def test_anchors_cover_what_they_say(world: World, at: Places) -> None:
    facts = world.facts
    assert (facts["anchor_mask"].sum(axis=0) <= 1).all()
    africa = facts["anchor_mask"][facts["anchor_mask"][:, at.i["NGA"]]][0]
    assert africa[at.i["NGA"]] and africa[at.i["EGY"]] and africa.sum() == 54  # noqa: PT018


def test_the_case_names_what_there_is(world: World) -> None:
    case = world.case
    assert case.family in world.standards
    assert set(case.sponsors) <= set(world.sponsors)
    assert set(case.groups) <= set(world.groups)
    assert all(title for _, title in case.outcomes)


def test_salience_is_recorded_until_a_year_of_its_own(world: World, at: Places) -> None:
    assert world.salience_until[[at.h["CHN"], at.h["RUS"], at.h["EU"]]].tolist() == [2020, 2022, 2010]
    assert world.conditions.salience[[0, 8, 9, 10, 20], at.h["CHN"]].tolist() == [0.015, 0.07, 0.35, 1, 1]


def test_votes_with_the_rival(world: World, at: Places) -> None:
    votes = world.rival_votes
    assert votes[at.i["GBR"], at.h["CHN"]] > 1  # votes as the United States do
    assert votes[at.i["CUB"], at.h["USA"]] > 0  # votes as China does
    assert votes[at.i["TWN"], at.h["CHN"]] == 0
    np.testing.assert_array_equal(votes[:, at.h["CHN"]], votes[:, at.h["RUS"]])


# --- defects that no column shows ---

DEFECTS: dict[str, Any] = {
    "area of no offer": ("areas.csv", "upi,digital_payments", "upi,cloud", ["areas.csv", "'cloud/upi'"]),
    "event of nobody": ("events.csv", "digital_payments,upi,,IND,2017", "digital_payments,,,IND,2017",
                        ["events.csv", "one of them"]),
    "group of markets as a scope": ("areas.csv", "excluding_CHN", "greenfield", ["greenfield", "countries"]),
    "supplier that sells something else": ("operators.csv", ",zte,", ",visa,", ["mobile_network/visa"]),
    "procedure of no rule": ("bodies.csv", "weighted_firms", "weighed_firms",
                             ["bodies.csv (3GPP), column procedure", "Did you mean 'weighted_firms'"]),
    "shares of lenders": ("lenders.csv", ",0.7,", ",0.6,",
                          ["lenders.csv, column envelope_share, rows of CHN", "0.9", "sum to 1"]),
    "family owned twice": ("owners.csv", "cn2035,CHN,1", "cn2035,CHN,0.5", ["owners.csv", "cn2035", "0.5"]),
    "status that does not sum": ("initial_status.csv", "ITU,international,0.97", "ITU,international,0.87",
                                 ["initial_status.csv, column share, rows of ITU", "0.9", "sum to 1"]),
    "more users than there are": ("users_base.csv", "e_commerce,CHN,jd,0.02", "e_commerce,CHN,jd,0.92",
                                  ["users_base.csv, column share, rows of e_commerce/CHN", "at most"]),
    "base of more than the world": ("offers.csv", ",mobile_network,2010,0.", ",mobile_network,2010,0.9",
                                    ["column initial_base_share, rows of mobile_network", "at most"]),
    "more contributions than all": ("contributions.csv", "3GPP,2010,0.", "3GPP,2010,0.9",
                                    ["contributions.csv, column share, rows of 3GPP/2010", "at most"]),
    "part of an economy by size": ("operators.csv", "mobile_network,CHN,China Unicom,0.23",
                                   "mobile_network,CHN,China Unicom,",
                                   ["(mobile_network/CHN/China Unicom), column size_share", "''"]),
    "sizes of operators": ("operators.csv", "mobile_network,CHN,China Unicom,0.23",
                           "mobile_network,CHN,China Unicom,0.13",
                           ["column size_share, rows of mobile_network/CHN", "0.9", "sum to 1"]),
    "area that ends before it begins": ("areas.csv", "aliexpress,e_commerce,excluding_CHN,2010,",
                                        "aliexpress,e_commerce,excluding_CHN,2010,2009",
                                        ["areas.csv (aliexpress/e_commerce/excluding_CHN/2010), column until",
                                         "2009", "2010 on"]),
    "event that ends before it begins": ("events.csv", "western_europe,2020,2020", "western_europe,2020,2019",
                                         ["events.csv", "column until", "2019", "2020 on"]),
    "partner that leaves before it comes": ("partners.csv", "PayTM,2015,", "PayTM,2015,2014",
                                            ["partners.csv (ant/digital_payments/IND/2015), column until"]),
    "grace beyond the tenor": ("lenders.csv", ",20,5,", ",20,25,", ["column grace", "25", "20"]),
    "anchor of users": ("anchors.csv", "mobile_network,africa", "cloud,africa",
                        ["anchors.csv (cloud/africa/CHN), column domain", "whose buyer is users",
                         "whose buyer is operator"]),
    "generation of phones": ("generations.csv", "mobile_network,5G", "smartphone,5G",
                             ["generations.csv (smartphone/5G), column domain", "whose buyer is operator"]),
    "two domains of projects": ("domains.csv", "infrastructure,users,", "infrastructure,project,",
                                ["domains.csv, column buyer", "submarine_cable, cloud", "in one domain"]),
    "projects without routes": ("projects.csv", "submarine_cable", "smart_city",
                                ["projects.csv, column domain", "none of submarine_cable"]),
    "routes of lots": ("projects.csv", "submarine_cable,18",
                       "smart_city,18,0.45,0.3,0.15,0.1,0.35,2500,300\nsubmarine_cable,18",
                       ["projects.csv (smart_city), column domain", "whose buyer is project"]),
    "operators without a rule": ("domains.csv", "infrastructure,users,", "infrastructure,operator,",
                                 ["operator_rules.csv, column domain", "none of cloud"]),
    "money that nobody lends": ("lenders.csv", "russia_lenders,Lenders of Russia,RUS,0.03,15,3,2,1,1,0.1,"
                                "0.25,low;lower_middle;upper_middle,1,0,0\n", "",
                                ["lenders.csv, column sponsor, RUS", "no row", "an envelope"]),
    "users who spend twice": ("domains.csv", ",1,0.2345,5,0.3,", ",0.5,0.2345,5,0.3,",
                              ["domains.csv (cloud), column expansion_share", "0.5", "0 or 1"]),
    "users who follow a parameter": ("domains.csv", ",1,0.2345,5,0.3,", ",,0.2345,5,0.3,",
                                     ["domains.csv (cloud), column expansion_share", "''", "0 or 1"]),
    "family that nobody owns": ("case.toml", '"cn2035"', '"cn2053"', ["case.toml, family", "'cn2035'"]),
    "nobody to compare": ("case.toml", '["CHN", "USA", "EU"]', "[]", ["case.toml, sponsors", "at least one"]),
    "unknown key": ("case.toml", "family =", "famly =", ["case.toml", "Did you mean 'family'"]),
    "no TOML": ("case.toml", "family =", "family", ["case.toml", "TOML"]),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_gives_one_message(tmp_path: Path, defect: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file, old, new, told = DEFECTS[defect]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        ls.load_world(folder)
    message = str(caught.value)
    assert all(part in message for part in told), message
