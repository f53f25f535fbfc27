"""Does the page of one economy say what its datasets do, and nothing where nothing is known?"""

import contextlib
import csv
import dataclasses
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from chromium import SECONDS, Chromium, find_chromium

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.common.prose import render_sentence
from lockin_sim.pages import plots
from lockin_sim.pages.country_index import (
    IndexEntry,
    compute_pages_digest,
    render_index_page,
    write_country_pages,
)
from lockin_sim.pages.country_page import (
    CountryFacts,
    build_effect_tables,
    build_layer_cost_table,
    build_neighbour_table,
    build_operator_table,
    compose_country_answer,
    describe_contracts,
    render_country_page,
)
from lockin_sim.studies.country import AS_IS, FREE, NO_TASTES, CountryPage
from lockin_sim.studies.exit_results import ExitPlan

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
    assert render_country_page(kenya) == page


def test_there_are_six_sentences_with_the_numbers_of_the_datasets(kenya):
    said, c = compose_country_answer(kenya), CountryFacts(kenya)
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
            [c.effect("eu_package").size],
            [c.path(AS_IS).size, *(abs(c.effect(arm).size) for arm in (FREE, NO_TASTES))],
        ),
        strict=True,
    ):
        numbers = [float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?", sentence)]
        for value in values:
            assert min(abs(np.array(numbers) - value)) <= 0.5, (sentence, value)


def test_who_came_in_for_whom_is_said_in_the_table_alone():
    every, newest = describe_contracts("GBR", {})["EE (BT)"]
    assert newest == "Nokia and Ericsson since 2020"
    assert every.text.endswith("5G, 2020: Nokia in for Huawei and Ericsson in for Huawei")


def test_sentence_and_table_say_the_same_of_what_leaving_costs(kenya, monkeypatch):
    """Those who have something to leave in few futures are counted in both."""
    monkeypatch.setattr(ExitPlan, "at_stake", property(lambda plan: plan.buyers[:1]))
    c, said = CountryFacts(kenya), compose_country_answer(kenya)[2]
    cells = dict(build_layer_cost_table(c).rows)["Mobile networks"]
    for cell in cells[1:3]:
        assert cell.text.replace("\N{NO-BREAK SPACE}", " ") in said.replace("\N{NO-BREAK SPACE}", " ")


def test_all_who_supply_a_part_of_an_operators_network_are_simulated(kenya):
    c = CountryFacts(kenya)
    simulated = {operator: cells[2].text for operator, cells in build_operator_table(c).rows}
    assert simulated["Safaricom"] == "Huawei and Nokia"  # as on record since 2021
    for buyer in c.plan.buyers:
        if buyer.domain == c.domain:
            assert c.plan.usual_supplier(buyer)[0] in simulated[buyer.operator]


def test_an_economy_without_contracts_shows_spread_and_no_mean(unrecorded):
    said, c = compose_country_answer(unrecorded), CountryFacts(unrecorded)
    part, whole = c.part("KEN", 2025), c.path(AS_IS)
    for sentence, one in ((said[0], part), (said[5], whole)):
        assert one.alone.split() == re.search(r"may (?:have|be) ([^,]*?%)", sentence)[1].split()
    assert "lock-in (" not in said[5]
    home = dict(build_neighbour_table(c).rows)["Kenya"]
    parts = [c.part("KEN", year) for year in (2025, 2035)]
    assert [cell.text for cell in home[1:]] == [one.alone for one in parts]
    assert not any(cell.small for cell in home)
    changes = [cells for t in build_effect_tables(c) for _, cells in t.rows]
    assert all(len(cells) == 2 and not cells[0].small for cells in changes)
    costs = [cell for _, cells in build_layer_cost_table(c).rows for cell in cells[:3]]
    assert not any(cell.small for cell in costs)
    figure = plots.country_parts(unrecorded.data)
    assert len(figure.axes[0].lines) == 2  # the present, and the income group
    assert len(plots.country_parts(unrecorded.data.assign_attrs(operators_recorded=2)).axes[0].lines) == 5


def test_the_tables_of_policies_have_what_is_clear_and_the_rest_the_largest_first(kenya):
    effect = xr.DataArray([0.0, 0.02, 0.3, -0.1, -0.2], dims="arm")
    half = xr.DataArray([0.0, 0.01, 0.4, 0.05, 0.1], dims="arm")
    data = kenya.data.assign(effect=effect, effect_low=effect - half, effect_high=effect + half)
    labels = kenya.data["arm_label"].values
    clear, rest = build_effect_tables(CountryFacts(dataclasses.replace(kenya, data=data)))
    assert [head for head, _ in clear.rows] == [labels[4], labels[3], labels[1]]
    assert [head for head, _ in rest.rows] == [labels[2]]
    assert all(cells[0].text.endswith("*") == (t is clear) for t in (clear, rest) for _, cells in t.rows)


@pytest.mark.parametrize(
    ("n", "said"), [(1, "The policy tried does not"), (2, "Neither of the two"), (5, "None of the 5")]
)
def test_policies_that_change_nothing_are_counted_as_in_english(n, said):
    c = SimpleNamespace(choices=["a policy"] * n, year=2035)
    assert (
        render_sentence("country.policies", c=c, effect=None, single=None, title="").strip().startswith(said)
    )


def test_the_table_of_policies_is_that_of_the_dataset(folder, kenya):
    with (folder / "policies.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["arm"] for row in rows] == kenya.data["arm"].values.tolist()
    for row in rows:
        for name in ("effect", "effect_low", "effect_q95"):
            np.testing.assert_equal(float(row[name]), kenya.data[name].sel(arm=row["arm"]).item())


@pytest.fixture
def several(kenya, unrecorded):
    """Kenya and an economy without a record, a toss or an outline on the map."""
    data = unrecorded.data.assign_attrs(country="TUV")
    places = ["TUV", *data["place"].values[1:].tolist()]
    return [kenya, CountryPage(data.assign_coords(place=places), kenya.plan, None)]


@pytest.fixture
def entries(several):
    """Of one page, and of economies in each class of the map."""
    kenya, tuvalu = (IndexEntry.of(CountryFacts(each)) for each in several)
    more = [("DZA", "recorded (3 of 3)", 19.9), ("FRA", "partly recorded", 20.0), ("BRA", "recorded", 75.0)]
    return [kenya, tuvalu, *(kenya._replace(code=c, title=c, record=r, left=left) for c, r, left in more)]


def test_pages_of_several_stand_in_one_folder_with_one_that_leads_to_them(several, kenya, tmp_path):
    index = write_country_pages(iter(several), tmp_path / "all", "0123")
    assert {path.name for path in index.parent.iterdir()} == {
        *("KEN.html", "TUV.html", "index.html", "manifest.json")
    }
    page = (index.parent / "KEN.html").read_text(encoding="utf-8")
    assert page == render_country_page(kenya, "index.html")
    assert '<a href="index.html">all economies</a>' in page
    assert page.replace('<a href="index.html">all economies</a>', "one economy") == render_country_page(kenya)
    text = index.read_text(encoding="utf-8")
    assert text.count('href="TUV.html"') == 2  # on the map and in the list
    assert "Contracts of 1 of two economies are on record" in text
    assert "lockin country --all" in text


def test_pages_of_the_same_state_are_not_written_again(several, tmp_path, monkeypatch, capsys):
    asked = {"runs": 2, "seed": 1, "policies": ["open_ran"]}
    state = compute_pages_digest(**asked)
    assert state == compute_pages_digest(**asked, workers=1, progress=False)
    assert state not in (
        compute_pages_digest(**asked | {"seed": 2}),
        compute_pages_digest(**asked | {"policies": ["no_dsr"]}),
    )
    with pytest.raises(ls.InputError, match="Did you mean 'open_ran'"):
        compute_pages_digest(**asked | {"policies": ["open_ram"]})
    folder, began = tmp_path / "all", []
    monkeypatch.setattr(
        "lockin_sim.studies.country.compute_countries", lambda **_: began.append(1) or iter(several)
    )
    words = ["country", "--all", "--out", str(folder), *HOW]
    assert [main(words), main(words)] == [0, 0]
    assert began == [1]
    assert "The pages are there already" in capsys.readouterr().out
    (folder / "TUV.html").unlink()
    assert [main(words), main([*words, "--seed", "4"])] == [0, 0]
    assert began == [1, 1, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "found neither an economy nor --all"),
        (["KEN", "--all"], "found an economy beside --all"),
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
        folds = "document.querySelectorAll('.table > details').length"
        folded = folds.replace("details", "details:not([open])")
        assert browser.evaluate(folds) >= 5  # other layers, what lasts, debts, loans, neighbours
        assert browser.evaluate(folded) == (0 if width > 700 else browser.evaluate(folds))
        assert len(browser.pdf()) > 10_000
        assert browser.evaluate(folded) == 0  # nothing is lost in print


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on PATH or in $CHROMIUM")
@pytest.mark.parametrize("width", [1280, 390])
def test_an_economy_is_found_by_keyboard_and_on_the_map(several, entries, width, tmp_path):
    url = write_country_pages(iter(several), tmp_path / "all", "0123")
    url.write_text(render_index_page(CountryFacts(several[0]), entries), encoding="utf-8")
    typed = """(() => { const field = document.getElementById("name"); field.value = "WORDS";
        field.dispatchEvent(new Event("input", {bubbles: true})); })()"""
    shown = (
        "[...document.querySelectorAll('#economies li')].filter(row => !row.hidden).map(row => row.innerText)"
    )
    color = "getComputedStyle(document.querySelector('svg a[href=\"FRA.html\"]')).fill"
    with Chromium(str(find_chromium()), tmp_path / "profile") as browser:
        browser.open(url.as_uri(), width=width)
        assert [u for u in browser.requests() if not u.startswith("data:")] == [url.as_uri()]
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        recorded = browser.evaluate(color)
        browser.evaluate("document.querySelector('[value=left]').click()")
        assert browser.evaluate(color) != recorded
        browser.evaluate(typed.replace("WORDS", "ken"))
        assert [row.split("\n")[0] for row in browser.evaluate(shown)] == ["Kenya"]
        browser.evaluate(typed.replace("WORDS", "Atlantis"))
        assert browser.evaluate("[document.getElementById('nobody').hidden]") == [False]
        browser.evaluate(typed.replace("WORDS", "KEN"))
        browser.evaluate("document.getElementById('search').requestSubmit()")
        assert opens(browser, "KEN.html")
        assert browser.complaints() == []


def opens(browser, page):
    """Whether a page comes; while it does, the browser may have none to ask."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(RuntimeError):
            if browser.evaluate("location.pathname").endswith(page):
                return True
    return False
