"""Are the record tables sound, sourced with a licence, split as said, and left unread by the model?"""

import copy
import csv
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data.places import changed, linked

import lockin_sim as ls
from lockin_sim.common.errors import InputError
from lockin_sim.record import tables
from lockin_sim.record.facts import LAST_FITTED, build_calibration_facts, build_history_facts
from lockin_sim.world.held_out import fitted_records, is_kept_aside, split
from lockin_sim.world.schema import DATA, Table, read_all, read_table, record_tables

NAMES = record_tables()
ROOT = Path(__file__).resolve().parents[2]


def cell(table, label, column):
    read = ls.records(table)
    return read[column][read.labels.index(label)]


# --- reading ---


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_on_demand_and_whole(name):
    table = ls.records(name)
    assert isinstance(table, Table)
    assert table.name == name
    assert len(set(table.labels)) == len(table.labels) > 0
    assert all(len(column) == len(table.labels) for column in table.values())


def test_the_bundled_ones_are_read_once_and_cannot_be_changed():
    table = ls.records("cable_suppliers")
    assert ls.records("cable_suppliers") is table
    with pytest.raises(ValueError, match="read-only"):
        table["cables"][0] = 0
    for change in (lambda: table.update(cables=1), lambda: table.pop("cables"), lambda: table.clear()):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    with pytest.raises(TypeError, match="cannot be changed"):
        table["cables"] = 0


@pytest.mark.parametrize("name", ["cable_suppliers", "ict", "networks_5g"])
def test_pandas_makes_a_data_frame_of_them(name):
    table = ls.records(name)
    for same in (table, copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        frame = pd.DataFrame(same)
        assert list(frame) == list(table)
        assert len(frame) == len(same.labels) > 0
        assert all(
            frame[column].tolist() == table[column].tolist()
            for column in ("iso3", "source")
            if column in table
        )


def test_loading_a_world_opens_none_of_them(tmp_path):
    folder = linked(tmp_path)
    for file in (folder / "records").glob("*.csv"):
        file.unlink()
    assert set(read_all(folder)).isdisjoint(NAMES)
    assert len(ls.load_world(folder).countries) == 199
    with pytest.raises(InputError, match=r"ict\.csv: found no such file"):
        ls.records("ict", folder)


def test_a_copy_is_read_from_its_folder(tmp_path):
    folder = changed(linked(tmp_path), "records/wcit_2012.csv", "AFG,1", "AFG,0")
    assert ls.records("wcit_2012")["signed"][0]
    assert not ls.records("wcit_2012", folder)["signed"][0]


def test_an_unknown_name_and_a_table_of_the_model_are_refused():
    with pytest.raises(InputError, match="Did you mean 'cable_suppliers'"):
        ls.records("cable_supplier")
    with pytest.raises(InputError, match=re.escape("schema.read_table('contracts')")):
        ls.records("contracts")


# --- sources ---


def bibliography():
    text = (DATA / "sources.bib").read_text(encoding="utf-8")
    return dict(re.findall(r"^@\w+\{([^,\s]+),(.*?)^\}", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", NAMES)
def test_every_source_has_a_licence_and_status_fits_it(name):
    entries, declared, table = bibliography(), read_all()["columns"], ls.records(name)
    mine = declared["table"] == f"records/{name}"
    sources = set(declared["source"][mine]) | set(table.get("source", ()))
    for several in (column for column in table if column.startswith("source_")):
        sources |= {key for cell in table[several] for key in cell if key}
    for key in sources:
        assert "licence:" in entries[key], key
        assert re.search(r"\btitle = \{.+\}", entries[key]), key
    if "source" not in table:  # then each column says where it is from
        assert (declared["source"][mine & ~np.isin(declared["column"], ["unit"])] != "assumed").all()
    if "status" in table:
        recalled = np.isin(table["source"], ["general_knowledge", "assumed"])
        assert set(table["status"][recalled]) <= {"assumed"}
    recalled = mine & (declared["source"] == "general_knowledge")
    assert set(declared["status"][recalled]) <= {"assumed"}


# --- what is held back ---


@pytest.mark.parametrize("name", ["observations", "vendor_figures"])
def test_years_after_2020_are_held_and_no_others(name):
    table = ls.records(name)
    np.testing.assert_array_equal(table["split"] == "held", table["year"] > 2020)
    assert set(table["split"]) <= {"fit", "held"}


@pytest.mark.parametrize("name", ["cable_suppliers", "cable_years", "privacy_laws"])
def test_tables_split_by_year_end_in_2020(name):
    table = ls.records(name)
    last = table["year"] if "year" in table else [int(period[-4:]) for period in table["period"]]
    assert max(last) <= 2020


#: Tables by economy that are no records to test forecasts against, as they cover all economies alike.
INPUTS = {
    "affinity", "affinity_late", "areas", "blocs", "borders", "borrowing_cost", "countries", "country_names",
    "coverage", "disputes", "economy", "events", "ict", "ideal_points", "initial_compliance",
    "iso_committees", "kept_aside", "launches", "market_barriers", "market_sizes", "market_weights",
    "members", "memberships", "partners", "roll_outs", "standards_facts", "western_finance",
}  # fmt: skip
#: Kinds of facts by table; all others are records.  Stances that are bundled are released, of all economies.
KINDS = {
    "contracts": "contracts", "operators": "contracts", "supplier_economies": "stances",
}  # fmt: skip
#: Columns with shares of networks, in a table that has stances besides.
SHARES = ("share_4g_2020", "share_5g_2022", "share_5g_2024")


def by_economy():
    """Scope, year and kind of the rows of each table that may be fitted to; the year is 0 where none is."""
    for name, table in {**read_all(), **{name: ls.records(name) for name in NAMES}}.items():
        column = next((c for c in ("iso3", "scope", "home") if c in table), "")
        if not column or name in {*INPUTS, "vendors", "sponsors", "networks_5g", "restrictions"}:
            continue
        usable = table["split"] == "fit" if "split" in table else np.ones(len(table.labels), dtype=bool)
        if name == "supplier_economies":  # others say only whether nearly all operators are recorded
            usable = np.isfinite(table["restricted_since"])
        year = table["year"] if "year" in table else np.zeros(len(table.labels))
        yield (
            name,
            KINDS.get(name, "records"),
            set(zip(table[column][usable].tolist(), year[usable].tolist(), strict=True)),
        )


ECONOMIES = frozenset(read_table("countries").labels)


def aside(scope, year, kind):
    return scope in ECONOMIES and is_kept_aside(scope, kind, year)


def test_no_table_has_facts_that_are_kept_aside():
    found = {name: {at for at in rows if aside(*at, kind)} for name, kind, rows in by_economy()}
    assert len(found) > 15
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_no_decision_that_is_kept_aside_is_in_the_table():
    """Those of the 24 economies that were bundled before are released."""
    aside = {scope for scope, what in split() if what == "stances"}
    assert len(aside) == 13
    assert not aside & set(read_table("restrictions")["iso3"].tolist())


def test_targets_of_fits_leave_out_what_is_kept_aside():
    with (ROOT / "tools" / "fit_targets.csv").open(newline="", encoding="utf-8") as file:
        targets = list(csv.DictReader(file))
    rows = [(row["scope"], int(row["year"])) for row in targets]
    assert len(rows) > 300
    # systems that are read beside others have no market to share
    shares = [int(row["year"]) for row in targets if row["quantity"] != "adoption"]
    assert max(shares) <= LAST_FITTED == split()["world", "shares"]
    assert [at for at in rows if aside(*at, "records")] == []


#: Facts of fits about what states decided, and those in which shares after 2020 stand for earlier ones: of no
#: single economy.
DECIDED, LATER = {"economies that restrict"}, {"differences between economies", "change from 4G to 5G"}


def test_facts_of_fits_and_histories_leave_out_what_is_kept_aside():
    world = ls.load_world()
    fitted = build_calibration_facts(tables.with_places(world))
    facts = [*fitted, *(fact for fact in build_history_facts(world) if fact.subject != "restrictions")]
    assert len(facts) > 250
    for fact in facts:  # histories know what all states decided: that is released
        kind = "stances" if fact.subject in DECIDED else "records"
        question = fact.question
        who = (question.place, *question.members, *question.among)
        assert not [scope for scope in who if aside(scope, question.year, kind)], fact.name
        assert question.year <= LAST_FITTED or fact.subject in DECIDED | LATER


def test_shares_of_networks_that_are_kept_aside_are_never_fitted_to():
    table = ls.records("networks_5g")
    told = [iso3 for row, iso3 in enumerate(table.labels) if any(np.isfinite(table[c][row]) for c in SHARES)]
    known = tables.load_network_shares()
    assert {c for c in told if is_kept_aside(c)} == {"BEL", "ESP"}
    assert {"BEL", "ESP"} == set(np.array(known.countries)[~known.fit].tolist())
    assert not {"BEL", "ESP"} & {
        f.question.place for f in build_history_facts(ls.load_world()) if f.subject == "networks"
    }


def test_twenty_four_economies_are_kept_aside():
    whole = {scope for scope, what in split() if what == "records"}
    assert len(whole) == 24
    assert whole <= set(read_table("countries").labels)
    assert is_kept_aside("MEX", "contracts", 2021)
    assert not is_kept_aside("MEX", "contracts", 2020)
    assert not is_kept_aside("MEX")
    assert is_kept_aside("LVA", "stances")
    assert not is_kept_aside("KEN", "contracts")
    assert not is_kept_aside("FRA", "stances")


def test_estimates_rest_on_rows_that_are_not_kept_aside():
    used = fitted_records("contracts")
    assert {"KEN", "IND"} <= set(used["iso3"])
    assert len(used.labels) == len(used["vendor"]) == len(read_table("contracts").labels)
    decided = fitted_records("restrictions")
    assert 0 < len(decided.labels) < len(read_table("restrictions").labels)
    assert not [code for code in decided["iso3"] if is_kept_aside(code, "stances")]


# --- a second entry of key figures ---

TYPED_AGAIN = [
    ("observations", "mobile_network/world/2016/FY/mobile_infrastructure/huawei/ihs_2017", "share", 0.25),
    ("observations", "mobile_network/excluding_CHN/2020/FY/ran/ericsson/delloro_2020", "share", 0.37),
    ("observations", "mobile_network/world/2009/Q3/mobile_infrastructure/zte/delloro_2009_q3", "share", 0.07),
    ("observations", "cloud/world/2018/FY/iaas/amazon/gartner_2018", "share", 0.478),
    ("observations", "smartphone/ASEAN5/2019/FY/smartphones/chinese_vendors/clingendael_2020", "share", 0.60),
    ("vendor_figures", "e_commerce/world/2011/Jun/visitors/amazon/comscore_press", "value", 282.2),
    ("market_sizes", "digital_payments/world/2016/FY/card purchase volume, six brands", "value", 20606),
    ("mobile_platform", "IND/2014", "uc", 0.47),
    ("chinese_loan_terms", "china_eximbank/interest_rate", "median", 0.02),
    ("chinese_loan_terms", "all/maturity", "median", 15),
    ("iso_committees", "DEU", "secretariats", 130),
    ("standards_facts", "IETF/USA/draft_author_share", "value", 0.30),
    ("privacy_laws", "2009/end", "laws", 77),
]


@pytest.mark.parametrize(("table", "label", "column", "typed"), TYPED_AGAIN)
def test_second_entry(table, label, column, typed):
    assert cell(table, label, column) == pytest.approx(typed, abs=0.005 if typed < 1 else 1e-6)


def test_chinese_loans_are_three_and_a_half_billion_a_year_from_2010_to_2019():
    table = ls.records("chinese_finance")
    decade = (table["year"] >= 2010) & (table["year"] <= 2019)
    assert table["loans_amount"][decade].mean() / 1e3 == pytest.approx(3.5, abs=0.06)
    assert table["loans_with_amount"].sum() == 349
    assert table["loans"].sum() == 390


def test_suppliers_of_cables():
    table = ls.records("cable_years")
    known = (table["supplier"] != "unknown") & (table["year"] >= 2016) & (table["year"] <= 2020)
    for supplier, share in {"asn": 0.28, "subcom": 0.33, "nec": 0.27, "hmn": 0.09}.items():
        mine = known & (table["supplier"] == supplier)
        assert table["length"][mine].sum() / table["length"][known].sum() == pytest.approx(share, abs=0.0051)


def test_votes_of_the_motions_are_those_of_economies_that_estimates_rest_on():
    votes, motions = fitted_records("cyber_votes"), ls.records("contested_motions")
    for motion in np.flatnonzero(motions["body"] == "UN GA"):
        mine = votes["vote"][votes["resolution"] == motions["motion"][motion]]
        for column, vote in {"votes_for": "yes", "votes_against": "no", "abstentions": "abstain"}.items():
            assert (mine == vote).sum() == motions[column][motion]


# --- the description ---


def test_the_description_lists_every_record_table_with_its_rows():
    text = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", text, re.MULTILINE))
    assert {name: f"{len(ls.records(name).labels):,}" for name in NAMES} == listed
