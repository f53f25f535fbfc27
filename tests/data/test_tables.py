"""Are the bundled tables sound and sourced, and does each kind of defect give one message?"""

from __future__ import annotations

import ast
import re
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lockin_sim.errors import InputError
from lockin_sim.world import status, tables
from lockin_sim.world.load import load
from lockin_sim.world.status import provenance
from lockin_sim.world.tables import DATA, Table, read_all, read_table, record_tables


@pytest.fixture(scope="module")
def every() -> dict[str, Table]:
    return read_all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def cell(every: dict[str, Table], table: str, label: str, column: str) -> Any:
    return every[table][column][every[table].labels.index(label)]


# --- the bundled tables ---


def test_every_file_is_declared_and_read(every: dict[str, Table]) -> None:
    assert set(every) == {file.stem for file in DATA.glob("*.csv")}
    assert set(record_tables()) == {file.stem for file in DATA.glob("records/*.csv")}
    assert not set(every) & set(record_tables())
    assert len(every["countries"].labels) == 199


def test_reading_everything_is_fast() -> None:
    start = time.process_time()
    read_all()
    assert time.process_time() - start < 0.5  # about 0.03 s; generous for a busy machine


def test_rows_are_plain_arrays(every: dict[str, Table]) -> None:
    for table in every.values():
        assert all(len(column) == len(table.labels) for column in table.values())
    countries = every["countries"]
    assert countries["eu_member"].dtype == np.bool_
    assert np.isnan(cell(every, "countries", "USA", "bri_year"))
    assert every["economy"]["year"].dtype == np.int64
    assert cell(every, "sponsors", "CHN", "home") == ("CHN", "HKG", "MAC")


ONE = [
    ("owners", "share", ["standard"]),
    ("initial_status", "share", ["body"]),
    ("initial_compliance", "share", ["vendor"]),
    ("lenders", "envelope_share", ["sponsor"]),
]
AT_MOST_ONE = [("stack", "weight", ["domain"]), ("contributions", "share", ["body", "year"])]


def totals(table: Table, column: str, within: list[str]) -> list[float]:
    sums: defaultdict[tuple[object, ...], float] = defaultdict(float)
    for group, value in zip(zip(*(table[c] for c in within), strict=True), table[column], strict=True):
        sums[group] += value
    return list(sums.values())


@pytest.mark.parametrize(("table", "column", "within"), ONE)
def test_shares_sum_to_one(every: dict[str, Table], table: str, column: str, within: list[str]) -> None:
    assert totals(every[table], column, within) == pytest.approx(
        [1] * len(totals(every[table], column, within))
    )


@pytest.mark.parametrize(("table", "column", "within"), AT_MOST_ONE)
def test_shares_sum_to_at_most_one(
    every: dict[str, Table], table: str, column: str, within: list[str]
) -> None:
    assert max(totals(every[table], column, within)) <= 1 + 1e-9


def test_anchors_of_contributions_are_common_to_the_sponsors_of_a_body(every: dict[str, Table]) -> None:
    """Then interpolation between anchors keeps the sum at one or below."""
    years: defaultdict[str, set[tuple[int, ...]]] = defaultdict(set)
    table = every["contributions"]
    for sponsor in every["sponsors"].labels:
        for body in every["bodies"].labels:
            mine = (table["sponsor"] == sponsor) & (table["body"] == body)
            years[body].add(tuple(table["year"][mine]))
    assert all(len(found) == 1 for found in years.values())


def test_shares_of_2010_sum_to_one_where_there_are_shares(every: dict[str, Table]) -> None:
    offers, domains = every["offers"], every["domains"]
    for domain, buyer in zip(domains.labels, domains["buyer"], strict=True):
        share = offers["initial_base_share"][offers["domain"] == domain]
        assert np.isnan(share).all() if buyer == "adopters" else share.sum() == pytest.approx(1)


def test_offers_of_2010_alone_have_a_base(every: dict[str, Table]) -> None:
    offers = every["offers"]
    bought = ~np.isnan(offers["initial_base_share"])
    first = offers["entry_year"] == 2010
    for column in ("initial_base_share", "initial_volume"):
        np.testing.assert_array_equal((offers[column] > 0)[bought], first[bought])
    assert set(offers["vendor"]) == set(every["vendors"].labels)


def test_colors_are_distinct_hex(every: dict[str, Table]) -> None:
    colors = every["sponsors"]["color"].tolist()
    assert len(set(colors)) == len(colors)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in colors)


def test_every_domain_has_two_bodies_and_every_body_members(every: dict[str, Table]) -> None:
    domains, counts = np.unique(every["mandates"]["domain"], return_counts=True)
    assert set(domains) == set(every["domains"].labels)
    assert counts.min() >= 2
    assert set(every["members"]["body"]) == set(every["bodies"].labels)


def test_initial_status_is_a_full_table(every: dict[str, Table]) -> None:
    full = {f"{body}/{family}" for body in every["bodies"].labels for family in every["standards"].labels}
    assert set(every["initial_status"].labels) == full


# --- sources ---

#: Tables that the model reads and that name sources; test_records.py looks at the others.
CITING = tuple(name for name, table in read_all().items() if "source" in table)


def sources(table: Table) -> set[str]:
    """Sources that the rows of a record table name, one or several in a cell."""
    named = [table[column] for column in table if column == "source" or column.startswith("source_")]
    cells = [(cell,) if isinstance(cell, str) else cell for column in named for cell in column.tolist()]
    return {key for cell in cells for key in cell if key}


def test_sources_used_are_in_the_bibliography_and_the_other_way_round(every: dict[str, Table]) -> None:
    """The loader refuses unknown keys; here they are compared without it, and unused entries found."""
    entries = re.findall(r"^@\w+\{([^,]+),", (DATA / "sources.bib").read_text(encoding="utf-8"), re.MULTILINE)
    used = {key for name in CITING for key in every[name]["source"]}
    used |= {key for name in record_tables() for key in sources(read_table(name))}
    assert len(set(entries)) == len(entries)
    assert used <= set(entries)
    assert set(entries) - used <= BACKGROUND


#: Read for parameters of the model rather than for a table.
BACKGROUND = {
    "cgd_wp126",
    "nagy_2013",
    "oxford_2019",
    "uk_government_2020",
}


def test_every_exception_names_a_value_that_exists(every: dict[str, Table]) -> None:
    exceptions = every["exceptions"]
    for name, key, column in zip(*(exceptions[c] for c in ("table", "key", "column")), strict=True):
        assert column in every[name], (name, key, column)
        assert any(status._matches(key, label) for label in every[name].labels), (name, key, column)


def test_recalled_or_assumed_values_are_never_called_measured(every: dict[str, Table]) -> None:
    for name in CITING:
        unread = np.isin(
            every[name]["source"], ["assumed", "general_knowledge", "oecd_arrangement", "merics_2019"]
        )
        assert set(every[name]["status"][unread]) <= {"assumed"}, name


PROVENANCE = [
    ("economy", "KEN/2015", "gdp", ("world_bank", "measured")),
    ("economy", "TWN/2015", "gdp", ("general_knowledge", "assumed")),
    ("members", "3GPP/CHN", "weight", ("sesec_3gpp_2021", "measured")),
    ("members", "ITU/KEN", "weight", ("itu_members", "measured")),
    ("offers", "huawei/mobile_network", "relative_cost", ("huaweireport_2019", "estimated")),
    ("offers", "huawei/cloud", "relative_cost", ("assumed", "assumed")),
    ("lenders", "china_eximbank", "loan_rate", ("aiddata_gcdf3", "measured")),
    ("envelopes", "CHN/2015", "envelope", ("aiddata_gcdf3", "measured")),
]  # fmt: skip


@pytest.mark.parametrize(("table", "label", "column", "expected"), PROVENANCE)
def test_provenance(
    every: dict[str, Table], table: str, label: str, column: str, expected: tuple[str, str]
) -> None:
    assert provenance(table, label, column, tables=every) == expected


def test_provenance_of_the_unknown_names_the_nearest(every: dict[str, Table]) -> None:
    with pytest.raises(InputError, match="Did you mean 'offers'"):
        provenance("offer", "huawei/cloud", "entry_year", tables=every)
    with pytest.raises(InputError, match="Did you mean 'huawei/cloud'"):
        provenance("offers", "huawai/cloud", "entry_year", tables=every)
    with pytest.raises(InputError, match="Did you mean 'entry_year'"):
        provenance("offers", "huawei/cloud", "entry_yaer", tables=every)


# --- what is there for nothing ---

#: Where a row comes from, for provenance and for readers.
SAID_OF_ROWS = {"source", "status", "note"}


def test_every_column_is_read_by_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """By loading a world, or where code names both the table and the column; keys are read as labels."""
    read: set[str] = set()
    get = Table.__getitem__

    def noted(table: Table, column: str) -> np.ndarray:
        read.add(f"{table.name}/{column}")
        return get(table, column)

    monkeypatch.setattr(Table, "__getitem__", noted)
    load(None)
    monkeypatch.undo()
    named = [_words(file) for folder in ("lockin_sim", "tools", "tests") for file in _code(folder)]
    declared = read_all()["columns"]
    for place, name, column, key in zip(
        declared.labels, declared["table"], declared["column"], declared["key"], strict=True
    ):
        of_readers = name in ("columns", "exceptions") or name.startswith(tables.RECORDS)
        if of_readers or key or column in SAID_OF_ROWS:
            continue
        somewhere = any({name, column} <= words for words in named)
        assert somewhere or place in read, f"{place} is read by nothing"


def _code(folder: str) -> list[Path]:
    """Modules of a folder but those that test tables for their own sake."""
    root = DATA.parents[1]
    return [file for file in (root / folder).rglob("*.py") if file.parent != root / "tests" / "data"]


def _words(file: Path) -> set[str]:
    """Texts that stand in a module."""
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.value for node in ast.walk(parsed) if isinstance(node, ast.Constant) and type(node.value) is str
    }


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
def test_second_entry(every: dict[str, Table], table: str, label: str, column: str, typed: float) -> None:
    assert cell(every, table, label, column) == pytest.approx(typed, rel=1e-6)


def test_counts_reported_by_the_bodies(every: dict[str, Table]) -> None:
    members = every["members"]
    assert (members["body"] == "ITU").sum() == 193
    assert members["weight"][members["body"] == "3GPP"].sum() == 764
    assert (members["body"] == "3GPP").sum() == 45
    assert (members["body"] == "ICANN").sum() == 178


# --- defects, planted in a copy ---

DEFECTS = {
    "unknown column": (
        "vendors.csv", ("vendor,label,home", "vendor,labell,home"),
        ["vendors.csv, line 1", "'labell'", "Did you mean 'label'"]),
    "missing column": (
        "owners.csv", ("standard,sponsor,share", "standard,sponsor,sponsor"),
        ["owners.csv, line 1, column sponsor", "the column twice"]),
    "absent column": (
        "initial_compliance.csv", ("vendor,standard,share\nmavenir,open,1", "vendor,standard\nmavenir,open"),
        ["initial_compliance.csv, line 1, column share", "no such column"]),
    "missing key": (
        "vendors.csv", ("\nericsson,", "\n,"), ["vendors.csv, line 4 (), column vendor", "found ''"]),
    "duplicate key": (
        "vendors.csv", ("\nzte,", "\nhuawei,"),
        ["vendors.csv, line 3, columns vendor", "'huawei'", "first on line 2"]),
    "blank where required": (
        "lenders.csv", (",USA,0.03,", ",USA,,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "found ''"]),
    "not a number": (
        "lenders.csv", (",USA,0.03,", ",USA,3 %,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'3 %'", "a number from 0 to 0.5"]),
    "not finite": (
        "lenders.csv", (",USA,0.03,", ",USA,nan,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'nan'"]),
    "infinite": (
        "economy.csv", ("\nAFG,2010,15.857", "\nAFG,2010,inf"),
        ["economy.csv, line 2 (AFG/2010), column gdp", "'inf'"]),
    "not an integer": (
        "bodies.csv", ("vote,,,4,2014", "vote,,,4.5,2014"),
        ["bodies.csv, line 2 (ITU), column cycle_years", "'4.5'", "an integer"]),
    "not a flag": (
        "domains.csv", ("0.6,1,1,0,0,0,0.6,0.5", "0.6,yes,1,0,0,0,0.6,0.5"),
        ["domains.csv, line 3 (submarine_cable), column sensitive", "'yes'", "0 or 1"]),
    "out of bounds": (
        "owners.csv", ("cn2035,CHN,1", "cn2035,CHN,1.5"),
        ["owners.csv, line 6 (cn2035/CHN), column share", "'1.5'", "a number from 0 to 1"]),
    "unknown choice": (
        "vendors.csv", ("CHN,CHN,firm", "CHN,CHN,frim"),
        ["vendors.csv, line 2 (huawei), column kind", "Did you mean 'firm'"]),
    "unknown foreign key": (
        "offers.csv", ("\nericsson,mobile_network", "\nericson,mobile_network"),
        ["offers.csv, line 2 (ericson/mobile_network), column vendor", "Did you mean 'ericsson'"]),
    "unknown part of a list": (
        "sponsors.csv", ("CHN;HKG;MAC", "CHN;HKG;MCA"), ["sponsors.csv, line 2 (CHN), column home", "'MCA'"]),
    "unknown source of a column": (
        "columns.csv", (",iso_3166,measured,", ",iso_3661,measured,"),
        ["columns.csv, line 2 (countries/iso3), column source", "Did you mean 'iso_3166'"]),
    "ragged row": (
        "owners.csv", ("cn2035,CHN,1", "cn2035,CHN"), ["owners.csv, line 6 (cn2035)", "2 cells", "3 cells"]),
    "column of no table": (
        "columns.csv", ("\ncountries,iso3,", "\n,iso3,"),
        ["columns.csv, line 2, column table", "a table name"]),
    "bound that is no number": (
        "columns.csv", (",degrees,-90,90", ",degrees,south,90"),
        ["columns.csv, line 8 (countries/capital_latitude), column minimum", "'south'", "a number"]),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_gives_one_message(folder: Path, defect: str) -> None:
    file, (old, new), told = DEFECTS[defect]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_all(folder)
    message = str(caught.value)
    assert all(part in message for part in told), message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"", b"standard,sponsor,share\n"])
def test_an_empty_file(folder: Path, content: bytes) -> None:
    (folder / "owners.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"owners\.csv"):
        read_table("owners", folder)


def test_a_missing_file(folder: Path) -> None:
    (folder / "owners.csv").unlink()
    with pytest.raises(InputError, match=r"owners\.csv: found 'no such file'"):
        read_table("owners", folder)


def test_a_file_in_another_encoding(folder: Path) -> None:
    (folder / "owners.csv").write_bytes("standard,sponsor,share\nopen,Größe,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"owners\.csv: .*UTF-8"):
        read_table("owners", folder)


def test_an_unknown_table() -> None:
    with pytest.raises(InputError, match="Did you mean 'offers'"):
        read_table("offer")


def test_a_file_saved_by_a_spreadsheet_is_read(folder: Path) -> None:
    """Byte-order mark and Windows line ends."""
    text = (folder / "vendors.csv").read_text(encoding="utf-8")
    (folder / "vendors.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    saved, bundled = read_table("vendors", folder), read_table("vendors")
    assert saved.labels == bundled.labels
    np.testing.assert_array_equal(saved["label"], bundled["label"])
