"""Is the chance of being listed what the record of AI surveillance says?"""

from __future__ import annotations

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.record import tables as recorded
from lockin_sim.world.schema import records


def test_the_chance_of_being_listed_is_that_of_the_record() -> None:
    world, table = ls.load_world(), records("surveillance")
    listed: dict[str, float] = {}
    for iso3, here in zip(table["iso3"].tolist(), table["listed"].tolist(), strict=True):
        listed[iso3] = max(listed.get(iso3, 0.0), float(here))
    known = np.array([iso3 in listed for iso3 in world.countries])
    assert not any(recorded.held_out(iso3) for iso3 in listed)
    gdp = world.conditions.gdp[world.step(2020), known]
    found = np.array([listed[iso3] for iso3 in np.array(world.countries)[known]])
    chance, log_gdp = recorded.listed(gdp), np.log(gdp)
    # a logit at its maximum: what is left over sums to nothing, and does not go with log GDP
    assert chance.sum() == pytest.approx(found.sum(), abs=0.5)
    assert chance @ log_gdp == pytest.approx(found @ log_gdp, rel=0.01)
    assert ((chance - found) ** 2).mean() < 0.17 < found.mean() * (1 - found.mean())


def test_larger_economies_are_listed_more_often() -> None:
    chance = recorded.listed(np.array([0.0, 1.0, 100.0, 10_000.0]))
    assert chance[0] == 0
    assert (np.diff(chance) > 0).all()
    assert chance[-1] < 1
