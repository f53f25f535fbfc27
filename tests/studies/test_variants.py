"""Are mechanisms that studies switch off, and other assumptions, what they are said to be?"""

from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.variants import ALTERNATIVES, CORNERS, DEFAULT, STRUCTURAL, USUAL, VARIANTS
from lockin_sim.evidence.posterior import build_prior
from lockin_sim.settings.parameters import Parameters, collect_declarations

YEARS = (2010, 2014)
CALIBRATION = (Path(__file__).parents[2] / "docs" / "calibration.md").read_text("utf-8")


ROWS = {f"{study} {name}": row for study, rows in VARIANTS.items() for name, row in rows.items()}


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.settings])
def test_a_variant_is_not_the_default_and_its_numbers_are_from_where_they_are_said_to_be(name):
    row, known = ROWS[name], collect_declarations()
    assert row.draws or Parameters(**row.settings).changed()
    for key, value in row.settings.items():
        if row.source == "neutral":
            assert value == known[key].neutral
        elif row.source == "range":
            assert value in known[key].range
        elif row.source == "estimated":
            assert f"{value:g}" in known[key].source
        elif row.draws:
            assert row.source == "contracts"
        elif row.source == "contracts":
            assert f"| {row.settings['switching_cost']:g}, {row.settings['taste_operator']}, " in CALIBRATION
        else:
            assert row.parts or row.source == "assumed"


@pytest.mark.parametrize("name", sorted(CORNERS))
def test_a_corner_is_its_parts_and_they_do_not_contradict_each_other(name):
    corner = CORNERS[name]
    together = [item for part in corner.parts for item in ALTERNATIVES[part].settings.items()]
    assert not any(ALTERNATIVES[part].parts for part in corner.parts)
    assert corner.settings == dict(together)
    assert len(corner.settings) == len(together)


def test_corners_lie_on_other_sides_of_the_default():
    known = collect_declarations()
    one, other = (CORNERS[name].settings for name in ("all_for_lock_in", "all_against_lock_in"))
    both = one.keys() & other.keys()
    assert both >= {"vested_interest", "agenda_elasticity", "switching_cost", "taste_operator"}
    for name in both:
        low, high = sorted((one[name], other[name]))
        assert low <= known[name].default <= high
    assert CORNERS.keys() <= STRUCTURAL.keys()
    assert (DEFAULT, "regulators", *CORNERS) == USUAL
    assert ALTERNATIVES["regulators"].settings.items() <= CORNERS["all_political"].settings.items()


def test_both_bargains_and_both_drifts_lie_around_what_is_declared():
    some, hard = (ALTERNATIVES[name].settings for name in ("bargaining", "strong_bargaining"))
    assert {name: 2 * value for name, value in some.items()} == hard
    half, twice = (ALTERNATIVES[name].settings["quality_drift"] for name in ("half_drift", "double_drift"))
    declared = collect_declarations()["quality_drift"]
    assert (half, twice) == (declared.valid.low, declared.valid.high)
    assert half * twice == declared.default


def test_what_the_fit_leaves_open_is_drawn():
    fitted = {"home_preference", "sponsor_quality", "sponsor_quality_trend"}
    known = build_prior()
    assert fitted <= set(known.names)
    assert "quality_drift" not in known.names  # a choice of the fit
    at = known.names.index("home_preference")
    assert known.deviation[at] == pytest.approx(0.3, rel=0.05)
    assert known.centre[at] == 1.0


def test_a_better_sponsor_sells_more_from_its_years_on_and_drifts_change_the_record():
    def base(**parameters):
        """Chinese part of mobile networks abroad, mean over runs.  (year,)."""
        found = ls.simulate(parameters=parameters, runs=2, seed=4, years=(2010, 2019), record=["installed"])
        theirs = found.installed.sel(domain="mobile_network", vendor=["huawei", "zte"])
        share = theirs.sum("vendor").mean("country")
        return np.asarray(share.mean("run"))

    usual, better, rising = base(), base(sponsor_quality=1.0), base(sponsor_quality_trend=4.0)
    assert better[0] == usual[0]
    assert (better[3:] > usual[3:] + 0.01).all()
    assert rising[4] < usual[4]  # behind until the middle of the record
    assert rising[-1] - rising[7] > usual[-1] - usual[7]
    assert np.abs(base(quality_drift=0.5) - usual).max() > 0
    assert np.abs(base(quality_drift=2.0) - usual).max() > 0
