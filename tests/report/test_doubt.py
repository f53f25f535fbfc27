"""How sure an effect is, in words that hold for any numbers."""

import numpy as np
import pytest
import xarray as xr
from reader import plain

from lockin_sim.record.facts import fact_titles
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.futures import Futures, doubt, doubt_table, in_futures, sure, turner, turning
from lockin_sim.report.page import answer
from lockin_sim.report.record import misfit
from lockin_sim.settings.ensemble import open_posterior
from lockin_sim.studies.variants import ALTERNATIVES, CORNERS, STRUCTURAL
from lockin_sim.words.findings import PERCENT


def one(fact, expected, left):
    """What would overturn one effect."""
    values = {
        "fact": fact, "expected": expected, "left": left, "part_left": left / (expected or np.nan),
        "recorded": 0.59, "moved_to": 0.69, "effective_draws": 31.4, "overturned": left * expected < 0,
    }  # fmt: skip
    return xr.Dataset({name: ((), value) for name, value in values.items()}, attrs={"facts_used": 126})


@pytest.fixture
def futures(studies):
    return Futures(Evidence(studies))


def put(futures, **values):
    """Give the policy followed up other numbers."""
    for name, value in values.items():
        futures.ds[name].loc[{"scenario": futures.featured, "outcome": futures.outcome}] = value


@pytest.mark.parametrize(
    ("fact", "expected", "left", "said", "cell"),
    [
        (
            "base",
            -0.02,
            -0.015,
            "None of 126 recorded figures .*“base”, from 0.59 to 0.69, .* 75 % ",
            "none; “base” leaves 75 %",
        ),
        (
            "base",
            -0.02,
            0.005,
            r"would reverse the sign: “base”.* \(.*\+0.5 percentage points; effective sample size 31",
            "“base”",
        ),
        ("", -0.02, np.nan, "Too few draws", "too few draws"),
        ("", np.nan, np.nan, "no effect that a recorded figure could reverse", "–"),
        ("", 0.0, np.nan, "no effect that a recorded figure could reverse", "–"),
    ],
)
def test_what_would_overturn_an_effect(fact, expected, left, said, cell):
    import re

    found = one(fact, expected, left)
    assert re.search(said, plain(turning(found, PERCENT)))
    assert plain(turner(found)).startswith(cell)


def test_a_fact_is_called_as_people_call_it():
    name, title = next((n, t) for n, t in fact_titles().items() if "excluding CHN" in n)
    said = turning(one(name, -0.02, 0.005), PERCENT)
    assert title in said
    assert name not in said
    assert "outside China" in title


def test_the_section_says_what_futures_are_and_splits_the_doubt(futures):
    at = {"scenario": futures.featured, "outcome": futures.outcome}
    futures.ds["variance_share"].loc[at] = [0.2, 0.5, 0.3]
    said = plain(doubt(futures))
    many, others = open_posterior().sizes["parameter"], len(STRUCTURAL) - 1
    assert f"draws of {many} parameters that fit the record, 50 % of them with one of {others}" in said
    assert "20 % chance, 50 % parameters and 30 % how the model is built" in said
    assert "Too few draws" in said  # there are four
    futures.ds["variance_share"].loc[at | {"origin": "structure"}] = np.nan
    assert "how the model is built)" not in plain(doubt(futures))


@pytest.mark.parametrize("name", ["regulators", *CORNERS])
def test_what_a_policy_does_in_a_corner_and_with_regulators_is_said(futures, name):
    title = ALTERNATIVES[name].title
    put(
        futures,
        expected_under=np.nan,
        futures_under=0,
        expected=-0.02,
        expected_low=-0.05,
        expected_high=0.01,
    )
    assert title not in doubt(futures)
    at = {"scenario": futures.featured, "outcome": futures.outcome, "alternative": name}
    futures.ds["expected_under"].loc[at] = -0.02
    futures.ds["futures_under"].loc[at] = 1
    assert f"Under others the mean is -2.0 ({title}; one future)." in plain(doubt(futures))
    assert "percentage points on average with the default structure" in plain(doubt(futures))


def test_the_brief_says_in_what_share_of_futures_the_sign_holds_and_what_would_turn_it(
    studies, futures, monkeypatch
):
    at = {"scenario": futures.featured, "outcome": futures.outcome}
    studies["effects"]["effect"].loc[at] = -0.02
    put(futures, share_lowers=0.75, share_raises=0.25, expected=-0.02, expected_low=-0.05, expected_high=0.01)
    said = plain(answer(Evidence(studies))[-1])
    for number in (
        "this sign in 75 % of 4 futures",
        "the opposite sign in 25 %",
        "between -5.0 and 1.0 percentage",
    ):
        assert number in said
    assert plain(misfit()).removeprefix("the model") in said
    assert "reverse the sign" not in said
    monkeypatch.setattr(Futures, "overturned", lambda *_: one("base", -0.02, 0.005))
    assert "reverse the sign" in sure(Evidence(studies))


def test_futures_from_ranges_are_called_so(futures):
    futures.ds.attrs |= {"method": "sobol", "posterior": ""}
    said = plain(doubt(futures))
    assert "drawn from the prior ranges of" in said
    assert "overturn" not in said


def test_every_policy_has_its_row(futures):
    table = doubt_table(futures)
    evidence = futures.evidence
    assert sorted(name for name, _ in table.rows) == sorted(map(evidence.title, evidence.policies))
    assert all(len(cells) == len(table.heads) - 1 for _, cells in table.rows)


def test_without_futures_the_answer_says_what_runs_differ_by(studies):
    del studies["futures"]
    assert "run-to-run variation only" in answer(Evidence(studies))[-1]
    studies["effects"].attrs |= {"posterior": "bundled", "parameters_drawn": 45, "effective_draws": 53.1}
    assert "45 uncertain parameters" in answer(Evidence(studies))[-1]
    assert "effective sample size 53" in answer(Evidence(studies))[-1]


def test_effects_that_flip_are_told_beside_other_futures(futures):
    futures.ds["flips"][:] = False
    assert plain(in_futures(futures)).count("no policy's effect on") == 1
    at = {"scenario": "no_dsr", "outcome": futures.outcome}
    for name, value in {"flips": True, "share_raises": 0.3, "share_lowers": 0.6}.items():
        futures.ds[name].loc[at] = value
    said = plain(in_futures(futures))
    assert "one of two policies: “No Digital Silk Road” clearly raises it in 30 %" in said
    assert "lowers it in 60 %" in said
    assert "no policy's effect" not in said
