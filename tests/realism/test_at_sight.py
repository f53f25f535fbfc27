"""Is the past right where a reader looks: region by region, year by year, by name?

Each row is a number, the range in which it must lie, and why.  A share is a plain mean over economies and
runs, in per cent.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import history_numbers as of
import numpy as np
import pytest
from history_runs import SPONSORS, History

from lockin_sim.record import CITIES, CLOUDS, MOBILE, PAYMENTS, PHONES, SHOPS
from lockin_sim.world.schema import read_table

INF = math.inf


class Row(NamedTuple):
    """What is looked at, the least and the most that it may be, and why."""

    what: str
    number: Callable[[History], float]
    low: float
    high: float
    why: str


# --- numbers that only this page looks at ---


def africa_less_europe(h):
    """By how many points Africa has more Chinese networks than Western Europe in 2020."""
    return of.networks(h, "africa") - of.networks(h, "western_europe")


def outside_nato(h, year=2023):
    """In how many of a hundred runs members of the EU restrict that were not in NATO when the year began."""
    table = read_table("memberships")
    allies = table["iso3"][(table["club"] == "NATO") & (table["from"] < year)]
    eu = np.array(h.world.countries)[h.members("EU")]
    who = [c for c in eu.tolist() if c not in allies]
    return float(np.mean([of.restricting(h, iso3, year) for iso3 in who]))


def least_rules(h, iso3):
    """Least adoption of the EU's data rules in an economy in any year and run, in per cent."""
    return 100 * float(np.nan_to_num(h.rules[:, :, h.world.countries.index(iso3)]).min())


def chinese_protocols(h):
    """Most that Chinese rules of internet protocols are adopted in any economy, year and run, in per cent."""
    return 100 * float(np.nanmax(h.parts[:, :, h.domain("internet_protocol"), :, SPONSORS.index("CHN")]))


def first_maker(h, iso3, year=2019):
    """The maker of most phones in use in an economy."""
    here = h.vendors[h.step(year), h.domain(PHONES), h.world.countries.index(iso3)]
    return h.world.vendors[h.world.slot_vendor[h.domain(PHONES), np.nanargmax(here)]]


# --- rows ---


def networks(place):
    """Chinese part of mobile networks in 2020."""
    return lambda h: of.networks(h, place)


#: Mobile networks: regions, names, sales, spending, and what the fit may use.
NETWORKS = (
    Row("Africa", networks("africa"), 55, 75, "Huawei alone is reported to have 70 % in 2019"),
    Row("Western Europe", networks("western_europe"), 42, 57, "52 % of 4G in Europe, by subscribers"),
    Row("Africa less Western Europe", africa_less_europe, 8, INF, "built with Chinese loans"),
    Row("South Asia", networks("south_asia"), 48, INF, "above Europe: most operators buy from China"),
    Row("South-East Asia", networks("south_east_asia"), 42, INF, "not below Europe"),
    Row("Korea", networks("KOR"), 0, 15, "one operator of three bought from Huawei, in part"),
    Row("Japan", networks("JPN"), 0, 12, "operators bought hardly any"),
    Row("Taiwan", networks("TWN"), 0, 15, "barred from 4G in 2013"),
    Row("Chinese sales in 2020", lambda h: of.sold(h, 2020), 38, 50, "43 % by Dell'Oro"),
    Row("change of Chinese sales in four years", of.largest_wave, 0, 16, "no publisher reports waves"),
    Row("spent in China, 2019", lambda h: of.spent_in_china(h, 2019), 24, 34, "26 % by Huawei's shares"),
    Row("spent in China, 2020", lambda h: of.spent_in_china(h, 2020), 24, 34, "30 % by Huawei's shares"),
    Row("step of a quality", lambda _: of.largest_step(), 0, 2.5, "no firm changes so much in three years"),
    Row("terms that nothing explains", lambda _: of.residuals(), 0, 3, "each can hide a wrong mechanism"),
)

#: States: who owes whom, who restricts.
STATES = (
    Row("China and Russia owe the EU, Japan or the USA", of.owed_to_rivals, 0, 0, "they lend nothing there"),
    Row("USA restricts in 2050", lambda h: of.restricting(h, "USA", 2050), 95, 100, "its cause has not gone"),
    Row("EU members outside NATO restrict by 2023", outside_nato, 15, 100, "Sweden did, no ally then"),
    Row("EU states that restrict, mid 2023", of.eu_states, 8, 12, "ten by the Commission's count"),
    Row("Chinese loans, 2011 to 2020, USD bn", of.lent_by_china, 18, 26, "22 are recorded there"),
)


def rules(iso3):
    """EU data rules in an economy, the least of all years and runs."""
    number = lambda h: least_rules(h, iso3)  # noqa: E731
    return Row(f"EU data rules in {iso3}", number, 100, 100, "a member, of the EEA, or after it")


def transsion(iso3):
    """Whether Transsion is the first maker of phones of an economy."""
    number = lambda h: first_maker(h, iso3) == "transsion"  # noqa: E731
    return Row(f"Transsion is first in {iso3}", number, 1, 1, "71 % of Kenya, Uganda and Tanzania in 2019")


def of_vendors(domain, iso3, year, names):
    """Share of some vendors in an economy in a year, in per cent."""
    return lambda h: 100 * sum(h.vendor(domain, iso3, name, year) for name in names.split())


def shares(*rows):
    """Rows of: what, domain, economy, year, vendors, least and most per cent, why."""
    return [Row(what, of_vendors(*where), *wanted) for what, *where, wanted in rows]


#: Rules, systems and users.
OTHERS = (
    *map(rules, ("GBR", "NOR", "DEU")),
    Row("Galileo in devices outside the EU, 2032", of.galileo_abroad, 50, 100, "new chips read four systems"),
    Row("Chinese internet protocols", chinese_protocols, 0, 0, "New IP is deployed nowhere"),
    Row("mean miss of phones by place", lambda h: of.phones_by_place(h)[0], 0, 6, "127 recorded shares"),
    *map(transsion, ("KEN", "UGA", "TZA")),
    *shares(
        ("Flipkart in India", SHOPS, "IND", 2020, "flipkart", (0, 50, "about 30 %")),
        ("local clouds in Russia", CLOUDS, "RUS", 2020, "local", (60, 95, "lead at home")),
        ("Hikvision in Britain", CITIES, "GBR", 2020, "hikvision", (8, 50, "the largest that has a name")),
        ("M-Pesa in Egypt", PAYMENTS, "EGY", 2020, "mpesa", (0, 3, "only banks may")),
        ("Apple in Japan", PHONES, "JPN", 2020, "apple", (28, 100, "its best market")),
        ("Apple in the USA", PHONES, "USA", 2020, "apple", (30, 65, "two fifths of sales")),
        ("nameless makers in the USA", PHONES, "USA", 2020, "local", (0, 45, "a third of sales")),
        ("Apple in Britain", PHONES, "GBR", 2020, "apple", (14, 60, "as in other rich markets")),
    ),
)


def leap(domain, place, sponsor="CHN", first=2010, last=2025):
    """Largest rise of a sponsor's part of a region in a year, in points."""
    return lambda h: float(
        100 * np.diff(h.part(domain, place, sponsor)[h.step(first) : h.step(last) + 1]).max()
    )


#: What maps and yearly lines show of named economies to users, whose runs meet the record.
SHOWN = (
    *shares(
        ("UnionPay in Nigeria, 2015", PAYMENTS, "NGA", 2015, "unionpay", (0, 1, "not issued there")),
        ("UnionPay in Ethiopia, 2015", PAYMENTS, "ETH", 2015, "unionpay", (0, 1, "not issued there")),
        ("UnionPay in Pakistan, 2015", PAYMENTS, "PAK", 2015, "unionpay", (0, 8, "just issued there")),
        ("UnionPay in China, 2015", PAYMENTS, "CHN", 2015, "unionpay", (50, 90, "its only network of cards")),
        ("cards in Russia, 2021", PAYMENTS, "RUS", 2021, "visa mastercard", (30, 80, "most cards")),
        ("the same, 2024", PAYMENTS, "RUS", 2024, "visa mastercard", (0, 0, "left in 2022")),
        ("Transsion in Brazil, 2024", PHONES, "BRA", 2024, "transsion", (0, 3, "a licensee sells few")),
        ("Transsion in Mexico, 2021", PHONES, "MEX", 2021, "transsion", (0, 0, "not yet")),
        ("Transsion in Mexico, 2024", PHONES, "MEX", 2024, "transsion", (0, 8, "just entered")),
        ("Japan's own networks", MOBILE, "JPN", 2020, "nec", (25, 60, "NEC, and Fujitsu with it")),
    ),
    Row("Chinese networks in Israel", networks("ISR"), 0, 10, "contracts on record name none"),
    Row("Chinese cities in Africa, largest rise", leap(CITIES, "africa"), 0, 15, "projects came one by one"),
    Row("the same in South Asia", leap(CITIES, "south_asia"), 0, 15, "projects came one by one"),
    Row("Chinese payments in Africa, the same", leap(PAYMENTS, "africa"), 0, 5, "hardly any is issued there"),
    Row("wave of Chinese sales that users see", of.largest_wave, 0, 16, "no publisher reports waves"),
)


#: What plain runs miss, or runs that meet the record, and why.
MISSES = {
    "Chinese loans, 2011 to 2020, USD bn": "27.4: cities come by and by since their vendors do, and borrow",
}


def by_name(*rows):
    """Rows as parameters of a test, each called by what it is about; misses that are named are expected."""
    marks = {what: [pytest.mark.xfail(reason=why, strict=True)] for what, why in MISSES.items()}
    return pytest.mark.parametrize(
        "row", [pytest.param(r, id=r.what, marks=marks.get(r.what, [])) for r in rows]
    )


def holds(row, h):
    """Whether a number lies where it must; raises AssertionError with what was found."""
    found = row.number(h)
    assert row.low <= found <= row.high, f"{found:.1f}, wanted {row.low:g} to {row.high:g}: {row.why}"


@by_name(*NETWORKS, *STATES, *OTHERS)
def test_the_past_is_where_it_was(history, row):
    holds(row, history)


@by_name(*SHOWN)
def test_what_users_see_is_believable(known, row):
    holds(row, known)


def test_a_region_is_a_plain_mean_over_its_economies(history):
    sizes = {place: int(history.members(place).sum()) for place in ("africa", "western_europe", "south_asia")}
    assert sizes == {"africa": 54, "western_europe": 25, "south_asia": 8}
    names = [
        c for c, here in zip(history.world.countries, history.members("south_asia"), strict=True) if here
    ]
    by_name = sum(of.networks(history, iso3) for iso3 in names) / len(names)
    assert of.networks(history, "south_asia") == pytest.approx(by_name, rel=1e-5)


@pytest.mark.parametrize("domain", ["submarine_cable", "cloud", "smart_city", "satellite_navigation"])
def test_quality_moves_by_little(domain):
    assert of.largest_step(domain) <= 2.5
