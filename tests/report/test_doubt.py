"""How sure an effect is, in words that hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from told import plain

from lockin_sim.ensemble import open_posterior
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.answer import answer
from lockin_sim.report.doubt import doubt, doubt_table, in_futures, sure
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.turning import told, turner
from lockin_sim.studies.variants import CORNERS, STRUCTURAL


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


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (one("base in Africa", -0.02, -0.015), "none; 75 % is left by “base in Africa”"),
        (one("base in Africa", -0.02, 0.005), "“base in Africa”"),
        (one("", -0.02, np.nan), "too few draws"),
        (one("", 0.0, np.nan), "–"),
    ],
)
def test_the_same_in_a_cell(found, said):
    assert plain(turner(found)) == said


def test_a_fact_is_called_as_people_call_it():
    name, title = next((n, t) for n, t in fact_titles().items() if "excluding CHN" in n)
    said = told(one(name, -0.02, 0.005), "share")
    assert title in said
    assert name not in said
    assert "outside China" in title


def test_the_section_says_what_futures_are_and_splits_the_doubt(studies: dict[str, xr.Dataset]):
    evidence = Evidence(studies)
    share = studies["futures"]["variance_share"]
    at = {"scenario": evidence.featured, "outcome": evidence.headline}
    share.loc[at] = [0.2, 0.5, 0.3]
    said = plain(doubt(evidence))
    many, others = open_posterior().sizes["parameter"], len(STRUCTURAL) - 1
    assert f"draws of {many} parameters that fit the record, 50 % of them under one of {others} other" in said
    assert "of their variance, 20 % luck, 50 % parameters and 30 % how the model is built" in said
    assert "cannot be told: too few draws would count" in said  # there are four
    share.loc[at | {"origin": "structure"}] = np.nan
    assert "how the model is built)" not in plain(doubt(evidence))


def test_what_a_policy_does_in_the_corners_is_said(studies: dict[str, xr.Dataset]):
    evidence = Evidence(studies)
    name, corner = next(iter(CORNERS.items()))
    at = {"scenario": evidence.featured, "outcome": evidence.headline}
    for variable in ("expected_under", "futures_under"):
        studies["futures"][variable].loc[at] = np.nan if variable == "expected_under" else 0
    for variable, value in {"expected": -0.02, "expected_low": -0.05, "expected_high": 0.01}.items():
        studies["futures"][variable].loc[at] = value
    assert "Corners" not in doubt(evidence)
    studies["futures"]["expected_under"].loc[at | {"alternative": name}] = -0.02
    studies["futures"]["futures_under"].loc[at | {"alternative": name}] = 1
    assert f"Corners: its mean is -2.0 with {corner.title} (one future)." in plain(doubt(evidence))


def test_the_brief_says_in_what_share_of_futures_the_sign_holds_and_what_would_turn_it(studies, monkeypatch):
    evidence = Evidence(studies)
    at = {"scenario": evidence.featured, "outcome": evidence.headline}
    studies["effects"]["effect"].loc[at] = -0.02
    for name, value in {
        "share_lowers": 0.75, "share_raises": 0.25, "expected": -0.02, "expected_low": -0.05,
        "expected_high": 0.01,
    }.items():  # fmt: skip
        studies["futures"][name].loc[at] = value
    said = plain(answer(Evidence(studies))[2])
    assert said.startswith(
        "Its effect is clear and of the same sign in 75 % of 4 futures, which vary what is"
    )
    assert "of the opposite in 25 %; single runs lie between -5.0 and 1.0 percentage points" in said
    assert "known to miss the record" in said
    assert "turn the sign" not in said
    monkeypatch.setattr("lockin_sim.report.doubt.turned", lambda *_: [one("base in Africa", -0.02, 0.005)])
    assert "one recorded figure moved within its error would turn the sign" in sure(Evidence(studies))


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
    assert doubt(Evidence(studies)) == in_futures(Evidence(studies)) == ""
