"""What a notebook shows of the objects that people hold, and of a call that takes long."""

import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common import notebook, progress
from lockin_sim.runs.simulation import check_progress
from lockin_sim.settings.parameters import declarations
from lockin_sim.studies.places import headlines


class Read(HTMLParser):
    """Rows of the tables of some HTML, and the names of its elements; complains of what does not nest."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self.names = set()
        self.open = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def read(thing):
    text = thing._repr_html_()  # type: ignore[attr-defined]
    assert "http" not in re.sub(r"<p>.*?</p>", "", text)
    found = Read(text)
    assert found.names <= {"p", "table", "tr", "th", "td", "details", "summary"}
    return found


def test_parameters_show_what_was_changed_before_the_rest():
    changed = ls.Parameters(switching_cost=2.5, price_weight=np.array([1.0, 2.0]))
    shown = read(changed)
    assert [row[:4] for row in shown.rows[1:3]] == [
        ["price_weight", "weight of price", "<2 values, 1 to 2>", "4"],
        ["switching_cost", "cost of switching vendors", "2.5", "3"],
    ]
    assert sorted(row[0] for row in shown.rows if row[0] != "parameter") == sorted(changed.as_dict())
    assert repr(changed) == (
        "Parameters(price_weight=<2 values, 1 to 2>, switching_cost=2.5, "
        f"{len(declarations()) - 2} at their defaults)"
    )
    assert repr(ls.Parameters()) == f"Parameters({len(declarations())} at their defaults)"


@pytest.fixture(scope="module")
def effects():
    return ls.compare("no_dsr", runs=2, seed=1, workers=1, maps=False, years=(2010, 2020))


def test_a_summary_shows_the_effects_that_the_dataset_holds(effects):
    found = ls.summary(effects, ["cn2035_share", "dependence_EU"], year=2019)
    _, baseline, policy = read(found).rows
    at = {"outcome": "cn2035_share", "year": 2019}
    level = effects.level.sel(scenario="baseline", statistic="mean", **at).item()
    effect = effects.effect.sel(scenario="no_dsr", **at).item()
    assert baseline[:2] == ["Baseline", f"{100 * level:.1f}"]
    assert float(policy[1].split()[0].replace("\N{MINUS SIGN}", "-")) == pytest.approx(100 * effect, abs=0.05)
    for row in (baseline, policy):
        assert all(cell in str(found) for cell in row)
    assert "2019" in found.sentence
    assert len(read(ls.summary(effects)).rows[0]) == 1 + len(headlines(ls.load_world()))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [({"outcomes": ["cn2035_shar"]}, "cn2035_share"), ({"year": 2021}, "from 2010 to 2020")],
)
def test_a_summary_refuses_what_was_not_compared(effects, wanted, told):
    with pytest.raises(ls.InputError, match=told):
        ls.summary(effects, **wanted)


def test_whatever_people_write_is_escaped_and_short():
    bad = "<script>alert('&')</script>"
    scenario = ls.Scenario(name=bad, question=bad, source=bad)
    assert "script" not in read(scenario).names
    assert Read(notebook.table([bad], [[bad]])).rows == [[bad], [bad]]
    assert len(Read(notebook.table(["a"], [["x" * 500]])).rows[1][0]) == notebook.LONGEST


def test_the_bar_of_a_notebook_says_how_far_and_how_long(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=shown.append)
    display = SimpleNamespace(HTML=str, display=lambda html, display_id: shown.append(html) or handle)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr(progress._CellBar, "PAUSE", 0.0)
    clock = iter([0.0, *[10.0] * 99])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.reporting(True, 40, before=20) as report:
        report(10, failed=1)
    assert shown[0] == '<progress value="20" max="40"></progress> 20 of 40 runs'
    assert shown[1].startswith('<progress value="30" max="40"></progress> 30 of 40 runs, 1 runs/s, ')
    assert shown[1].endswith(" left, 1 failed")
    assert shown[2] == ""


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


def test_a_bar_comes_by_default_where_it_is_seen_and_alone(monkeypatch):
    assert check_progress(None) is False  # pytest captures the error stream
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr(progress, "_CellBar", lambda *about: SimpleNamespace(stop=lambda: None))
    with progress.reporting(check_progress(None), 10):
        assert check_progress(None) is False
    assert check_progress(None) is True
