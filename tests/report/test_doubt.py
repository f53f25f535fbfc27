"""How sure an effect is, in words that hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from test_page import plain

from lockin_sim.analysis.calibration.record import fact_titles
from lockin_sim.report.answer import answer
from lockin_sim.report.doubt import doubt, doubt_table, told
from lockin_sim.report.evidence import Evidence
from lockin_sim.studies.alternatives import STRUCTURAL


def one(fact: str, expected: float, left: float) -> xr.Dataset:
    """What would overturn one effect."""
    values = {
        "fact": fact, "expected": expected, "left": left, "part_left": left / (expected or np.nan),
        "recorded": 0.59, "moved_to": 0.69, "effective_draws": 31.4, "overturned": left * expected < 0,
    }  # fmt: skip
    return xr.Dataset({name: ((), value) for name, value in values.items()}, attrs={"facts_used": 126})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            one("base in Africa", -0.02, -0.015),
            "Of 126 recorded figures, none turns the sign if it is moved within its error; nearest comes "
            "“base in Africa”, from 0.59 to 0.69, which leaves 75 % of the effect (31 draws still count).",
        ),
        (
            one("base in Africa", -0.02, 0.005),
            "One recorded figure moved within its error would turn the sign: “base in Africa”, from 0.59 to "
            "0.69 (+0.5 percentage points; 31 draws still count).",
        ),
        (
            one("", -0.02, np.nan),
            "Whether one recorded figure would overturn that cannot be told: too few draws would count.",
        ),
        (one("", np.nan, np.nan), "There is no effect that a figure could overturn."),
        (one("", 0.0, np.nan), "There is no effect that a figure could overturn."),
    ],
)
def test_what_would_overturn_an_effect(found, said):
    assert plain(told(found, "share")) == said


def test_a_fact_is_called_as_people_call_it():
    name, title = next((n, t) for n, t in fact_titles().items() if "excluding CHN" in n)
    said = told(one(name, -0.02, 0.005), "share")
    assert title in said
    assert name not in said
    assert "outside China" in title


def test_the_brief_says_what_futures_are_and_splits_the_doubt(studies: dict[str, xr.Dataset]):
    evidence = Evidence(studies)
    share = studies["futures"]["variance_share"]
    at = {"scenario": evidence.featured, "outcome": evidence.headline}
    share.loc[at] = [0.2, 0.5, 0.3]
    said = plain(doubt(evidence))
    others = len(STRUCTURAL) - 1
    assert f"draws of 42 parameters that fit the record, 50 % of them under one of {others} other" in said
    assert "of their variance, 20 % luck, 50 % parameters and 30 % how the model is built" in said
    assert "cannot be told: too few draws would count" in said  # there are four
    assert said in plain(answer(evidence)[2])
    share.loc[at | {"origin": "structure"}] = np.nan
    assert "how the model is built)" not in plain(doubt(evidence))


def test_futures_from_ranges_are_called_so(studies: dict[str, xr.Dataset]):
    studies["futures"].attrs |= {"method": "sobol", "posterior": ""}
    said = plain(doubt(Evidence(studies)))
    assert "drawn from the prior ranges of" in said
    assert "overturn" not in said


def test_every_policy_has_its_row(studies: dict[str, xr.Dataset]):
    evidence = Evidence(studies)
    table = doubt_table(evidence, studies["futures"])
    assert sorted(name for name, _ in table.rows) == sorted(map(evidence.title, evidence.policies))
    assert all(len(cells) == len(table.heads) - 1 for _, cells in table.rows)


def test_without_futures_nothing_is_said(studies: dict[str, xr.Dataset]):
    del studies["futures"]
    assert doubt(Evidence(studies)) == ""
