"""What a notebook shows of the objects that people hold, and of a call that takes long."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from report.reader import read as parsed

import lockin_sim as ls
from lockin_sim.common import notebook, progress
from lockin_sim.common.formats import rounded
from lockin_sim.comparisons.measured_places import select_headlines
from lockin_sim.evidence.hindcast import Hindcast
from lockin_sim.evidence.validate import Validation
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.studies.country import CountryPage


def rows(tree):
    """Texts of the cells of all rows."""
    return [[cell.text for cell in row.all("td", "th")] for row in tree.all("tr")]


def read(thing):
    """What a notebook shows of a thing: elements that nest, of few kinds, and no address."""
    text = thing._repr_html_()  # type: ignore[attr-defined]
    assert "http" not in re.sub(r"<p>.*?</p>", "", text)
    found = parsed(text)
    assert {each.tag for each in found.all()} <= {"p", "table", "tr", "th", "td", "details", "summary"}
    return found


def test_parameters_show_what_was_changed_before_the_rest():
    changed = ls.Parameters(switching_cost=2.5, price_weight=np.array([1.0, 2.0]))
    shown = rows(read(changed))
    assert [row[:4] for row in shown[1:3]] == [
        ["price_weight", "weight of price", "<2 values, 1 to 2>", "4"],
        ["switching_cost", "cost of switching vendors", "2.5", "3"],
    ]
    assert sorted(row[0] for row in shown if row[0] != "parameter") == sorted(changed.as_dict())
    assert repr(changed) == (
        "Parameters(price_weight=<2 values, 1 to 2>, switching_cost=2.5, "
        f"{len(collect_declarations()) - 2} at their defaults)"
    )
    assert repr(ls.Parameters()) == f"Parameters({len(collect_declarations())} at their defaults)"


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (ls.load_scenario("gdpr"), "<Scenario 'gdpr': EU data rules enforced; data_protection from 2026>"),
        (ls.outcomes()["open_share"], "<Outcome 'open_share': world share of open interfaces, share>"),
        (ls.records("cloud_regions"), r"<Table 'cloud_regions': [\d,]+ rows of iso3, .*>"),
    ],
)
def test_a_line_shows_what_a_thing_is_and_not_what_it_is_made_of(thing, shown):
    assert re.fullmatch(shown, repr(thing))


@pytest.mark.parametrize("kind", [Hindcast, Validation, CountryPage])
def test_what_a_study_returns_is_shown_as_it_prints(kind):
    assert kind.__repr__ is kind.__str__ is not object.__str__


@pytest.fixture(scope="module")
def effects():
    return ls.compare("no_dsr", runs=2, seed=1, workers=1, maps=False, years=(2010, 2020))


def test_a_summary_shows_the_effects_that_the_dataset_holds(effects):
    found = ls.summary(effects, ["cn2035_share", "dependence_EU"], year=2019)
    _, baseline, policy = rows(read(found))
    at = {"outcome": "cn2035_share", "year": 2019}
    level = effects.level.sel(scenario="baseline", statistic="mean", **at).item()
    effect = effects.effect.sel(scenario="no_dsr", **at).item()
    assert baseline[:2] == ["Baseline", rounded(100 * level)]
    assert float(policy[1].split()[0].replace("\N{MINUS SIGN}", "-")) == pytest.approx(100 * effect, abs=0.05)
    for row in (baseline, policy):
        assert all(cell in str(found) for cell in row)
    assert "2019" in found.sentence
    assert len(rows(read(ls.summary(effects)))[0]) == 1 + len(select_headlines(ls.load_world()))


def test_a_summary_of_a_contrast_shows_each_arm_in_each_group():
    arms = {"other": ls.Arm("no_dsr"), "as it is": ls.Arm()}
    how = {"groups": ["Africa", "income:low"], "years": (2012, 2019), "runs": 2, "seed": 1, "workers": 1}
    contrast = ls.contrast(arms, outcomes="dependence_CHN", against="as it is", **how)
    heads, base, other = rows(read(ls.summary(contrast, year=2019)))
    where = ("Africa", "low-income economies")
    assert heads[1:] == [f"Dependence on Chinese vendors, {group}, %" for group in where]
    at = contrast.sel(outcome="dependence_CHN", group="Africa", year=2019)
    level, effect = at.level.sel(arm="as it is").item(), at.effect.sel(arm="other").item()
    assert base[:2] == ["as it is", rounded(100 * level)]
    assert other[0] == "other"
    assert float(other[1].split()[0].replace("\N{MINUS SIGN}", "-")) == pytest.approx(100 * effect, abs=0.05)
    assert "“as it is”" in ls.summary(contrast).sentence
    for wrong in ({"year": 2013}, {"outcomes": ["dependence"]}, {"outcomes": 5}, {"year": [2012]}):
        with pytest.raises(ls.InputError, match=r"summary (year|outcomes): found"):
            ls.summary(contrast, **wrong)


def test_whatever_people_write_is_escaped_and_short():
    bad = "<script>alert('&')</script>"
    scenario = ls.Scenario(name=bad, question=bad, source=bad)
    read(scenario)
    assert rows(parsed(notebook.table([bad], [[bad]]))) == [[bad], [bad]]
    assert len(rows(parsed(notebook.table(["a"], [["x" * 500]])))[1][0]) == notebook.LONGEST


# --- a line a minute ---


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_a_line_a_minute_with_the_time_left(clock, capsys):
    with progress.reporting(True, 1200, "what is computed", before=200) as report:
        for _ in range(30):
            clock.seconds += 10.0
            report(10)
    assert capsys.readouterr().err.splitlines() == [
        "what is computed",
        "260 of 1,200 runs (22 %); about 16 min left",
        "320 of 1,200 runs (27 %); about 15 min left",
        "380 of 1,200 runs (32 %); about 14 min left",
        "440 of 1,200 runs (37 %); about 13 min left",
        "500 of 1,200 runs (42 %); about 12 min left",
    ]


@pytest.mark.parametrize("given", [False, lambda done: None])
def test_who_did_not_ask_is_told_nothing(clock, capsys, given):
    with progress.reporting(given, 10, "what") as report:
        clock.seconds += 600.0
        report(5)
    assert capsys.readouterr().err == ""
