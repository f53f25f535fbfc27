"""Is a table refused where a row is gone that a default would stand for?"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim.world.schema import DATA, read_all

TABLES = read_all()
DOCS = Path(__file__).parents[2] / "docs" / "data.md"


def covered() -> set[str]:
    """Tables with rows that must be there."""
    columns = TABLES["columns"]
    return set(columns["table"][columns["covers"] != ""].tolist())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = shutil.ignore_patterns("records")
    return Path(shutil.copytree(DATA, tmp_path / "data", ignore=tables))


def drop(folder: Path, table: str, *starts: str) -> None:
    """Take the rows away that begin with any of some texts."""
    path = folder / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [lines[0], *(line for line in lines[1:] if not line.startswith(starts))]
    assert len(kept) < len(lines)
    path.write_text("".join(kept), encoding="utf-8")


CASES = {
    "a year of an economy": ("economy", ["KEN,2012,"], r"economy\.csv, columns iso3, year: .* of KEN/2012"),
    "an economy": ("economy", ["KEN,"], "no row of KEN/2010, KEN/2011, KEN/2012, KEN/2013 and 10 more"),
    "votes": ("affinity", ["KEN,", "GHA,"], r"affinity\.csv, column iso3: found 'no row of GHA, KEN'"),
    "an effort": ("efforts", ["CHN,ITU,"], r"efforts\.csv, columns sponsor, body: found 'no row of CHN/ITU'"),
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


@pytest.mark.parametrize("case", CASES)
def test_a_missing_row_is_refused_and_named(case: str, folder: Path) -> None:
    table, starts, message = CASES[case]
    drop(folder, table, *starts)
    with pytest.raises(ls.InputError, match=message) as refused:
        ls.load_world(folder)
    assert "as columns.csv says under covers" in str(refused.value)


def test_each_table_with_a_cover_has_a_case() -> None:
    assert {table for table, _, _ in CASES.values()} == covered()


def test_the_docs_say_what_a_missing_row_means_elsewhere() -> None:
    _, _, told = DOCS.read_text(encoding="utf-8").partition("a missing row says something:")
    told, _, _ = told.partition("\n\nA country")
    assert set(re.findall(r"`(\w+)`", told)) == set(TABLES) - covered()


def test_an_economy_that_does_not_vote_needs_no_row_of_affinity(folder: Path) -> None:
    names = set(TABLES["countries"].labels) - set(TABLES["affinity"].labels)
    assert names == {"HKG", "MAC", "PSE", "TWN", "VAT", "XKX"}
    assert ls.load_world(folder).countries == ls.load_world().countries


@pytest.mark.parametrize(
    ("column", "cover", "message"),
    [
        (
            "iso3",
            "country.iso3",
            r"columns\.csv \(economy/iso3\), column covers: .*'countries.iso3'",
        ),
        ("iso3", "countries.iso2", "Did you mean 'countries.iso3'"),
        ("gdp", "countries.iso3", "only keys"),
        ("iso3", "all", "found 'all'"),
    ],
)
def test_a_cover_that_says_nothing_is_refused(column: str, cover: str, message: str, folder: Path) -> None:
    path = folder / "columns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if (row["table"], row["column"]) == ("economy", column):
            row["covers"] = cover
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(ls.InputError, match=message):
        ls.load_world(folder)


def test_a_folder_of_ones_own_decides_what_it_covers(folder: Path) -> None:
    path = folder / "columns.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("countries.iso3 except HKG|MAC|PSE|TWN|VAT|XKX", ""), encoding="utf-8")
    drop(folder, "affinity", "KEN,")
    assert "KEN" in ls.load_world(folder).countries
