"""Does the page of a financed lead say what its dataset does, and nothing else?"""

import csv
import re
from html import unescape

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.common.formats import MINUS, number, opening
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.comparisons.structures import STRUCTURES
from lockin_sim.evidence.borrowers import estimate_borrowers
from lockin_sim.evidence.borrowers_in_runs import estimate_loans_in_runs
from lockin_sim.pages.lead_page import (
    Lead,
    answer,
    beside,
    compared,
    doubted,
    facts_of,
    lead_page,
    ranged,
    tables,
    verdict,
    write,
)
from lockin_sim.pages.structure_table import structure_numbers, structure_range

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
    assert names == {
        "lead.html", "lead.csv", "structures.csv", "lead.nc", "lead.png", "lead.svg", "manifest.json",
    }  # fmt: skip
    page = (folder / "lead.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<img") == 1
    assert lead_page(read_dataset(folder / "lead.nc")) == page


def test_the_first_sentence_is_a_verdict_and_all_have_the_numbers_of_the_dataset(ds):
    lead = Lead(ds)
    sentences, facts = answer(lead), facts_of(lead)
    assert len(sentences) == 6
    assert all(each.endswith(".") and "\n" not in each for each in sentences)
    assert not any(re.search(r"\b(nan|None|inf)\b|\{|\[", each) for each in sentences)
    assert sum(len(each.split()) for each in sentences) <= 300
    usual = ds.sel(without="nothing", regulators="off", place="Africa", domain="mobile_network")
    lent, never = (
        usual["equipment_level"].sel(arm=arm, year=2021).item() for arm in ("as_lent_then_stopped", "never")
    )
    assert re.match(r"(Mostly no|Partly|Mostly yes)(, but not surely)?: ", sentences[0])
    assert f"{number(100 * lent, 0)} % of the mobile networks of Africa in 2021" in sentences[0]
    assert f"without them {number(100 * never, 0)} %" in sentences[0]
    for arm, name, sentence in (("as_lent_then_stopped", "lent won", 1), ("programme", "won", 1)):
        won = 100 * usual["won"].sel(arm=arm).item()
        assert float(facts["numbers"][name].value) == pytest.approx(won, abs=0.5)
        assert facts["numbers"][name].value in sentences[sentence]
    held = (
        usual["left"].sel(arm="programme", year=2040)
        - ds.sel(
            without="switching_cost_after", regulators="off", place="Africa", arm="programme", year=2040
        )["left"].item()
    )
    assert float(facts["numbers"]["held"].value.replace(MINUS, "-")) == pytest.approx(held.item(), abs=0.5)


@pytest.mark.parametrize(
    ("ten", "twenty", "said"),
    [
        ((36, 30, 42), (8, 3, 14), "Mostly no"),
        ((48, 40, 56), (20, 10, 30), "Mostly no, but not surely"),
        ((70, 60, 80), (30, 20, 40), "Partly"),
        ((90, 85, 95), (70, 60, 80), "Mostly yes"),
        ((90, 85, 95), (55, 45, 65), "Mostly yes, but not surely"),
    ],
)
def test_the_verdict_follows_from_what_is_left_after_ten_and_twenty_years(ten, twenty, said):
    assert verdict(ten, twenty) == said


def test_where_the_loans_on_record_won_too_little_the_programme_is_judged_or_nothing(ds):
    usual = {"without": "nothing", "regulators": "off"}
    too_little = ds.copy(deep=True)
    too_little["left_why"].loc[usual | {"arm": "as_lent_then_stopped"}] = "too little won"
    assert "3.5 bn USD a year would win" in answer(Lead(too_little))[0]
    too_little["left_why"].loc[usual | {"arm": "programme"}] = "too little won"
    sentences = answer(Lead(too_little))
    assert sentences[0].startswith("No: loans win too little to follow.")
    assert len(sentences) == 5  # nothing keeps what was not won


def test_the_page_shows_what_other_structures_say_by_the_numbers_that_come_with_the_package(folder, ds):
    page = unescape((folder / "lead.html").read_text(encoding="utf-8"))
    for structure in STRUCTURES.values():
        assert opening(structure.title) in page
    assert "simulated beforehand" in page
    numbers = structure_numbers(ds)
    assert set(numbers["structure"]) == set(STRUCTURES)
    assert structure_range(numbers)["many"] == len(STRUCTURES)
    known = numbers.set_index(["structure", "quantity"])["value"]
    left = [known[name, "left_10"] for name in STRUCTURES]
    least, most = structure_range(numbers)["ends"][10]
    assert (least[0], most[0]) == (number(np.nanmin(left), 0), number(np.nanmax(left), 0))
    assert structure_numbers(ds.assign_attrs(programme=2.0)) is None  # of which nothing was simulated
    assert structure_numbers(ds.assign_attrs(lender="KOR")) is None


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
    of_draws = [cell.small for table in tables(Lead(ds))[:2] for _, cells in table.rows for cell in cells[:5]]
    ranges = [small for small in of_draws if small]
    assert sum(small.startswith("at most") for small in ranges) > len(ranges) / 2
    page = (folder / "lead.html").read_text(encoding="utf-8")
    assert "<b>“At most”</b>" in page
    assert "With fewer than 20 draws" in page


def test_the_table_of_all_numbers_is_that_of_the_dataset(folder, ds):
    with (folder / "lead.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    arms, years = 4 + 2 * (ds.sizes["without"] - 1) + 2, 8
    assert len(rows) == arms * years * 2 + 4 * years  # the median where nothing is switched off
    axes = ("arm", "without", "regulators", "place", "domain")
    for row in rows[::7]:
        one = ds.sel({axis: row[axis] for axis in axes} | {"year": int(row["year"])})
        for name in ("equipment", "reach_low", "reach_luck", "left_high", "debt"):
            np.testing.assert_equal(float(row[name] or "nan"), one[name].item())
        assert row["left_why"] == one["left_why"].item()


def test_the_record_stands_beside_the_same_lines_in_runs_and_what_is_true_there(folder, ds):
    runs, table = estimate_loans_in_runs(2, 3), beside(Lead(ds))
    assert len(table.rows) == len(estimate_borrowers())
    for each, (_, (record, line, effect, _)) in zip(estimate_borrowers(), table.rows, strict=True):
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
