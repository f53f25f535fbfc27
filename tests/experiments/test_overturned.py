"""Which fact would overturn a mean: a linear world whose posterior is known under any record."""

import importlib

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from lockin_sim.common.errors import InputError

overturned = importlib.import_module("experiments.11_what_the_evidence_says.overturned")
FEWEST, overturned_by = overturned.FEWEST, overturned.overturned_by

DRAWS = 2000

#: One parameter, standard normal before the record; one fact is that parameter, another says nothing of it.
RECORD, PUBLISHED = np.array([0.5, 3.0]), np.array([0.6, 0.6])
OFF, LUCK = np.diag([0.5, 0.5]), np.diag([0.5, 0.5])


def posterior(record=RECORD, off=OFF, draws=DRAWS):
    """Draws of the parameter given the record, evenly over its chance."""
    variance = off[0, 0] + LUCK[0, 0]
    mean, deviation = record[0] / (1 + variance), np.sqrt(variance / (1 + variance))
    value = norm.ppf((np.arange(draws) + 0.5) / draws, mean, deviation)
    facts = ["it", "something else"]
    return xr.Dataset(
        {
            "parameter_value": (("draw", "parameter"), value[:, None]),
            "weight": ("draw", np.full(draws, 1 / draws)),
            "fact_mean": (("draw", "fact"), np.column_stack([value, np.full(draws, 2.0)])),
            "recorded": ("fact", record), "published": ("fact", PUBLISHED),
            "emulator_error": ("fact", [0.0, 0.0]),
            "luck": (("fact", "other_fact"), LUCK.copy()), "off": (("fact", "other_fact"), off),
        },
        coords={"parameter": ["turnover"], "fact": facts, "other_fact": facts},
    )  # fmt: skip


def effects(source, slope, more):
    """A run for each draw, in another order; an effect that is a line in the parameter."""
    order = np.random.default_rng(1).permutation(source.sizes["draw"])
    effect = slope * source["parameter_value"].values[order, 0] + more
    return xr.DataArray(
        np.stack([0 * effect, effect])[:, None],
        dims=("scenario", "outcome", "run"),
        coords={"scenario": ["nothing", "policy"], "outcome": ["reach"], "draw": ("run", order)},
    )


@pytest.mark.parametrize(("slope", "more"), [(1.0, 0.2), (1.0, 0.6), (-1.0, -0.6), (1.0, -0.3)])
def test_the_mean_under_a_moved_record_is_that_of_its_own_posterior(slope, more):
    source = posterior()
    found = overturned_by(effects(source, slope, more), source).sel(scenario="policy", outcome="reach")
    before = slope * RECORD[0] / 2 + more
    assert float(found["expected"]) == pytest.approx(before, abs=1e-3)
    sense = -np.sign(before * slope)
    after = slope * (RECORD[0] + sense * 2 * PUBLISHED[0]) / 2 + more
    assert str(found["fact"].item()) == "it"
    assert float(found["sense"]) == sense
    assert float(found["moved_to"]) == pytest.approx(RECORD[0] + sense * 1.2)
    assert float(found["left"]) == pytest.approx(after, abs=0.01)
    assert float(found["part_left"]) == pytest.approx(after / before, rel=0.02)
    assert bool(found["overturned"]) == (after * before < 0)
    assert FEWEST < float(found["effective_draws"]) < DRAWS


def test_without_an_effect_nothing_overturns_it():
    source = posterior()
    none = overturned_by(effects(source, 1.0, 0.2), source).sel(scenario="nothing", outcome="reach")
    assert str(none["fact"].item()) == ""
    assert np.isnan(none["left"])
    assert not bool(none["overturned"])


def test_a_move_that_few_draws_can_follow_is_not_claimed():
    """The record leaves a narrow range; a fact of another kind of publisher would lie far outside."""
    tight = np.diag([1e-4, 0.5])
    narrow = posterior(off=tight, draws=60)
    narrow["luck"][:] = np.diag([1e-4, 0.5])
    narrow["parameter_value"][:] = 0.5 + 0.01 * (narrow["parameter_value"] - 0.5)
    narrow["fact_mean"][:, 0] = narrow["parameter_value"][:, 0]
    found = overturned_by(effects(narrow, 1.0, -0.4), narrow).sel(scenario="policy", outcome="reach")
    assert found.attrs["facts_used"] == 1
    assert str(found["fact"].item()) == "something else"
    assert float(found["part_left"]) == pytest.approx(1.0)
    assert not bool(found["overturned"])


def test_a_posterior_without_means_of_facts_is_refused():
    source = posterior()
    with pytest.raises(InputError, match="one without luck"):
        overturned_by(effects(source, 1.0, 0.2), source.drop_vars("luck"))
