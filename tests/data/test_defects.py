"""Is each kind of defect in a table, or between tables, refused by one message that names it?"""

import re
from pathlib import Path

import numpy as np
import pytest
from data.places import CASE, changed, linked

import lockin_sim as ls
from lockin_sim.common.errors import MOST_TOLD, InputError
from lockin_sim.world.schema import read_all, read_table

TABLES = read_all()
DOCS = Path(__file__).parents[2] / "docs" / "data.md"


#: Of one table.
OF_TABLES = {
    "unknown column": ("vendors.csv", "vendor,label,home", "vendor,labell,home",
        ["vendors.csv, line 1", "'labell'", "Did you mean 'label'"]),
    "missing column": ("owners.csv", "standard,sponsor,share", "standard,sponsor,sponsor",
        ["owners.csv, line 1, column sponsor", "the column twice"]),
    "absent column": (
        "initial_compliance.csv", "vendor,standard,share\nmavenir,open,1",
        "vendor,standard\nmavenir,open",
        ["initial_compliance.csv, line 1, column share", "no such column"]),
    "missing key": ("vendors.csv", "\nericsson,", "\n,",
        ["vendors.csv, line 4 (), column vendor", "found ''"]),
    "duplicate key": ("vendors.csv", "\nzte,", "\nhuawei,",
        ["vendors.csv, line 3, columns vendor", "'huawei'", "first on line 2"]),
    "blank where required": ("lenders.csv", ",USA,0.03,", ",USA,,",
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "found ''"]),
    "not a number": ("lenders.csv", ",USA,0.03,", ",USA,3 %,",
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'3 %'", "a number from 0 to 0.5"]),
    "not finite": ("lenders.csv", ",USA,0.03,", ",USA,nan,",
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'nan'"]),
    "infinite": ("economy.csv", "\nAFG,2010,15.857", "\nAFG,2010,inf",
        ["economy.csv, line 2 (AFG/2010), column gdp", "'inf'"]),
    "not an integer": ("bodies.csv", "vote,,,4,2014", "vote,,,4.5,2014",
        ["bodies.csv, line 2 (ITU), column cycle_years", "'4.5'", "an integer"]),
    "not a flag": ("domains.csv", "0.6,1,1,0,0,0,0,0.6,0.5", "0.6,yes,1,0,0,0,0,0.6,0.5",
        ["domains.csv, line 3 (submarine_cable), column sensitive", "'yes'", "0 or 1"]),
    "out of bounds": ("owners.csv", "cn2035,CHN,1", "cn2035,CHN,1.5",
        ["owners.csv, line 6 (cn2035/CHN), column share", "'1.5'", "a number from 0 to 1"]),
    "unknown choice": ("vendors.csv", "CHN,CHN,firm", "CHN,CHN,frim",
        ["vendors.csv, line 2 (huawei), column kind", "Did you mean 'firm'"]),
    "unknown foreign key": ("offers.csv", "\nericsson,mobile_network", "\nericson,mobile_network",
        ["offers.csv, line 2 (ericson/mobile_network), column vendor", "Did you mean 'ericsson'"]),
    "unknown part of a list": ("sponsors.csv", "CHN;HKG;MAC", "CHN;HKG;MCA",
        ["sponsors.csv, line 2 (CHN), column home", "'MCA'"]),
    "unknown source of a column": ("columns.csv", ",iso_3166,measured,", ",iso_3661,measured,",
        ["columns.csv, line 2 (countries/iso3), column source", "Did you mean 'iso_3166'"]),
    "ragged row": ("owners.csv", "cn2035,CHN,1", "cn2035,CHN",
        ["owners.csv, line 6 (cn2035)", "2 cells", "3 cells"]),
    "bloc of an unknown economy": ("blocs.csv", "EAEU,international,KAZ", "EAEU,international,KZA",
        ["blocs.csv, line 5 (EAEU/international/KZA/2015), column scope", "Did you mean 'KAZ'"]),
    "bloc that binds twice in a year": ("blocs.csv", "EAEU,international,KAZ", "EAEU,international,ARM",
        ["blocs.csv, line 5", "'EAEU/international/ARM/2015'", "first on line 3"]),
    "column of no table": ("columns.csv", "\ncountries,iso3,", "\n,iso3,",
        ["columns.csv, line 2, column table", "a table name"]),
    "bound that is no number": ("columns.csv", ",degrees,-90,90", ",degrees,south,90",
        ["columns.csv, line 8 (countries/capital_latitude), column minimum", "'south'", "a number"]),
}  # fmt: skip

#: That no column shows.
OF_WORLDS = {
    "area of no offer": ("areas.csv", "upi,digital_payments", "upi,cloud", ["areas.csv", "'cloud/upi'"]),
    "event of nobody": ("events.csv", "digital_payments,upi,,IND,2017", "digital_payments,,,IND,2017",
        ["events.csv", "one of them"]),
    "group of markets as a scope": ("areas.csv", "excluding_CHN", "greenfield", ["greenfield", "countries"]),
    "supplier that sells something else": ("contracts.csv", ",zte,", ",visa,", ["mobile_network/visa"]),
    "contract of nobody": ("contracts.csv", "ARE,du,", "ARE,due,",
        ["contracts.csv (ARE/due/", "column operator", "Did you mean 'du'"]),
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
    "part of an economy by size": (
        "operators.csv", "mobile_network,CHN,China Unicom,0.191",
        "mobile_network,CHN,China Unicom,",
        ["(mobile_network/CHN/China Unicom), column size_share", "''"]),
    "sizes of operators": (
        "operators.csv", "mobile_network,CHN,China Unicom,0.191",
        "mobile_network,CHN,China Unicom,0.291",
        ["column size_share, rows of mobile_network/CHN", "1.1", "sum to 1 at most"]),
    "area that ends before it begins": (
        "areas.csv", "aliexpress,e_commerce,excluding_CHN,2010,",
        "aliexpress,e_commerce,excluding_CHN,2010,2009",
        ["areas.csv (aliexpress/e_commerce/excluding_CHN/2010), column until", "2009", "2010 on"]),
    "membership that ends before it begins": ("memberships.csv", "EU,AUT,1995,,", "EU,AUT,1995,1990,",
        ["memberships.csv", "column until", "1990", "1995 on"]),
    "event that ends before it begins": ("events.csv", "western_europe,2020,2020", "western_europe,2020,2019",
        ["events.csv", "column until", "2019", "2020 on"]),
    "partner that leaves before it comes": ("partners.csv", "PayTM,2015,2023", "PayTM,2015,2014",
        ["partners.csv (ant/digital_payments/IND/2015), column until"]),
    "bloc before its family": ("blocs.csv", "EU,international,EU,2013", "EU,cn2035,EU,2013",
        ["blocs.csv (EU/cn2035/EU/2013), column from", "2013", "2020 or later: the first year of cn2035"]),
    "grace beyond the tenor": ("lenders.csv", ",20,5,", ",20,25,", ["column grace", "25", "20"]),
    "anchor of users": ("anchors.csv", "mobile_network,africa", "cloud,africa",
        ["anchors.csv (cloud/africa/CHN), column domain", "whose buyer is users", "whose buyer is operator"]),
    "generation of phones": ("generations.csv", "mobile_network,5G", "smartphone,5G",
        ["generations.csv (smartphone/5G), column domain", "whose buyer is operator"]),
    "launch of no generation": ("launches.csv", "mobile_network,KEN,4G", "mobile_network,KEN,4.5G",
        ["launches.csv (mobile_network/KEN/4.5G)", "'mobile_network/4.5G'",
         "Did you mean 'mobile_network/5G'"]),
    "launch that was and was not": ("launches.csv", "ERI,4G,,,2025", "ERI,4G,2020,,2025",
        ["launches.csv (mobile_network/ERI/4G), columns year, none_until", "2020", "one of them"]),
    "generations out of order": ("launches.csv", "mobile_network,KEN,5G,2022", "mobile_network,KEN,5G,2012",
        ["launches.csv (mobile_network/KEN/5G), column year", "2012", "2014 of mobile_network/KEN/4G"]),
    "parts of more than a network": (
        "contracts.csv", "KEN,Safaricom,5G,2021,huawei,,", "KEN,Safaricom,5G,2021,huawei,1,1,main,,"
        "general_knowledge,recalled,low,,\nKEN,Safaricom,5G,2021,ericsson,0.4,",
        ["contracts.csv, column part, rows of KEN/Safaricom/5G/2021", "1.4", "sum to 1"]),
    "domain that builds on itself": ("stack.csv", "cloud,mobile_network,0.3", "cloud,cloud,0.3",
        ["stack.csv (cloud/cloud), column base_domain", "another domain"]),
    "loan where none is recorded": (
        "loans.csv", "\n206,china_eximbank,AGO,",
        "\nx,china_eximbank,AGO,,,,general_knowledge,assumed\n206,china_eximbank,AGO,",
        ["loans.csv (x/china_eximbank), column year", "nothing recorded beside", "one of them"]),
    "two domains of projects": ("domains.csv", "infrastructure,users,", "infrastructure,project,",
        ["domains.csv, column buyer", "submarine_cable, cloud", "in one domain"]),
    "projects without routes": ("projects.csv", "submarine_cable", "smart_city",
        ["projects.csv, column domain", "none of submarine_cable"]),
    "routes of lots": (
        "projects.csv", "submarine_cable,18",
        "smart_city,18,0.45,0.3,0.15,0.1,0.35,2500,300\nsubmarine_cable,18",
        ["projects.csv (smart_city), column domain", "whose buyer is project"]),
    "operators without a rule": ("domains.csv", "infrastructure,users,", "infrastructure,operator,",
        ["operator_rules.csv, column domain", "none of cloud"]),
    "money that nobody lends": (
        "lenders.csv",
        "russia_lenders,Lenders of Russia,RUS,0.03,15,3,2,1,1,0.1,0.25,"
        "low;lower_middle;upper_middle,,0.5,0,0,0,0\n", "",
        ["lenders.csv, column sponsor, RUS", "no row", "an envelope"]),
    "users who spend twice": ("domains.csv", ",1,0.2345,5,0.3,", ",0.5,0.2345,5,0.3,",
        ["domains.csv (cloud), column expansion_share", "0.5", "0 or 1"]),
    "users who follow a parameter": ("domains.csv", ",1,0.2345,5,0.3,", ",,0.2345,5,0.3,",
        ["domains.csv (cloud), column expansion_share", "''", "0 or 1"]),
    "cover of no column": ("columns.csv", "countries.iso3 except HKG", "countries.iso2 except HKG",
        ["column covers", "Did you mean 'countries.iso3'"]),
    "family that nobody owns": ("case.toml", "\"cn2035\"", "\"cn2053\"", ["case.toml, family", "'cn2035'"]),
    "nobody to compare": ("case.toml", "[\"CHN\", \"USA\", \"EU\"]", "[]",
        ["case.toml, sponsors", "at least one"]),
    "unknown key": ("case.toml", "family =", "famly =", ["case.toml", "Did you mean 'family'"]),
    "no TOML": ("case.toml", "family =", "family", ["case.toml", "TOML"]),
}  # fmt: skip

#: Of another case.
OF_CASES = {
    "years that do not follow": ("case.toml", "first = 1990", "first = 2011", ["case.toml, years"]),
    "a year of another name": ("case.toml", "settled", "setled", ["setled"]),
    "a column that is needed": ("columns.csv", "vendors,kind,", "vendors,sort,", ["no column kind"]),
    "votes of nobody": ("sponsors.csv", "USA,,0", "USA,unknown,0", ["votes_of"]),
}


def refused(defect, folder, read):
    """A defect gives one message, on a line for each that it holds, with all its parts."""
    file, old, new, parts = defect
    with pytest.raises(InputError) as caught:
        read(changed(folder, file, old, new))
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert len(message.splitlines()) == max(len(caught.value.defects), 1)


@pytest.mark.parametrize("defect", OF_TABLES)
def test_a_defect_of_a_table(tmp_path, defect):
    refused(OF_TABLES[defect], linked(tmp_path), read_all)


@pytest.mark.parametrize("defect", OF_WORLDS)
def test_a_defect_that_no_column_shows(tmp_path, defect):
    refused(OF_WORLDS[defect], linked(tmp_path), ls.load_world)


@pytest.mark.parametrize("defect", OF_CASES)
def test_a_defect_of_another_case(tmp_path, defect):
    refused(OF_CASES[defect], linked(tmp_path, CASE), ls.load_world)


def test_a_table_that_no_column_declares(tmp_path):
    (linked(tmp_path, CASE) / "stack.csv").write_text("domain,base_domain,weight\n", encoding="utf-8")
    with pytest.raises(InputError, match="there is such a table"):
        ls.load_world(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "owners.csv"),
        (b"standard,sponsor,share\n", "owners.csv"),
        (None, "owners.csv: found no such file"),
        ("standard,sponsor,share\nopen,Größe,1\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_that_is_no_table(tmp_path, content, said):
    (file := linked(tmp_path) / "owners.csv").unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(said)):
        read_table("owners", tmp_path)


def test_an_unknown_table_and_a_folder_that_holds_no_world(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'offers'"):
        read_table("offer")
    with pytest.raises(InputError, match=r"world folder .*nowhere.*no such folder"):
        ls.load_world(tmp_path / "nowhere")
    with pytest.raises(InputError, match=f"world folder {tmp_path}.*no columns.csv"):
        ls.load_world(tmp_path)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path):
    """Byte-order mark and Windows line ends."""
    file = linked(tmp_path) / "vendors.csv"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    file.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    saved, bundled = read_table("vendors", tmp_path), read_table("vendors")
    assert saved.labels == bundled.labels
    np.testing.assert_array_equal(saved["label"], bundled["label"])


# --- several at once ---


def told(folder):
    """All that is refused of a folder at once, one line each; the message holds them all."""
    with pytest.raises(InputError) as caught:
        ls.load_world(folder)
    assert all(str(each) in str(caught.value) for each in caught.value.defects)
    return [str(each) for each in caught.value.defects]


def test_all_defects_of_a_worlds_tables_are_told_at_once(tmp_path):
    folder = linked(tmp_path)
    for file, old, new in (
        ("offers.csv", r"(ericsson,mobile_network,\d+,[\d.]+),1,", r"\1,-1,"),
        ("offers.csv", r"(nokia,mobile_network,\d+),[\d.]+,1,", r"\1,x,0,"),
        ("domains.csv", "mobile_network,", "mobile_network,sombody,"),
    ):
        changed(folder, file, re.compile(old), new)
    lines = told(folder)
    assert sum("offers.csv, line 2 (ericsson/mobile_network), column relative_cost" in x for x in lines) == 1
    assert sum("offers.csv, line 3 (nokia/mobile_network), column" in x for x in lines) == 2
    assert sum(x.startswith("domains.csv, line ") for x in lines) == 1


def test_many_defects_are_cut(tmp_path):
    lines = told(changed(linked(tmp_path), "offers.csv", re.compile(r",20[0-9]{2},"), ",20x,", count=0))
    assert (len(lines), lines[-1]) == (MOST_TOLD + 1, "There are more.")


# --- rows that must be there, where a default would stand for them ---


def drop(folder, table, *starts):
    """Take the rows away that begin with any of some texts."""
    rows = "|".join(map(re.escape, starts))
    return changed(folder, f"{table}.csv", re.compile(rf"^(?:{rows}).*\n", re.MULTILINE), "", count=0)


#: Table, beginnings of rows, and what is said.
MISSING = {
    "a year of an economy": ("economy", ["KEN,2012,"], r"economy\.csv, columns iso3, year: .* of KEN/2012"),
    "an economy": ("economy", ["KEN,"], "no row of KEN/2010, KEN/2011, KEN/2012, KEN/2013 and 10 more"),
    "votes": ("affinity", ["KEN,", "GHA,"], r"affinity\.csv, column iso3: found no row of GHA, KEN"),
    "an effort": ("efforts", ["CHN,ITU,"], r"efforts\.csv, columns sponsor, body: found no row of CHN/ITU"),
    "what is usual": ("usual_base", ["cloud,open,"], "no row of cloud/open"),
    "a status": ("initial_status", ["ITU,cn2035,"], "no row of ITU/cn2035"),
    "a year of sales": ("sales_path", ["mobile_network,CHN,2014,"], "no row of mobile_network/CHN/2014"),
    "an envelope": ("envelopes", ["IND,"], "no row of IND"),
    "salience": ("salience", ["RUS,"], "no row of RUS"),
    "a push": ("standard_push", ["USA,"], "no row of USA"),
    "contributions": ("contributions", ["KOR,3GPP,"], "no row of KOR/3GPP"),
    "owners": ("owners", ["open,"], "no row of open"),
    "a mandate": ("mandates", ["3GPP,"], "no row of 3GPP"),
    "members": ("members", ["ICANN,"], "no row of ICANN"),
    "an offer": ("offers", ["ovhcloud,"], "no row of ovhcloud"),
    "quality": ("quality", ["mobile_network,zte,"], "no row of mobile_network/zte"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSING)
def test_a_missing_row_is_refused_and_named(case, tmp_path):
    table, starts, message = MISSING[case]
    with pytest.raises(InputError, match=message) as caught:
        ls.load_world(drop(linked(tmp_path), table, *starts))
    assert "as columns.csv says under covers" in str(caught.value)


#: Tables with rows that must be there.
COVERED = set(TABLES["columns"]["table"][TABLES["columns"]["covers"] != ""].tolist())


def test_each_table_with_a_cover_has_a_case():
    assert {table for table, _, _ in MISSING.values()} == COVERED


def test_the_docs_say_what_a_missing_row_means_elsewhere():
    _, _, told = DOCS.read_text(encoding="utf-8").partition("a missing row has a meaning:")
    told, _, _ = told.partition("\n\nA country")
    assert set(re.findall(r"`(\w+)`", told)) == set(TABLES) - COVERED


def test_a_folder_of_ones_own_decides_what_it_covers(tmp_path):
    cover = "countries.iso3 except HKG|MAC|PSE|TWN|VAT|XKX"
    folder = drop(changed(linked(tmp_path), "columns.csv", cover, ""), "affinity", "KEN,")
    assert "KEN" in ls.load_world(folder).countries
