"""Is the page of any comparison sound, however little is known, and are files that cannot be refused?"""

import re

import numpy as np
import pytest
import xarray as xr
from reader import HEADLINE, LAST, first_cells, plain, read, set_numbers, without_figures

import lockin_sim as ls
from lockin_sim.pages.comparison_page import answer
from lockin_sim.pages.report import Comparison, Evidence

# --- any data ---


def set_effect(studies, policy, *values):
    set_numbers(studies["effects"], *values, scenario=policy, outcome=HEADLINE, year=LAST)


RISES = (0.02, 0.01, 0.03)
UNSURE = (-0.01, -0.02, 0.01)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (RISES, UNSURE, "only “EU coordinated stance” clearly changes that: it raises it by 2.0"),
        (RISES, (-0.05, -0.06, -0.04), "“No Digital Silk Road” changes that most: it lowers it by 5.0"),
        ((0.02, -0.01, 0.05), UNSURE, r"Not one of two policies .*of “EU coordinated stance”, is \+2.0 "),
        ((np.nan,) * 3, (np.nan,) * 3, "has no defined effect on it"),
    ],
)
def test_the_first_sentence_fits_any_effects(studies, first, second, said):
    set_effect(studies, "eu_coordinated", *first)
    set_effect(studies, "no_dsr", *second)
    assert re.search(said, plain(" ".join(answer(Evidence(studies)))))


def test_what_is_undefined_is_a_dash_and_what_was_not_examined_is_said(studies):
    set_effect(studies, "no_dsr", np.nan, np.nan, np.nan)
    tree = read(without_figures({"effects": studies["effects"]}).annex())
    assert first_cells(tree, "effects")["No Digital Silk Road"][0] == ["–"]
    assert "not defined" in tree.by_id("effects").text
    (absent,) = (p.text for p in tree.all("p") if "Not examined" in p.text)
    for key, how in {"chain": "--chain", "cost": "compare"}.items():
        assert [e for e in tree.all() if e.attributes.get("id") == key] == []
        assert how in absent


def test_hostile_names_stay_text(studies):
    name, script = '<b>&"it\'s" /..', "<script>alert(1)</script> & 1 < 2"
    for key, ds in studies.items():
        if "scenario" not in ds.coords:
            continue
        names = [name if str(s) == "no_dsr" else str(s) for s in ds["scenario"].values]
        text = {
            c: ("scenario", [script] * len(names))
            for c in ("scenario_question", "scenario_source")
            if c in ds
        }
        studies[key] = ds.assign_coords(scenario=names, scenario_title=("scenario", names)).assign_coords(
            text
        )
    made = without_figures(studies)
    both = made.page(), made.annex()
    report, tree = map(read, both)
    assert [s.attributes.get("type") for s in tree.all("script")] == ["application/json"] * 2 + [None]
    assert script in tree.by_id("assumptions").text
    assert name in tree.by_id("effects").all("table")[0].text
    assert name in report.by_id("chart").text
    for html in both:
        assert script not in html
        assert "<b>&" not in html


# --- files ---


def test_what_is_not_a_comparison_is_refused(studies, tmp_path):
    with pytest.raises(ls.InputError, match=r"found .*by_group.*; allowed: some with effects among them"):
        Comparison({"by_group": studies["by_group"]})
    with pytest.raises(ls.InputError, match=r"allowed: a dataset of lockin_sim\.compare"):
        Comparison({"effects": xr.Dataset({"x": 1})})
    with pytest.raises(ls.InputError, match=r"a file that ends in \.html"):
        Comparison(studies).write_report(tmp_path)


@pytest.mark.parametrize(("name", "beside"), [("report", "annex"), ("mine", "mine_annex")])
def test_the_annex_stands_beside_the_report_and_each_leads_to_the_other(studies, tmp_path, name, beside):
    file = without_figures({"effects": studies["effects"]}).write_report(tmp_path / f"{name}.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"{name}.html", f"{beside}.html"])
    assert f'href="{beside}.html"' in file.read_text("utf-8")
    assert f'href="{name}.html"' in file.with_name(f"{beside}.html").read_text("utf-8")


def test_a_file_that_cannot_be_written_leaves_nothing(studies, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ls.InputError, match="report: found"):
        Comparison({"effects": studies["effects"].isel(scenario=[0])}).write_report(
            tmp_path / "file" / "page.html"
        )
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
