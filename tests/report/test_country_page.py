"""Does the page of one economy say what its datasets do, and nothing where nothing is known?"""

import csv
import dataclasses
import re

import numpy as np
import pytest
from chromium import Chromium, find_chromium

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.cli import main
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.exits.country import AS_IS, FREE, NO_TASTES, CountryPage
from lockin_sim.exits.country_page import (
    Found,
    Reading,
    answer,
    contracts_said,
    country_page,
    index_page,
    leaving,
    near,
    operators,
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


def texts(table):
    """All that stands in the cells of a table."""
    return [f"{cell.text} {cell.small}".strip() for _, cells in table.rows for cell in cells]


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
    assert said[0].endswith("of Safaricom (Huawei and Nokia since 2021) and Airtel Kenya (Nokia since 2019).")
    assert said[5].startswith("Two of three operators are on record; given them Huawei's part in 2035 is ")
    assert "which no policy moves" in said[5]


def moved(kenya, free, tastes, explains=(0.0, 0.0, 0.0), draws=64):
    """The same with other effects of the two causes, in all ends, of many draws."""
    data = kenya.data.copy(deep=True)
    for end in ("", "_low", "_high"):
        data[f"effect{end}"].loc[{"arm": [FREE, NO_TASTES]}] = np.array([free, tastes])
    data["explains"][:] = np.array(explains)
    plan = kenya.plan.isel(draw=np.resize(np.arange(kenya.plan.sizes["draw"]), draws))
    return answer(dataclasses.replace(kenya, data=data, plan=plan))[5]


def test_lock_in_and_taste_are_what_is_gone_without_them(kenya):
    assert "6.0 points of it are lock-in (" in moved(kenya, -0.06, -0.01)
    assert "1.0 points of it are taste" in moved(kenya, -0.06, -0.01)
    assert "lock-in holds back 6.0 points" in moved(kenya, 0.06, -0.2)


def test_whose_contract_would_narrow_it_is_said_where_it_is_no_chance(kenya):
    assert "narrow" not in moved(kenya, 0.1, 0.1, (0.09, 0.0, np.nan))
    said = moved(kenya, 0.1, 0.1, (0.2, 0.0, 0.4))
    assert said.endswith(
        "the contract of Telkom Kenya would narrow it most, by 40\N{NO-BREAK SPACE}% of its variance."
    )
    assert "narrow" not in moved(
        kenya, 0.1, 0.1, (0.2, 0.0, 0.4), draws=8
    )  # of few draws even this is chance


def test_an_economy_without_contracts_shows_spread_and_no_mean(unrecorded):
    said, c = answer(unrecorded), Reading(unrecorded)
    part, whole = c.part("KEN", 2025), c.path(AS_IS)
    assert said[0].startswith(
        "Nobody has recorded who supplies the mobile networks in Kenya: Huawei may have "
    )
    assert f"{part.ends} %" in said[0]
    assert said[5].startswith("None of its three operators is on record: Huawei's part in 2035 may be")
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


def test_where_no_coin_can_be_tossed_the_page_says_why(kenya):
    data = kenya.data.assign_attrs(why_not_tossed="Huawei is at home there")
    alone = CountryPage(data, kenya.plan, None)
    assert (
        answer(alone)[1]
        == "How long a lead of Huawei would last there was not tried: Huawei is at home there."
    )
    assert "How long it lasts" not in country_page(alone)
    assert "How long it lasts" in country_page(kenya)


def test_who_has_nothing_has_nothing_to_leave(kenya):
    plan = kenya.plan.copy(deep=True)
    plan["held"][:] = 0.0
    none = dataclasses.replace(kenya, plan=plan)
    assert answer(none)[2].startswith("Huawei runs none of these networks in any simulated future")
    assert "Huawei has nothing to be left" in country_page(none)


def test_contracts_on_record_are_told_by_generation_with_what_was_read():
    said = contracts_said("KEN")
    assert said["Safaricom"].every == (
        "3G, 2008: Huawei; 4G, 2014: Huawei and Nokia (second); 5G, 2021: Huawei and Nokia"
    )
    assert said["Safaricom"].source == "read in a source"
    assert said["Airtel Kenya"].source == "recalled, not read"
    assert "3G, 2008: Huawei in for Nortel" in contracts_said("DEU")["O2 Germany"].every
    joined = contracts_said("DEU")["E-Plus (O2 Germany)"]
    assert joined.every.endswith("; joined, 2014: network of O2 Germany")
    assert joined.newest == "network of O2 Germany since 2014"
    assert contracts_said("BOL") == {}


def test_tables_have_a_row_of_each_operator_place_and_arm(kenya):
    c = Reading(kenya)
    assert [name for name, _ in operators(c).rows] == ["Safaricom", "Airtel Kenya", "Telkom Kenya"]
    assert len(near(c).rows) == 8
    names = [name for name, _ in policies(c).rows]
    assert names == ["No switching cost", "No lasting tastes", "EU package", "No Digital Silk Road"]
    assert "not recorded" in texts(operators(c))


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


def test_the_page_of_all_finds_each_by_name_and_code(kenya, unrecorded):
    pages = [Found("KEN", "Kenya", "33 % (21 to 46)", "partly recorded", True),
             Found("BOL", "Bolivia", "0 to 88 %", "not recorded", False)]  # fmt: skip
    text = index_page(Reading(kenya), pages)
    assert text.index('href="BOL.html"') < text.index('href="KEN.html"')
    assert 'data-name="kenya ken"' in text
    assert "Of two economies contracts of 1 are on record" in text
    assert "lockin country --all" in text


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


def test_an_economy_shows_its_sentences_in_a_notebook(kenya):
    assert kenya._repr_html_().count("<p>") == 6
    with pytest.raises(ls.InputError, match="folder"):
        kenya.write("/dev/null/x")


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
