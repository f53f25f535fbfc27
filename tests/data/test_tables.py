"""Are the bundled tables sound, and are key figures those of their sources, typed again?"""

import re
import time
from collections import defaultdict

import numpy as np
import pytest

from lockin_sim.world.schema import DATA, read_all, record_tables


def cell(every, table, label, column):
    return every[table][column][every[table].labels.index(label)]


# --- the bundled tables ---


def test_every_file_is_declared_and_read(every):
    assert set(every) == {file.stem for file in DATA.glob("*.csv")}
    assert set(record_tables()) == {file.stem for file in DATA.glob("records/*.csv")}
    assert not set(every) & set(record_tables())
    assert len(every["countries"].labels) == 199


def test_reading_everything_is_fast():
    start = time.process_time()
    read_all()
    assert time.process_time() - start < 0.5  # about 0.03 s; generous for a busy machine


def test_rows_are_plain_arrays(every):
    for table in every.values():
        assert all(len(column) == len(table.labels) for column in table.values())
    countries = every["countries"]
    assert countries["eu_member"].dtype == np.bool_
    assert np.isnan(cell(every, "countries", "USA", "bri_year"))
    assert every["economy"]["year"].dtype == np.int64
    assert cell(every, "sponsors", "CHN", "home") == ("CHN", "HKG", "MAC")


def test_weights_of_a_stack_sum_to_at_most_one(every):
    """Other sums are checked whenever tables are read."""
    stack = every["stack"]
    assert max(stack["weight"][stack["domain"] == d].sum() for d in every["domains"].labels) <= 1 + 1e-9


def test_anchors_of_contributions_are_common_to_the_sponsors_of_a_body(every):
    """Then interpolation between anchors keeps the sum at one or below."""
    years = defaultdict(set)
    table = every["contributions"]
    for sponsor in every["sponsors"].labels:
        for body in every["bodies"].labels:
            mine = (table["sponsor"] == sponsor) & (table["body"] == body)
            years[body].add(tuple(table["year"][mine]))
    assert all(len(found) == 1 for found in years.values())


def test_shares_of_2010_sum_to_one_where_there_are_shares(every):
    offers, domains = every["offers"], every["domains"]
    for domain, buyer in zip(domains.labels, domains["buyer"], strict=True):
        share = offers["initial_base_share"][offers["domain"] == domain]
        assert np.isnan(share).all() if buyer == "adopters" else share.sum() == pytest.approx(1)


def test_offers_of_2010_alone_have_a_base(every):
    offers = every["offers"]
    bought = ~np.isnan(offers["initial_base_share"])
    first = offers["entry_year"] == 2010
    for column in ("initial_base_share", "initial_volume"):
        np.testing.assert_array_equal((offers[column] > 0)[bought], first[bought])
    assert set(offers["vendor"]) == set(every["vendors"].labels)


def test_colors_are_distinct_hex(every):
    colors = every["sponsors"]["color"].tolist()
    assert len(set(colors)) == len(colors)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in colors)


def test_every_domain_has_two_bodies_and_every_body_members(every):
    domains, counts = np.unique(every["mandates"]["domain"], return_counts=True)
    assert set(domains) == set(every["domains"].labels)
    assert counts.min() >= 2
    assert set(every["members"]["body"]) == set(every["bodies"].labels)


# --- a second entry of key figures, typed from the sources and not from the tables ---

TYPED_AGAIN = [
    ("countries", "AFG", "capital_latitude", 34.5228),
    ("countries", "AGO", "bri_year", 2018),
    ("countries", "CHN", "polity_score", -7),
    ("economy", "AFG/2010", "gdp", 15.857),
    ("economy", "AGO/2014", "gdp", 135.967),
    ("economy", "AFG/2019", "population", 37.856121),
    ("affinity", "AFG", "usa", 0.3219),
    ("affinity", "USA", "chn_late", 0.2918),
    ("affinity", "KOR", "usa_early", 0.599),
    ("domains", "mobile_network", "market_size", 43.3),
    ("domains", "smart_city", "market_size", 16.2),
    ("domains", "cloud", "market_size", 64.3),
    ("domains", "submarine_cable", "lifetime", 25),
    ("lenders", "china_eximbank", "loan_rate", 0.02),
    ("lenders", "china_commercial", "tenor", 7),
    ("lenders", "eu_lenders", "loan_rate", 0.011),
    ("lenders", "japan_lenders", "tenor", 28),
    ("envelopes", "CHN/2011", "envelope", 6.70),
    ("salience", "CHN/2019", "salience", 0.35),
    ("countries", "AGO", "default_spread", 0.0644),
    ("landings", "SGP/nec", "cables", 4.5),
    ("anchors", "mobile_network/cis/CHN", "share", 0.25),
    ("bodies", "ITU", "cycle_years", 4),
    ("members", "3GPP/CHN", "weight", 185),
    ("contributions", "CHN/3GPP/2018", "share", 0.30),
    ("contributions", "CHN/ISO_IEC/2014", "share", 0.007),
    ("contributions", "CHN/ISO_IEC/2020", "share", 0.018),
    ("contributions", "EU/3GPP/2021", "share", 0.1752 + 0.1289),
]


@pytest.mark.parametrize(("table", "label", "column", "typed"), TYPED_AGAIN)
def test_second_entry(every, table, label, column, typed):
    assert cell(every, table, label, column) == pytest.approx(typed, rel=1e-6)


def test_counts_reported_by_the_bodies(every):
    members = every["members"]
    assert (members["body"] == "ITU").sum() == 193
    assert members["weight"][members["body"] == "3GPP"].sum() == 764
    assert (members["body"] == "3GPP").sum() == 45
    assert (members["body"] == "ICANN").sum() == 178
