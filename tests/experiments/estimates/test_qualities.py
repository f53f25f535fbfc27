"""How far qualities drift, from tables of known drift, and what runs do with it."""

import numpy as np
import pytest
from data.places import changed, linked

import lockin_sim as ls
from experiments.estimates.qualities import drifts
from lockin_sim.world import load_world
from lockin_sim.world.schema import DATA


def with_drift(folder, spread, seed):
    """The tables with qualities of 40 years on record that walk with a known spread."""
    rng, rows = np.random.default_rng(seed), ["domain,vendor,year,quality,kind"]
    lines = (DATA / "quality.csv").read_text(encoding="utf-8").splitlines()[1:]
    offers = dict.fromkeys(tuple(line.split(",")[:2]) for line in lines)
    for domain, vendor in offers:
        path = 2010 + np.arange(0, 11, 2), np.cumsum(rng.normal(0, spread * np.sqrt(2), 6))
        rows += [f"{domain},{vendor},{year},{level:.5f},record" for year, level in zip(*path, strict=True)]
    changed(linked(folder), "quality.csv", "\n".join(lines), "\n".join(rows[1:]))
    return folder


def test_a_known_spread_is_found_and_mostly_lies_in_its_interval(tmp_path):
    found = [drifts(with_drift(tmp_path / str(seed), 0.3, seed))[0] for seed in range(20)]
    assert np.mean([one.value for one in found]) == pytest.approx(0.3, rel=0.02)
    assert sum(one.low < 0.3 < one.high for one in found) >= 16


#: Shares by sponsor in the mean over economies, where what is drawn for each of them averages out.
MEAN = "group_economies_sponsor_share"


@pytest.fixture(scope="module")
def runs():
    """Two small studies of the bundled world that differ in the drift alone."""
    how = {"runs": 6, "years": (2010, 2040), "record": ["winner", MEAN], "progress": False}
    return [ls.simulate("baseline", parameters={"quality_spread": size}, **how) for size in (0.0, 0.5)]


def test_nothing_up_to_the_present_knows_of_it(runs):
    still, drifting = (ds.sel(year=slice(None, load_world().present)) for ds in runs)
    for name in still.data_vars:
        np.testing.assert_array_equal(still[name], drifting[name], err_msg=str(name))


def test_shares_of_later_years_are_less_certain_with_it(runs):
    at = {"group": "world", "domain": "mobile_network", "year": 2040}
    still, drifting = (float(ds[MEAN].sel(at).std("run").sum()) for ds in runs)
    assert drifting > 2 * still
