"""No number depends on how a file is sorted, on what a label is, or on how often a fact is said."""

import csv
import dataclasses
from functools import cache

import numpy as np
import pytest
from data.places import linked
from small_tables import write_small_tables

import lockin_sim as ls
from lockin_sim.model.measures import VARIABLES
from lockin_sim.studies.check import describe_difference, reread_world
from lockin_sim.world.digests import compute_world_digest
from lockin_sim.world.edits import LABELS, REPEATED, Sheets, append_repeated_rows, rename_labels, shuffle_rows
from lockin_sim.world.schema import DATA, IN_FILE_ORDER, provenance, read_table

#: Every table of the package.
TABLES = sorted(path.relative_to(DATA).with_suffix("").as_posix() for path in DATA.rglob("*.csv"))

#: Those that the model does not read, by what is compared instead.
SHOWN = {"policy_facts", "prices", "exceptions"}

#: Axes of results: sums over them are made in the order of rows, so that last digits may differ.
AXES = {"domains", "sponsors", "lenders", "standards", "bodies", "vendors", "groups", "offers"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the tables of some economies."""
    return write_small_tables(tmp_path_factory.mktemp("worlds") / "small")


@pytest.fixture(scope="module")
def small(folder):
    """The world of that folder."""
    return ls.load_world(folder)


@pytest.fixture(scope="module")
def sheets(small):
    """Its tables, those of records among them."""
    return Sheets.of(small, records=True)


@cache
def simulated(world):
    """Everything of a run of three years."""
    return ls.simulate(
        ls.Scenario.none(), world=world, runs=1, seed=3, years=(2010, 2013), record=sorted(VARIABLES)
    )


def rewritten(sheets, folder, place, *tables):
    """A folder whose other files are those of the first."""
    linked(place, folder)
    for table in tables:
        path = place / sheets.files.file(table)
        path.unlink()
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, sheets.rows[table][0], lineterminator="\n")
            out.writeheader()
            out.writerows(sheets.rows[table])
    return place


def by_label(table):
    """The rows of a table by their labels, NaN as None."""
    columns = [[None if cell != cell else cell for cell in column.tolist()] for column in table.values()]
    return dict(zip(table.labels, zip(*columns, strict=True), strict=True))


def content(world):
    """Digest of all numbers and labels of a world, whatever its folder is called."""
    return compute_world_digest(dataclasses.replace(world, name=""))


def same_to_the_bit(one, other):
    """Whether all variables of two datasets are equal."""
    return all(np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f") for n in one.data_vars)


def test_the_tables_are_those_of_the_package(sheets):
    assert {sheets.files.file(table).removesuffix(".csv") for table in sheets.rows} == set(TABLES)
    assert AXES | SHOWN - {"exceptions"} | {"operators", "columns"} == IN_FILE_ORDER


@pytest.mark.parametrize("file", TABLES)
def test_a_table_in_another_order_says_the_same(folder, small, sheets, tmp_path, file):
    table = file.removeprefix("records/")
    mixed = shuffle_rows(sheets, 1, [table])
    assert len(sheets.rows[table]) == 1 or mixed.rows[table] != sheets.rows[table]
    place = rewritten(mixed, folder, tmp_path / "mixed", table)
    if table in SHOWN or file != table:
        before, after = (read_table(table, each) for each in (folder, place))
        assert by_label(before) == by_label(after)
        assert (before.labels == after.labels) == (table not in IN_FILE_ORDER)
    elif table in AXES:
        assert describe_difference(simulated(small), simulated(ls.load_world(place))) == ""
    else:  # the same world, to the bit
        assert content(ls.load_world(place)) == content(small)


def test_all_tables_in_another_order_say_the_same(small, sheets):
    again = reread_world(shuffle_rows(sheets, 2))
    assert again.domains != small.domains
    assert again.countries == small.countries
    assert describe_difference(simulated(small), simulated(again)) == ""


@pytest.mark.parametrize("table", LABELS)
def test_other_labels_with_the_same_luck_have_the_same_numbers(small, sheets, table):
    other, former = rename_labels(sheets, [table])
    assert len(former) > len(sheets.rows[table]) / 2
    again = simulated(reread_world(other, former))
    assert describe_difference(simulated(small), again, former) == ""
    if table in ("countries", "lenders"):
        assert same_to_the_bit(simulated(small), again)


@pytest.mark.parametrize("table", REPEATED)
def test_a_row_that_says_what_holds_already_changes_no_bit(folder, small, sheets, tmp_path, table):
    longer = append_repeated_rows(sheets, [table])
    assert len(longer.rows[table]) > len(sheets.rows[table])
    place = rewritten(longer, folder, tmp_path / "longer", table)
    assert content(ls.load_world(place)) == content(small)


#: Tables of anchors, the label of one, its year, and how else that may be written.
TWICE = {
    "market_weights": ("year", "0{}"), "envelopes": ("year", "{}"), "contributions": ("year", " {}"),
    "sales_path": ("year", "+{}"), "salience": ("year", "0{}"), "standard_push": ("year", "0{}"),
    "support": ("from", "0{}"), "quality": ("year", "00{}"),
}  # fmt: skip


@pytest.mark.parametrize("table", TWICE)
def test_two_rows_of_one_label_and_year_are_refused(folder, sheets, tmp_path, table):
    column, written = TWICE[table]
    first = sheets.rows[table][0]
    twice = sheets.edited(**{table: [*sheets.rows[table], first | {column: written.format(first[column])}]})
    place = rewritten(twice, folder, tmp_path / "twice", table)
    with pytest.raises(ls.InputError) as refused:
        ls.load_world(place)
    line = len(sheets.rows[table]) + 2
    assert str(refused.value).startswith(f"{table}.csv, line {line}, columns ")
    assert first[column] in str(refused.value)
    assert "each key once (first on line 2)" in str(refused.value)


def test_the_oldest_family_is_the_first_wherever_its_row_stands(small, sheets):
    mixed = reread_world(sheets.edited(standards=sheets.rows["standards"][::-1]))
    assert mixed.standards[0] == small.standards[0] == "international"
    rows = [row | {"entry_year": "2010"} for row in sheets.rows["standards"]]
    with pytest.raises(ls.InputError, match=r"entry_year: found international, cn2035 and open of 2010"):
        reread_world(sheets.edited(standards=rows))


def test_the_source_of_a_value_is_that_of_its_most_specific_exception(sheets, tmp_path, folder):
    """Whichever row of the exceptions comes last."""
    rows, column = sheets.rows["exceptions"], {"table": "countries", "column": "bri_year", "note": ""}
    wide = column | {"key": "*", "source": "iso_3166", "status": "assumed"}
    for number, more in enumerate(([*rows, wide], [wide, *rows])):
        place = rewritten(sheets.edited(exceptions=more), folder, tmp_path / str(number), "exceptions")
        tables = {name: read_table(name, place) for name in ("countries", "columns", "exceptions")}
        of_column = [row for row in rows if (row["table"], row["column"]) == ("countries", "bri_year")]
        narrow = next(row for row in of_column if row["key"] in tables["countries"].labels)
        assert provenance("countries", narrow["key"], "bri_year", tables=tables)[0] == narrow["source"]
        assert provenance("countries", "USA", "bri_year", tables=tables)[0] == "iso_3166"


def test_of_equal_suppliers_the_first_by_rank_has_the_odd_lot(sheets):
    """One lot of two equal vendors: by rank, else by label."""
    operator = {"iso3": "CHE", "operator": "Sunrise", "generation": "4G", "year": "2012"}
    known = next(row for row in sheets.rows["contracts"] if row["iso3"] == "CHE")
    row = known | operator | {"part": "", "rank": "", "event": "main", "previous_vendor": ""}
    holders = {}
    for ranks in (("", ""), ("1", "2"), ("2", "1")):
        rows = [row | {"vendor": v, "rank": r} for v, r in zip(("nokia", "huawei"), ranks, strict=True)]
        world = reread_world(sheets.edited(contracts=rows))
        lots, names = world.lots, np.array(world.lots.operators)[world.lots.operator]
        mine = (names == "Sunrise") & (lots.country == world.countries.index("CHE"))
        held = [slot for year, lot, slot in world.contracts.held.tolist() if mine[lot] and year == 2012]
        holders[ranks] = [world.vendors[world.slot_vendor[0, slot]] for slot in held]
    assert holders["", ""][0] == holders["2", "1"][0] == "huawei"
    assert holders["1", "2"][0] == "nokia"
