"""Are the bundled tables sound, and are key figures those of their sources, typed again?"""

import ast
import re
from collections import defaultdict

import numpy as np
import pytest

from lockin_sim.common.errors import InputError
from lockin_sim.world import schema
from lockin_sim.world.load import build_world
from lockin_sim.world.schema import DATA, Folder, Table, provenance, read_all, read_table, record_tables


def cell(every, table, label, column):
    return every[table][column][every[table].labels.index(label)]


# --- the bundled tables ---


def test_every_file_is_declared_and_read(every):
    assert set(every) == {file.stem for file in DATA.glob("*.csv")}
    assert set(record_tables()) == {file.stem for file in DATA.glob("records/*.csv")}
    assert not set(every) & set(record_tables())
    assert len(every["countries"].labels) == 199


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


def test_every_domain_has_two_bodies_and_every_body_members(every):
    domains, counts = np.unique(every["mandates"]["domain"], return_counts=True)
    assert set(domains) == set(every["domains"].labels)
    assert counts.min() >= 2
    assert set(every["members"]["body"]) == set(every["bodies"].labels)


# --- a second entry of key figures, typed from the sources and not from the tables ---

TYPED_AGAIN = [
    ("countries", "AFG", "capital_latitude", 34.5228),
    ("countries", "CHN", "polity_score", -7),
    ("economy", "AFG/2010", "gdp", 15.857),
    ("economy", "AFG/2019", "population", 37.856121),
    ("affinity", "USA", "chn_late", 0.2918),
    ("domains", "mobile_network", "market_size", 43.3),
    ("domains", "submarine_cable", "lifetime", 25),
    ("lenders", "china_eximbank", "loan_rate", 0.02),
    ("lenders", "eu_lenders", "loan_rate", 0.011),
    ("envelopes", "CHN/2011", "envelope", 6.70),
    ("salience", "CHN/2019", "salience", 0.35),
    ("countries", "AGO", "default_spread", 0.0644),
    ("landings", "SGP/nec", "cables", 4.5),
    ("anchors", "mobile_network/cis/CHN", "share", 0.25),
    ("bodies", "ITU", "cycle_years", 4),
    ("contributions", "CHN/3GPP/2018", "share", 0.30),
    ("contributions", "EU/3GPP/2021", "share", 0.1752 + 0.1289),
]


@pytest.mark.parametrize(("table", "label", "column", "typed"), TYPED_AGAIN)
def test_second_entry(every, table, label, column, typed):
    assert cell(every, table, label, column) == pytest.approx(typed, rel=1e-6)


# --- sources ---

#: Tables that the model reads and that name sources; test_records.py looks at the others.
CITING = tuple(name for name, table in read_all().items() if "source" in table)


def sources(table):
    """Sources that the rows of a record table name, one or several in a cell."""
    named = [table[column] for column in table if column == "source" or column.startswith("source_")]
    cells = [(cell,) if isinstance(cell, str) else cell for column in named for cell in column.tolist()]
    return {key for cell in cells for key in cell if key}


def test_sources_used_are_in_the_bibliography_and_the_other_way_round(every):
    """The loader refuses unknown keys; here they are compared without it, and unused entries found."""
    entries = re.findall(r"^@\w+\{([^,]+),", (DATA / "sources.bib").read_text(encoding="utf-8"), re.MULTILINE)
    used = {key for name in CITING for key in every[name]["source"]}
    used |= {key for name in record_tables() for key in sources(read_table(name))}
    assert len(set(entries)) == len(entries)
    assert used <= set(entries)
    assert set(entries) - used <= BACKGROUND


#: Read for parameters of the model rather than for a table.
BACKGROUND = {"cgd_wp126", "nagy_2013", "oxford_2019", "uk_government_2020"}


def test_every_exception_names_a_value_that_exists(every):
    exceptions = every["exceptions"]
    for name, key, column in zip(*(exceptions[c] for c in ("table", "key", "column")), strict=True):
        assert column in every[name], (name, key, column)
        assert any(schema._matches(key, label) for label in every[name].labels), (name, key, column)


def test_recalled_or_assumed_values_are_never_called_measured(every):
    for name in CITING:
        unread = np.isin(
            every[name]["source"], ["assumed", "general_knowledge", "oecd_arrangement", "merics_2019"]
        )
        assert set(every[name]["status"][unread]) <= {"assumed", "recalled"}, name


PROVENANCE = [
    ("economy", "KEN/2015", "gdp", ("world_bank", "measured")),
    ("members", "3GPP/CHN", "weight", ("sesec_3gpp_2021", "measured")),
    ("offers", "huawei/mobile_network", "relative_cost", ("huaweireport_2019", "estimated")),
    ("lenders", "china_eximbank", "loan_rate", ("aiddata_gcdf3", "measured")),
    ("observations", "smartphone/ASEAN5/2019/FY/smartphones/chinese_vendors/clingendael_2020", "share",
     ("clingendael_2020", "measured")),
    ("borrowing_cost", "KEN", "default_spread", ("damodaran_2025", "measured")),
    ("mobile_platform", "IND/2014", "uc", ("caniuse_db", "measured")),
    ("contracts", "CHE/Sunrise/4G/2012/huawei/swap_in", "vendor", ("suppliers_compilation", "measured")),
    ("contracts", "DEU/Vodafone Germany/4G/2011/ericsson/second", "vendor", ("general_knowledge", "assumed")),
    ("countries", "NPL", "bri_year", ("xinhua_2017", "measured")),
]  # fmt: skip


@pytest.mark.parametrize(("table", "label", "column", "expected"), PROVENANCE)
def test_provenance(table, label, column, expected):
    assert provenance(table, label, column) == expected


def test_provenance_of_the_unknown_names_the_nearest(every):
    with pytest.raises(InputError, match="Did you mean 'offers'"):
        provenance("offer", "huawei/cloud", "entry_year", tables=every)
    with pytest.raises(InputError, match="Did you mean 'huawei/cloud'"):
        provenance("offers", "huawai/cloud", "entry_year", tables=every)
    with pytest.raises(InputError, match="Did you mean 'entry_year'"):
        provenance("offers", "huawei/cloud", "entry_yaer", tables=every)


# --- what is there for nothing ---

#: Where a row comes from and whom it names, for provenance and for readers.
SAID_OF_ROWS = {
    "source", "status", "note", "partner", "publisher", "page",
    "parent", "parent_share", "state_owned", "confidence",
}  # fmt: skip


def test_every_column_is_read_by_something(monkeypatch):
    """By loading a world, or where code names both the table and the column; keys are read as labels."""
    read = set()
    get = Table.__getitem__

    def noted(table, column):
        read.add(f"{table.name}/{column}")
        return get(table, column)

    monkeypatch.setattr(Table, "__getitem__", noted)
    build_world(None)
    monkeypatch.undo()
    named = [_words(file) for folder in ("lockin_sim", "tools", "tests") for file in _code(folder)]
    declared = read_all()["columns"]
    for place, name, column, key in zip(
        declared.labels, declared["table"], declared["column"], declared["key"], strict=True
    ):
        of_readers = name in ("columns", "exceptions") or name.startswith(schema.RECORDS)
        if of_readers or key or column in SAID_OF_ROWS:
            continue
        somewhere = any({name, column} <= words for words in named)
        assert somewhere or place in read, f"{place} is read by nothing"


def test_what_the_bundled_folder_declares_is_read_once_and_does_not_change(tmp_path, monkeypatch):
    before = {name: list(rules) for name, rules in Folder.of().rules.items()}
    header = [rule.column for rule in before["observations"] if not rule.may_be_absent]
    (tmp_path / "mine.csv").write_text(",".join(header) + "\n", encoding="utf-8")
    assert Folder.of().replace_record(tmp_path / "mine.csv", ["observations"]) == "observations"
    opened, usual = [], schema.read_rows
    monkeypatch.setattr(schema, "read_rows", lambda path, name: opened.append(name) or usual(path, name))
    assert Folder.of().rules == before
    read_table("domains")
    assert opened == ["domains.csv"]


def _code(folder):
    """Modules of a folder but those that test tables for their own sake."""
    root = DATA.parents[1]
    return [file for file in (root / folder).rglob("*.py") if file.parent != root / "tests" / "data"]


def _words(file):
    """Texts that stand in a module."""
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.value for node in ast.walk(parsed) if isinstance(node, ast.Constant) and type(node.value) is str
    }
