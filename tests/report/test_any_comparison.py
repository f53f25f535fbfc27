"""Is the page of any comparison sound, however little is known, and are files that cannot be refused?"""

import re

import numpy as np
import pytest
import xarray as xr
from reader import HEADLINE, LAST, first_cells, plain, read

import lockin_sim as ls
from lockin_sim.report import Evidence, page, write_report
from lockin_sim.report.page import answer, title

# --- any data ---


def set_effect(studies, policy, *values):
    at = {"scenario": policy, "outcome": HEADLINE, "year": LAST}
    for name, value in zip(("effect", "effect_low", "effect_high"), values, strict=True):
        studies["effects"][name].loc[at] = value


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            (0.02, 0.01, 0.03),
            (-0.01, -0.02, 0.01),
            "only “EU coordinated stance” changes that by more than chance could: it raises it by 2.0",
        ),
        (
            (0.02, 0.01, 0.03),
            (-0.05, -0.06, -0.04),
            "“No Digital Silk Road” changes that most: it lowers it by 5.0",
        ),
        (
            (0.02, -0.01, 0.05),
            (-0.01, -0.02, 0.01),
            r"None of two policies .*of “EU coordinated stance”, is \+2 ",
        ),
        ((np.nan,) * 3, (np.nan,) * 3, "has no defined effect on it"),
    ],
)
def test_the_first_sentence_fits_any_effects(studies, first, second, said):
    set_effect(studies, "eu_coordinated", *first)
    set_effect(studies, "no_dsr", *second)
    assert re.search(said, plain(answer(Evidence(studies))[1]))


def test_what_is_undefined_is_a_dash_and_what_was_not_examined_is_said(studies):
    set_effect(studies, "no_dsr", np.nan, np.nan, np.nan)
    tree = read(page({"effects": studies["effects"]}))
    assert first_cells(tree, "effects")["No Digital Silk Road"][0] == ["–"]
    assert "– not defined" in tree.by_id("effects").text
    for key, how in {
        "window": "--window",
        "futures": "--futures",
        "channels": "--channels",
        "chain": "--chain",
        "cost": "compare",
        "packages": "--packages",
    }.items():
        assert [e for e in tree.all() if e.attributes.get("id") == key] == []
        assert how in tree.by_id("reading").text
    assert "Not examined" in tree.by_id("reading").text


def test_a_baseline_alone_and_a_single_policy(studies):
    alone = read(page({"effects": studies["effects"].isel(scenario=[0])}))
    assert "No policy was compared" in alone.by_id("answer").text
    assert "nothing to compare" in alone.by_id("reading").text
    single = Evidence({"effects": studies["effects"].isel(scenario=[0, 1])})
    assert title(single) == str(studies["effects"]["scenario_question"].values[1])


def test_a_toy_world_without_standards_or_sponsors():
    none = ls.Scenario.none()
    effects = ls.compare(
        none, baseline=none, world=ls.toy_world(n_countries=20, n_vendors=2), years=(0, 6),
        runs=2, parameters=ls.Parameters.neutral(), workers=1, maps=False,
    )  # fmt: skip
    tree = read(page({"effects": effects}))
    assert "neither of these sponsors" in tree.by_id("reading").text
    assert "no standards bodies" in tree.by_id("reading").text


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
    html = page(studies)
    tree = read(html)
    assert script not in html
    assert [s.attributes.get("type") for s in tree.all("script")] == ["application/json"] * 2 + [None]
    assert script in tree.by_id("assumptions").text
    assert name in tree.by_id("effects").all("table")[0].text
    assert "<b>&" not in html


# --- files ---


def test_what_is_not_a_comparison_is_refused(studies, tmp_path):
    with pytest.raises(ls.InputError, match=r"found .*by_group.*; allowed: some with effects among them"):
        page({"by_group": studies["by_group"]})
    with pytest.raises(ls.InputError, match=r"allowed: a dataset of lockin_sim\.compare"):
        page({"effects": xr.Dataset({"x": 1})})
    with pytest.raises(ls.InputError, match=r"a file that ends in \.html"):
        write_report(studies, tmp_path)


def test_a_file_that_cannot_be_written_leaves_nothing(studies, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ls.InputError, match="report: found"):
        write_report({"effects": studies["effects"].isel(scenario=[0])}, tmp_path / "file" / "page.html")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
