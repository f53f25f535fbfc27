"""The one reader of a comparison: numbers in shown units, of the year that was asked for."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.reader import Reader

NONE = ls.Scenario.none()


@pytest.fixture(scope="module")
def reader():
    moved = NONE.model_copy(update={"name": "moved"}).with_lever(
        "state_support", "vendor_0", from_=1, share=0.5
    )
    how = {"world": ls.toy_world(4, 2), "runs": 4, "years": (0, 3), "workers": 1, "maps": False}
    return Reader(ls.compare(moved, baseline=NONE, **how))


def test_levels_paths_and_effects_are_the_same_numbers(reader):
    for outcome in ("price_paid", "lock_in"):
        path = reader.path("moved", outcome, "mean")
        levels = [reader.level("moved", outcome, year).mean for year in range(4)]
        np.testing.assert_array_equal(path, levels)
        assert reader.level("moved", outcome) == reader.level("moved", outcome, 3)
        stored = reader.effects["effect"].sel(scenario="moved", outcome=outcome, year=3).item()
        assert reader.effect("moved", outcome).mean == stored * reader.unit(outcome).factor


def test_the_year_nought_is_a_year(reader):
    outcome = "coverage_surplus" if "coverage_surplus" in reader.outcomes else reader.outcomes[0]
    first = reader.effects["level"].sel(scenario="none", outcome=outcome, year=0, statistic="mean").item()
    np.testing.assert_equal(reader.level("none", outcome, 0).mean, first * reader.unit(outcome).factor)
    assert np.isnan(reader.level("moved", "price_paid", 0).mean)
    assert np.isfinite(reader.level("moved", "price_paid").mean)


def test_what_is_not_there_is_refused(reader):
    with pytest.raises(ls.InputError, match="Did you mean 'lock_in'"):
        Reader(reader.effects, ["lockin"])
    with pytest.raises(ls.InputError, match="year"):
        Reader(reader.effects, years=[2050])
    with pytest.raises(ls.InputError, match="variable"):
        Reader(reader.effects.drop_vars("effect_low"))
