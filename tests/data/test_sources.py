"""Is every value of the tables sourced, and is every source and column there for something?"""

import ast
import re

import numpy as np
import pytest

from lockin_sim.errors import InputError
from lockin_sim.world import schema
from lockin_sim.world.load import load
from lockin_sim.world.schema import DATA, Table, provenance, read_all, read_table, record_tables

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
    ("observations", "smartphone/ASEAN5/2019/FY/smartphones/chinese_vendors/clingendael_2020", "share",
     ("clingendael_2020", "measured")),
    ("borrowing_cost", "KEN", "default_spread", ("damodaran_2025", "measured")),
    ("borrowing_cost", "KEN", "chinese_loan_rate", ("aiddata_gcdf3", "estimated")),
    ("mobile_platform", "IND/2014", "uc", ("caniuse_db", "measured")),
    ("wcit_2012", "AFG", "signed", ("general_knowledge", "assumed")),
    ("compliance_cases", "NB-IoT/2017/networks", "event", ("general_knowledge", "assumed")),
    ("suppliers", "CHE/Sunrise/4G/2012/huawei/swap_in", "vendor", ("suppliers_compilation", "measured")),
    ("suppliers", "DEU/Vodafone Germany/4G/2011/ericsson/second", "vendor", ("general_knowledge", "assumed")),
    ("supplier_economies", "NZL", "formal_since", ("general_knowledge", "assumed")),
    ("adequacy", "JPN/2019", "from_year", ("european_commission_adequacy", "assumed")),
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

#: Where a row comes from, for provenance and for readers.
SAID_OF_ROWS = {"source", "status", "note"}


def test_every_column_is_read_by_something(monkeypatch):
    """By loading a world, or where code names both the table and the column; keys are read as labels."""
    read = set()
    get = Table.__getitem__

    def noted(table, column):
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
        of_readers = name in ("columns", "exceptions") or name.startswith(schema.RECORDS)
        if of_readers or key or column in SAID_OF_ROWS:
            continue
        somewhere = any({name, column} <= words for words in named)
        assert somewhere or place in read, f"{place} is read by nothing"


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
