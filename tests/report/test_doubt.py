"""How sure an effect is, in words that hold for any numbers."""

import numpy as np
import pytest
import xarray as xr
from reader import plain

from lockin_sim.report.evidence import Evidence
from lockin_sim.report.futures import Futures, doubt, doubt_table, turner, turning
from lockin_sim.settings.ensemble import open_posterior
from lockin_sim.studies.variants import STRUCTURAL
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


def test_every_policy_has_its_row(futures):
    table = doubt_table(futures)
    evidence = futures.evidence
    assert sorted(name for name, _ in table.rows) == sorted(map(evidence.title, evidence.policies))
    assert all(len(cells) == len(table.heads) - 1 for _, cells in table.rows)
