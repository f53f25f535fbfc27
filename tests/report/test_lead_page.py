"""Does the page of a financed lead say what its dataset does, and nothing else?"""

import csv
import re

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.common.wording import number
from lockin_sim.evidence.borrowers import borrowers
from lockin_sim.evidence.borrowers_in_runs import in_runs
from lockin_sim.report.lead import (
    Lead,
    answer,
    beside,
    compared,
    doubted,
    facts_of,
    lead_page,
    ranged,
    tables,
    write,
)

HOW = ["--runs", "2", "--seed", "3", "--workers", "1", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command writes, and what it says."""
    place = tmp_path_factory.mktemp("lead") / "out"
    assert (
        main(
            ["lead", "--place", "Africa", "--place", "kenya", "--place", "median", "--out", str(place), *HOW]
        )
        == 0
    )
    return place


@pytest.fixture(scope="module")
def ds(folder):
    return read_dataset(folder / "lead.nc")


def test_the_folder_holds_a_page_a_table_a_figure_and_the_dataset(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"lead.html", "lead.csv", "lead.nc", "lead.png", "lead.svg", "manifest.json"}
    page = (folder / "lead.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<img") == 1
    assert lead_page(read_dataset(folder / "lead.nc")) == page


def test_there_are_five_sentences_with_the_numbers_of_the_dataset(ds):
    lead = Lead(ds)
    sentences = answer(lead)
    assert len(sentences) == 5
    assert all(each.endswith(".") and "\n" not in each for each in sentences)
    assert not any(re.search(r"\b(nan|None|inf)\b|\{|\[", each) for each in sentences)
    won = ds["won"].sel(arm="programme", without="nothing", regulators="off", place="Africa").item()
    assert f"{facts_of(lead)['won'][0]} points more" in sentences[0]
    assert float(facts_of(lead)["won"][0]) == pytest.approx(100 * won, abs=0.5)
    assert sum(len(each.split()) for each in sentences) <= 180


def test_a_range_is_always_written_and_is_at_most_where_luck_alone_could_have_made_it(folder, ds):
    one = ds.isel(place=0, domain=0).sel(without="nothing", regulators="off", arm="programme", year=2030)
    for luck, words in ((0.05, "5.0 to 9.0"), (0.051, "at most 5.0 to 9.0")):
        at = one.assign(won=0.07, won_low=0.05, won_high=0.09, won_luck=luck)
        assert ranged(at, "won", 100.0) == ("7.0", words)
    rows = [cell for table in tables(Lead(ds))[:3] for _, cells in table.rows for cell in cells]
    numbers = [cell for cell in rows if re.match(r"[+\N{MINUS SIGN}]?\d", cell.text)]
    written = [cell.small for cell in numbers if cell.small]
    assert len(written) > 10
    assert all(re.fullmatch(r"(at most )?\S+ to \S+", small) for small in written)
    # with two draws luck could have made nearly all; what is the same in all runs has no range
    assert sum(small.startswith("at most") for small in written) > len(written) / 2
    page = (folder / "lead.html").read_text(encoding="utf-8")
    assert "<b>“At most”</b>" in page
    assert "With fewer than 20 draws" in page


def test_the_table_of_all_numbers_is_that_of_the_dataset(folder, ds):
    with (folder / "lead.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    arms, years = 4 + 2 * (ds.sizes["without"] - 1) + 2, 4
    assert len(rows) == arms * years * 2 + 4 * years  # the median where nothing is switched off
    axes = ("arm", "without", "regulators", "place", "domain")
    for row in rows[::7]:
        one = ds.sel({axis: row[axis] for axis in axes} | {"year": int(row["year"])})
        for name in ("equipment", "reach_low", "reach_luck", "left_high", "debt"):
            np.testing.assert_equal(float(row[name] or "nan"), one[name].item())
        assert row["left_why"] == one["left_why"].item()


def test_the_record_stands_beside_the_same_lines_in_runs_and_what_is_true_there(folder, ds):
    runs, table = in_runs(2, 3), beside(Lead(ds))
    assert len(table.rows) == len(borrowers())
    for each, (_, (record, line, effect, _)) in zip(borrowers(), table.rows, strict=True):
        assert record.text == number(each.value, 2)
        same, true = runs.get(each.quantity, (None, None))
        assert line.text == (number(same[0], 2) if same else "–")
        assert effect.text == (number(true[0], 2) if true else "–")
    page = (folder / "lead.html").read_text(encoding="utf-8")
    assert "What the record shows." in page
    assert compared(Lead(ds)) in page
    korea = ds.assign_attrs(lender="KOR")  # of whose loans no operator's record tells
    assert "What the record shows." not in lead_page(korea)
    assert doubted(Lead(ds)) == ""
    cities = ds.assign_coords(domain=["smart_city"])
    assert "does not support the model" in doubted(Lead(cities))
    assert doubted(Lead(cities)) in lead_page(cities).partition("</figcaption>")[0]
    assert doubted(Lead(cities.assign_attrs(lender="KOR"))) == ""


def test_another_dataset_is_refused(tmp_path):
    other = ls.simulate(runs=1, years=(2010, 2011))
    with pytest.raises(ls.InputError, match=r"a dataset of lockin_sim\.lead"):
        write(other, tmp_path / "x")
    assert not list(tmp_path.iterdir())
