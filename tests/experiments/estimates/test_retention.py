"""Is the record of suppliers read as meant, and what does it say of staying?"""

import shutil
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from experiments.estimates import suppliers
from lockin_sim.record.tables import load_recorded_stances
from lockin_sim.world.held_out import STANCES, fitted_records, is_kept_aside
from lockin_sim.world.schema import DATA, read_table
from lockin_sim.world.suppliers import Change, changes, spells

HEAD = (
    "iso3,operator,generation,year,vendor,event,part,previous_vendor,"
    "source,status,confidence,publisher,note,rank"
)


def written(tmp_path, rows):
    """A copy of the tables whose suppliers are some rows of an economy that restricts formally from 2019 on:
    operator to previous vendor, and confidence, with a star where recalled."""
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    lines = [HEAD]
    for row in rows:
        *first, confidence = row.split(",")
        recalled = confidence.endswith("*")
        source = "general_knowledge,recalled" if recalled else "suppliers_compilation,read"
        lines.append(",".join(["FRA", *first, source, confidence.rstrip("*"), "", "", ""]))
    (folder / "contracts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


# --- reading ---


#: Rows of suppliers, and of each change whether a main supplier stayed, and whether restrictions hit it.
READ = {
    "a swap counts from the next generation on": (
        ["A,3G,2003,nokia,sole,1,,high", "A,4G,2011,nokia,sole,1,,high",
         "A,4G,2015,huawei,swap_in,,nokia,medium", "A,5G,2019,nokia,main,,,high"],
        [(True, False), (False, True)],
    ),
    "one common main supplier is enough and a second is none": (
        ["A,3G,2003,nokia,main,,,high", "A,3G,2003,huawei,main,,,high", "A,4G,2011,huawei,main,,,high",
         "A,4G,2011,ericsson,second,,,high", "A,5G,2019,ericsson,main,,,high*",
         "A,5G,2019,huawei,tender_lost,,,high"],
        [(True, False), (False, True)],
    ),
    "a firm that took another over is the same": (
        ["A,4G,2011,alcatel_lucent,sole,1,,high", "A,5G,2019,nokia,sole,1,,high",
         "B,4G,2011,alcatel_lucent,sole,1,,high", "B,5G,2019,samsung,sole,1,,high"],
        [(True, False), (False, False)],
    ),
    "what was removed stays no main supplier": (
        ["A,4G,2011,huawei,main,,,high", "A,4G,2011,nokia,main,,,high", "A,4G,2016,huawei,swap_out,,,high",
         "A,5G,2019,huawei,main,,,high"],
        [(False, False)],
    ),
    "a restriction counts from its year on": (
        ["A,4G,2011,huawei,sole,1,,high", "A,5G,2018,huawei,sole,1,,high",
         "B,4G,2011,huawei,sole,1,,high", "B,5G,2019,nokia,sole,1,,high"],
        [(True, False), (False, True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", READ)
def test_rows_of_suppliers_are_read_as_meant(words, tmp_path):
    rows, expected = READ[words]
    assert [(c.stayed, c.hit) for c in changes(spells(written(tmp_path, rows), recalled=True))] == expected


def test_doubt_about_rows_and_what_is_recalled(tmp_path):
    swap, _ = READ["a swap counts from the next generation on"]
    to_4g, to_5g = changes(spells(written(tmp_path / "swap", swap)))
    assert to_4g.after.swaps == 1
    assert to_5g.exposed
    assert to_5g.error == pytest.approx(1 - 0.95 * 0.98)
    recalled, _ = READ["one common main supplier is enough and a second is none"]
    folder = written(tmp_path / "recalled", recalled)
    assert [c.recalled for c in changes(spells(folder, recalled=True))] == [False, True]
    assert [c.after.generation for c in changes(spells(folder))] == [2]
    removed, _ = READ["what was removed stays no main supplier"]
    (only,) = changes(spells(written(tmp_path / "removed", removed)))
    assert only.before.last.vendors == {"nokia"}
    dated, _ = READ["a restriction counts from its year on"]
    assert [c.after.formal for c in changes(spells(written(tmp_path / "dated", dated)))] == [False, True]


def test_restrictions_are_never_later_than_in_the_record_of_stances():
    economies, stances = ls.records("supplier_economies"), load_recorded_stances()
    since = dict(zip(economies.labels, economies["restricted_since"].tolist(), strict=True))
    recorded = {
        iso3: year
        for iso3, year in zip(stances.labels, stances["restricted_since"].tolist(), strict=True)
        if iso3 in set(fitted_records("contracts")["iso3"].tolist())
        and year <= 2020
        and not is_kept_aside(iso3, STANCES)
    }
    assert recorded  # and those that restrict later have no network of 5G on record after that
    assert {iso3: year for iso3, year in recorded.items() if not since.get(iso3, np.inf) <= year} == {}


def test_twelve_economies_have_nearly_all_operators():
    economies = ls.records("supplier_economies")
    whole = set(np.array(economies.labels)[economies["complete"]])
    assert len(whole) == 12
    assert whole <= set(read_table("contracts")["iso3"])


# --- what it says ---


def test_doubtful_rows_widen_an_interval():
    every = [c for c in changes(spells()) if c.after.generation == 2]
    sure = [Change(*(s._replace(first=s.first._replace(error=0.0), last=s.last._replace(error=0.0))
                     for s in change)) for change in every]  # fmt: skip
    value, low, high = suppliers.staying(every)
    same, nearer, lower = suppliers.staying(sure)
    assert value == same
    assert low < nearer
    assert high > lower
