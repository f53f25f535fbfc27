"""Does the page of one economy say what its datasets do, and nothing where nothing is known?"""

import csv
import dataclasses
import re

import numpy as np
import pytest
from chromium import Chromium, find_chromium

from lockin_sim import plots
from lockin_sim.cli import main
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.exits.country import AS_IS, FREE, NO_TASTES, CountryPage
from lockin_sim.exits.country_page import (
    Reading,
    answer,
    country_page,
    leaving,
    near,
    policies,
    write_all,
)

HOW = ["--runs", "3", "--seed", "3", "--workers", "1", "--quiet", "--engine", "core"]
MOST = 100_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command writes."""
    place = tmp_path_factory.mktemp("country") / "out"
    asked = ["country", "kenya", "--policy", "eu_package", "--policy", "no_dsr", "--out", str(place), *HOW]
    assert main(asked) == 0
    return place


@pytest.fixture(scope="module")
def kenya(folder):
    return CountryPage(*(read_dataset(folder / f"{name}.nc") for name in ("country", "exit", "lock_in")))


@pytest.fixture
def unrecorded(kenya):
    """The same, had nobody recorded a contract of it."""
    data = kenya.data.assign_attrs(operators_recorded=0)
    record = ["not recorded", *data["place_record"].values[1:].tolist()]
    return dataclasses.replace(kenya, data=data.assign_coords(place_record=("place", record)))


def test_the_folder_holds_a_page_that_its_datasets_make_again(folder, kenya):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("country.html", "country.nc", "exit.nc", "lock_in.nc", "policies.csv", "manifest.json"),
        *("country.png", "country.svg"),
    }
    page = (folder / "country.html").read_text(encoding="utf-8")
    assert len(page.encode()) < MOST
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<img") == 1
    assert country_page(kenya) == page


def test_there_are_six_sentences_with_the_numbers_of_the_datasets(kenya):
    said, c = answer(kenya), Reading(kenya)
    assert len(said) == 6
    assert all(each.endswith(".") and "\n" not in each for each in said)
    assert not any(re.search(r"\b(nan|inf)\b|\{|\[|  ", each) for each in said)
    for sentence, values in zip(
        said,
        (
            [c.part("KEN", 2025).size],
            [float(kenya.trial["left"].sel(without=cause, after=10).item()) for cause in ("nothing", FREE)],
            [],
            [c.part("income:lower_middle", 2025).size],
            [c.effect(c.largest).size] if c.largest else [],
            [c.path(AS_IS).size, *(abs(c.effect(arm).size) for arm in (FREE, NO_TASTES))],
        ),
        strict=True,
    ):
        numbers = [float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?", sentence)]
        for value in values:
            assert min(abs(np.array(numbers) - value)) <= 0.5, (sentence, value)


def test_an_economy_without_contracts_shows_spread_and_no_mean(unrecorded):
    said, c = answer(unrecorded), Reading(unrecorded)
    part, whole = c.part("KEN", 2025), c.path(AS_IS)
    assert f"{part.ends} %" in said[0]
    assert f"{whole.ends} %" in said[5]
    assert "lock-in (" not in said[5]
    home = dict(near(c).rows)["Kenya"]
    assert [cell.text for cell in home[1:]] == [
        f"{c.part('KEN', y).ends}\N{NO-BREAK SPACE}%" for y in (2025, 2035)
    ]
    assert not any(cell.small for cell in home)
    assert not any(cell.small for _, cells in policies(c).rows for cell in cells)
    costs = [cell for _, cells in leaving(c).rows for cell in cells[:3]]
    assert all(" to " in cell.text or cell.text in ("nothing", "–") for cell in costs)
    figure = plots.country_parts(unrecorded.data)
    assert len(figure.axes[0].lines) == 1  # the present alone
    assert len(plots.country_parts(unrecorded.data.assign_attrs(operators_recorded=2)).axes[0].lines) == 5


def test_the_table_of_policies_is_that_of_the_dataset(folder, kenya):
    with (folder / "policies.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["arm"] for row in rows] == kenya.data["arm"].values.tolist()
    for row in rows:
        for name in ("effect", "effect_low", "effect_q95"):
            np.testing.assert_equal(float(row[name]), kenya.data[name].sel(arm=row["arm"]).item())


def test_pages_of_several_stand_in_one_folder_with_one_that_finds_them(kenya, unrecorded, tmp_path):
    uganda = CountryPage(unrecorded.data.assign_attrs(country="UGA"), kenya.plan, None)
    index = write_all(iter([kenya, uganda]), tmp_path / "all")
    assert {path.name for path in index.parent.iterdir()} == {
        *("KEN.html", "UGA.html", "index.html", "manifest.json")
    }
    assert (index.parent / "KEN.html").read_text(encoding="utf-8") == country_page(kenya)
    assert 'href="UGA.html"' in index.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Kenia"], "economy: found 'Kenia'"),
        ([], "found 'neither an economy nor --all'"),
        (["KEN", "--all"], "found 'an economy beside --all'"),
        (["KEN", "--year", "2020"], "year: found 2020"),
        (["KEN", "--vendor", "nokia"], "two, such as huawei and ericsson"),
    ],
)
def test_the_command_refuses_what_cannot_be_asked_in_one_line(words, said, tmp_path, capsys):
    assert main(["country", *words, "--out", str(tmp_path / "x"), *HOW]) == 2
    refused = capsys.readouterr().err
    assert said in refused
    assert refused.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on PATH or in $CHROMIUM")
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_a_phone_and_asks_for_nothing(folder, width, tmp_path):
    url = (folder / "country.html").as_uri()
    with Chromium(str(find_chromium()), tmp_path / "profile") as browser:
        browser.open(url, width=width)
        assert browser.complaints() == []
        assert [u for u in browser.requests() if not u.startswith("data:")] == [url]
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert len(browser.pdf()) > 10_000
